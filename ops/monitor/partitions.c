/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/partitions.c - see the header. Partitions are in the register's order (dataset, topic, partition), so that what
 * was seen before is found in one walk. */
#include "ops/monitor/partitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ingest/kafka/log_ends.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the partitions");
}

static int by_place(const char *topic, int32_t partition, const char *topic2, int32_t partition2)
{
    const int by_topic = strcmp(topic, topic2);
    return by_topic != 0 ? by_topic : (partition > partition2) - (partition < partition2);
}

static int compare(const void *left, const void *right)
{
    const struct ops_partition *a = left;
    const struct ops_partition *b = right;
    return a->dataset_id != b->dataset_id
               ? (a->dataset_id > b->dataset_id) - (a->dataset_id < b->dataset_id)
               : by_place(a->topic, a->partition, b->topic, b->partition);
}

/* ---- which there are ---- */

/* Once nobody answers, nobody is asked any more: each question would wait as long. */
static int32_t *count_topics(const struct ops_look_at *at, struct err *silence)
{
    int32_t *counts = calloc(at->watch->dataset_count + 1, sizeof(*counts));
    for (size_t i = 0; counts != NULL && i < at->watch->dataset_count; i++) {
        counts[i] = -1;
        if (silence->code == ERR_NONE &&
            ing_logs_partitions(at->kafka, at->watch->datasets[i].topic, at->timeout_ms, &counts[i],
                                silence) < 0) {
            counts[i] = -1;
        }
    }
    return counts;
}

struct list {
    struct ops_partition *items;
    size_t count;
    size_t room;
};

static bool add(struct list *list, const struct ops_partition *item, const char *topic)
{
    if (list->count == list->room) {
        const size_t room = list->room > 0 ? 2 * list->room : 64;
        struct ops_partition *items = realloc(list->items, room * sizeof(*items));
        if (items == NULL) {
            return false;
        }
        list->items = items;
        list->room = room;
    }
    list->items[list->count] = *item;
    snprintf(list->items[list->count++].topic, OPS_TOPIC_SIZE, "%s", topic);
    return true;
}

/* The dataset's positions, and the partitions of its topic that have none. *at_position: the first that is not passed. */
static bool list_dataset(struct list *list, const struct sto_watch *watch, size_t index,
                         int32_t partitions, size_t *at_position)
{
    const struct sto_watched *d = &watch->datasets[index];
    const int32_t most = partitions < OPS_UNCLAIMED_MAX ? partitions : OPS_UNCLAIMED_MAX;
    bool is_claimed[OPS_UNCLAIMED_MAX] = {false};
    bool ok = true;
    for (; ok && *at_position < watch->position_count &&
           watch->positions[*at_position].dataset_id <= d->dataset_id;
         (*at_position)++) {
        const struct sto_watched_position *p = &watch->positions[*at_position];
        if (p->dataset_id == d->dataset_id) {
            const struct ops_partition item = {.dataset_id = d->dataset_id,
                                               .partition = p->partition,
                                               .position = p,
                                               .next = p->next_offset};
            ok = add(list, &item, p->topic);
            if (p->partition < most && strcmp(p->topic, d->topic) == 0) {
                is_claimed[p->partition] = true;
            }
        }
    }
    for (int32_t i = 0; ok && i < most; i++) {
        const struct ops_partition item = {.dataset_id = d->dataset_id, .partition = i, .next = -1};
        ok = is_claimed[i] || add(list, &item, d->topic);
    }
    return ok;
}

static bool list_all(struct list *list, const struct ops_look_at *at, const int32_t *counts)
{
    size_t at_position = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < at->watch->dataset_count; i++) {
        ok = list_dataset(list, at->watch, i, counts[i], &at_position);
    }
    if (ok && list->count > 1) {
        qsort(list->items, list->count, sizeof(*list->items), compare);
    }
    return ok;
}

/* ---- where their logs end ---- */

static int ask_ends(struct list *list, const struct ops_look_at *at, struct err *silence)
{
    struct ing_log_range *ranges = calloc(list->count + 1, sizeof(*ranges));
    if (ranges == NULL) {
        return -1;
    }
    for (size_t i = 0; i < list->count; i++) {
        ranges[i] = (struct ing_log_range){.topic = list->items[i].topic,
                                           .partition = list->items[i].partition,
                                           .log_start = -1,
                                           .log_end = -1};
    }
    if (silence->code == ERR_NONE && list->count > 0 &&
        ing_logs_ranges(at->kafka, ranges, list->count, at->timeout_ms, silence) < 0) {
        log_debug("ends_unknown", LOG_ERR(silence));
    }
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].log_start = ranges[i].log_start;
        list->items[i].log_end = ranges[i].log_end;
    }
    free(ranges);
    return 0;
}

/* ---- what was seen before ---- */

/* The first look at the place or behind it. */
static size_t find_past(const struct ops_look_at *at, const struct ops_partition *p)
{
    size_t from = 0;
    size_t until = at->past_count;
    while (from < until) {
        const size_t middle = from + (until - from) / 2;
        const struct sto_look *look = &at->past[middle];
        if (by_place(look->topic, look->partition, p->topic, p->partition) < 0) {
            from = middle + 1;
        } else {
            until = middle;
        }
    }
    return from;
}

static void push(struct ops_partition *p, struct ops_look look)
{
    if (p->look_count == OPS_LOOKS_MAX) {
        memmove(p->looks, p->looks + 1, (OPS_LOOKS_MAX - 1) * sizeof(p->looks[0]));
        p->look_count--;
    }
    p->looks[p->look_count++] = look;
}

