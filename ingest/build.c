/* SPDX-License-Identifier: Apache-2.0
 * ingest/build.c - see the header.
 *
 * Neighbours: ingest/batch.c has the slots; ingest/verdict.c judges each message; storage/commit/commit.c
 * writes `out`. The order of slots is the order of arrival, and so is the order of the events in each
 * section: storage folds the versions of a key by it. */
#include "ingest/build.h"

#include "ingest/rules.h"

#include <stdlib.h>

#include "ingest/list.h"

void ing_build_init(struct ing_build *build, size_t arena_bytes)
{
    *build = (struct ing_build){.arena_bytes = arena_bytes};
}

void ing_build_fini(struct ing_build *build)
{
    ing_build_forget(build);
    ing_datasets_unref(&build->datasets);
    for (size_t i = 0; i < build->section_cap; i++) {
        free(build->sections[i].events);
    }
    free(build->sections);
    free(build->section_at);
    free(build->quarantined);
    free(build->parts);
    free(build->progress);
    free(build->measures);
    free(build->out_sections);
    ing_scratch_fini(&build->scratch);
    arena_fini(&build->arena);
    *build = (struct ing_build){0};
}

/* Room for one more in a list of the build. */
static bool grow(struct ing_build *build, void **items, size_t *cap, size_t count, size_t size)
{
    if (LIKELY(ing_list_grow(items, cap, count, size))) {
        return true;
    }
    build->no_memory = true;
    return false;
}

#define GROW(build, list, cap, count)                                                              \
    grow((build), (void **)&(build)->list, &(build)->cap, (build)->count, sizeof(*(build)->list))

void ing_build_forget(struct ing_build *build)
{
    for (size_t i = 0; i < build->progress_count; i++) {
        build->parts[i]->progress = ING_NO_PROGRESS;
    }
    build->progress_count = 0;
    for (size_t i = 0; i < build->section_count; i++) {
        build->section_at[build->sections[i].dataset->index] = 0;
    }
    build->section_count = 0;
    build->quarantined_count = 0;
    build->count = 0;
    build->final = false; /* each batch asks for itself: an id may be registered meanwhile */
    build->asks = false;
    build->broken_part = NULL;
    /* A full arena is kept for the next batch; what one great event, or blocks that fitted no later
     * one, added to it is not. */
    if (build->arena.held_bytes > build->arena_bytes + build->arena_bytes / 2) {
        arena_fini(&build->arena);
    } else {
        arena_reset(&build->arena);
    }
}

/* ---- what a slot becomes ---- */

static struct sto_progress *progress_of(struct ing_build *build, const struct ing_slot *slot)
{
    struct ing_part *part = slot->part;
    if (LIKELY(part->progress != ING_NO_PROGRESS)) {
        return &build->progress[part->progress];
    }
    size_t parts_cap = build->progress_cap;
    if (!GROW(build, measures, measure_cap, progress_count) ||
        !grow(build, (void **)&build->parts, &parts_cap, build->progress_count,
              sizeof(*build->parts)) ||
        !GROW(build, progress, progress_cap, progress_count)) {
        return NULL;
    }
    part->progress = (uint32_t)build->progress_count++;
    build->parts[part->progress] = part;
    ing_measure_begin(&build->measures[part->progress], &build->arena);
    struct sto_progress *progress = &build->progress[part->progress];
    *progress = (struct sto_progress){
        .topic = part->topic,
        .partition = part->partition,
        .position_id = part->position.id,
        .dataset_id = part->dataset_id,
        .epoch = part->position.epoch,
        .from = slot->offset - slot->skipped,
        .last_offset = -1,
        .last_ts_ms = -1,
    };
    return progress;
}

static struct ing_section *section_of(struct ing_build *build, const struct ing_dataset *dataset)
{
    while (build->section_at_cap <= dataset->index) {
        if (!grow(build, (void **)&build->section_at, &build->section_at_cap, build->section_at_cap,
                  sizeof(*build->section_at))) {
            return NULL;
        }
    }
    uint32_t *at = &build->section_at[dataset->index];
    if (LIKELY(*at != 0)) {
        return &build->sections[*at - 1];
    }
    if (!GROW(build, sections, section_cap, section_count)) {
        return NULL;
    }
    struct ing_section *section = &build->sections[build->section_count++];
    *at = (uint32_t)build->section_count;
    section->dataset = dataset;
    section->count = 0;
    return section;
}

