/* SPDX-License-Identifier: Apache-2.0
 * ingest/assignment.c - rebalances, halted, fenced and paused partitions, and which are to be claimed (claim.c). */
#include "ingest/assignment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/claim.h"
#include "ingest/link.h"
#include "storage/catalogue/incident.h"
#include "storage/catalogue/position.h"
#include "storage/conn/conn.h"

enum { SILENT_MS = 1000, HALTED_LOOK_MS = 1000, HAND_OVER_RETRY_MS = 1000 };

void ing_assignment_clear(struct ing_lane *lane)
{
    for (size_t i = 0; i < lane->part_count; i++) {
        free(lane->parts[i]->topic);
        free(lane->parts[i]);
    }
    free(lane->parts);
    ing_handles_fini(&lane->handles);
    lane->parts = NULL;
    lane->part_count = 0;
    lane->reassign = false;
    lane->turns = (struct ing_turns){0};
}

static struct ing_part *new_part(const struct ing_assigned *assigned)
{
    struct ing_part *part = calloc(1, sizeof(*part));
    if (part == NULL) {
        return NULL;
    }
    part->topic = strdup(assigned->topic);
    part->partition = assigned->partition;
    part->state = ING_UNCLAIMED;
    part->progress = ING_NO_PROGRESS;
    part->end_offset = -1;
    part->rechecked_at = -1;
    if (part->topic == NULL) {
        free(part);
        return NULL;
    }
    return part;
}

static int take_list(struct ing_lane *lane, const struct ing_assigned *list, size_t count)
{
    ing_assignment_clear(lane);
    lane->reassign = true;
    lane->parts = calloc(count + 1, sizeof(*lane->parts));
    ing_handles_init(&lane->handles, count);
    for (size_t i = 0; lane->parts != NULL && i < count; i++) {
        struct ing_part *part = new_part(&list[i]);
        if (part != NULL) {
            lane->parts[lane->part_count++] = part;
        }
    }
    return lane->part_count == count ? 0
                                     : err_set(&lane->fatal, ERR_KIND_FATAL, ERR_NO_MEMORY,
                                               "out of memory for an assignment");
}

/* A client that refuses is asked again, but not at each turn. */
static bool may_hand_over(struct ing_lane *lane)
{
    return clock_mono_ms() >= lane->hand_over_not_before_ms;
}

static void note_refusal(struct ing_lane *lane, const struct err *err)
{
    log_warn("assignment_not_taken", LOG_INT("lane", lane->number), LOG_ERR(err));
    lane->hand_over_not_before_ms = clock_mono_ms() + HAND_OVER_RETRY_MS;
}

/* Hands librdkafka the list. */
static void hand_over(struct ing_lane *lane)
{
    struct err err = ERR_INIT;
    if (ing_source_assign(lane->source, lane->parts, lane->part_count, &err) < 0) {
        note_refusal(lane, &err);
        return;
    }
    lane->reassign = false;
}

static void give_back(struct ing_lane *lane)
{
    struct err err = ERR_INIT;
    if (ing_source_unassign(lane->source, &err) < 0) {
        note_refusal(lane, &err);
    }
}

enum ing_rebalance ing_assignment_due(struct ing_lane *lane, const struct ing_assigned **list,
                                      size_t *count)
{
    const enum ing_rebalance due = ing_source_rebalance(lane->source, list, count);
    return due != ING_REBALANCE_NONE && may_hand_over(lane) ? due : ING_REBALANCE_NONE;
}

void ing_assignment_revoke(struct ing_lane *lane)
{
    log_info("partitions_revoked", LOG_INT("lane", lane->number),
             LOG_INT("count", (int64_t)lane->part_count));
    ing_source_commit_offsets(lane->source, true);
    ing_assignment_clear(lane);
    give_back(lane);
}

int ing_assignment_take(struct ing_lane *lane, const struct ing_assigned *list, size_t count)
{
    log_info("partitions_assigned", LOG_INT("lane", lane->number),
             LOG_INT("count", (int64_t)count));
    return take_list(lane, list, count);
}

/* The group waits for our answer, not for the register: what cannot be claimed now is assigned, but
 * not fetched. */
void ing_assignment_answer(struct ing_lane *lane)
{
    ing_assignment_serve(lane);
    if (lane->reassign && !ing_source_revoke_waits(lane->source)) {
        hand_over(lane);
    }
}

/* ---- serving ---- */

/* A halted partition waits for `nrc position resume`. */
static bool look_at_halted(struct ing_lane *lane, struct ing_part *part)
{
    struct err err = ERR_INIT;
    bool halted = true;
    part->retry_at_ms = clock_mono_ms() + HALTED_LOOK_MS;
    if (ing_link_connect(lane, &err) < 0 ||
        sto_position_halted(lane->conn, part->position.id, &halted, &err) < 0) {
        log_warn("halted_not_looked_at", LOG_STR("topic", part->topic),
                 LOG_INT("partition", part->partition), LOG_ERR(&err));
        return ing_claim_register_answers(lane);
    }
    ing_vitals_attempt(lane, false);
    if (!halted) {
        log_info("partition_resumed", LOG_STR("topic", part->topic),
                 LOG_INT("partition", part->partition));
        ing_part_move(part, ING_UNCLAIMED);
        part->retry_at_ms = 0;
    }
    return true;
}

static bool wants_serving(const struct ing_part *part, int64_t now_ms)
{
    return (part->recheck || part->state == ING_UNCLAIMED) && now_ms >= part->retry_at_ms;
}

