/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/measure.c - adds a batch to the counters of its topic partitions.
 *
 * One row for a partition and minute is updated in place by its only writer, the lane that holds the partition; the rows
 * travel with the COMMIT. A steady stream commits fifty times a second, so a new row for each commit would be more than the
 * events. Parked events are another row (their kind is `replay`), as another connection writes them.
 *
 * Only what was seen is sent: pairs of key and count, and the counts that are there already are added by the server. It
 * chooses the minute too, as the time is its now(). */
#include "storage/commit/measure.h"

#include <stdlib.h>

#include "storage/commit/measure_priv.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

/* The sums of arrays stand here and not in a function: a call of one costs more than the sums. */
static const char add_name[] = "nrc_measure";
static const char add_sql[] =
    "INSERT INTO nrc.measure_minute AS m (minute, position_id, dataset_id, kind, received, applied,"
    " duplicate, stale, quarantined, exempt, deletes, keys, counts, reasons, reason_counts)"
    " SELECT date_trunc('minute', now()), p.id, p.dataset,"
    " CASE WHEN p.epoch = 0 THEN 'replay' ELSE 'stream' END, p.received, p.applied, p.duplicate,"
    " p.stale, p.quarantined, p.exempt, p.deletes, ($11::int4[])[p.key_from:p.key_to],"
    " ($12::int8[])[p.key_from:p.key_to], ($13::text[])[p.reason_from:p.reason_to],"
    " ($14::int8[])[p.reason_from:p.reason_to]"
    " FROM unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], "
    "$7::int8[],"
    " $8::int8[], $9::int8[], $10::int8[], $15::int4[], $16::int4[], $17::int4[], $18::int4[])"
    " AS p (id, dataset, epoch, received, applied, duplicate, stale, quarantined, exempt, deletes,"
    " key_from, key_to, reason_from, reason_to) WHERE p.received > 0 ORDER BY p.id"
    " ON CONFLICT (minute, position_id, kind) DO UPDATE SET rolled = false,"
    " received = m.received + excluded.received, applied = m.applied + excluded.applied,"
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
    "   u (reason, n) GROUP BY u.reason) s)";

/* Of one topic partition; zeroed for each batch. */
struct sto_tally {
    uint32_t late[STO_LEG_COUNT][STO_LATENESS_BUCKETS];
    uint32_t reasons[ERR_CODE_COUNT];
    int64_t deletes;
};

/* Arrays of keys and of counts, those of one topic partition after the other's; from, to: where each begins
 * and ends, from 1. Each as elements of an array parameter. */
struct sto_pairs {
    struct buf keys;
    struct buf counts;
    struct buf from;
    struct buf to;
    size_t count;
};

struct sto_measuring {
    struct sto_tally *tallies; /* one a progress */
    size_t capacity;
    struct sto_pairs pairs;
    struct sto_pairs reasons;
};

int sto_measure_prepare(struct sto_writer *writer, struct err *err)
{
    writer->measuring = calloc(1, sizeof(*writer->measuring));
    if (writer->measuring == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for counters");
    }
    return sto_prepare(writer->conn, add_name, add_sql, err);
}

static void fini_pairs(struct sto_pairs *pairs)
{
    buf_fini(&pairs->keys);
    buf_fini(&pairs->counts);
    buf_fini(&pairs->from);
    buf_fini(&pairs->to);
}

void sto_measure_fini(struct sto_writer *writer)
{
    if (writer->measuring != NULL) {
        free(writer->measuring->tallies);
        fini_pairs(&writer->measuring->pairs);
        fini_pairs(&writer->measuring->reasons);
        free(writer->measuring);
    }
}

/* ---- counting ---- */

unsigned sto_lateness_bucket(int64_t from_us, int64_t to_us)
{
    static const uint64_t third = UINT64_C(0x50A28BE635CA2B89);  /* 2^(62 + 1/3) */
    static const uint64_t thirds = UINT64_C(0x6597FA94F5B8F20B); /* 2^(62 + 2/3) */
    int64_t late_us;
    if (from_us == STO_NO_TIME || to_us == STO_NO_TIME) {
        return STO_LATE_UNKNOWN;
    }
    if (__builtin_sub_overflow(to_us, from_us, &late_us)) {
        return to_us < from_us ? STO_LATE_NEGATIVE : STO_LATE_OVER;
    }
    if (late_us < 1024) {
        return late_us < 0 ? STO_LATE_NEGATIVE : STO_LATE_UNDER;
    }
    const unsigned octave = 63U - (unsigned)__builtin_clzll((uint64_t)late_us);
    const uint64_t mantissa = (uint64_t)late_us << (62U - octave);
    const unsigned bucket =
        STO_LATE_FIRST + (octave - 10U) * 3U + (mantissa >= third) + (mantissa >= thirds);
    return bucket < STO_LATE_OVER ? bucket : STO_LATE_OVER;
}

