/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/resolve.c - was the batch committed? (ops/doc/delivery.md says when that is in doubt)
 *
 * The old backend may still be inside COMMIT and hold the position rows. The lock waits for its end, so the
 * rows show the outcome, not the moment before. Rows are locked in the fence's order.
 *
 *   our epoch, and every position at the batch's end    committed
 *   our epoch, and every position at the batch's start  not committed: replay
 *   anything else                                       another engine moved on: fenced
 *   no lock in time                                     still in doubt */
#include <stdio.h>
#include <stdlib.h>

#include "storage/commit/commit.h"
#include "storage/conn/statement.h"

static const char begin_sql[] = "BEGIN; SET LOCAL lock_timeout = '3s'";
static const char read_sql[] = "SELECT id, epoch, next_offset FROM nrc.position"
                               " WHERE id = ANY($1::int4[]) ORDER BY topic, partition FOR UPDATE";

/* "{1,2,3}" */
static int put_ids(struct buf *out, const struct sto_batch *batch, struct err *err)
{
    buf_put_u8(out, '{');
    for (size_t i = 0; i < batch->progress_count; i++) {
        buf_printf(out, "%s%d", i == 0 ? "" : ",", batch->progress[i].position_id);
    }
    buf_put_u8(out, '}');
    buf_cstr(out);
    if (buf_failed(out)) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read positions");
    }
    return 0;
}

static int find_row(const PGresult *rows, int32_t position_id)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        if (strtol(PQgetvalue(rows, row, 0), NULL, 10) == position_id) {
            return row;
        }
    }
    return -1;
}

static int decide(const struct sto_batch *batch, const PGresult *rows, struct err *err)
{
    bool at_end = true;
    bool at_start = true;
    for (size_t i = 0; i < batch->progress_count; i++) {
        const struct sto_progress *progress = &batch->progress[i];
        int row = find_row(rows, progress->position_id);
        int64_t epoch = row < 0 ? -1 : strtoll(PQgetvalue(rows, row, 1), NULL, 10);
        int64_t offset = row < 0 ? -1 : strtoll(PQgetvalue(rows, row, 2), NULL, 10);
        at_end = at_end && epoch == progress->epoch && offset == progress->next;
        at_start = at_start && epoch == progress->epoch && offset == progress->from;
        if (!at_end && !at_start) {
            (void)!err_set(err, ERR_KIND_FENCED, ERR_STALE_EPOCH,
                           "%s/%d is at epoch %lld, offset %lld", progress->topic,
                           progress->partition, (long long)epoch, (long long)offset);
            err->partition = progress->partition;
            err->progress = (int32_t)i;
            return -1;
        }
    }
    return at_end ? 1 : 0;
}

int sto_commit_resolve(struct sto_conn *conn, const struct sto_batch *batch, struct err *err)
{
    struct buf ids = BUF_INIT;
    PGresult *rows = NULL;
    int rc = -1;
    if (put_ids(&ids, batch, err) != 0 || sto_run(conn, begin_sql, err) != 0) {
        goto out;
    }
    const char *values[] = {buf_cstr(&ids)};
    rows = sto_exec(conn, read_sql, values, 1, err);
    if (rows != NULL) {
        rc = decide(batch, rows, err);
    } else if (strcmp(err->sqlstate, "55P03") == 0) {
        err->kind = ERR_KIND_RETRY;
        err->code = ERR_REGISTER_TIMEOUT;
    }
out:
    PQclear(rows);
    sto_rollback(conn);
    buf_fini(&ids);
    return rc < 0 ? err_add(err, "resolving a COMMIT whose answer was lost") : rc;
}
