/* SPDX-License-Identifier: Apache-2.0
 * ingest/stall.c - see the header.
 *
 *   1. Given a partition that takes nothing and is not at its end. Kafka may be away, the client may be stuck,
 *      or nobody can read the next batch.
 *   2. Then, after stuck_halt_ms, a probe reads at its offset. No broker answers: the partition waits, with an
 *      incident. The offset can be read: the lane fetches anew. It cannot: the partition is halted, and the
 *      incident names the offset, the error, and the next offset that can be read.
 *   3. Therefore a steward acts: mends the cause, or leaves out what cannot be read; `nrc position resume`
 *      follows either way.
 *
 * Only a partition that can be judged alone is halted: when rights are gone for every topic, it is the
 * engine's login that lost them, and all wait. */
#include "ingest/stall.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/halt.h"
#include "ingest/kafka/probe.h"
#include "ingest/lane.h"
#include "ingest/link.h"
#include "storage/catalogue/incident.h"
#include "storage/catalogue/position.h"

enum {
    LOOK_EACH_MS = 1000,
    HELD_LOOK_MS = 5000, /* at whether a log goes on behind the end that was met */
    PROBE_MS = 20 * 1000,
    AWAY_MS = 5000,             /* until the next probe */
    TRIES_MAX = 6,              /* of them each waits twice as long as the one before */
    REPORTS_MAX = 3,            /* likewise: what lasts is told every eight times the limit */
    LEFT_MS = 10 * 60 * 1000,   /* given away so long ago, it is another's */
    TROUBLE_GAP_MS = 45 * 1000, /* the client repeats an error within 30 s */
    TROUBLE_LOG_MS = 10 * 1000,
    ANSWER_MS = 1000
};

/* ---- one partition ---- */

static void goes_well(struct ing_part *part, int64_t now_ms)
{
    part->stall = (struct ing_stall){
        .offset = part->expected, .since_ms = now_ms, .reported = part->stall.reported};
}

enum ing_standing ing_stall_look(struct ing_part *part, int64_t known_end, int64_t now_ms,
                                 int64_t limit_ms)
{
    const struct ing_stall *stall = &part->stall;
    const bool at_end = ing_part_at_end(part);
    if (stall->since_ms == 0 || stall->offset != part->expected || ing_part_stands_aside(part) ||
        part->waits || (at_end && known_end <= part->expected)) {
        goes_well(part, now_ms);
        return ING_STANDS_WELL;
    }
    if (now_ms - stall->since_ms < limit_ms || now_ms < stall->next_ms) {
        return ING_STANDS_WELL;
    }
    return at_end ? ING_STANDS_HELD : ING_STANDS_STILL;
}

static void report(struct ing_lane *lane, struct ing_part *part, enum sto_incident_kind kind,
                   const char *detail)
{
    const struct sto_incident incident = {
        .kind = kind,
        .dataset_id = part->dataset_id,
        .position_id = part->position.id,
        .detail = detail,
    };
    log_warn("partition_waits", LOG_STR("topic", part->topic),
             LOG_INT("partition", part->partition), LOG_INT("offset", part->expected),
             LOG_STR("detail", detail));
    ing_link_open_incident(lane, &incident);
    part->stall.reported = true;
}

/* The register sees by its commits that a partition flows; one at its end commits nothing. */
static void end_reported(struct ing_lane *lane, struct ing_part *part)
{
    ing_link_end_incidents(lane, STO_CLOSES_PARTITION_FLOWS, NULL, part->position.id);
    part->stall.reported = false;
}

static void report_waits(struct ing_lane *lane, struct ing_part *part, const char *why)
{
    char text[ERR_TEXT_BYTES];
    snprintf(text, sizeof(text), "%.250s/%d waits at offset %lld: %.180s", part->topic,
             part->partition, (long long)part->expected, why);
    report(lane, part, STO_INCIDENT_PARTITION_WAITS, text);
}

static void report_held(struct ing_lane *lane, struct ing_part *part)
{
    char text[ERR_TEXT_BYTES];
    snprintf(text, sizeof(text),
             "%.250s/%d is read up to offset %lld: a transaction that began there is neither "
             "committed nor aborted, and Kafka delivers nothing behind it",
             part->topic, part->partition, (long long)part->expected);
    report(lane, part, STO_INCIDENT_TRANSACTION_OPEN, text);
}

/* ---- what cannot be read ---- */

static bool may_be_too_large(const char *error)
{
    return strstr(error, "Decompression") != NULL || strstr(error, "message.max.bytes") != NULL;
}