static void count_lateness(struct sto_tally *tally, const struct sto_event *event,
                           int64_t available_us)
{
    const int64_t occurred_us = event->event_time_us;
    const int64_t captured_us =
        event->clock == STO_CLOCK_PRODUCER ? event->kafka_ts_us : STO_NO_TIME;
    const int64_t arrived_us = event->clock == STO_CLOCK_BROKER ? event->kafka_ts_us : STO_NO_TIME;
    tally->late[STO_LEG_CAPTURED][sto_lateness_bucket(occurred_us, captured_us)]++;
    tally->late[STO_LEG_ARRIVED][sto_lateness_bucket(captured_us, arrived_us)]++;
    tally->late[STO_LEG_AVAILABLE][sto_lateness_bucket(arrived_us, available_us)]++;
    tally->late[STO_LEG_CARRIED][sto_lateness_bucket(captured_us, available_us)]++;
    tally->late[STO_LEG_WHOLE][sto_lateness_bucket(occurred_us, available_us)]++;
}

static void count_section(struct sto_writer *writer, const struct sto_section *section)
{
    const int64_t available_us = writer->batch->recorded_at_us;
    for (size_t i = 0; i < section->count; i++) {
        const struct sto_event *event = &section->events[i];
        if (event->effect != STO_EXEMPT) {
            struct sto_tally *tally = &writer->measuring->tallies[event->progress];
            tally->deletes += event->op == 'd';
            count_lateness(tally, event, available_us);
        }
    }
}

static int reserve(struct sto_writer *writer, size_t count, struct err *err)
{
    if (count > writer->measuring->capacity) {
        free(writer->measuring->tallies);
        writer->measuring->tallies = calloc(count * 2, sizeof(*writer->measuring->tallies));
        writer->measuring->capacity = writer->measuring->tallies != NULL ? count * 2 : 0;
    }
    if (count > writer->measuring->capacity) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for counters");
    }
    if (count > 0) {
        memset(writer->measuring->tallies, 0, count * sizeof(*writer->measuring->tallies));
    }
    return 0;
}

int sto_measure_count(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    if (reserve(writer, batch->progress_count, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < batch->section_count; s++) {
        count_section(writer, &batch->sections[s]);
    }
    /* A parked event that is refused was counted when it came. */
    for (size_t i = 0; i < batch->quarantined_count && batch->parked_count == 0; i++) {
        const struct sto_quarantined *bad = &batch->quarantined[i];
        writer->measuring->tallies[bad->progress].reasons[bad->reason]++;
    }
    return 0;
}

/* ---- sending ---- */

static void put_pair(struct sto_pairs *pairs, int32_t key, int64_t count)
{
    if (count > 0) {
        sto_array_int4(&pairs->keys, key);
        sto_array_int8(&pairs->counts, count);
        pairs->count++;
    }
}

static void put_rule(struct sto_pairs *pairs, const struct sto_rule_count *rule)
{
    put_pair(pairs, -(STO_RULE_FAILED * STO_RULE_IDS + rule->rule_id), rule->failed);
    put_pair(pairs, -(STO_RULE_EVALUATED * STO_RULE_IDS + rule->rule_id), rule->evaluated);
    put_pair(pairs, -(STO_RULE_SKIPPED * STO_RULE_IDS + rule->rule_id), rule->skipped);
}

static void put_keys(struct sto_pairs *pairs, const struct sto_tally *tally,
                     const struct sto_measure *measure)
{
    for (int32_t leg = 0; leg < STO_LEG_COUNT; leg++) {
        for (int32_t bucket = 0; bucket < STO_LATENESS_BUCKETS; bucket++) {
            put_pair(pairs, (STO_MEASURE_LEG + leg) * 65536 + bucket, tally->late[leg][bucket]);
        }
    }
    for (size_t c = 0; measure != NULL && c < measure->column_count; c++) {
        put_pair(pairs, STO_MEASURE_NULL * 65536 + (int32_t)c + 1, measure->nulls[c]);
        put_pair(pairs, STO_MEASURE_MISSING * 65536 + (int32_t)c + 1, measure->missing[c]);
    }
    for (size_t r = 0; measure != NULL && r < measure->rule_count; r++) {
        put_rule(pairs, &measure->rules[r]);
    }
}

static void put_reasons(struct sto_pairs *pairs, const struct sto_tally *tally)
{
    for (int code = 0; code < ERR_CODE_COUNT; code++) {
        if (tally->reasons[code] > 0) {
            const char *token = err_token((enum err_code)code);
            buf_put_be32(&pairs->keys, (uint32_t)strlen(token));
            buf_put_str(&pairs->keys, token);
            sto_array_int8(&pairs->counts, tally->reasons[code]);
            pairs->count++;
        }
    }
}

static void put_array(struct sto_param_list *list, uint32_t oid, const struct buf *elements,
                      size_t count)
{
    sto_array_open(&list->bytes, oid, count);
    buf_put(&list->bytes, elements->data, elements->len);
    sto_param_end(list);
}

static void put_numbers(struct sto_param_list *list, const struct sto_writer *writer)
{
    static const size_t numbers[] = {
        offsetof(struct sto_progress, epoch),        offsetof(struct sto_progress, received),
        offsetof(struct sto_progress, applied),      offsetof(struct sto_progress, duplicate),
        offsetof(struct sto_progress, stale),        offsetof(struct sto_progress, quarantined),
        offsetof(struct sto_progress, exempt_total),
    };
    const struct sto_batch *batch = writer->batch;
    sto_param_progress_int4(list, batch, offsetof(struct sto_progress, position_id));
    sto_param_progress_int4(list, batch, offsetof(struct sto_progress, dataset_id));
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        sto_param_progress_int8(list, batch, numbers[i]);
    }
    sto_array_open(&list->bytes, STO_OID_INT8, batch->progress_count);
    for (size_t i = 0; i < batch->progress_count; i++) {
        sto_array_int8(&list->bytes, writer->measuring->tallies[i].deletes);
    }
    sto_param_end(list);
}

