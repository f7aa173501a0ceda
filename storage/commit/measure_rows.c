/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/measure_rows.c - adds a batch to the counters' rows.
 *
 * One row for a partition and minute is updated in place by its only writer, the lane that holds the partition; the rows
 * travel with the COMMIT. A steady stream commits fifty times a second, so a new row for each commit would be more than the
 * events. Parked events are another row (their kind is `replay`), as another connection writes them.
 *
 * Only what was seen is sent, as pairs of key and count. A row whose content is known (minute.h) is written as it is to be;
 * to any other the server adds. It chooses the minute too, as the time is its now(). How many batches a row is of shows
 * whether this one began it, and the server refuses what is not written over the row that is known. */
#include <stdlib.h>

#include "storage/commit/measure_priv.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

/* A row's numbers are parameters, and where its part of the arrays begins and ends. */
#define INSERT_SQL                                                                                 \
    "INSERT INTO nrc.measure_minute AS m (minute, position_id, dataset_id, kind, received,"        \
    " applied, duplicate, stale, quarantined, exempt, deletes, keys, counts, reasons,"             \
    " reason_counts, batches) SELECT date_trunc('minute', now()), p.id, p.dataset,"                \
    " CASE WHEN p.epoch = 0 THEN 'replay' ELSE 'stream' END, p.received, p.applied, p.duplicate,"  \
    " p.stale, p.quarantined, p.exempt, p.deletes, ($12::int4[])[p.key_from:p.key_to],"            \
    " ($13::int8[])[p.key_from:p.key_to], ($14::text[])[p.reason_from:p.reason_to],"               \
    " ($15::int8[])[p.reason_from:p.reason_to], p.batches"                                         \
    " FROM unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[], $5::int8[], $6::int8[],"         \
    " $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $16::int4[], $17::int4[],"     \
    " $18::int4[], $19::int4[]) AS p (id, dataset, epoch, batches, received, applied, duplicate,"  \
    " stale, quarantined, exempt, deletes, key_from, key_to, reason_from, reason_to)"              \
    " ORDER BY p.id ON CONFLICT (minute, position_id, kind) DO UPDATE SET rolled = false,"

/* The sums of arrays stand here and not in a function: a call of one costs more than the sums. */
static const char add_name[] = "nrc_measure_add";
static const char add_sql[] = INSERT_SQL
    " batches = m.batches + 1, received = m.received + excluded.received, applied = m.applied + "
    "excluded.applied,"
    " duplicate = m.duplicate + excluded.duplicate, stale = m.stale + excluded.stale,"
    " quarantined = m.quarantined + excluded.quarantined, exempt = m.exempt + excluded.exempt,"
    " deletes = m.deletes + excluded.deletes,"
    " (keys, counts) = (SELECT coalesce(array_agg(s.key), '{}'), coalesce(array_agg(s.n), '{}')"
    "  FROM (SELECT u.key, sum(u.n)::int8 AS n FROM (SELECT * FROM unnest(m.keys, m.counts)"
    "   UNION ALL SELECT * FROM unnest(excluded.keys, excluded.counts)) u (key, n) GROUP BY u.key) "
    "s),"
    " (reasons, reason_counts) ="
    " (SELECT coalesce(array_agg(s.reason), '{}'), coalesce(array_agg(s.n), '{}')"
    "  FROM (SELECT u.reason, sum(u.n)::int8 AS n FROM (SELECT * FROM unnest(m.reasons,"
    "   m.reason_counts) UNION ALL SELECT * FROM unnest(excluded.reasons, excluded.reason_counts))"
    "   u (reason, n) GROUP BY u.reason) s) RETURNING m.position_id, m.batches";

static const char set_name[] = "nrc_measure_set";
static const char set_sql[] = INSERT_SQL
    " batches = CASE WHEN m.batches = excluded.batches - 1 THEN excluded.batches"
    " ELSE nrc.counters_moved(m.position_id) END, received = excluded.received, applied = "
    "excluded.applied, duplicate = excluded.duplicate,"
    " stale = excluded.stale, quarantined = excluded.quarantined, exempt = excluded.exempt,"
    " deletes = excluded.deletes, keys = excluded.keys, counts = excluded.counts,"
    " reasons = excluded.reasons, reason_counts = excluded.reason_counts";

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for counters");
}

int sto_measure_prepare(struct sto_writer *writer, struct err *err)
{
    writer->measuring = calloc(1, sizeof(*writer->measuring));
    if (writer->measuring == NULL) {
        return no_memory(err);
    }
    return sto_prepare(writer->conn, add_name, add_sql, err) != 0
               ? -1
               : sto_prepare(writer->conn, set_name, set_sql, err);
}