static void halt_unreadable(struct ing_lane *lane, struct ing_part *part, int64_t at,
                            const struct ing_finding *finding)
{
    char text[ERR_TEXT_BYTES];
    char way_out[128];
    if (part->state == ING_VERIFYING) {
        snprintf(way_out, sizeof(way_out),
                 "or go on with --accept-gap: this event is already taken, and is not checked");
    } else if (finding->readable_from > at) {
        snprintf(way_out, sizeof(way_out),
                 "or leave out %lld to %lld with --accept-gap: %lld can be read", (long long)at,
                 (long long)finding->readable_from - 1, (long long)finding->readable_from);
    } else {
        snprintf(way_out, sizeof(way_out),
                 "or leave it out with --accept-gap: `nrc position probe` finds how much");
    }
    snprintf(text, sizeof(text),
             "offset %lld cannot be read: %.150s%s. Mend that and `nrc position resume`; %s",
             (long long)at, finding->text,
             may_be_too_large(finding->text)
                 ? " (perhaps larger than [kafka] receive.message.max.bytes)"
                 : "",
             way_out);
    ing_halt(lane, part, STO_INCIDENT_UNREADABLE, text);
}

static void put_forbidden(char text[ERR_TEXT_BYTES], int64_t at, const char *error)
{
    snprintf(text, ERR_TEXT_BYTES,
             "offset %lld cannot be read: %.150s. Grant the engine's login READ on the topic, then "
             "`nrc position resume`: nothing is to be left out",
             (long long)at, error);
}

/* At least two topics, and all of them: the login lost its rights, not one topic. */
static bool all_are_forbidden(const struct ing_lane *lane)
{
    bool two = false;
    for (size_t i = 0; i < lane->part_count; i++) {
        if (!lane->parts[i]->fetch_error || !lane->parts[i]->forbidden) {
            return false;
        }
        two = two || strcmp(lane->parts[i]->topic, lane->parts[0]->topic) != 0;
    }
    return two;
}

static void meet_forbidden(struct ing_lane *lane, struct ing_part *part, int64_t at,
                           const struct ing_finding *finding)
{
    char text[ERR_TEXT_BYTES];
    if (all_are_forbidden(lane)) {
        report_waits(lane, part, "no topic may be read by the engine's login");
        return;
    }
    put_forbidden(text, at, finding->text);
    ing_halt(lane, part, STO_INCIDENT_UNREADABLE, text);
}

/* The client is stuck, or was. A long aborted transaction looks the same, and a new fetch reads it from its
 * beginning: so not at once, and at longer and longer intervals. */
static void meet_readable(struct ing_lane *lane, struct ing_part *part)
{
    log_warn("partition_stuck", LOG_STR("topic", part->topic),
             LOG_INT("partition", part->partition), LOG_INT("offset", part->expected),
             LOG_STR("error", part->error));
    if (part->fetch_error || part->stall.tries > 0) {
        part->fetch_error = false;
        lane->reassign = true;
    }
    if (part->stall.tries > 0) {
        report_waits(lane, part, "the offset can be read, but the client delivers nothing");
    }
    part->stall.tries += part->stall.tries < TRIES_MAX;
}

static bool may_go_on(void *arg)
{
    struct ing_lane *lane = arg;
    if (clock_mono_ms() - atomic_load(&lane->vitals.turned_ms) < LOOK_EACH_MS) {
        return true;
    }
    return ing_link_keep_up(lane);
}

static void examine(struct ing_lane *lane, struct ing_part *part)
{
    struct err err = ERR_INIT;
    struct ing_finding finding;
    const struct ing_probe probe = {
        .topic = part->topic,
        .partition = part->partition,
        .from = ing_part_fetch_from(part),
        .budget_ms = PROBE_MS,
        .goes_on = may_go_on,
        .arg = lane,
        .finds_next = part->state != ING_VERIFYING,
    };
    if (ing_probe_run(lane->conf, &probe, &finding, &err) < 0) {
        log_warn("probe_failed", LOG_ERR(&err));
        return;
    }
    switch (finding.reading) {
    case ING_READS: meet_readable(lane, part); break;
    case ING_UNREADABLE: halt_unreadable(lane, part, probe.from, &finding); break;
    case ING_FORBIDDEN: meet_forbidden(lane, part, probe.from, &finding); break;
    case ING_AWAY:
        report_waits(lane, part, finding.text);
        lane->stalls.probe_not_before_ms = clock_mono_ms() + AWAY_MS;
        break;
    case ING_NOT_TOLD: break; /* the lane ends, or it is asked again later */
    }
}

