/* SPDX-License-Identifier: Apache-2.0
 * ingest/verdict.c - the steps of a verdict, in their order: see UPSERT_STEPS and TOMBSTONE_STEPS.
 *
 * Neighbours: ingest/build.c asks for each message as it arrives, and again for all of them when a batch
 * is built anew; ingest/writer.c and ingest/identity.c are steps; schema/ decodes;
 * storage/commit/image.c turns the cells into the row's image.
 *
 * Invariant: an event is judged by its own bytes and the snapshot alone, so judging it again gives
 * the same verdict. */
#include "ingest/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/identity.h"
#include "ingest/rules.h"
#include "ingest/writer.h"
#include "schema/decode/decode.h"
#include "schema/decode/frame.h"

/* ---- structure and cells ---- */

static enum ing_verdict read_frame(const struct ing_context *c)
{
    const struct ing_message *message = c->message;
    struct sch_frame *frame = &c->scratch->frame;
    size_t guid_len = 0;
    const uint8_t *guid = NULL;
    if (message->value_len == 0 || message->value[0] != 0x00) {
        guid = ing_message_header(message, "__value_schema_id", &guid_len);
    }
    if (sch_frame_read(message->value, message->value_len, guid, guid_len, frame,
                       &c->out->reason.err) < 0) {
        return ING_QUARANTINE;
    }
    c->out->schema_id = frame->by_guid ? 0 : frame->schema_id;
    return ING_ACCEPT;
}

static enum ing_verdict find_writer(const struct ing_context *c)
{
    enum ing_verdict verdict = ING_ACCEPT;
    const struct ing_writer *writer = ing_writer_find(
        c, c->dataset->writers, c->dataset->writer_count, &c->scratch->frame, &verdict);
    if (writer == NULL) {
        return verdict;
    }
    c->scratch->writer = writer;
    c->out->schema_id = c->out->event.schema_id = writer->structure->schema_id;
    return ING_ACCEPT;
}

static enum ing_verdict decode(const struct ing_context *c)
{
    const struct sch_frame *frame = &c->scratch->frame;
    return sch_decode(c->scratch->writer->plan, frame->bytes, frame->len, c->arena,
                      c->scratch->cells, &c->out->reason.err) < 0
               ? ing_not_decoded(c)
               : ING_ACCEPT;
}

