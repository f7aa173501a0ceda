/* SPDX-License-Identifier: Apache-2.0
 * ingest/claim.c - see the header.
 *
 *   1. Given a partition that the group assigns to us. Its former owner, which the group believes dead, may
 *      still write to the register.
 *   2. Then we claim the partition: epoch + 1 in a transaction, and take next_offset as it stands.
 *   3. Then the former owner wakes and commits its batch. Its fence finds another epoch, therefore nothing is
 *      written.
 *   4. Before the first event, the last record taken is read again: it shows whether this is the same log.
 *
 * The brokers are asked about all of them at once, and the register takes them in one transaction. Given a former owner
 * that keeps some row locked, then each is claimed alone, so that the others do not wait for it. */
#include "ingest/claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "ingest/halt.h"
#include "ingest/kafka/log_ends.h"
#include "ingest/lane.h"
#include "ingest/link.h"
#include "ingest/topic.h"
#include "storage/catalogue/incident.h"
#include "storage/catalogue/position.h"
#include "storage/conn/conn.h"

enum {
    RETRY_MS = 500,
    RETRY_MAX_MS = 30 * 1000,
    TOPIC_RETRY_MS = 5000,
    LINES_MAX = 50,        /* in the log, for claims at once */
    LOCKED_MS = 500,       /* for rows of a former owner, before each is claimed alone */
    ALONE_BUDGET_MS = 2000 /* then the partitions that flow have their turn */
};

/* One partition on its way. */
struct claim {
    struct ing_part *part;
    const struct ing_dataset *dataset;
    struct sto_position position;
};

struct claims {
    struct ing_lane *lane;
    struct claim *items;
    struct ing_log_range *ranges; /* of each item */
    struct sto_claim *asked;      /* of the register, of each item */
    struct sto_position *answers; /* of each of these */
    struct sto_log_start *starts; /* to be noted */
    size_t count;                 /* items still on their way */
    size_t start_count;
    int64_t halted;
    int64_t began_ms;
};

/* ---- what is not claimed ---- */

bool ing_claim_register_answers(struct ing_lane *lane)
{
    if (lane->conn != NULL && sto_conn_usable(lane->conn)) {
        return true;
    }
    lane->claim_not_before_ms = clock_mono_ms() + RETRY_MS;
    ing_vitals_attempt(lane, true);
    return false;
}

/* A partition whose leader does not answer holds up the lane: it is claimed at longer and longer intervals. */
static int64_t pause_after(struct ing_part *part, const struct err *err)
{
    if (err->code == ERR_TOPIC_MISSING || err->code == ERR_TOPIC_FORBIDDEN) {
        return TOPIC_RETRY_MS;
    }
    if (err->code != ERR_KAFKA) {
        return RETRY_MS;
    }
    part->retry_ms = part->retry_ms == 0 ? RETRY_MS : part->retry_ms * 2;
    part->retry_ms = part->retry_ms < RETRY_MAX_MS ? part->retry_ms : RETRY_MAX_MS;
    return part->retry_ms;
}

static void put_off(struct ing_lane *lane, struct ing_part *part, const struct err *err)
{
    part->error[0] = '\0';
    if (err->code == ERR_TOPIC_MISSING) {
        ing_topic_missing(lane, part->topic);
    } else if (err->code == ERR_TOPIC_FORBIDDEN) {
        ing_topic_forbidden(lane, part->topic, err->text);
    } else {
        snprintf(part->error, sizeof(part->error), "%.150s", err->text);
    }
    if (part->state != ING_UNCLAIMED) {
        ing_part_move(part, ING_UNCLAIMED);
    }
    part->recheck = true;
    part->retry_at_ms = clock_mono_ms() + pause_after(part, err);
}

static void fail(struct ing_lane *lane, struct ing_part *part, const struct err *err)
{
    log_warn("claim_failed", LOG_STR("topic", part->topic), LOG_INT("partition", part->partition),
             LOG_ERR(err));
    put_off(lane, part, err);
}

static void say_none(const struct claims *claims, const struct err *err)
{
    log_warn("claims_failed", LOG_INT("lane", claims->lane->number),
             LOG_INT("partitions", (int64_t)claims->count), LOG_ERR(err));
}

/* ---- what the brokers say ---- */

/* Keeps the items for which `keep` answers 0, and fails the others. */
static void sift(struct claims *claims, int (*keep)(struct claims *, size_t, struct err *))
{
    size_t kept = 0;
    for (size_t i = 0; i < claims->count; i++) {
        struct err err = ERR_INIT;
        if (keep(claims, i, &err) < 0) {
            fail(claims->lane, claims->items[i].part, &err);
            continue;
        }
        claims->ranges[kept] = claims->ranges[i];
        claims->items[kept++] = claims->items[i];
    }
    claims->count = kept;
}

static int find_dataset(struct claims *claims, size_t i, struct err *err)
{
    struct claim *item = &claims->items[i];
    item->dataset = ing_datasets_by_topic(claims->lane->datasets, item->part->topic);
    if (item->dataset == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NOT_FOUND, "no dataset has the topic %s",
                       item->part->topic);
    }
    item->part->dataset_id = item->dataset->row->id;
    return 0;
}