/* True: a probe was made, and that is enough for one turn. */
static bool serve_part(struct ing_lane *lane, struct ing_part *part, int64_t now_ms)
{
    const int64_t limit_ms = lane->conf->ingest.stuck_halt_ms;
    const bool at_end = ing_part_at_end(part);
    if (at_end && now_ms - part->known_end_ms >= HELD_LOOK_MS) {
        ing_source_look_at_end(lane->source, part, now_ms);
    }
    const int64_t end = at_end ? part->known_end : -1;
    enum ing_standing standing = ing_stall_look(part, end, now_ms, limit_ms);
    if (standing == ING_STANDS_WELL) {
        if (part->stall.reported && part->stall.since_ms == now_ms) {
            end_reported(lane, part);
        }
        return false;
    }
    const bool is_ours = part->state != ING_UNCLAIMED; /* one to be claimed again still is */
    if (standing == ING_STANDS_STILL && is_ours && now_ms < lane->stalls.probe_not_before_ms) {
        return false;
    }
    const int times =
        part->stall.tries > part->stall.reports ? part->stall.tries : part->stall.reports;
    part->stall.next_ms = now_ms + (limit_ms << times);
    if (standing == ING_STANDS_HELD) {
        report_held(lane, part);
        part->stall.reports += part->stall.reports < REPORTS_MAX;
    } else if (!is_ours && part->error[0] != '\0') {
        report_waits(lane, part, part->error);
        part->stall.reports += part->stall.reports < REPORTS_MAX;
    } else if (is_ours) {
        examine(lane, part);
        return true;
    }
    return false;
}

/* ---- given away ---- */

/* What it took since it was looked at last starts its time anew. */
static struct ing_stall stall_now(const struct ing_part *part)
{
    struct ing_stall stall = part->stall;
    if (stall.since_ms == 0 || stall.offset != part->expected) {
        stall = (struct ing_stall){.offset = part->expected,
                                   .since_ms = clock_mono_ms(),
                                   .reported = part->stall.reported};
    }
    return stall;
}

void ing_stall_leave(struct ing_lane *lane)
{
    struct ing_stalls *stalls = &lane->stalls;
    for (size_t i = 0; i < lane->part_count && stalls->left_count < ING_LEFT_MAX; i++) {
        const struct ing_part *part = lane->parts[i];
        if (!part->fetch_error || ing_part_stands_aside(part)) {
            continue;
        }
        struct ing_left *left = &stalls->left[stalls->left_count++];
        *left = (struct ing_left){.partition = part->partition,
                                  .dataset_id = part->dataset_id,
                                  .position_id = part->position.id,
                                  .epoch = part->position.epoch,
                                  .stall = stall_now(part),
                                  .forbidden = part->forbidden};
        snprintf(left->topic, sizeof(left->topic), "%s", part->topic);
        snprintf(left->error, sizeof(left->error), "%s", part->error);
    }
}

static void forget_left(struct ing_stalls *stalls, size_t index)
{
    stalls->left[index] = stalls->left[--stalls->left_count];
}

void ing_stall_return(struct ing_lane *lane)
{
    struct ing_stalls *stalls = &lane->stalls;
    for (size_t i = 0; i < lane->part_count; i++) {
        struct ing_part *part = lane->parts[i];
        for (size_t l = 0; l < stalls->left_count; l++) {
            const struct ing_left *left = &stalls->left[l];
            if (left->partition != part->partition || strcmp(left->topic, part->topic) != 0) {
                continue;
            }
            part->stall = left->stall;
            part->expected = left->stall.offset; /* until the claim says */
            (void)ing_part_failed(part, left->error, left->forbidden);
            forget_left(stalls, l);
            break;
        }
    }
}

/* Given a topic that may not be read, then it leaves the group's assignment. Therefore nobody has its
 * partitions, and only this lane can halt them. A later claim has another epoch. True: nothing is left to
 * do. */
static bool halt_left(struct ing_lane *lane, const struct ing_left *left)
{
    struct err err = ERR_INIT;
    char text[ERR_TEXT_BYTES];
    put_forbidden(text, left->stall.offset, left->error);
    if (ing_link_connect(lane, &err) == 0 &&
        sto_position_halt(lane->conn, left->position_id, left->epoch, STO_INCIDENT_UNREADABLE, text,
                          &err) == 0) {
        log_error("partition_halted", LOG_STR("topic", left->topic),
                  LOG_INT("partition", left->partition), LOG_STR("reason", text));
        metric_add(&lane->metrics, METRIC_HALTED, 1);
        return true;
    }
    return err.kind == ERR_KIND_FENCED;
}