/* ---- exemption ---- */

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
static enum ing_verdict check_exemption(const struct ing_context *c)
{
    const struct ing_dataset *dataset = c->dataset;
    char number[32];
    size_t len = 0;
    if (dataset->row->exempt_field == NULL) {
        return ING_ACCEPT;
    }
    const struct cell *cell =
        dataset->exempt_column >= 0 ? &c->scratch->cells[dataset->exempt_column] : NULL;
    if (cell != NULL && cell->type == CELL_NULL) {
        return ING_ACCEPT;
    }
    const char *text =
        cell == NULL ? NULL
                     : exempt_notation(dataset->row->table.columns[dataset->exempt_column].type,
                                       cell, number, &len);
    if (text == NULL) {
        err_set(&c->out->reason.err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "the field %.64s cannot distinguish exempt rows from others",
                dataset->row->exempt_field);
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

/* ---- order and time ---- */

static enum ing_verdict take_order(const struct ing_context *c)
{
    c->out->event.order = c->message->offset;
    if (!c->dataset->row->table.has_order) {
        return ING_ACCEPT;
    }
    const struct cell *cell = &c->scratch->cells[c->dataset->order_column];
    if (cell->type != CELL_I64 || cell->i == STO_ORDER_NOTHING) {
        err_set(&c->out->reason.err, ERR_KIND_POISON, ERR_BAD_ORDER, "the order field is %s",
                cell->type == CELL_NULL ? "null" : "not a possible order");
        err_path_prepend(&c->out->reason.err, c->dataset->row->order_field);
        return ING_QUARANTINE;
    }
    c->out->event.order = cell->i;
    return ING_ACCEPT;
}

/* A tombstone has no order of its own unless its header gives one. */
static enum ing_verdict take_tombstone_order(const struct ing_context *c)
{
    size_t len = 0;
    const uint8_t *header = ing_message_header(c->message, "nrc-order", &len);
    c->out->event.order = c->message->offset;
    c->out->event.by_arrival = c->dataset->row->table.has_order;
    if (header == NULL || !c->dataset->row->table.has_order) {
        return ING_ACCEPT;
    }
    char text[24];
    char *end = text;
    if (len > 0 && len < sizeof(text)) {
        memcpy(text, header, len);
        text[len] = '\0';
        c->out->event.order = strtoll(text, &end, 10);
    }
    char canonical[24];
    snprintf(canonical, sizeof(canonical), "%" PRId64, c->out->event.order);
    if (end == text || *end != '\0' || strcmp(canonical, text) != 0 ||
        c->out->event.order == STO_ORDER_NOTHING) {
        return ing_refuse(c, ERR_BAD_ORDER, "the header nrc-order is not a 64-bit integer");
    }
    c->out->event.by_arrival = false;
    return ING_ACCEPT;
}

static enum ing_verdict take_event_time(const struct ing_context *c)
{
    const struct ing_dataset *dataset = c->dataset;
    const struct cell *cells = c->scratch->cells;
    struct sto_event *event = &c->out->event;
    event->event_time_us = STO_NO_TIME;
    if (dataset->event_time_column < 0 || cells[dataset->event_time_column].type != CELL_I64) {
        return ING_ACCEPT;
    }
    const struct column *column = &dataset->row->table.columns[dataset->event_time_column];
    int64_t value = cells[dataset->event_time_column].i;
    if (column->type != COLUMN_DATE) {
        event->event_time_us = value;
    } else if (value <= CELL_TIMESTAMP_MAX_US / INT64_C(86400000000)) {
        event->event_time_us = value * INT64_C(86400000000);
    }
    return ING_ACCEPT;
}

/* ---- the row ---- */

static enum ing_verdict put_image(const struct ing_context *c)
{
    struct buf *image = &c->scratch->image;
    buf_reset(image);
    if (sto_image_put(image, &c->dataset->row->table, c->scratch->cells, c->message->value == NULL,
                      &c->out->event.content, &c->out->reason.err) < 0) {
        return ING_BROKEN;
    }
    if (c->out->event.by_arrival) {
        c->out->event.content = STO_CONTENT_DELETED_BY_ARRIVAL;
    }
    c->out->event.image = arena_memdup(c->arena, image->data, image->len);
    c->out->event.image_len = (uint32_t)image->len;
    return c->out->event.image != NULL ? ING_ACCEPT : ing_out_of_memory(c);
}

static enum ing_verdict need_columns(const struct ing_context *c)
{
    if (c->dataset->row->table.column_count > 0) {
        return ING_ACCEPT;
    }
    return c->final ? ing_refuse(c, ERR_UNKNOWN_STRUCTURE, "the dataset has no structure")
                    : ING_UNKNOWN;
}

/* A delete's row: the key, and nothing else. */
static enum ing_verdict take_key_cells(const struct ing_context *c)
{
    const struct sto_table *table = &c->dataset->row->table;
    const struct cell *key_cells = ing_identity_cells(c);
    struct cell *cells = c->scratch->cells;
    for (size_t i = 0; i < table->column_count; i++) {
        cells[i] = (struct cell){.type = CELL_NULL};
    }
    for (size_t i = 0; i < table->key_count; i++) {
        cells[table->key_columns[i]] = key_cells[i];
    }
    c->out->event.only_if_held = c->dataset->row->exempt_field != NULL;
    c->out->event.event_time_us = STO_NO_TIME;
    return ING_ACCEPT;
}

/* ---- the table ---- */

/* clang-format off: X(step), in this order; the first verdict that is not ING_ACCEPT is the event's. */
#define UPSERT_STEPS(X)                                                                            \
    X(read_frame)             /* which structure was it written with? */                           \
    X(find_writer)            /* is that one of the dataset's, and in force? */                    \
    X(decode)                 /* bytes → cells */                                                \
    X(check_exemption)        /* nothing else is said of an exempt event (NRL-2) */                \
    X(ing_identity_of_upsert) /* its key, in the value and in the message */                       \
    X(take_order)                                                                                  \
    X(take_event_time)                                                                             \
    X(ing_check_rules) /* all of them: the cells and what is required of them */                   \
    X(put_image)       /* cells → the row as COPY writes it */

#define TOMBSTONE_STEPS(X)                                                                         \
    X(need_columns)              /* nobody deletes from tables that are not there */               \
    X(ing_identity_of_tombstone) /* its key, in the message */                                     \
    X(take_key_cells)                                                                              \
    X(take_tombstone_order) /* of the header, else by arrival */                                   \
    X(put_image)
/* clang-format on */

/* Direct calls: the compiler puts small steps in place. */
#define STEP(step) verdict = verdict == ING_ACCEPT ? step(c) : verdict;

static enum ing_verdict judge_upsert(const struct ing_context *c)
{
    enum ing_verdict verdict = ING_ACCEPT;
    UPSERT_STEPS(STEP)
    return verdict;
}

static enum ing_verdict judge_tombstone(const struct ing_context *c)
{
    enum ing_verdict verdict = ING_ACCEPT;
    TOMBSTONE_STEPS(STEP)
    return verdict;
}

enum ing_verdict ing_verdict_of(const struct ing_context *c)
{
    const struct ing_message *message = c->message;
    const struct sto_table *table = &c->dataset->row->table;
    const bool is_tombstone = message->value == NULL;
    c->out->schema_id = 0;
    c->out->reason.err.kind = ERR_KIND_NONE;
    c->out->reason.rule = NULL;
    c->scratch->failures.has_run = false;
    c->scratch->failures.rule_count = c->scratch->failures.told_count = 0;
    if (c->dataset->row->exempt) {
        return ING_EXEMPT;
    }
    if (c->dataset->broken != NULL) {
        c->out->reason.err = *c->dataset->broken;
        return ING_BROKEN;
    }
    if (!ing_scratch_fit(c->scratch, table->column_count + table->key_count + 1)) {
        return ing_out_of_memory(c);
    }
    c->out->event = (struct sto_event){
        .op = is_tombstone ? 'd' : 'u',
        .offset = message->offset,
        .kafka_ts_us = ing_message_time_us(message),
        .clock = message->clock,
    };
    struct arena_mark mark = arena_mark(c->arena);
    enum ing_verdict verdict = is_tombstone ? judge_tombstone(c) : judge_upsert(c);
    if (verdict != ING_ACCEPT) {
        arena_rewind(c->arena, mark);
    }
    return verdict;
}
