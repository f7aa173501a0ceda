/* SPDX-License-Identifier: Apache-2.0
 * ingest/verdict.c - frame, structure, cells, exemption, identity, order: in that order.
 *
 * Neighbours: ingest/batch.c asks for each message as it arrives, and again for all of them when a
 * batch is rebuilt; schema/ decodes; storage/commit/image.c turns the cells into the row's image.
 *
 * Invariant: an event is judged by its own bytes and the snapshot alone, so judging it again gives
 * the same verdict. */
#include "ingest/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyenc.h"
#include "schema/decode/decode.h"
#include "schema/decode/frame.h"

void ing_judge_fini(struct ing_judge *judge)
{
    free(judge->cells);
    buf_fini(&judge->image);
    buf_fini(&judge->key);
    buf_fini(&judge->other_key);
    *judge = (struct ing_judge){0};
}

static bool cells_ready(struct ing_judge *judge, size_t count)
{
    if (count > judge->cell_cap) {
        struct cell *cells = realloc(judge->cells, count * sizeof(*cells));
        if (cells == NULL) {
            return false;
        }
        judge->cells = cells;
        judge->cell_cap = count;
    }
    return true;
}

static enum ing_verdict no_memory(struct err *err)
{
    err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for an event");
    return ING_BROKEN;
}

static enum ing_verdict refuse(struct err *err, enum err_code code, const char *text)
{
    err_set(err, ERR_KIND_POISON, code, "%s", text);
    return ING_QUARANTINE;
}

/* A decoder's error: the event's fault, or ours. */
static enum ing_verdict not_read(const struct ing_hearing *h)
{
    return h->err->kind == ERR_KIND_POISON ? ING_QUARANTINE : ING_BROKEN;
}

/* ---- structure ---- */

/* What the snapshot says against a frame may be outdated: an agency registers a structure, or it
 * comes into force, and its events follow at once, before the watcher has looked. Two datasets with
 * one schema text share its id, so that an id which is only another dataset's says nothing yet
 * either. The register is asked before any of that is held against an event. */
static enum ing_verdict refuse_frame(const struct ing_hearing *h, enum err_code code,
                                     const char *text)
{
    return h->final ? refuse(h->err, code, text) : ING_UNKNOWN;
}

static enum ing_verdict refuse_unknown(const struct ing_hearing *h, const struct sch_frame *frame)
{
    const struct sto_elsewhere *other = NULL;
    if (!h->final) {
        ing_unknown_note(h->unknown, frame);
    } else {
        other = ing_unknown_find(h->unknown, frame);
    }
    bool elsewhere = frame->by_guid ? ing_datasets_know_guid(h->datasets, frame->guid)
                                    : ing_datasets_know_schema(h->datasets, frame->schema_id);
    if (elsewhere) {
        return refuse_frame(h, ERR_FOREIGN_STRUCTURE, "the structure is another dataset's");
    }
    if (other != NULL) {
        err_set(h->err, ERR_KIND_POISON, ERR_OTHER_SUBJECT,
                "the schema is version %d of the subject %s, not of the topic's: register it under "
                "<topic>-value (a key's under <topic>-key), or set the producer's subject name "
                "strategy to TopicNameStrategy",
                (int)other->version, other->subject);
        return ING_QUARANTINE;
    }
    return refuse_frame(h, ERR_UNKNOWN_STRUCTURE, "no structure has this schema id");
}

