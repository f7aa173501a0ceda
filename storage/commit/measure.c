/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/measure.c - counts what became of a batch's events, topic partition by topic partition. */
#include "storage/commit/measure.h"

#include <stdlib.h>

#include "storage/commit/measure_priv.h"
#include "storage/commit/writer_priv.h"

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

static int reserve(struct sto_measuring *measuring, size_t count, struct err *err)
{
    if (count > measuring->capacity) {
        free(measuring->tallies);
        free(measuring->added.items);
        free(measuring->set.items);
        measuring->tallies = calloc(count * 2, sizeof(*measuring->tallies));
        measuring->added.items = calloc(count * 2, sizeof(*measuring->added.items));
        measuring->set.items = calloc(count * 2, sizeof(*measuring->set.items));
        const bool done = measuring->tallies != NULL && measuring->added.items != NULL &&
                          measuring->set.items != NULL;
        measuring->capacity = done ? count * 2 : 0;
    }
    if (count > measuring->capacity) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for counters");
    }
    if (count > 0) {
        memset(measuring->tallies, 0, count * sizeof(*measuring->tallies));
    }
    return 0;
}

int sto_measure_count(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    if (reserve(writer->measuring, batch->progress_count, err) != 0) {
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

/* ---- what a partition's batch adds ---- */

static int put_count(struct sto_counts *counts, int32_t key, int64_t n)
{
    return n > 0 ? sto_counts_put(counts, key, n) : 0;
}

static int by_key(const void *a, const void *b)
{
    const int32_t left = ((const struct sto_count *)a)->key;
    const int32_t right = ((const struct sto_count *)b)->key;
    return (left > right) - (left < right);
}

/* Below 0, and the batch has them in no order. */
static int put_rules(struct sto_counts *keys, const struct sto_measure *measure)
{
    for (size_t r = 0; r < measure->rule_count; r++) {
        const struct sto_rule_count *rule = &measure->rules[r];
        if (put_count(keys, -(STO_RULE_FAILED * STO_RULE_IDS + rule->rule_id), rule->failed) != 0 ||
            put_count(keys, -(STO_RULE_EVALUATED * STO_RULE_IDS + rule->rule_id),
                      rule->evaluated) != 0 ||
            put_count(keys, -(STO_RULE_SKIPPED * STO_RULE_IDS + rule->rule_id), rule->skipped) !=
                0) {
            return -1;
        }
    }
    if (keys->count > 0) {
        qsort(keys->items, keys->count, sizeof(*keys->items), by_key);
    }
    return 0;
}

static int put_columns(struct sto_counts *keys, enum sto_measure_class class,
                       const uint32_t *counts, size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        if (put_count(keys, (int32_t) class * 65536 + (int32_t)c + 1, counts[c]) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_lateness(struct sto_counts *keys, const struct sto_tally *tally)
{
    for (int32_t leg = 0; leg < STO_LEG_COUNT; leg++) {
        for (int32_t bucket = 0; bucket < STO_LATENESS_BUCKETS; bucket++) {
            if (put_count(keys, (STO_MEASURE_LEG + leg) * 65536 + bucket,
                          tally->late[leg][bucket]) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* Keys ascend: rules are below 0, the classes of the others follow each other. */
int sto_measure_gather(struct sto_measuring *measuring, const struct sto_progress *progress,
                       const struct sto_tally *tally)
{
    const struct sto_measure *measure = progress->measure;
    const int64_t numbers[STO_MEASURE_NUMBERS] = {
        progress->received,    progress->applied,      progress->duplicate, progress->stale,
        progress->quarantined, progress->exempt_total, tally->deletes,
    };
    memcpy(measuring->numbers, numbers, sizeof(numbers));
    measuring->keys.count = measuring->reasons.count = 0;
    if (measure != NULL && (put_rules(&measuring->keys, measure) != 0 ||
                            put_columns(&measuring->keys, STO_MEASURE_NULL, measure->nulls,
                                        measure->column_count) != 0 ||
                            put_columns(&measuring->keys, STO_MEASURE_MISSING, measure->missing,
                                        measure->column_count) != 0)) {
        return -1;
    }
    for (int code = 0; code < ERR_CODE_COUNT; code++) {
        if (put_count(&measuring->reasons, code, tally->reasons[code]) != 0) {
            return -1;
        }
    }
    return put_lateness(&measuring->keys, tally);
}
