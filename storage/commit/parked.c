/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/parked.c - a batch of parked events: reading them; its fence, which takes their rows; and those that are
 * refused after all.
 *
 * Two engines may read the same rows. The first to take them has them: the other's fence finds them taken, and nothing of
 * its batch is written. */
#include "storage/commit/parked.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/failpoint.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

enum { PAYLOAD_MAX_BYTES = 1 << 30, NUMBER_SIZE = 24 };

static const char take_name[] = "nrc_take_parked";
static const char take_sql[] = "SELECT nrc.take_parked($1::int8[]), now()";

/* ---- reading ---- */

enum {
    P_ID,
    P_DATASET,
    P_POSITION,
    P_TOPIC,
    P_PARTITION,
    P_OFFSET,
    P_TS,
    P_KEY,
    P_HEADERS,
    P_PAYLOAD,
    P_BYTES
};

static const uint8_t *copy_bytes(struct arena *arena, const PGresult *rows, int row, int column,
                                 size_t *len, bool *failed)
{
    *len = (size_t)PQgetlength(rows, row, column);
    if (PQgetisnull(rows, row, column)) {
        return NULL;
    }
    const uint8_t *copy = arena_memdup(arena, PQgetvalue(rows, row, column), *len);
    *failed = *failed || copy == NULL;
    return copy;
}

static int unpack(struct arena *arena, const PGresult *rows, int row, struct sto_parked *out,
                  struct err *err)
{
    const size_t len =
        PQgetisnull(rows, row, P_BYTES) ? 0 : (size_t)sto_result_int4(rows, row, P_BYTES);
    if (PQgetisnull(rows, row, P_PAYLOAD)) {
        return 0;
    }
    uint8_t *payload = len <= PAYLOAD_MAX_BYTES ? arena_alloc(arena, len + 1) : NULL;
    if (payload == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a parked event");
    }
    size_t got = ZSTD_decompress(payload, len, PQgetvalue(rows, row, P_PAYLOAD),
                                 (size_t)PQgetlength(rows, row, P_PAYLOAD));
    if (ZSTD_isError(got) || got != len) {
        return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                       "the payload of the quarantined event %" PRId64 " cannot be unpacked",
                       out->id);
    }
    out->payload = payload;
    out->payload_len = len;
    return 0;
}

static int read_row(struct arena *arena, const PGresult *rows, int row, struct sto_parked *out,
                    struct err *err)
{
    bool failed = false;
    size_t topic_len;
    *out = (struct sto_parked){
        .id = sto_result_int8(rows, row, P_ID),
        .dataset_id = sto_result_int4(rows, row, P_DATASET),
        .position_id = sto_result_int4(rows, row, P_POSITION),
        .partition = sto_result_int4(rows, row, P_PARTITION),
        .offset = sto_result_int8(rows, row, P_OFFSET),
        .ts_ms = sto_result_int8(rows, row, P_TS),
    };
    out->topic = (const char *)copy_bytes(arena, rows, row, P_TOPIC, &topic_len, &failed);
    out->key = copy_bytes(arena, rows, row, P_KEY, &out->key_len, &failed);
    out->headers = copy_bytes(arena, rows, row, P_HEADERS, &out->headers_len, &failed);
    return failed ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a parked event")
                  : unpack(arena, rows, row, out, err);
}

int sto_parked_load(struct sto_conn *conn, const struct sto_parked_ask *ask, struct arena *arena,
                    struct sto_parked **list, size_t *count, struct err *err)
{
    static const char *const sql[] = {
        [STO_PARKED_DUE] = "SELECT * FROM nrc.parked_events($1::int, $2::bigint)",
        [STO_CASES_SELECTED] = "SELECT * FROM nrc.cases_to_judge($3::jsonb, $1::int, $2::bigint)",
        [STO_CASES_UNREAD] = "SELECT * FROM nrc.unread_cases($1::int, $2::bigint)",
    };
    char rows_text[NUMBER_SIZE];
    char bytes_text[NUMBER_SIZE];
    const char *const values[] = {rows_text, bytes_text, ask->selection};
    const struct sto_params params = {
        .count = ask->which == STO_CASES_SELECTED ? 3 : 2, .values = values, .binary_result = true};
    snprintf(rows_text, sizeof(rows_text), "%d", ask->most_rows);
    snprintf(bytes_text, sizeof(bytes_text), "%" PRId64, ask->most_bytes);
    PGresult *rows = sto_exec_params(conn, sql[ask->which], &params, err);
    if (rows == NULL) {
        return err_add(err, "reading parked events");
    }
    *count = (size_t)PQntuples(rows);
    *list = arena_calloc(arena, *count, sizeof(**list));
    if (*list == NULL) {
        PQclear(rows);
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for parked events");
    }
    int rc = 0;
    for (size_t i = 0; i < *count && rc == 0; i++) {
        rc = read_row(arena, rows, (int)i, &(*list)[i], err);
    }
    PQclear(rows);
    return rc;
}

/* ---- the fence ---- */

int sto_parked_prepare(struct sto_writer *writer, struct err *err)
{
    if (writer->batch->parked_count == 0 || writer->takes_parked) {
        return 0;
    }
    writer->takes_parked = sto_prepare(writer->conn, take_name, take_sql, err) == 0;
    return writer->takes_parked ? 0 : err_add(err, "preparing to take parked events");
}

int sto_parked_send(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    sto_array_open(&list->bytes, STO_OID_INT8, batch->parked_count);
    for (size_t i = 0; i < batch->parked_count; i++) {
        sto_array_int8(&list->bytes, batch->parked[i]);
    }
    sto_param_end(list);
    return sto_params_end(list, err) != 0
               ? -1
               : sto_pipe_prepared(&writer->pipe, take_name, &list->params, err);
}

int sto_parked_read(struct sto_writer *writer, struct err *err)
{
    struct sto_batch *batch = writer->batch;
    PGresult *taken = sto_pipe_next(&writer->pipe, err);
    if (taken == NULL) {
        return -1;
    }
    int rc = 0;
    if ((size_t)sto_result_int8(taken, 0, 0) != batch->parked_count) {
        rc =
            err_set(err, ERR_KIND_FENCED, ERR_STALE_EPOCH, "another engine took the parked events");
    }
    batch->recorded_at_us = sto_result_int8(taken, 0, 1) + STO_PG_EPOCH_US;
    PQclear(taken);
    if (rc == 0 && failpoint_hit(FP_PARKED_TAKEN)) {
        rc = err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "failpoint %s",
                     failpoint_name(FP_PARKED_TAKEN));
    }
    return rc;
}

/* ---- those that are refused ---- */

int sto_parked_refuse(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->quarantined_count; i++) {
        const struct sto_quarantined *bad = &writer->batch->quarantined[i];
        char id[NUMBER_SIZE];
        const char *const values[] = {id,          err_token(bad->reason), bad->rule, bad->path,
                                      bad->detail, bad->failures};
        snprintf(id, sizeof(id), "%" PRId64, bad->parked_id);
        PGresult *done = sto_exec(writer->conn,
                                  "SELECT nrc.refuse_parked($1::bigint, $2, $3, $4, $5, $6::jsonb)",
                                  values, COUNT_OF(values), err);
        if (done == NULL) {
            return err_add(err, "refusing a parked event");
        }
        PQclear(done);
    }
    return 0;
}
