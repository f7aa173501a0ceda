/* SPDX-License-Identifier: Apache-2.0
 * ingest/lane.c - a lane's life: connect, take, gather, deliver, drain.
 *
 * A lane that is not behind delivers what it has at once, but commits at most once each linger_ms.
 * A lane that is behind waits until the batch is full: a merge of many rows costs the server less
 * for each.
 *
 * Only this loop calls engine, assignment and stall watch; they do not call each other. Given a rebalance, then
 * the batch is delivered, then the stall watch keeps the clocks of stuck partitions, then the assignment
 * answers the group. */
#include "ingest/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/assignment.h"
#include "ingest/engine.h"
#include "ingest/halt.h"
#include "ingest/link.h"
#include "ingest/stall.h"
#include "ingest/topic.h"
#include "storage/catalogue/incident.h"
#include "storage/catalogue/position.h"

enum {
    IDLE_WAIT_MS = 200,
    MANY_DATASETS = 32,
    REST_WAIT_MS = 60 * 1000, /* for a first assignment */
    RECHECK_MS = 500,         /* and twice as long each time, to eight seconds */
    FULL_WAIT_MS = 1000,      /* how long a lane that is behind waits for a full batch */
    COMMIT_OFFSETS_MS = 1000,
    ARENA_FOR_BATCH = 2 /* decoded events may take as many times batch_bytes */
};

/* ---- the catalogue ---- */

/* Of many datasets, each that is small is one lane's: all that a connection must know of a dataset (its tables, its
 * statements, and their memory in the server) is known once an engine, and its rows come to one batch. A large one is
 * every lane's, and so are all when there are few. */
static bool is_ours(const struct ing_lane *lane, const struct ing_datasets *datasets,
                    const struct sto_dataset *row)
{
    return row->leaves > 1 || ing_datasets_count(datasets) < MANY_DATASETS ||
           row->id % (int32_t)lane->conf->ingest.lanes == lane->number;
}

/* NULL: none is to be read. */
static const char *topic_of(const struct ing_lane *lane, const struct ing_datasets *datasets,
                            size_t index)
{
    const struct sto_dataset *row = ing_datasets_at(datasets, index)->row;
    return row->closed || !is_ours(lane, datasets, row) ? NULL : row->topic;
}

/* Given an engine that comes back within its session time-out, then the broker gives a lane, as a static member, its former
 * assignment, and starts no rebalance, whatever it subscribes to: a topic that was declared meanwhile would be read by nobody, in
 * silence. But a member that the broker knows, and that joins with other topics, starts one. Therefore a lane
 * joins with the topics that have a position, and with the others after its first assignment. What is not
 * known, for want of an answer, is as if all had one. */
static size_t keep_known(struct ing_lane *lane, const char **topics, size_t count)
{
    struct err err = ERR_INIT;
    bool *known = calloc(count + 1, sizeof(*known));
    size_t kept = 0;
    if (known != NULL && ing_link_connect(lane, &err) == 0 &&
        sto_positions_known(lane->conn, topics, count, known, &err) == 0) {
        for (size_t i = 0; i < count; i++) {
            if (known[i]) {
                topics[kept++] = topics[i];
            }
        }
    }
    free(known);
    lane->rest_at_ms = kept > 0 && kept < count ? clock_mono_ms() + REST_WAIT_MS : 0;
    return kept > 0 ? kept : count;
}

