/* SPDX-License-Identifier: Apache-2.0
 * ingest/identity.c - see the header. */
#include "ingest/identity.h"

#include <string.h>

#include "base/keyenc.h"
#include "ingest/writer.h"
#include "schema/decode/decode.h"
#include "schema/decode/key.h"

static void encode_key(const struct ing_dataset *dataset, const struct cell *key_cells,
                       struct buf *out)
{
    buf_reset(out);
    size_t count = dataset->row->table.key_count;
    for (size_t i = 0; i < count; i++) {
        keyenc_put(out, &key_cells[i], dataset->key_columns[i].type, i + 1 == count);
    }
}

static enum ing_verdict read_framed_key(const struct ing_context *c, const struct sch_frame *frame,
                                        struct cell *cells)
{
    enum ing_verdict verdict = ING_QUARANTINE;
    const struct ing_dataset *dataset = c->dataset;
    const struct ing_writer *writer =
        ing_writer_find(c, dataset->key_writers, dataset->key_writer_count, frame, &verdict);
    if (writer == NULL) {
        return verdict;
    }
    if (sch_decode(writer->plan, frame->bytes, frame->len, c->arena, cells, &c->out->reason.err) <
        0) {
        return ing_not_decoded(c);
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
static enum ing_verdict read_key(const struct ing_context *c, struct cell *cells)
{
    const struct ing_message *message = c->message;
    const struct ing_dataset *dataset = c->dataset;
    enum sch_key_format format = dataset->key_format;
    struct sch_frame frame;
    if (message->key == NULL) { /* a key of no bytes is one: the text "" */
        return ing_refuse(c, ERR_MISSING_KEY, "the event has no key");
    }
    size_t guid_len = 0;
    const uint8_t *guid = NULL;
    if (format == SCH_KEY_AVRO || format == SCH_KEY_AUTO) {
        guid = ing_message_header(message, "__key_schema_id", &guid_len);
    }
    if (format == SCH_KEY_AVRO || (format == SCH_KEY_AUTO && is_framed(message, guid))) {
        if (sch_frame_read(message->key, message->key_len, guid, guid_len, &frame,
                           &c->out->reason.err) < 0) {
            c->out->reason.err.code = ERR_KEY_FORMAT;
            return ING_QUARANTINE;
        }
        return read_framed_key(c, &frame, cells);
    }
    format = format == SCH_KEY_AUTO ? SCH_KEY_TEXT : format;
    if (sch_key_read(format, dataset->key_columns, dataset->row->table.key_count, message->key,
                     message->key_len, c->arena, cells, &c->out->reason.err) < 0) {
        return ing_not_decoded(c);
    }
    return ING_ACCEPT;
}

/* A key has no null, in whatever structure it came. */
static enum ing_verdict refuse_nulls(const struct ing_context *c, const struct cell *cells)
{
    for (size_t i = 0; i < c->dataset->row->table.key_count; i++) {
        if (cells[i].type == CELL_NULL) {
            err_set(&c->out->reason.err, ERR_KIND_POISON, ERR_MISSING_KEY, "a key field is null");
            err_path_prepend(&c->out->reason.err, c->dataset->key_columns[i].field);
            return ING_QUARANTINE;
        }
    }
    return ING_ACCEPT;
}

/* Puts the encoded key into the event. */
static enum ing_verdict keep_key(const struct ing_context *c, const struct buf *key)
{
    if (buf_failed(key)) {
        return ing_out_of_memory(c);
    }
    if (key->len > KEYENC_MAX_BYTES) {
        return ing_refuse(c, ERR_KEY_TOO_LONG, "the encoded key is longer than 1,024 bytes");
    }
    c->out->event.key = arena_memdup(c->arena, key->data, key->len);
    c->out->event.key_len = (uint16_t)key->len;
    return c->out->event.key != NULL ? ING_ACCEPT : ing_out_of_memory(c);
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

enum ing_verdict ing_identity_of_upsert(const struct ing_context *c)
{
    const struct cell *cells = c->scratch->cells;
    enum { MAX_KEY_FIELDS = 32 };
    const struct sto_table *table = &c->dataset->row->table;
    struct cell from_value[MAX_KEY_FIELDS];
    struct cell from_key[MAX_KEY_FIELDS];
    if (table->key_count > MAX_KEY_FIELDS) {
        err_set(&c->out->reason.err, ERR_KIND_FATAL, ERR_BUG, "a key of %zu fields",
                table->key_count);
        return ING_BROKEN;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        from_value[i] = cells[table->key_columns[i]];
    }
    enum ing_verdict verdict = refuse_nulls(c, from_value);
    if (verdict != ING_ACCEPT) {
        return verdict;
    }
    encode_key(c->dataset, from_value, &c->scratch->key);
    if (!key_is_same_text(c->dataset, c->message, &from_value[0])) {
        verdict = read_key(c, from_key);
        if (verdict == ING_ACCEPT) {
            verdict = refuse_nulls(c, from_key);
        }
        if (verdict != ING_ACCEPT) {
            return verdict;
        }
        struct buf *other = &c->scratch->other_key;
        encode_key(c->dataset, from_key, other);
        if (other->len != c->scratch->key.len ||
            (other->len > 0 && memcmp(other->data, c->scratch->key.data, other->len) != 0)) {
            return ing_refuse(c, ERR_KEY_MISMATCH, "the key differs from the value's key fields");
        }
    }
    return keep_key(c, &c->scratch->key);
}

struct cell *ing_identity_cells(const struct ing_context *c)
{
    return c->scratch->cells + c->dataset->row->table.column_count;
}

enum ing_verdict ing_identity_of_tombstone(const struct ing_context *c)
{
    struct cell *key_cells = ing_identity_cells(c);
    enum ing_verdict verdict = read_key(c, key_cells);
    if (verdict == ING_ACCEPT) {
        verdict = refuse_nulls(c, key_cells);
    }
    if (verdict != ING_ACCEPT) {
        return verdict;
    }
    encode_key(c->dataset, key_cells, &c->scratch->key);
    return keep_key(c, &c->scratch->key);
}