/* The active writer of a frame; NULL with *verdict. */
static const struct ing_writer *find_writer(const struct ing_hearing *h,
                                            const struct ing_writer *writers, size_t count,
                                            const struct sch_frame *frame,
                                            enum ing_verdict *verdict)
{
    const struct ing_writer *writer = frame->by_guid
                                          ? ing_writer_by_guid(writers, count, frame->guid)
                                          : ing_writer_by_id(writers, count, frame->schema_id);
    if (writer == NULL) {
        *verdict = refuse_unknown(h, frame);
        return NULL;
    }
    if (LIKELY(writer->plan != NULL)) {
        return writer;
    }
    switch (writer->structure->state) {
    case STO_STRUCTURE_PENDING:
        *verdict = refuse_frame(h, ERR_STRUCTURE_PENDING, "the structure is not yet in force");
        break;
    case STO_STRUCTURE_RETIRED:
        *verdict = refuse_frame(h, ERR_STRUCTURE_RETIRED, "the structure is no longer in force");
        break;
    case STO_STRUCTURE_ACTIVE:
        *h->err = *writer->broken;
        *verdict = ING_BROKEN;
        break;
    }
    return NULL;
}

/* ---- key ---- */

static void encode_key(const struct ing_dataset *dataset, const struct cell *key_cells,
                       struct buf *out)
{
    buf_reset(out);
    size_t count = dataset->row->table.key_count;
    for (size_t i = 0; i < count; i++) {
        keyenc_put(out, &key_cells[i], dataset->key_columns[i].type, i + 1 == count);
    }
}

static enum ing_verdict read_framed_key(const struct ing_hearing *h, const struct sch_frame *frame,
                                        struct cell *cells)
{
    enum ing_verdict verdict = ING_QUARANTINE;
    const struct ing_dataset *dataset = h->dataset;
    const struct ing_writer *writer =
        find_writer(h, dataset->key_writers, dataset->key_writer_count, frame, &verdict);
    if (writer == NULL) {
        return verdict;
    }
    if (sch_decode(writer->plan, frame->bytes, frame->len, h->arena, cells, h->err) < 0) {
        return not_read(h);
    }
    return ING_ACCEPT;
}

/* auto: a frame, whether or not its structure is known yet, else text. The first byte of text is
 * never 0x00. */
static bool is_framed(const struct ing_message *message, const uint8_t *guid)
{
    return guid != NULL ||
           (message->key_len >= SCH_FRAME_BYTES && message->key[0] == SCH_FRAME_MAGIC);
}

/* The message key's cells, one for each key field. */
static enum ing_verdict read_key(const struct ing_hearing *h, struct cell *cells)
{
    const struct ing_message *message = h->message;
    const struct ing_dataset *dataset = h->dataset;
    enum sch_key_format format = dataset->key_format;
    struct sch_frame frame;
    if (message->key == NULL) { /* a key of no bytes is one: the text "" */
        return refuse(h->err, ERR_MISSING_KEY, "the event has no key");
    }
    size_t guid_len = 0;
    const uint8_t *guid = NULL;
    if (format == SCH_KEY_AVRO || format == SCH_KEY_AUTO) {
        guid = ing_message_header(message, "__key_schema_id", &guid_len);
    }
    if (format == SCH_KEY_AVRO || (format == SCH_KEY_AUTO && is_framed(message, guid))) {
        if (sch_frame_read(message->key, message->key_len, guid, guid_len, &frame, h->err) < 0) {
            h->err->code = ERR_KEY_FORMAT;
            return ING_QUARANTINE;
        }
        return read_framed_key(h, &frame, cells);
    }
    format = format == SCH_KEY_AUTO ? SCH_KEY_TEXT : format;
    if (sch_key_read(format, dataset->key_columns, dataset->row->table.key_count, message->key,
                     message->key_len, h->arena, cells, h->err) < 0) {
        return not_read(h);
    }
    return ING_ACCEPT;
}

/* A key has no null, in whatever structure it came. */
static enum ing_verdict refuse_nulls(const struct ing_hearing *h, const struct cell *cells)
{
    for (size_t i = 0; i < h->dataset->row->table.key_count; i++) {
        if (cells[i].type == CELL_NULL) {
            err_set(h->err, ERR_KIND_POISON, ERR_MISSING_KEY, "a key field is null");
            err_path_prepend(h->err, h->dataset->key_columns[i].field);
            return ING_QUARANTINE;
        }
    }
    return ING_ACCEPT;
}