static void fini_pairs(struct sto_pairs *pairs)
{
    buf_fini(&pairs->keys);
    buf_fini(&pairs->counts);
}

static void fini_lines(struct sto_lines *lines)
{
    free(lines->items);
    fini_pairs(&lines->keys);
    fini_pairs(&lines->reasons);
}

void sto_measure_fini(struct sto_writer *writer)
{
    struct sto_measuring *measuring = writer->measuring;
    if (measuring != NULL) {
        free(measuring->tallies);
        fini_lines(&measuring->added);
        fini_lines(&measuring->set);
        sto_minutes_fini(&measuring->minutes);
        sto_counts_fini(&measuring->keys);
        sto_counts_fini(&measuring->reasons);
        free(measuring);
    }
}

/* ---- sending ---- */

static void begin_pairs(struct sto_pairs *pairs)
{
    buf_reset(&pairs->keys);
    buf_reset(&pairs->counts);
    pairs->count = 0;
}

static void begin(struct sto_lines *lines)
{
    lines->count = 0;
    begin_pairs(&lines->keys);
    begin_pairs(&lines->reasons);
}

static bool failed(const struct sto_pairs *pairs)
{
    return buf_failed(&pairs->keys) || buf_failed(&pairs->counts);
}

static void put_keys(struct sto_pairs *pairs, const struct sto_counts *counts)
{
    for (size_t i = 0; i < counts->count; i++) {
        sto_array_int4(&pairs->keys, counts->items[i].key);
        sto_array_int8(&pairs->counts, counts->items[i].n);
    }
    pairs->count += (int32_t)counts->count;
}

static void put_reasons(struct sto_pairs *pairs, const struct sto_counts *counts)
{
    for (size_t i = 0; i < counts->count; i++) {
        const char *token = err_token((enum err_code)counts->items[i].key);
        buf_put_be32(&pairs->keys, (uint32_t)strlen(token));
        buf_put_str(&pairs->keys, token);
        sto_array_int8(&pairs->counts, counts->items[i].n);
    }
    pairs->count += (int32_t)counts->count;
}

static void put_line(struct sto_lines *lines, const struct sto_progress *progress, int64_t batches,
                     const int64_t *numbers, const struct sto_counts *keys,
                     const struct sto_counts *reasons)
{
    struct sto_line *line = &lines->items[lines->count++];
    *line = (struct sto_line){
        .position_id = progress->position_id,
        .dataset_id = progress->dataset_id,
        .epoch = progress->epoch,
        .batches = batches,
        .key_from = lines->keys.count + 1,
        .reason_from = lines->reasons.count + 1,
    };
    memcpy(line->numbers, numbers, sizeof(line->numbers));
    put_keys(&lines->keys, keys);
    put_reasons(&lines->reasons, reasons);
    line->key_to = lines->keys.count;
    line->reason_to = lines->reasons.count;
}

static int add_to(struct sto_minute *minute, const struct sto_measuring *measuring)
{
    minute->batches++;
    for (size_t i = 0; i < STO_MEASURE_NUMBERS; i++) {
        minute->numbers[i] += measuring->numbers[i];
    }
    return sto_counts_add(&minute->keys, &measuring->keys) != 0
               ? -1
               : sto_counts_add(&minute->reasons, &measuring->reasons);
}

/* Of a batch whose row is not known: if there is none yet, what it will hold. */
static int begin_minute(struct sto_minute *minute, const struct sto_measuring *measuring)
{
    minute->is_ours = false;
    minute->batches = 0;
    minute->keys.count = minute->reasons.count = 0;
    memset(minute->numbers, 0, sizeof(minute->numbers));
    return add_to(minute, measuring);
}

static int put_partition(struct sto_writer *writer, size_t i)
{
    struct sto_measuring *measuring = writer->measuring;
    const struct sto_progress *progress = &writer->batch->progress[i];
    if (sto_measure_gather(measuring, progress, &measuring->tallies[i]) != 0) {
        return -1;
    }
    if (writer->batch->parked_count > 0) {
        put_line(&measuring->added, progress, 1, measuring->numbers, &measuring->keys,
                 &measuring->reasons);
        return 0;
    }
    struct sto_minute *minute = sto_minute_made(&measuring->minutes, progress->position_id);
    if (minute == NULL) {
        return -1;
    }
    const bool known = sto_minute_is_known(minute, progress, writer->batch->recorded_at_us);
    sto_minute_move(minute, progress, writer->batch->recorded_at_us);
    if ((known ? add_to : begin_minute)(minute, measuring) != 0) {
        return -1;
    }
    put_line(known ? &measuring->set : &measuring->added, progress, minute->batches,
             minute->numbers, &minute->keys, &minute->reasons);
    return 0;
}

