/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/quarantine.c - events that could not be stored, kept whole with the reason.
 *
 * Payloads are compressed (zstd level 3, one frame each, which holds its size). A withheld row (NRL-2)
 * has no byte of key, headers and payload, nor their sizes. Texts are made valid for PostgreSQL first: a
 * reason that is cut in the middle of a letter must not stop the batch that reports it. */
#include <zstd.h>

#include "base/utf8.h"
#include "storage/commit/row.h"
#include "storage/commit/writer_priv.h"

enum { LEVEL = 3, COLUMNS = 16 };

static const char copy_sql[] =
    "COPY nrc.quarantine (recorded_at, dataset_id, position_id, topic_offset, kafka_ts, schema_id,"
    " reason, rule, path, detail, failures, key, headers, payload, payload_bytes, withheld)"
    " FROM STDIN BINARY";

/* Bytes that are no text become '?'. Error buffers cut at a byte, so good Arabic has such bytes too. */
static void put_text(struct sto_writer *writer, const char *text)
{
    if (text == NULL) {
        sto_copy_null(&writer->copy);
        return;
    }
    size_t len = strlen(text);
    if (utf8_is_text((const uint8_t *)text, len)) {
        sto_copy_field(&writer->copy, text, len);
        return;
    }
    struct buf *clean = &writer->cleaned;
    buf_reset(clean);
    for (size_t i = 0; i < len;) {
        size_t letter = 1;
        while (letter <= 4 && i + letter <= len &&
               !utf8_is_text((const uint8_t *)text + i, letter)) {
            letter++;
        }
        if (letter <= 4 && i + letter <= len) {
            buf_put(clean, text + i, letter);
            i += letter;
        } else {
            buf_put_u8(clean, '?');
            i++;
        }
    }
    sto_copy_field(&writer->copy, buf_failed(clean) ? NULL : (const char *)clean->data, clean->len);
}

/* jsonb's binary form: its version, and the text. */
static void put_json(struct sto_writer *writer, const char *json)
{
    struct buf *text = &writer->cleaned;
    buf_reset(text);
    buf_put_u8(text, 1);
    buf_put_str(text, json);
    sto_copy_field(&writer->copy, buf_failed(text) ? NULL : (const char *)text->data, text->len);
}

static int put_payload(struct sto_writer *writer, const struct sto_quarantined *bad,
                       struct err *err)
{
    if (bad->payload == NULL || bad->withheld) {
        sto_copy_null(&writer->copy);
        return 0;
    }
    struct buf *packed = &writer->packed;
    buf_reset(packed);
    size_t bound = ZSTD_compressBound(bad->payload_len);
    uint8_t *to = ZSTD_isError(bound) ? NULL : buf_reserve(packed, bound);
    size_t len = to == NULL ? 0
                            : ZSTD_compressCCtx(writer->zstd, to, bound, bad->payload,
                                                bad->payload_len, LEVEL);
    if (to == NULL || ZSTD_isError(len)) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY,
                       "no memory to compress a payload of %zu bytes", bad->payload_len);
    }
    sto_copy_field(&writer->copy, to, len);
    return 0;
}

static int put_row(struct sto_writer *writer, const struct sto_quarantined *bad, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    struct sto_copy *copy = &writer->copy;
    sto_copy_row(copy, COLUMNS);
    sto_copy_int8(copy, sto_pg_time(batch->recorded_at_us));
    sto_copy_int4(copy, bad->dataset_id);
    sto_copy_int4(copy, batch->progress[bad->progress].position_id);
    sto_copy_int8(copy, bad->offset);
    sto_copy_int8(copy, sto_pg_time(bad->kafka_ts_us));
    if (bad->schema_id != 0) {
        sto_copy_int4(copy, bad->schema_id);
    } else {
        sto_copy_null(copy);
    }
    put_text(writer, err_token(bad->reason));
    put_text(writer, bad->rule);
    put_text(writer, bad->path);
    put_text(writer, bad->detail);
    if (bad->failures != NULL && !bad->withheld) {
        put_json(writer, bad->failures);
    } else {
        sto_copy_null(copy);
    }
    sto_copy_field(copy, bad->withheld ? NULL : bad->key, bad->key_len);
    sto_copy_field(copy, bad->withheld ? NULL : bad->headers, bad->headers_len);
    if (put_payload(writer, bad, err) != 0) {
        return -1;
    }
    if (bad->payload != NULL && !bad->withheld && bad->payload_len <= INT32_MAX) {
        sto_copy_int4(copy, (int32_t)bad->payload_len);
    } else {
        sto_copy_null(copy);
    }
    sto_copy_bool(copy, bad->withheld);
    return 0;
}

static int copy_rows(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    if (sto_copy_open(&writer->copy, writer->conn, copy_sql, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < batch->quarantined_count && !writer->copy.failed; i++) {
        if (put_row(writer, &batch->quarantined[i], err) != 0) {
            sto_copy_abandon(&writer->copy);
            return -1;
        }
    }
    return sto_copy_finish(&writer->copy, err);
}

int sto_quarantine(struct sto_writer *writer, struct err *err)
{
    if (writer->batch->quarantined_count == 0) {
        return 0;
    }
    if (writer->batch->parked_count > 0) {
        return sto_parked_refuse(writer, err); /* they stand there already */
    }
    return copy_rows(writer, err) == 0 ? 0 : err_add(err, "copying the quarantine");
}