static void take_past(struct ops_partition *p, const struct ops_look_at *at)
{
    for (size_t i = find_past(at, p); i < at->past_count; i++) {
        const struct sto_look *look = &at->past[i];
        if (by_place(look->topic, look->partition, p->topic, p->partition) != 0) {
            break;
        }
        if (look->at_s < at->now_s) {
            push(p,
                 (struct ops_look){look->at_s, look->next_offset, look->log_start, look->log_end});
        }
    }
}

/* Of two looks in one second the later one stays. */
static void take_former(struct ops_partition *p, const struct ops_partition *former, int64_t now_s)
{
    memcpy(p->looks, former->looks, former->look_count * sizeof(p->looks[0]));
    p->look_count = former->look_count;
    while (p->look_count > 0 && p->looks[p->look_count - 1].at >= now_s) {
        p->look_count--;
    }
}

static void carry_looks(struct list *list, const struct ops_partitions *former,
                        const struct ops_look_at *at)
{
    size_t old = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct ops_partition *p = &list->items[i];
        while (old < former->count && compare(&former->items[old], p) < 0) {
            old++;
        }
        if (old < former->count && compare(&former->items[old], p) == 0) {
            take_former(p, &former->items[old], at->now_s);
        } else {
            take_past(p, at);
        }
        push(p, (struct ops_look){at->now_s, p->next, p->log_start, p->log_end});
    }
}

/* ---- the judgement ---- */

static bool waits(const struct ops_partition *p)
{
    return p->log_end > p->next && p->log_end > p->log_start;
}

/* Of the topics in which something waits: the others lose nothing. The broker may not say it: unknown. */
static struct ing_log_retention *ask_retention(const struct list *list,
                                               const struct ops_look_at *at,
                                               const struct err *silence, size_t *count)
{
    struct ing_log_retention *topics = calloc(list->count + 1, sizeof(*topics));
    struct err err = ERR_INIT;
    *count = 0;
    for (size_t i = 0; topics != NULL && i < list->count; i++) {
        const struct ops_partition *p = &list->items[i];
        if (waits(p) && (*count == 0 || strcmp(topics[*count - 1].topic, p->topic) != 0)) {
            topics[(*count)++] = (struct ing_log_retention){p->topic, -1};
        }
    }
    if (*count > 0 && silence->code == ERR_NONE &&
        ing_logs_retention(at->kafka, topics, *count, at->timeout_ms, &err) != 0) {
        log_debug("retention_unknown", LOG_ERR(&err));
    }
    return topics;
}

static enum ops_known has_owner(const struct ops_partition *p)
{
    return p->position != NULL && p->position->owner_lives ? OPS_KNOWN_YES : OPS_KNOWN_NO;
}

static int judge_all(struct list *list, const struct ops_look_at *at, const struct err *silence)
{
    size_t count;
    size_t topic = 0;
    struct ing_log_retention *topics = ask_retention(list, at, silence, &count);
    for (size_t i = 0; topics != NULL && i < list->count; i++) {
        struct ops_partition *p = &list->items[i];
        if (waits(p) && strcmp(topics[topic].topic, p->topic) != 0) {
            topic++;
        }
        const struct ops_lag_facts facts = {.looks = p->looks,
                                            .count = p->look_count,
                                            .has_owner = has_owner(p),
                                            .promise_s = at->conf->monitor.commit_ms / 1000,
                                            .retention_s = waits(p) ? topics[topic].seconds : -1};
        ops_lag_judge(&facts, &p->lag);
    }
    free(topics);
    return topics != NULL ? 0 : -1;
}

int ops_partitions_look(struct ops_partitions *partitions, const struct ops_look_at *at,
                        struct err *err)
{
    struct list list = {0};
    struct err silence = ERR_INIT;
    int32_t *counts = count_topics(at, &silence);
    if (counts == NULL || !list_all(&list, at, counts) || ask_ends(&list, at, &silence) < 0) {
        free(counts);
        free(list.items);
        return no_memory(err);
    }
    carry_looks(&list, partitions, at);
    const int rc = judge_all(&list, at, &silence);
    ops_partitions_fini(partitions);
    *partitions = (struct ops_partitions){list.items, list.count, counts, silence};
    return rc == 0 ? 0 : no_memory(err);
}

void ops_partitions_fini(struct ops_partitions *partitions)
{
    free(partitions->items);
    free(partitions->topics);
    *partitions = (struct ops_partitions){0};
}

/* ---- what it told ---- */

const struct ops_partition *ops_partitions_of(const struct ops_partitions *partitions,
                                              int32_t dataset_id, size_t *count)
{
    size_t from = 0;
    size_t until = partitions->count;
    while (from < until) {
        const size_t middle = from + (until - from) / 2;
        if (partitions->items[middle].dataset_id < dataset_id) {
            from = middle + 1;
        } else {
            until = middle;
        }
    }
    *count = 0;
    while (from + *count < partitions->count &&
           partitions->items[from + *count].dataset_id == dataset_id) {
        (*count)++;
    }
    return &partitions->items[from];
}

struct sto_look *ops_partitions_looks(const struct ops_partitions *partitions)
{
    struct sto_look *looks = calloc(partitions->count + 1, sizeof(*looks));
    for (size_t i = 0; looks != NULL && i < partitions->count; i++) {
        const struct ops_partition *p = &partitions->items[i];
        looks[i] =
            (struct sto_look){.topic = p->topic,
                              .partition = p->partition,
                              .next_offset = p->next,
                              .log_start = p->log_start,
                              .log_end = p->log_end,
                              .age_s = p->lag.is <= OPS_LAG_IS_ESTIMATED ? p->lag.age_s : -1};
    }
    return looks;
}
