/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/fence.c - moves a batch's positions, which proves that they are still ours.
 *
 * All rows are locked in (topic, partition) order before any is updated: a claim in order P3, P1 and a
 * fence in order P1, P3 would deadlock. The update takes a row only where epoch and offset are as the
 * lane believes. If it takes fewer rows, another engine has claimed one meanwhile, or an earlier commit of
 * ours had another outcome than we believe; then nothing may be written. */
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

static const char lock_name[] = "nrc_fence_lock";
static const char move_name[] = "nrc_fence_move";

static const char lock_sql[] = "SELECT FROM nrc.position WHERE id = ANY($1::int4[])"
                               " ORDER BY topic, partition FOR UPDATE";

/* A position that received no record in this batch (only skipped offsets) keeps its last record. */
static const char move_sql[] =
    "UPDATE nrc.position p SET next_offset = u.next, updated_at = now(),"
    " last_offset = CASE WHEN u.last_offset >= 0 THEN u.last_offset ELSE p.last_offset END,"
    " last_ts_ms = CASE WHEN u.last_offset >= 0 THEN u.last_ts_ms ELSE p.last_ts_ms END,"
    " last_hash = CASE WHEN u.last_offset >= 0 THEN u.last_hash ELSE p.last_hash END,"
    " good_at = CASE WHEN u.good = 1 THEN now() ELSE p.good_at END"
    " FROM unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], "
    "$7::int8[], $8::int4[])"
    " AS u (id, epoch, start, next, last_offset, last_ts_ms, last_hash, good)"
    " WHERE p.id = u.id AND p.epoch = u.epoch AND p.next_offset = u.start"
    " RETURNING p.id, now()";

int sto_fence_prepare(struct sto_writer *writer, struct err *err)
{
    if (sto_prepare(writer->conn, lock_name, lock_sql, err) != 0 ||
        sto_prepare(writer->conn, move_name, move_sql, err) != 0) {
        return err_add(err, "preparing the fence");
    }
    return 0;
}

/* For each position, whether its last event was good. An incident that a good event ends must not be
 * ended by one that came before the bad one in the same batch. */
static void param_good(struct sto_param_list *list, const struct sto_batch *batch)
{
    sto_array_open(&list->bytes, STO_OID_INT4, batch->progress_count);
    const size_t at = list->bytes.len;
    for (size_t i = 0; i < batch->progress_count; i++) {
        sto_array_int4(&list->bytes, batch->progress[i].last_offset >= 0);
    }
    for (size_t i = 0; i < batch->quarantined_count && !buf_failed(&list->bytes); i++) {
        const struct sto_quarantined *bad = &batch->quarantined[i];
        if (bad->offset == batch->progress[bad->progress].last_offset) {
            /* the element: its length, its value's last byte */
            list->bytes.data[at + (size_t)bad->progress * 8 + 7] = 0;
        }
    }
    sto_param_end(list);
}

int sto_fence_send(struct sto_writer *writer, struct err *err)
{
    if (writer->batch->parked_count > 0) {
        return sto_parked_send(writer, err);
    }
    static const size_t moved[] = {
        offsetof(struct sto_progress, epoch),      offsetof(struct sto_progress, from),
        offsetof(struct sto_progress, next),       offsetof(struct sto_progress, last_offset),
        offsetof(struct sto_progress, last_ts_ms), offsetof(struct sto_progress, last_hash),
    };
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    sto_param_progress_int4(list, writer->batch, offsetof(struct sto_progress, position_id));
    if (sto_params_end(list, err) != 0 ||
        sto_pipe_prepared(&writer->pipe, lock_name, &list->params, err) != 0) {
        return -1;
    }
    sto_params_begin(list);
    sto_param_progress_int4(list, writer->batch, offsetof(struct sto_progress, position_id));
    for (size_t i = 0; i < COUNT_OF(moved); i++) {
        sto_param_progress_int8(list, writer->batch, moved[i]);
    }
    param_good(list, writer->batch);
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    return sto_pipe_prepared(&writer->pipe, move_name, &list->params, err);
}

static bool has_moved(const PGresult *moved, int32_t position_id)
{
    for (int row = 0; row < PQntuples(moved); row++) {
        if (sto_result_int4(moved, row, 0) == position_id) {
            return true;
        }
    }
    return false;
}

static int fenced(const struct sto_batch *batch, const PGresult *moved, struct err *err)
{
    for (size_t i = 0; i < batch->progress_count; i++) {
        const struct sto_progress *progress = &batch->progress[i];
        if (!has_moved(moved, progress->position_id)) {
            (void)!err_set(err, ERR_KIND_FENCED, ERR_STALE_EPOCH,
                           "%s/%d is not at epoch %lld, offset %lld", progress->topic,
                           progress->partition, (long long)progress->epoch,
                           (long long)progress->from);
            err->partition = progress->partition;
            err->offset = progress->from;
            err->progress = (int32_t)i;
            return -1;
        }
    }
    return err_set(err, ERR_KIND_FATAL, ERR_BUG, "a batch names a position twice");
}

/* Given a structure that takes effect at noon, and an engine that is frozen from before noon until after it,
 * then its batch judged the structure as not in force yet. The transaction's own time decides, so the batch is
 * judged again. */
static int check_time(const struct sto_batch *batch, struct err *err)
{
    bool in_time = batch->valid_until_us == 0 || batch->recorded_at_us < batch->valid_until_us;
    return in_time ? 0
                   : err_set(err, ERR_KIND_RETRY, ERR_STRUCTURES_CHANGED,
                             "other structures came into force since the batch was judged");
}

int sto_fence_read(struct sto_writer *writer, struct err *err)
{
    struct sto_batch *batch = writer->batch;
    if (batch->parked_count > 0) {
        return sto_parked_read(writer, err) != 0 ? -1 : check_time(batch, err);
    }
    if (sto_pipe_done(&writer->pipe, err) != 0) {
        return -1;
    }
    PGresult *moved = sto_pipe_next(&writer->pipe, err);
    if (moved == NULL) {
        return -1;
    }
    int rc = 0;
    if ((size_t)PQntuples(moved) != batch->progress_count) {
        rc = fenced(batch, moved, err);
    } else if (PQntuples(moved) > 0) {
        batch->recorded_at_us = sto_result_int8(moved, 0, 1) + STO_PG_EPOCH_US;
        rc = check_time(batch, err);
    }
    PQclear(moved);
    return rc;
}