static int subscribe(struct ing_lane *lane)
{
    size_t count = ing_datasets_count(lane->datasets);
    const char **topics = calloc(count + 1, sizeof(*topics));
    size_t topic_count = 0;
    for (size_t i = 0; topics != NULL && i < count; i++) {
        const char *topic = topic_of(lane, lane->datasets, i);
        if (topic != NULL) {
            topics[topic_count++] = topic;
        }
    }
    lane->rest_at_ms = 0;
    if (topics != NULL && topic_count > 0 && !lane->has_joined) {
        lane->has_joined = true;
        topic_count = keep_known(lane, topics, topic_count);
    }
    int rc = topics == NULL ? err_set(&lane->fatal, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory")
                            : ing_source_subscribe(lane->source, topics, topic_count, &lane->fatal);
    free(topics);
    return rc;
}

static bool same_topics(const struct ing_lane *lane, const struct ing_datasets *a,
                        const struct ing_datasets *b)
{
    if (a == NULL || ing_datasets_count(a) != ing_datasets_count(b)) {
        return false;
    }
    for (size_t i = 0; i < ing_datasets_count(a); i++) {
        const char *x = topic_of(lane, a, i);
        const char *y = topic_of(lane, b, i);
        if ((x == NULL) != (y == NULL) || (x != NULL && strcmp(x, y) != 0)) {
            return false;
        }
    }
    return true;
}

/* A newer snapshot is taken between batches: one batch has one set of columns. */
static int take_catalogue(struct ing_lane *lane)
{
    if (lane->generation == ing_feed_generation(lane->feed)) {
        return 0;
    }
    int64_t generation;
    struct ing_datasets *newest = ing_feed_current(lane->feed, &generation);
    if (newest == NULL) {
        return 0;
    }
    if (ing_engine_deliver(lane) < 0) {
        ing_datasets_unref(&newest);
        return -1;
    }
    bool moved = !same_topics(lane, lane->datasets, newest);
    ing_datasets_unref(&lane->datasets);
    lane->datasets = newest;
    lane->generation = generation;
    ing_batch_use(&lane->batch, newest);
    log_info("catalogue_taken", LOG_INT("lane", lane->number),
             LOG_INT("version", ing_datasets_version(newest)),
             LOG_INT("datasets", (int64_t)ing_datasets_count(newest)));
    return moved ? subscribe(lane) : 0;
}

/* ---- gathering ---- */

static void act(struct ing_lane *lane, struct ing_part *part, enum ing_step step)
{
    if (step == ING_STEP_REREAD) {
        log_info("hole_reread", LOG_STR("topic", part->topic),
                 LOG_INT("partition", part->partition), LOG_INT("from", part->expected));
        metric_add(&lane->metrics, METRIC_REREAD, 1);
        lane->reassign = true;
    } else if (step == ING_STEP_REPLACED) {
        char text[ERR_TEXT_BYTES];
        snprintf(text, sizeof(text),
                 "the last record taken, at offset %lld, is not in the log any more as it was: the "
                 "topic was re-created or truncated",
                 (long long)part->position.last_offset);
        ing_halt(lane, part, STO_INCIDENT_TOPIC_REPLACED, text);
    }
}

static void recheck(struct ing_part *part, const struct ing_incoming *item)
{
    if (part == NULL || part->recheck || ing_part_stands_aside(part)) {
        return;
    }
    log_warn("partition_recheck", LOG_STR("topic", item->topic),
             LOG_INT("partition", item->partition), LOG_STR("error", item->text));
    part->recheck = true;
    /* The same error comes again as long as the partition does not advance. */
    part->rechecks = part->rechecked_at == part->expected ? part->rechecks + 1 : 0;
    part->rechecked_at = part->expected;
    if (part->rechecks > 0) {
        part->retry_at_ms =
            clock_mono_ms() + (RECHECK_MS << (part->rechecks < 4 ? part->rechecks : 4));
    }
}

/* An error after which the client tries again by itself; ingest/stall.c sees whether that helps. */
static void fail(struct ing_lane *lane, struct ing_part *part, const struct ing_incoming *item)
{
    const bool forbidden = item->kind == ING_IN_FORBIDDEN;
    if (forbidden && item->offset < 0 && item->topic != NULL) { /* the whole topic */
        ing_topic_forbidden(lane, item->topic, item->text);
    } else if (part == NULL) {
        ing_stall_trouble(lane, item->text);
    } else if (ing_part_failed(part, item->text, forbidden)) {
        log_warn("partition_not_read", LOG_STR("topic", item->topic),
                 LOG_INT("partition", item->partition), LOG_INT("offset", part->expected),
                 LOG_STR("error", item->text));
    }
}

static void take(struct ing_lane *lane, const struct ing_incoming *item)
{
    struct ing_part *part = ing_assignment_find(lane, item);
    struct ing_message message = item->message;
    const bool verifying = part != NULL && part->state == ING_VERIFYING;
    int64_t skipped = 0;
    enum ing_step step = ING_STEP_DROP;
    switch (item->kind) {
    case ING_IN_MESSAGE:
        step = part != NULL ? ing_part_message(part, &message, &skipped) : ING_STEP_DROP;
        if (step == ING_STEP_TAKE) {
            ing_batch_add(&lane->batch, part, &message, skipped);
        } else {
            ing_message_free(&message);
        }
        break;
    case ING_IN_EOF:
        step = part != NULL ? ing_part_eof(part, item->offset, &skipped) : ING_STEP_DROP;
        if (step == ING_STEP_TAKE) {
            ing_batch_add_end(&lane->batch, part, item->offset, skipped);
        }
        break;
    case ING_IN_RECHECK: recheck(part, item); break;
    case ING_IN_NO_TOPIC:
        recheck(part, item); /* re-created, perhaps: the last record taken will show it */
        if (part == NULL && item->topic != NULL) {
            ing_topic_missing(lane, item->topic);
        }
        break;
    case ING_IN_FORBIDDEN:
    case ING_IN_TROUBLE: fail(lane, part, item); break;
    }
    if (part != NULL) {
        /* A record was met, or the end, but not the last record taken: that was compacted away. */
        if (verifying && part->state != ING_VERIFYING &&
            (item->kind == ING_IN_EOF || step != ING_STEP_DROP)) {
            log_info("last_record_absent", LOG_STR("topic", part->topic),
                     LOG_INT("partition", part->partition),
                     LOG_INT("offset", part->position.last_offset));
        }
        act(lane, part, step);
    }
}

/* Another whole batch waits in the logs: this one is worth filling. */
static bool is_behind(const struct ing_lane *lane, int64_t now_ms)
{
    int64_t waiting = 0;
    for (size_t i = 0; i < lane->part_count && waiting <= lane->conf->ingest.batch_rows; i++) {
        struct ing_part *part = lane->parts[i];
        if (part->state == ING_FLOWING && !ing_part_at_end(part)) {
            ing_source_look_at_end(lane->source, part, now_ms);
            waiting += part->known_end > part->expected ? part->known_end - part->expected : 0;
        }
    }
    return waiting > lane->conf->ingest.batch_rows;
}

/* The batch, as received or as decoded, has reached its limit of bytes, or has as many datasets as the server's lock table has
 * room for. */
static bool is_heavy(const struct ing_lane *lane)
{
    const struct ing_batch *batch = &lane->batch;
    return batch->bytes >= (size_t)lane->conf->ingest.batch_bytes ||
           arena_used(&batch->build.arena) >= batch->build.arena_bytes ||
           (lane->sections_max > 0 && batch->build.section_count >= lane->sections_max);
}

/* No more fits, or something cannot wait. */
static bool must_deliver(const struct ing_lane *lane)
{
    const struct ing_batch *batch = &lane->batch;
    return batch->count >= (size_t)lane->conf->ingest.batch_rows || is_heavy(lane) ||
           batch->build.no_memory || lane->drain_deadline_ms != 0 ||
           ing_source_revoke_waits(lane->source) || ing_assignment_needs_serving(lane);
}

static bool is_ready(const struct ing_lane *lane)
{
    const struct ing_batch *batch = &lane->batch;
    if (batch->count == 0) {
        return false;
    }
    if (must_deliver(lane)) {
        return true;
    }
    int64_t now_ms = clock_mono_ms();
    if (now_ms < lane->commit_not_before_ms) {
        return false;
    }
    return now_ms - batch->started_ms >= FULL_WAIT_MS || !is_behind(lane, now_ms);
}

static int wait_ms(const struct ing_lane *lane)
{
    if (lane->batch.count == 0) {
        return IDLE_WAIT_MS;
    }
    int64_t left_ms = lane->commit_not_before_ms - clock_mono_ms();
    return left_ms > 0 ? (int)left_ms : 1;
}

static int deliver(struct ing_lane *lane)
{
    lane->commit_not_before_ms = clock_mono_ms() + lane->conf->ingest.linger_ms;
    return ing_engine_deliver(lane);
}

/* Large messages may fill several batches with what one poll brought. A batch delivered between two
 * of them loses nothing: what the client drops meanwhile came after them. */
static int take_all(struct ing_lane *lane, const struct ing_incoming *items, size_t count)
{
    int rc = 0;
    for (size_t i = 0; i < count; i++) {
        if (rc == 0) {
            take(lane, &items[i]);
            rc = is_heavy(lane) ? deliver(lane) : 0;
        } else if (items[i].kind == ING_IN_MESSAGE) {
            struct ing_message message = items[i].message;
            ing_message_free(&message);
        }
    }
    return rc;
}

/* Takes what the client has at hand, all of it, before it asks whether the batch is ready. */
static int gather(struct ing_lane *lane)
{
    const struct ing_incoming *items;
    size_t count;
    do {
        count = ing_source_poll(lane->source, wait_ms(lane), &items);
        if (take_all(lane, items, count) < 0) {
            return -1;
        }
        ing_link_show_life(lane);
    } while (count > 0 && lane->batch.count > 0 && !must_deliver(lane) &&
             (count == ING_POLL_COUNT || !is_ready(lane)));
    return 0;
}

/* ---- the lane's life ---- */

/* Answers the group, if it waits. The answer gives partitions away, so the batch is delivered first. A
 * delivery serves Kafka, and the group may decide anew meanwhile: so its decision is read again after it. */
static int answer_group(struct ing_lane *lane)
{
    const struct ing_assigned *list;
    size_t count;
    if (ing_assignment_due(lane, &list, &count) == ING_REBALANCE_NONE) {
        return 0;
    }
    if (ing_engine_deliver(lane) < 0) {
        return -1;
    }
    const enum ing_rebalance due = ing_assignment_due(lane, &list, &count);
    if (due == ING_REBALANCE_NONE) {
        return 0;
    }
    ing_stall_leave(lane);
    if (due == ING_REBALANCE_REVOKE) {
        ing_assignment_revoke(lane);
        return 0;
    }
    if (ing_assignment_take(lane, list, count) < 0) {
        return -1;
    }
    ing_stall_return(lane);
    ing_assignment_answer(lane);
    return lane->rest_at_ms != 0 ? subscribe(lane) : 0;
}

static int turn(struct ing_lane *lane)
{
    ing_link_show_life(lane);
    ing_link_note_stop(lane);
    ing_vitals_count(lane);
    if (ing_source_failed(lane->source, &lane->fatal) || take_catalogue(lane) < 0 ||
        answer_group(lane) < 0) {
        return -1;
    }
    if (lane->batch.count == 0) {
        ing_assignment_serve(lane);
        ing_stall_serve(lane);
    }
    if (lane->rest_at_ms != 0 && clock_mono_ms() >= lane->rest_at_ms && subscribe(lane) < 0) {
        return -1;
    }
    if (gather(lane) < 0 || (is_ready(lane) && deliver(lane) < 0)) {
        return -1;
    }
    if (clock_mono_ms() >= lane->commit_offsets_at_ms) {
        ing_source_commit_offsets(lane->source, false);
        lane->commit_offsets_at_ms = clock_mono_ms() + COMMIT_OFFSETS_MS;
    }
    return 0;
}

/* The operators see in an incident why the process ended. */
static void report_end(struct ing_lane *lane)
{
    const struct sto_incident incident = {
        .kind = lane->fatal.code == ERR_FENCED_INSTANCE ? STO_INCIDENT_INSTANCE_FENCED
                                                        : STO_INCIDENT_ENGINE_FAILED,
        .engine = lane->conf->ingest.instance,
        .detail = lane->fatal.text,
    };
    ing_link_open_incident(lane, &incident);
}

int ing_lane_run(struct ing_lane *lane)
{
    int rc = 0;
    ing_batch_init(&lane->batch, (size_t)lane->conf->ingest.batch_bytes * ARENA_FOR_BATCH);
    err_reset(&lane->fatal);
    lane->generation = -1;
    ing_link_show_life(lane);
    lane->source = ing_source_open(lane->conf, lane->number, &lane->fatal);
    if (lane->source == NULL) {
        return -1;
    }
    while (rc == 0 && !ing_feed_stopping(lane->feed)) {
        rc = turn(lane);
    }
    ing_link_note_stop(lane);
    if (rc == 0) {
        rc = ing_engine_deliver(lane);
    }
    if (rc == 0) {
        ing_source_commit_offsets(lane->source, true);
    }
    if (rc < 0) {
        report_end(lane);
    }
    ing_batch_fini(&lane->batch);
    ing_source_close(&lane->source);
    ing_assignment_clear(lane);
    ing_datasets_unref(&lane->datasets);
    ing_link_disconnect(lane);
    return rc;
}