/* Puts the encoded key into the event. */
static enum ing_verdict keep_key(const struct ing_hearing *h, const struct buf *key)
{
    if (buf_failed(key)) {
        return no_memory(h->err);
    }
    if (key->len > KEYENC_MAX_BYTES) {
        return refuse(h->err, ERR_KEY_TOO_LONG, "the encoded key is longer than 1,024 bytes");
    }
    h->event->key = arena_memdup(h->arena, key->data, key->len);
    h->event->key_len = (uint16_t)key->len;
    return h->event->key != NULL ? ING_ACCEPT : no_memory(h->err);
}

/* A single text field with a text key is compared byte by byte; that is nearly every dataset. */
static bool key_is_same_text(const struct ing_dataset *dataset, const struct ing_message *message,
                             const struct cell *cell)
{
    return dataset->key_format <= SCH_KEY_TEXT && dataset->row->table.key_count == 1 &&
           dataset->key_columns[0].type == COLUMN_TEXT && message->key != NULL &&
           message->key_len == cell->len &&
           (cell->len == 0 || memcmp(message->key, cell->p, cell->len) == 0);
}

static enum ing_verdict check_key(const struct ing_hearing *h, const struct cell *cells)
{
    enum { MAX_KEY_FIELDS = 32 };
    const struct sto_table *table = &h->dataset->row->table;
    struct cell from_value[MAX_KEY_FIELDS];
    struct cell from_key[MAX_KEY_FIELDS];
    if (table->key_count > MAX_KEY_FIELDS) {
        err_set(h->err, ERR_KIND_FATAL, ERR_BUG, "a key of %zu fields", table->key_count);
        return ING_BROKEN;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        from_value[i] = cells[table->key_columns[i]];
    }
    enum ing_verdict verdict = refuse_nulls(h, from_value);
    if (verdict != ING_ACCEPT) {
        return verdict;
    }
    encode_key(h->dataset, from_value, &h->judge->key);
    if (!key_is_same_text(h->dataset, h->message, &from_value[0])) {
        verdict = read_key(h, from_key);
        if (verdict == ING_ACCEPT) {
            verdict = refuse_nulls(h, from_key);
        }
        if (verdict != ING_ACCEPT) {
            return verdict;
        }
        struct buf *other = &h->judge->other_key;
        encode_key(h->dataset, from_key, other);
        if (other->len != h->judge->key.len ||
            (other->len > 0 && memcmp(other->data, h->judge->key.data, other->len) != 0)) {
            return refuse(h->err, ERR_KEY_MISMATCH, "the key differs from the value's key fields");
        }
    }
    return keep_key(h, &h->judge->key);
}

/* ---- order, time, exemption ---- */

static enum ing_verdict take_order(const struct ing_hearing *h, const struct cell *cells)
{
    h->event->order = h->message->offset;
    if (!h->dataset->row->table.has_order) {
        return ING_ACCEPT;
    }
    const struct cell *cell = &cells[h->dataset->order_column];
    if (cell->type != CELL_I64 || cell->i == STO_ORDER_NOTHING) {
        err_set(h->err, ERR_KIND_POISON, ERR_BAD_ORDER, "the order field is %s",
                cell->type == CELL_NULL ? "null" : "not a possible order");
        err_path_prepend(h->err, h->dataset->row->order_field);
        return ING_QUARANTINE;
    }
    h->event->order = cell->i;
    return ING_ACCEPT;
}

static void take_event_time(const struct ing_dataset *dataset, const struct cell *cells,
                            struct sto_event *event)
{
    event->event_time_us = STO_NO_TIME;
    if (dataset->event_time_column < 0 || cells[dataset->event_time_column].type != CELL_I64) {
        return;
    }
    const struct column *column = &dataset->row->table.columns[dataset->event_time_column];
    int64_t value = cells[dataset->event_time_column].i;
    if (column->type != COLUMN_DATE) {
        event->event_time_us = value;
    } else if (value <= CELL_TIMESTAMP_MAX_US / INT64_C(86400000000)) {
        event->event_time_us = value * INT64_C(86400000000);
    }
}