static int check_range(struct claims *claims, size_t i, struct err *err)
{
    return ing_source_range_known(&claims->ranges[i], err);
}

/* ---- what the register says ---- */

static void fill_asked(struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++) {
        claims->asked[i] = (struct sto_claim){
            .dataset_id = claims->items[i].part->dataset_id,
            .topic = claims->items[i].part->topic,
            .partition = claims->items[i].part->partition,
            .partition_count = claims->ranges[i].partitions,
            .log_start = claims->ranges[i].log_start,
            .owner = claims->lane->owner,
        };
    }
}

/* Those that are not reached in their time are left as they are, for the next turn. */
static bool take_alone(struct claims *claims)
{
    const int64_t until_ms = clock_mono_ms() + ALONE_BUDGET_MS;
    size_t kept = 0;
    bool answers = true;
    for (size_t i = 0; i < claims->count && answers && clock_mono_ms() < until_ms; i++) {
        struct err err = ERR_INIT;
        struct claim *item = &claims->items[i];
        if (sto_position_claim(claims->lane->conn, &claims->asked[i], &item->position, &err) < 0) {
            fail(claims->lane, item->part, &err);
            answers = ing_claim_register_answers(claims->lane);
            continue;
        }
        claims->ranges[kept] = claims->ranges[i];
        claims->items[kept++] = *item;
    }
    claims->count = kept;
    return answers;
}

static int take_answer(struct claims *claims, size_t i, struct err *err)
{
    struct claim *item = &claims->items[i];
    item->position = claims->answers[i];
    return item->position.id != 0 ? 0
                                  : err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                                            "partition %d of topic %s is another dataset's",
                                            item->part->partition, item->part->topic);
}

static bool take_positions(struct claims *claims)
{
    struct err err = ERR_INIT;
    fill_asked(claims);
    if (sto_positions_claim(claims->lane->conn, claims->asked, claims->count, LOCKED_MS,
                            claims->answers, &err) == 0) {
        sift(claims, take_answer);
        return true;
    }
    if (!ing_claim_register_answers(claims->lane)) {
        say_none(claims, &err);
        claims->count = 0;
        return false;
    }
    log_info("claimed_alone", LOG_INT("lane", claims->lane->number),
             LOG_INT("partitions", (int64_t)claims->count), LOG_ERR(&err));
    return take_alone(claims);
}

/* ---- what was claimed ---- */

/* With no declared order, offsets order a key's versions; they say nothing across partitions. */
static void report_added(struct ing_lane *lane, const struct claim *item)
{
    const struct sto_incident incident = {
        .kind = STO_INCIDENT_PARTITIONS_ADDED,
        .dataset_id = item->dataset->row->id,
        .detail =
            "the topic has more partitions: keys that moved are ordered by Kafka's timestamps",
    };
    log_info("partition_added", LOG_STR("topic", item->part->topic),
             LOG_INT("partition", item->part->partition));
    if (!item->dataset->row->table.has_order) {
        ing_link_open_incident(lane, &incident);
    }
}

static void halt(struct ing_lane *lane, struct ing_part *part, enum sto_incident_kind kind,
                 const char *reason, const struct ing_log_range *range)
{
    char text[ERR_TEXT_BYTES];
    snprintf(text, sizeof(text), "%s (position %lld, log %lld to %lld)", reason,
             (long long)part->position.next_offset, (long long)range->log_start,
             (long long)range->log_end);
    ing_halt(lane, part, kind, text);
}

/* Given an owner that commits after we asked for the ends of the log and before our claim, then the
 * position lies beyond that end, and the log is good. Nobody moves the position after the claim, therefore the
 * ends are asked for once more. */
static int judge(struct claims *claims, size_t i, struct err *err)
{
    struct claim *item = &claims->items[i];
    struct ing_log_range *range = &claims->ranges[i];
    enum sto_incident_kind kind = STO_INCIDENT_GAP;
    const char *reason =
        ing_part_claimed(item->part, &item->position, range->log_start, range->log_end, &kind);
    if (reason == NULL) {
        return 0;
    }
    if (ing_source_log_ranges(claims->lane->source, range, 1, ING_ASKED_BEFORE, err) < 0 ||
        ing_source_range_known(range, err) < 0) {
        return -1;
    }
    reason = ing_part_claimed(item->part, &item->position, range->log_start, range->log_end, &kind);
    if (reason != NULL) {
        halt(claims->lane, item->part, kind, reason, range);
    }
    return 0;
}

/* Of thousands, a line for each would hide what matters. */
static void say_claimed(struct claims *claims, const struct ing_part *part)
{
    claims->halted += part->state == ING_HALTED;
    LOG_AT(claims->count > LINES_MAX ? LOG_DEBUG : LOG_INFO, "partition_claimed",
           LOG_STR("topic", part->topic), LOG_INT("partition", part->partition),
           LOG_INT("epoch", part->position.epoch),
           LOG_INT("next_offset", part->position.next_offset),
           LOG_STR("state", ing_part_state_name(part->state)));
}