static void accept(struct ing_build *build, const struct ing_dataset *dataset,
                   const struct sto_event *event)
{
    struct ing_section *section = section_of(build, dataset);
    if (section != NULL && grow(build, (void **)&section->events, &section->cap, section->count,
                                sizeof(*section->events))) {
        section->events[section->count++] = *event;
    }
}

static void measure(struct ing_build *build, const struct ing_dataset *dataset,
                    const struct sto_event *event)
{
    if (event->op != 'd' && ing_measure_upsert(&build->measures[event->progress], dataset,
                                               build->scratch.writer, build->scratch.cells) != 0) {
        build->no_memory = true;
    }
}

/* Also of an event that is kept out, and of rules that only count. */
static void measure_rules(struct ing_build *build, const struct ing_dataset *dataset,
                          const struct ing_slot *slot)
{
    if (ing_measure_rules(&build->measures[slot->part->progress], dataset, build->scratch.writer,
                          &build->scratch.failures) != 0) {
        build->no_memory = true;
    }
}

/* An event that may be an exempt one leaves two facts: it came, and the reason against it. The path may hold
 * a map's key, the text a number, and any four bytes look like a schema id. */
static void withhold(struct sto_quarantined *row, const struct ing_datasets *datasets)
{
    row->withheld = true;
    row->path = "";
    row->detail = err_sentence(row->reason);
    row->key = row->payload = row->headers = NULL;
    row->key_len = row->payload_len = row->headers_len = 0;
    if (!ing_datasets_has_schema(datasets, row->schema_id)) {
        row->schema_id = 0;
    }
}

/* Texts live in the arena: the error is gone with the next event. */
static void quarantine(struct ing_build *build, const struct ing_slot *slot,
                       const struct ing_dataset *dataset, const struct ing_outcome *outcome)
{
    const struct err *err = &outcome->reason.err;
    if (!GROW(build, quarantined, quarantined_cap, quarantined_count)) {
        return;
    }
    const struct ing_message *message = &slot->message;
    struct buf headers = BUF_INIT;
    ing_message_headers(message, &headers);
    struct sto_quarantined *row = &build->quarantined[build->quarantined_count++];
    *row = (struct sto_quarantined){
        .dataset_id = dataset->row->id,
        .progress = slot->part->progress,
        .offset = slot->offset,
        .parked_id = slot->parked_id,
        .kafka_ts_us = ing_message_time_us(message),
        .schema_id = outcome->schema_id,
        .reason = err->code,
        .rule = outcome->reason.rule,
        .path = arena_strdup(&build->arena, err->path),
        .detail = arena_strdup(&build->arena, err->text),
        .key = message->key,
        .key_len = message->key_len,
        .payload = message->value,
        .payload_len = message->value_len,
        .headers = headers.len > 0 ? arena_memdup(&build->arena, headers.data, headers.len) : NULL,
        .headers_len = headers.len,
    };
    if (row->path == NULL || row->detail == NULL || (headers.len > 0 && row->headers == NULL) ||
        buf_failed(&headers)) {
        build->no_memory = true;
    }
    if (outcome->reason.rule != NULL) {
        row->failures = ing_failures_json(&build->scratch, &build->arena);
        build->no_memory = build->no_memory || row->failures == NULL;
    }
    /* A broken event may be one of the exempt ones (NRL-2). */
    if (dataset->row->exempt_field != NULL) {
        withhold(row, build->datasets);
    }
    buf_fini(&headers);
}