static void serve_left(struct ing_lane *lane, int64_t now_ms)
{
    struct ing_stalls *stalls = &lane->stalls;
    const int64_t limit_ms = lane->conf->ingest.stuck_halt_ms;
    for (size_t l = 0; l < stalls->left_count;) {
        const struct ing_left *left = &stalls->left[l];
        const int64_t stood_ms = now_ms - left->stall.since_ms;
        const bool due = left->forbidden && left->position_id != 0 && stood_ms >= limit_ms;
        if ((due && halt_left(lane, left)) || stood_ms > limit_ms + LEFT_MS) {
            forget_left(stalls, l);
        } else {
            l++;
        }
    }
}

/* ---- trouble that is of no partition ---- */

static void note_trouble(struct ing_lane *lane, const char *text, bool of_group)
{
    struct ing_stalls *stalls = &lane->stalls;
    const int64_t now_ms = clock_mono_ms();
    if (stalls->trouble_since_ms == 0) {
        stalls->trouble_since_ms = now_ms;
    }
    stalls->trouble_of_group = of_group;
    stalls->trouble_last_ms = now_ms;
    snprintf(stalls->trouble, sizeof(stalls->trouble), "%s", text);
    if (stalls->trouble_log_ms == 0 || now_ms - stalls->trouble_log_ms >= TROUBLE_LOG_MS) {
        stalls->trouble_log_ms = now_ms;
        log_warn("kafka_trouble", LOG_INT("lane", lane->number), LOG_STR("error", text));
    }
}

void ing_stall_trouble(struct ing_lane *lane, const char *text)
{
    note_trouble(lane, text, true);
}

static void report_trouble(struct ing_lane *lane)
{
    const struct sto_incident incident = {
        .kind = STO_INCIDENT_KAFKA_TROUBLE,
        .engine = lane->conf->ingest.instance,
        .detail = lane->stalls.trouble,
    };
    ing_link_open_incident(lane, &incident);
    lane->stalls.trouble_ended = false;
}

/* Also the incident of an earlier run of this engine. */
static void end_trouble(struct ing_lane *lane)
{
    lane->stalls.trouble_since_ms = 0;
    if (!lane->stalls.trouble_ended) {
        ing_link_end_incidents(lane, STO_CLOSES_KAFKA_ANSWERS, lane->conf->ingest.instance, 0);
        lane->stalls.trouble_ended = true;
    }
}

static void serve_trouble(struct ing_lane *lane, int64_t now_ms)
{
    struct ing_stalls *stalls = &lane->stalls;
    const int64_t limit_ms = lane->conf->ingest.stuck_halt_ms;
    const char *of_brokers = ing_source_trouble(lane->source);
    const bool heard = ing_source_heard(lane->source);
    if (of_brokers != NULL && !heard) {
        note_trouble(lane, of_brokers, false);
    }
    if (heard ||
        (stalls->trouble_since_ms != 0 && now_ms - stalls->trouble_last_ms > TROUBLE_GAP_MS)) {
        end_trouble(lane);
    }
    if (stalls->trouble_since_ms == 0 || now_ms - stalls->trouble_since_ms < limit_ms ||
        now_ms - stalls->trouble_reported_ms < limit_ms) {
        return;
    }
    /* Idle topics bring nothing either: the errors may be of one broker of many. */
    if (!stalls->trouble_of_group && ing_source_answers(lane->source, ANSWER_MS)) {
        stalls->trouble_since_ms = 0;
        return;
    }
    stalls->trouble_reported_ms = now_ms;
    report_trouble(lane);
}

/* ---- the look ---- */

/* While the register kept the lane waiting, nothing was fetched. */
static void forgive(struct ing_lane *lane, int64_t ms)
{
    for (size_t i = 0; i < lane->part_count; i++) {
        lane->parts[i]->stall.since_ms += lane->parts[i]->stall.since_ms != 0 ? ms : 0;
    }
}

void ing_stall_serve(struct ing_lane *lane)
{
    struct ing_stalls *stalls = &lane->stalls;
    const int64_t now_ms = clock_mono_ms();
    const int64_t late_ms = now_ms - stalls->look_at_ms;
    bool probed = false;
    if (late_ms < 0) {
        return;
    }
    if (stalls->look_at_ms != 0 && late_ms > 2 * (int64_t)LOOK_EACH_MS) {
        forgive(lane, late_ms);
    }
    serve_trouble(lane, now_ms);
    for (size_t i = 0; i < lane->part_count && !probed; i++) {
        probed = serve_part(lane, lane->parts[i], now_ms);
    }
    if (probed) {
        forgive(lane, clock_mono_ms() - now_ms); /* the others were paused meanwhile */
    }
    serve_left(lane, now_ms);
    stalls->look_at_ms = clock_mono_ms() + LOOK_EACH_MS;
}