/* How a value of the exempt field is written in the list of exempt ones; NULL: it has no such
 * notation. */
static const char *exempt_notation(enum column_type type, const struct cell *cell, char number[32],
                                   size_t *len)
{
    if (type == COLUMN_TEXT && cell->type == CELL_BYTES) {
        *len = cell->len;
        return cell->len > 0 ? (const char *)cell->p : "";
    }
    if (type == COLUMN_BIGINT && cell->type == CELL_I64) {
        *len = (size_t)snprintf(number, 32, "%" PRId64, cell->i);
        return number;
    }
    if (type == COLUMN_BOOLEAN && cell->type == CELL_BOOL) {
        *len = (size_t)snprintf(number, 32, "%s", cell->i ? "true" : "false");
        return number;
    }
    return NULL;
}

/* Whether the exempt field has one of the exempt values; a null has none. Registration admits only
 * the types that have a notation (registry/structure.c). Should another stand here all the same,
 * the partition stops: it is not for us to guess that an event is not secret (NRL-2). */
static enum ing_verdict judge_exemption(const struct ing_hearing *h, const struct cell *cells)
{
    const struct ing_dataset *dataset = h->dataset;
    char number[32];
    size_t len = 0;
    if (dataset->row->exempt_field == NULL) {
        return ING_ACCEPT;
    }
    const struct cell *cell = dataset->exempt_column >= 0 ? &cells[dataset->exempt_column] : NULL;
    if (cell != NULL && cell->type == CELL_NULL) {
        return ING_ACCEPT;
    }
    const char *text =
        cell == NULL ? NULL
                     : exempt_notation(dataset->row->table.columns[dataset->exempt_column].type,
                                       cell, number, &len);
    if (text == NULL) {
        err_set(h->err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "the field %.64s cannot tell exempt rows from others", dataset->row->exempt_field);
        return ING_BROKEN;
    }
    for (size_t i = 0; i < dataset->row->exempt_value_count; i++) {
        const char *value = dataset->row->exempt_values[i];
        if (strlen(value) == len && memcmp(value, text, len) == 0) {
            return ING_EXEMPT;
        }
    }
    return ING_ACCEPT;
}

static enum ing_verdict keep_image(const struct ing_hearing *h, const struct cell *cells,
                                   bool is_delete)
{
    struct buf *image = &h->judge->image;
    buf_reset(image);
    if (sto_image_put(image, &h->dataset->row->table, cells, is_delete, &h->event->content,
                      h->err) < 0) {
        return ING_BROKEN;
    }
    if (h->event->by_arrival) {
        h->event->content = STO_CONTENT_DELETED_BY_ARRIVAL;
    }
    h->event->image = arena_memdup(h->arena, image->data, image->len);
    h->event->image_len = (uint32_t)image->len;
    return h->event->image != NULL ? ING_ACCEPT : no_memory(h->err);
}

/* ---- the two shapes of an event ---- */

/* A tombstone has no order of its own unless its header gives one. */
static enum ing_verdict take_tombstone_order(const struct ing_hearing *h)
{
    size_t len = 0;
    const uint8_t *header = ing_message_header(h->message, "nrc-order", &len);
    h->event->order = h->message->offset;
    h->event->by_arrival = h->dataset->row->table.has_order;
    if (header == NULL || !h->dataset->row->table.has_order) {
        return ING_ACCEPT;
    }
    char text[24];
    char *end = text;
    if (len > 0 && len < sizeof(text)) {
        memcpy(text, header, len);
        text[len] = '\0';
        h->event->order = strtoll(text, &end, 10);
    }
    char canonical[24];
    snprintf(canonical, sizeof(canonical), "%" PRId64, h->event->order);
    if (end == text || *end != '\0' || strcmp(canonical, text) != 0 ||
        h->event->order == STO_ORDER_NOTHING) {
        return refuse(h->err, ERR_BAD_ORDER, "the header nrc-order is not a 64-bit integer");
    }
    h->event->by_arrival = false;
    return ING_ACCEPT;
}