static void judge(struct ing_build *build, struct ing_slot *slot, struct sto_progress *progress)
{
    const struct ing_dataset *dataset = ing_datasets_by_id(build->datasets, slot->part->dataset_id);
    struct ing_outcome outcome;
    if (dataset == NULL) {
        build->broken_part = slot->part;
        err_set(&build->broken, ERR_KIND_FATAL, ERR_NOT_FOUND, "the dataset is gone");
        return;
    }
    const struct ing_context context = {
        .datasets = build->datasets,
        .dataset = dataset,
        .message = &slot->message,
        .final = build->final,
        .unknown = &build->unknown,
        .arena = &build->arena,
        .scratch = &build->scratch,
        .out = &outcome,
    };
    enum ing_verdict verdict = ing_verdict_of(&context);
    if (verdict == ING_ACCEPT && slot->refused != NULL) {
        verdict = ING_QUARANTINE;
        outcome.reason.err = *slot->refused;
    }
    switch (verdict) {
    case ING_ACCEPT:
        outcome.event.progress = slot->part->progress;
        outcome.event.is_parked = build->is_parked;
        accept(build, dataset, &outcome.event);
        measure(build, dataset, &outcome.event);
        measure_rules(build, dataset, slot);
        break;
    case ING_QUARANTINE:
        quarantine(build, slot, dataset, &outcome);
        measure_rules(build, dataset, slot);
        break;
    case ING_EXEMPT: progress->exempt++; break;
    case ING_UNKNOWN: build->asks = true; break;
    case ING_BROKEN:
        if (build->broken_part == NULL) {
            build->broken_part = slot->part;
            build->broken = outcome.reason.err;
        }
        break;
    }
}

void ing_build_add(struct ing_build *build, struct ing_slot *slot)
{
    struct sto_progress *progress = progress_of(build, slot);
    build->count++;
    if (progress == NULL) {
        return;
    }
    progress->skipped += slot->skipped;
    progress->next = slot->offset + (slot->is_end ? 0 : 1);
    if (slot->is_end) {
        return;
    }
    progress->received++;
    progress->last_offset = slot->offset;
    progress->last_ts_ms = slot->message.ts_ms;
    judge(build, slot, progress);
}

void ing_build_anew(struct ing_build *build, struct ing_slot *slots, size_t count,
                    struct ing_datasets *datasets, bool final)
{
    ing_build_forget(build);
    if (datasets != build->datasets) {
        ing_datasets_unref(&build->datasets);
        build->datasets = ing_datasets_ref(datasets);
    }
    build->final = final;
    for (size_t i = 0; i < count; i++) {
        ing_build_add(build, &slots[i]);
    }
}

/* ---- sealing ---- */

static int by_dataset(const void *a, const void *b)
{
    const struct sto_section *x = a;
    const struct sto_section *y = b;
    return (x->table->dataset_id > y->table->dataset_id) -
           (x->table->dataset_id < y->table->dataset_id);
}

/* Some of the dataset's events leave no trace, not even a hash: with it, a guess of key and value can be
 * confirmed (NRL-2). */
static bool may_be_exempt(const struct ing_build *build, int32_t dataset_id)
{
    const struct ing_dataset *dataset = ing_datasets_by_id(build->datasets, dataset_id);
    return dataset == NULL || dataset->row->exempt || dataset->row->exempt_field != NULL;
}

/* Once a batch and partition, not for each message. */
static void hash_last_records(struct ing_build *build, const struct ing_slot *slots)
{
    size_t left = build->progress_count;
    for (size_t i = build->count; i > 0 && left > 0; i--) {
        const struct ing_slot *slot = &slots[i - 1];
        struct sto_progress *progress = &build->progress[slot->part->progress];
        if (!slot->is_end && progress->last_offset == slot->offset) {
            progress->last_hash = may_be_exempt(build, progress->dataset_id)
                                      ? ING_NO_HASH
                                      : ing_message_hash(&slot->message);
            left--;
        }
    }
}

void ing_build_seal(struct ing_build *build, const struct ing_slot *slots)
{
    size_t count = 0;
    while (build->out_section_cap < build->section_count) {
        if (!grow(build, (void **)&build->out_sections, &build->out_section_cap,
                  build->out_section_cap, sizeof(*build->out_sections))) {
            return;
        }
    }
    for (size_t i = 0; i < build->section_count; i++) {
        const struct ing_section *section = &build->sections[i];
        build->out_sections[count++] = (struct sto_section){
            .table = &section->dataset->row->table,
            .events = section->events,
            .count = section->count,
        };
    }
    if (count > 1) {
        qsort(build->out_sections, count, sizeof(*build->out_sections), by_dataset);
    }
    hash_last_records(build, slots);
    for (size_t i = 0; i < build->progress_count; i++) {
        build->progress[i].measure = ing_measure_end(&build->measures[i]);
    }
    build->out = (struct sto_batch){
        .sections = build->out_sections,
        .section_count = count,
        .quarantined = build->quarantined,
        .quarantined_count = build->quarantined_count,
        .progress = build->progress,
        .progress_count = build->progress_count,
        .valid_until_us = ing_datasets_until_us(build->datasets),
    };
}