/* Serving Kafka throws away the events that the client has fetched: so only when claims take long. */
static bool may_claim(struct ing_lane *lane)
{
    struct err ignored;
    return !ing_source_failed(lane->source, &ignored) &&
           (clock_mono_ms() - atomic_load(&lane->vitals.turned_ms) < SILENT_MS ||
            ing_link_keep_up(lane));
}

/* A person pauses a source, or it goes on. Nothing of it is in the batch: the lane takes a snapshot of the catalogue between batches,
 * and serves before it fetches again. What goes on is claimed anew, and so looked at as after a restart. */
static void pause_or_go_on(struct ing_lane *lane, struct ing_part *part)
{
    const struct ing_dataset *dataset = ing_datasets_by_topic(lane->datasets, part->topic);
    const bool paused = dataset != NULL && dataset->row->paused;
    if (paused ? ing_part_stands_aside(part) : part->state != ING_PAUSED) {
        return;
    }
    log_info(paused ? "partition_paused" : "partition_goes_on", LOG_STR("topic", part->topic),
             LOG_INT("partition", part->partition));
    ing_part_move(part, paused ? ING_PAUSED : ING_UNCLAIMED);
    part->recheck = false;
    part->fetch_error = false;
    part->retry_at_ms = 0;
    lane->reassign = true;
}

/* False: the register does not answer. */
static bool look_at(struct ing_lane *lane, struct ing_part *part, int64_t now_ms)
{
    /* The analyser takes the zeroed array for its elements.
     * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    if (part->state == ING_HALTED && now_ms >= part->retry_at_ms && !look_at_halted(lane, part)) {
        return false;
    }
    if (part->state == ING_FENCED && now_ms >= part->retry_at_ms) {
        ing_part_move(part, ING_UNCLAIMED);
    }
    pause_or_go_on(lane, part);
    return true;
}

/* Those that Kafka did not answer for last time are claimed after the others, who must not wait for them. */
static bool claim_due(struct ing_lane *lane, bool failed_before, int64_t now_ms)
{
    struct ing_part **due = calloc(lane->part_count + 1, sizeof(*due));
    size_t count = 0;
    for (size_t i = 0; due != NULL && i < lane->part_count; i++) {
        struct ing_part *part = lane->parts[i];
        if (wants_serving(part, now_ms) && (part->retry_ms > 0) == failed_before) {
            due[count++] = part;
        }
    }
    const bool answers = count == 0 || (may_claim(lane) && ing_claim(lane, due, count));
    free(due);
    return answers;
}

bool ing_assignment_needs_serving(const struct ing_lane *lane)
{
    int64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < lane->part_count && now_ms >= lane->claim_not_before_ms; i++) {
        if (wants_serving(lane->parts[i], now_ms)) {
            return true;
        }
    }
    return lane->reassign;
}

static void take_turns(struct ing_lane *lane, int64_t now_ms)
{
    for (size_t i = 0; lane->part_count > ING_TURN_PARTS && i < lane->part_count; i++) {
        struct ing_part *part = lane->parts[i];
        if (!part->waits && !ing_part_at_end(part)) {
            ing_source_look_at_end(lane->source, part, now_ms);
        }
    }
    if (ing_turns_take(&lane->turns, lane->parts, lane->part_count, lane->conf->ingest.batch_rows,
                       now_ms)) {
        log_debug("turn_begins", LOG_INT("lane", lane->number));
        lane->reassign = true;
    }
}

void ing_assignment_serve(struct ing_lane *lane)
{
    int64_t now_ms = clock_mono_ms();
    bool going = now_ms >= lane->claim_not_before_ms;
    for (size_t i = 0; going && i < lane->part_count; i++) {
        going = look_at(lane, lane->parts[i], now_ms);
    }
    going = going && claim_due(lane, false, now_ms);
    if (going) {
        (void)claim_due(lane, true, now_ms);
    }
    take_turns(lane, now_ms);
    /* While the group waits for the answer to a revoke, the list must not be changed. */
    const struct ing_assigned *list;
    size_t count;
    if (lane->reassign && may_hand_over(lane) &&
        ing_source_rebalance(lane->source, &list, &count) != ING_REBALANCE_REVOKE) {
        hand_over(lane);
    }
}

static struct ing_part *find_by_name(struct ing_lane *lane, const char *topic, int32_t partition)
{
    for (size_t i = 0; topic != NULL && i < lane->part_count; i++) {
        struct ing_part *part = lane->parts[i];
        if (part->partition == partition && strcmp(part->topic, topic) == 0) {
            return part;
        }
    }
    return NULL;
}

/* Given a topic that comes with another handle than before, then the memory of the old one may be another
 * topic's by now, therefore no handle is believed any more. */
static void note_handle(struct ing_lane *lane, struct ing_part *part, const void *native)
{
    if (part->native != NULL && part->native != native) {
        ing_handles_forget(&lane->handles);
    }
    part->native = native;
    ing_handles_put(&lane->handles, native, part);
}

struct ing_part *ing_assignment_find(struct ing_lane *lane, const struct ing_incoming *item)
{
    const bool is_message = item->kind == ING_IN_MESSAGE;
    struct ing_part *part = NULL;
    if (is_message) {
        part = ing_handles_find(&lane->handles, item->native, item->partition);
    }
    if (LIKELY(part != NULL)) {
        return part;
    }
    part = find_by_name(lane, item->topic, item->partition);
    if (part != NULL && is_message) {
        note_handle(lane, part, item->native);
    }
    return part;
}