/* Of a position that only skipped offsets nothing is counted. */
static int put_partitions(struct sto_writer *writer)
{
    const struct sto_batch *batch = writer->batch;
    begin(&writer->measuring->added);
    begin(&writer->measuring->set);
    for (size_t i = 0; i < batch->progress_count; i++) {
        const struct sto_progress *progress = &batch->progress[i];
        if (progress->received > 0) {
            if (put_partition(writer, i) != 0) {
                return -1;
            }
            continue;
        }
        struct sto_minute *minute =
            sto_minute_find(&writer->measuring->minutes, progress->position_id);
        if (minute != NULL && sto_minute_is_known(minute, progress, batch->recorded_at_us)) {
            sto_minute_move(minute, progress, batch->recorded_at_us);
        }
    }
    return 0;
}

static void param_int4(struct sto_param_list *list, const struct sto_lines *lines, size_t at)
{
    sto_param_int4(list, lines->items, lines->count, sizeof(*lines->items), at);
}

static void param_int8(struct sto_param_list *list, const struct sto_lines *lines, size_t at)
{
    sto_param_int8(list, lines->items, lines->count, sizeof(*lines->items), at);
}

static void param_pairs(struct sto_param_list *list, uint32_t key_oid,
                        const struct sto_pairs *pairs)
{
    sto_array_open(&list->bytes, key_oid, (size_t)pairs->count);
    buf_put(&list->bytes, pairs->keys.data, pairs->keys.len);
    sto_param_end(list);
    sto_array_open(&list->bytes, STO_OID_INT8, (size_t)pairs->count);
    buf_put(&list->bytes, pairs->counts.data, pairs->counts.len);
    sto_param_end(list);
}

static int queue(struct sto_writer *writer, const char *name, const struct sto_lines *lines,
                 struct err *err)
{
    static const size_t bounds[] = {
        offsetof(struct sto_line, key_from),
        offsetof(struct sto_line, key_to),
        offsetof(struct sto_line, reason_from),
        offsetof(struct sto_line, reason_to),
    };
    struct sto_param_list *list = &writer->params;
    if (lines->count == 0) {
        return 0;
    }
    if (failed(&lines->keys) || failed(&lines->reasons)) {
        return no_memory(err);
    }
    sto_params_begin(list);
    param_int4(list, lines, offsetof(struct sto_line, position_id));
    param_int4(list, lines, offsetof(struct sto_line, dataset_id));
    param_int8(list, lines, offsetof(struct sto_line, epoch));
    param_int8(list, lines, offsetof(struct sto_line, batches));
    for (size_t i = 0; i < STO_MEASURE_NUMBERS; i++) {
        param_int8(list, lines, offsetof(struct sto_line, numbers) + i * sizeof(int64_t));
    }
    param_pairs(list, STO_OID_INT4, &lines->keys);
    param_pairs(list, STO_OID_TEXT, &lines->reasons);
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        param_int4(list, lines, bounds[i]);
    }
    return sto_params_end(list, err) != 0
               ? -1
               : sto_pipe_prepared(&writer->pipe, name, &list->params, err);
}

int sto_measure_queue(struct sto_writer *writer, struct err *err)
{
    if (put_partitions(writer) != 0) {
        return no_memory(err);
    }
    return queue(writer, add_name, &writer->measuring->added, err) != 0
               ? -1
               : queue(writer, set_name, &writer->measuring->set, err);
}

/* ---- what the server says ---- */

/* Which rows the batch began: they are known. */
static int read_added(struct sto_writer *writer, struct err *err)
{
    PGresult *rows = sto_pipe_next(&writer->pipe, err);
    if (rows == NULL) {
        return -1;
    }
    for (int row = 0; row < PQntuples(rows) && writer->batch->parked_count == 0; row++) {
        struct sto_minute *minute =
            sto_minute_find(&writer->measuring->minutes, sto_result_int4(rows, row, 0));
        if (minute != NULL) {
            minute->is_ours = sto_result_int8(rows, row, 1) == 1;
        }
    }
    PQclear(rows);
    return 0;
}

int sto_measure_read(struct sto_writer *writer, struct err *err)
{
    if (writer->measuring->added.count > 0 && read_added(writer, err) != 0) {
        return -1;
    }
    return writer->measuring->set.count > 0 ? sto_pipe_done(&writer->pipe, err) : 0;
}
