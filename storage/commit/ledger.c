/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/ledger.c - one row for each topic partition of the batch: how many events came, and their
 * effects.
 *
 * received = applied + duplicate + stale + quarantined + exempt, and next - from = received + skipped:
 * otherwise the batch is a bug, and nothing of it is kept. The rows travel with the COMMIT.
 *
 * Their statement also checks that the batch was written with the dataset's present columns. Given a
 * structure that renames the column a to b, a second one that adds a new column a, and an engine that
 * has loaded neither, then its statements still name a column a and would write into the wrong one.
 * Therefore the last statement checks the version of the columns: it sees every structure that was
 * registered before our merge locked the tables. */
#include <stdlib.h>

#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

static const char insert_name[] = "nrc_ledger";
static const char insert_sql[] =
    "INSERT INTO nrc.ledger (recorded_at, kind, position_id, dataset_id, epoch, from_offset,"
    " next_offset, received, skipped, applied, duplicate, stale, quarantined, exempt)"
    " SELECT now(), CASE WHEN p.epoch = 0 THEN 'replay' ELSE 'stream' END, p.id,"
    " CASE WHEN p.columns = 0 OR p.columns = (SELECT d.column_version FROM nrc.dataset d"
    " WHERE d.id = p.dataset) THEN p.dataset ELSE nrc.columns_changed(p.dataset) END,"
    " p.epoch, p.from_offset, p.next_offset, p.received, p.skipped, p.applied, p.duplicate, "
    "p.stale,"
    " p.quarantined, p.exempt FROM unnest($1::int4[], $2::int4[], $3::int4[], $4::int8[], "
    "$5::int8[],"
    " $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[],"
    " $13::int8[]) AS p (id, dataset, columns, epoch, from_offset, next_offset, received, skipped,"
    " applied, duplicate, stale, quarantined, exempt)";

int sto_ledger_prepare(struct sto_writer *writer, struct err *err)
{
    return sto_prepare(writer->conn, insert_name, insert_sql, err);
}

/* Parked events move no position: the row says what was recorded of them, from the first offset to behind the last. A
 * position's epoch is never 0. */
static void settle_replay(struct sto_progress *progress)
{
    progress->epoch = 0;
    progress->received =
        progress->applied + progress->duplicate + progress->stale + progress->exempt_total;
    progress->quarantined = 0;
    progress->skipped = 0;
}

static int check(const struct sto_progress *progress, struct err *err)
{
    int64_t verdicts = progress->applied + progress->duplicate + progress->stale +
                       progress->quarantined + progress->exempt_total;
    if (verdicts != progress->received) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "%s/%d: received %lld, accounted for %lld",
                       progress->topic, progress->partition, (long long)progress->received,
                       (long long)verdicts);
    }
    if (progress->epoch != 0 &&
        progress->next - progress->from != progress->received + progress->skipped) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG,
                       "%s/%d: offsets %lld to %lld, received %lld, skipped %lld", progress->topic,
                       progress->partition, (long long)progress->from, (long long)progress->next,
                       (long long)progress->received, (long long)progress->skipped);
    }
    return 0;
}

static void count_section(struct sto_batch *batch, const struct sto_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct sto_event *event = &section->events[i];
        struct sto_progress *progress = &batch->progress[event->progress];
        progress->applied += event->effect == STO_APPLIED;
        progress->duplicate += event->effect == STO_DUPLICATE;
        progress->stale += event->effect == STO_STALE;
        progress->exempt_total += event->effect == STO_EXEMPT;
    }
}

int sto_ledger_count(struct sto_writer *writer, struct err *err)
{
    struct sto_batch *batch = writer->batch;
    for (size_t i = 0; i < batch->progress_count; i++) {
        struct sto_progress *progress = &batch->progress[i];
        progress->applied = progress->duplicate = progress->stale = progress->quarantined = 0;
        progress->exempt_total = progress->exempt;
    }
    for (size_t s = 0; s < batch->section_count; s++) {
        count_section(batch, &batch->sections[s]);
    }
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        batch->progress[batch->quarantined[i].progress].quarantined++;
    }
    for (size_t i = 0; i < batch->progress_count; i++) {
        if (batch->parked_count > 0) {
            settle_replay(&batch->progress[i]);
        }
        if (check(&batch->progress[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int by_dataset(const void *key, const void *section)
{
    int32_t id = *(const int32_t *)key;
    int32_t other = ((const struct sto_section *)section)->table->dataset_id;
    return (id > other) - (id < other);
}

/* The column version with which each partition's rows were written; 0: it has no rows. */
static void put_column_versions(struct sto_param_list *list, const struct sto_batch *batch)
{
    sto_array_open(&list->bytes, STO_OID_INT4, batch->progress_count);
    for (size_t i = 0; i < batch->progress_count; i++) {
        const struct sto_section *section =
            batch->section_count == 0
                ? NULL
                : bsearch(&batch->progress[i].dataset_id, batch->sections, batch->section_count,
                          sizeof(*batch->sections), by_dataset);
        bool writes = section != NULL && section->count > 0;
        sto_array_int4(&list->bytes, writes ? section->table->column_version : 0);
    }
    sto_param_end(list);
}

int sto_ledger_queue(struct sto_writer *writer, struct err *err)
{
    static const size_t numbers[] = {
        offsetof(struct sto_progress, epoch),       offsetof(struct sto_progress, from),
        offsetof(struct sto_progress, next),        offsetof(struct sto_progress, received),
        offsetof(struct sto_progress, skipped),     offsetof(struct sto_progress, applied),
        offsetof(struct sto_progress, duplicate),   offsetof(struct sto_progress, stale),
        offsetof(struct sto_progress, quarantined), offsetof(struct sto_progress, exempt_total),
    };
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    sto_param_progress_int4(list, writer->batch, offsetof(struct sto_progress, position_id));
    sto_param_progress_int4(list, writer->batch, offsetof(struct sto_progress, dataset_id));
    put_column_versions(list, writer->batch);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        sto_param_progress_int8(list, writer->batch, numbers[i]);
    }
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    return sto_pipe_prepared(&writer->pipe, insert_name, &list->params, err);
}

int sto_ledger_read(struct sto_writer *writer, struct err *err)
{
    return sto_pipe_done(&writer->pipe, err);
}