static void say_all_claimed(const struct claims *claims, size_t asked)
{
    if (asked > LINES_MAX) {
        log_info("partitions_claimed", LOG_INT("lane", claims->lane->number),
                 LOG_INT("partitions", (int64_t)claims->count),
                 LOG_INT("failed", (int64_t)(asked - claims->count)),
                 LOG_INT("halted", claims->halted),
                 LOG_INT("took_ms", clock_mono_ms() - claims->began_ms));
    }
}

static int settle(struct claims *claims, size_t i, struct err *err)
{
    struct claim *item = &claims->items[i];
    struct ing_part *part = item->part;
    if (judge(claims, i, err) < 0) {
        return -1;
    }
    if (part->state != ING_HALTED && claims->ranges[i].log_start != item->position.log_start) {
        claims->starts[claims->start_count++] =
            (struct sto_log_start){.position_id = item->position.id,
                                   .epoch = item->position.epoch,
                                   .log_start = claims->ranges[i].log_start};
    }
    say_claimed(claims, part);
    if (item->position.created && item->position.added) {
        report_added(claims->lane, item);
    }
    part->retry_ms = 0;
    part->known_end = claims->ranges[i].log_end;
    claims->lane->reassign = true;
    ing_vitals_attempt(claims->lane, false);
    return 0;
}

/* A start that is not noted now is so at the next claim; one of a position that is not ours any more is its
 * owner's to note, and our next fence shows it. */
static void note_starts(struct claims *claims)
{
    struct err err = ERR_INIT;
    if (claims->start_count > 0 && sto_positions_note_log_starts(claims->lane->conn, claims->starts,
                                                                 claims->start_count, &err) < 0) {
        log_warn("log_starts_not_noted", LOG_INT("lane", claims->lane->number), LOG_ERR(&err));
    }
}

/* ---- all of it ---- */

static bool reserve(struct claims *claims, size_t count)
{
    claims->items = calloc(count, sizeof(*claims->items));
    claims->ranges = calloc(count, sizeof(*claims->ranges));
    claims->asked = calloc(count, sizeof(*claims->asked));
    claims->answers = calloc(count, sizeof(*claims->answers));
    claims->starts = calloc(count, sizeof(*claims->starts));
    return claims->items != NULL && claims->ranges != NULL && claims->asked != NULL &&
           claims->answers != NULL && claims->starts != NULL;
}

static void release(struct claims *claims)
{
    free(claims->items);
    free(claims->ranges);
    free(claims->asked);
    free(claims->answers);
    free(claims->starts);
}

static bool run(struct claims *claims, enum ing_asking asking)
{
    struct err err = ERR_INIT;
    sift(claims, find_dataset);
    if (claims->count == 0) {
        return true;
    }
    if (ing_link_connect(claims->lane, &err) < 0) {
        say_none(claims, &err);
        return ing_claim_register_answers(claims->lane);
    }
    if (ing_source_log_ranges(claims->lane->source, claims->ranges, claims->count, asking, &err) <
        0) {
        say_none(claims, &err);
        for (size_t i = 0; i < claims->count; i++) {
            put_off(claims->lane, claims->items[i].part, &err);
        }
        return true;
    }
    sift(claims, check_range);
    if (claims->count == 0) {
        return true;
    }
    const bool answers = take_positions(claims);
    if (claims->count > 0) {
        failpoint_hit(FP_AFTER_CLAIM);
    }
    sift(claims, settle);
    note_starts(claims);
    return answers;
}

static int by_partition(const void *a, const void *b)
{
    const struct ing_part *const *x = a;
    const struct ing_part *const *y = b;
    int order = strcmp((*x)->topic, (*y)->topic);
    return order != 0 ? order
                      : ((*x)->partition > (*y)->partition) - ((*x)->partition < (*y)->partition);
}

bool ing_claim(struct ing_lane *lane, struct ing_part **parts, size_t count)
{
    struct claims claims = {.lane = lane, .count = count, .began_ms = clock_mono_ms()};
    enum ing_asking asking = ING_ASKED_BEFORE;
    bool answers = true;
    qsort(parts, count, sizeof(*parts), by_partition);
    if (reserve(&claims, count)) {
        for (size_t i = 0; i < count; i++) {
            struct ing_part *part = parts[i];
            if (part->recheck && part->state != ING_UNCLAIMED) {
                ing_part_move(part, ING_UNCLAIMED);
                lane->reassign = true;
            }
            claims.items[i].part = part;
            claims.ranges[i] =
                (struct ing_log_range){.topic = part->topic, .partition = part->partition};
            asking = part->retry_ms == 0 ? ING_ASKED_FIRST : asking;
        }
        answers = run(&claims, asking);
        say_all_claimed(&claims, count);
    } /* else memory is out: they wait for the next turn */
    release(&claims);
    return answers;
}