static void begin(struct sto_pairs *pairs)
{
    buf_reset(&pairs->keys);
    buf_reset(&pairs->counts);
    buf_reset(&pairs->from);
    buf_reset(&pairs->to);
    pairs->count = 0;
}

static bool failed(const struct sto_pairs *pairs)
{
    return buf_failed(&pairs->keys) || buf_failed(&pairs->counts) || buf_failed(&pairs->from) ||
           buf_failed(&pairs->to);
}

static void put_all(struct sto_writer *writer)
{
    const struct sto_batch *batch = writer->batch;
    begin(&writer->measuring->pairs);
    begin(&writer->measuring->reasons);
    for (size_t i = 0; i < batch->progress_count; i++) {
        sto_array_int4(&writer->measuring->pairs.from, (int32_t)writer->measuring->pairs.count + 1);
        sto_array_int4(&writer->measuring->reasons.from,
                       (int32_t)writer->measuring->reasons.count + 1);
        put_keys(&writer->measuring->pairs, &writer->measuring->tallies[i],
                 batch->progress[i].measure);
        put_reasons(&writer->measuring->reasons, &writer->measuring->tallies[i]);
        sto_array_int4(&writer->measuring->pairs.to, (int32_t)writer->measuring->pairs.count);
        sto_array_int4(&writer->measuring->reasons.to, (int32_t)writer->measuring->reasons.count);
    }
}

int sto_measure_queue(struct sto_writer *writer, struct err *err)
{
    struct sto_param_list *list = &writer->params;
    const struct sto_pairs *measured = &writer->measuring->pairs;
    const struct sto_pairs *reasons = &writer->measuring->reasons;
    const size_t partitions = writer->batch->progress_count;
    put_all(writer);
    if (failed(measured) || failed(reasons)) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for counters");
    }
    sto_params_begin(list);
    put_numbers(list, writer);
    put_array(list, STO_OID_INT4, &measured->keys, measured->count);
    put_array(list, STO_OID_INT8, &measured->counts, measured->count);
    put_array(list, STO_OID_TEXT, &reasons->keys, reasons->count);
    put_array(list, STO_OID_INT8, &reasons->counts, reasons->count);
    put_array(list, STO_OID_INT4, &measured->from, partitions);
    put_array(list, STO_OID_INT4, &measured->to, partitions);
    put_array(list, STO_OID_INT4, &reasons->from, partitions);
    put_array(list, STO_OID_INT4, &reasons->to, partitions);
    return sto_params_end(list, err) != 0
               ? -1
               : sto_pipe_prepared(&writer->pipe, add_name, &list->params, err);
}

int sto_measure_read(struct sto_writer *writer, struct err *err)
{
    return sto_pipe_done(&writer->pipe, err);
}