static enum ing_verdict judge_tombstone(const struct ing_hearing *h)
{
    const struct sto_table *table = &h->dataset->row->table;
    if (table->column_count == 0) {
        return h->final ? refuse(h->err, ERR_UNKNOWN_STRUCTURE, "the dataset has no structure")
                        : ING_UNKNOWN;
    }
    struct cell *cells = h->judge->cells;
    struct cell *key_cells = cells + table->column_count;
    enum ing_verdict verdict = read_key(h, key_cells);
    if (verdict == ING_ACCEPT) {
        verdict = refuse_nulls(h, key_cells);
    }
    if (verdict != ING_ACCEPT) {
        return verdict;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        cells[i] = (struct cell){.type = CELL_NULL};
    }
    for (size_t i = 0; i < table->key_count; i++) {
        cells[table->key_columns[i]] = key_cells[i];
    }
    h->event->op = 'd';
    h->event->only_if_held = h->dataset->row->exempt_field != NULL;
    h->event->event_time_us = STO_NO_TIME;
    encode_key(h->dataset, key_cells, &h->judge->key);
    verdict = keep_key(h, &h->judge->key);
    if (verdict == ING_ACCEPT) {
        verdict = take_tombstone_order(h);
    }
    return verdict == ING_ACCEPT ? keep_image(h, cells, true) : verdict;
}

static enum ing_verdict judge_upsert(const struct ing_hearing *h)
{
    const struct ing_message *message = h->message;
    struct sch_frame frame;
    size_t guid_len = 0;
    const uint8_t *guid = NULL;
    if (message->value_len == 0 || message->value[0] != 0x00) {
        guid = ing_message_header(message, "__value_schema_id", &guid_len);
    }
    if (sch_frame_read(message->value, message->value_len, guid, guid_len, &frame, h->err) < 0) {
        return ING_QUARANTINE;
    }
    *h->schema_id = frame.by_guid ? 0 : frame.schema_id;

    enum ing_verdict verdict = ING_QUARANTINE;
    const struct ing_writer *writer =
        find_writer(h, h->dataset->writers, h->dataset->writer_count, &frame, &verdict);
    if (writer == NULL) {
        return verdict;
    }
    *h->schema_id = writer->structure->schema_id;
    struct cell *cells = h->judge->cells;
    if (sch_decode(writer->plan, frame.bytes, frame.len, h->arena, cells, h->err) < 0) {
        return not_read(h);
    }
    verdict = judge_exemption(h, cells);
    if (verdict != ING_ACCEPT) {
        return verdict;
    }
    h->event->op = 'u';
    h->event->schema_id = *h->schema_id;
    verdict = check_key(h, cells);
    if (verdict == ING_ACCEPT) {
        verdict = take_order(h, cells);
    }
    if (verdict == ING_ACCEPT) {
        take_event_time(h->dataset, cells, h->event);
        verdict = keep_image(h, cells, false);
    }
    return verdict;
}

enum ing_verdict ing_judge_event(const struct ing_hearing *h)
{
    const struct ing_message *message = h->message;
    const struct sto_table *table = &h->dataset->row->table;
    *h->schema_id = 0;
    if (h->dataset->row->exempt) {
        return ING_EXEMPT;
    }
    if (h->dataset->broken != NULL) {
        *h->err = *h->dataset->broken;
        return ING_BROKEN;
    }
    if (!cells_ready(h->judge, table->column_count + table->key_count + 1)) {
        return no_memory(h->err);
    }
    *h->event = (struct sto_event){
        .offset = message->offset,
        .kafka_ts_us = ing_message_time_us(message),
    };
    struct arena_mark mark = arena_mark(h->arena);
    enum ing_verdict verdict = message->value == NULL ? judge_tombstone(h) : judge_upsert(h);
    if (verdict != ING_ACCEPT) {
        arena_rewind(h->arena, mark);
    }
    return verdict;
}
