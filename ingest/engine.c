/* SPDX-License-Identifier: Apache-2.0
 * ingest/engine.c - the way of one event, and the only place that reacts to an error's kind.
 *
 *   ingest/source.c           a message comes out of librdkafka; its bytes are borrowed from here to the end
 *   ingest/partition.c        is its offset the one that is wanted?
 *   ingest/batch.c            it waits, with others, for a transaction
 *   ingest/build.c            it is judged, and put among its dataset's rows or into the quarantine
 *   ingest/verdict.c          structure, cells, exemption, identity, order: accept it, or say why not
 *   storage/commit/commit.c   fence, merge, history, quarantine, ledger: one COMMIT
 *   ingest/ack.c              its bytes are freed, Kafka is told
 *
 * Invariant: when ing_engine_deliver returns 0 the batch is empty, and each partition either stands
 * in the register where `expected` says, or is marked for a recheck, which reads the position
 * again. */
#include "ingest/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "ingest/ack.h"
#include "ingest/halt.h"
#include "ingest/link.h"
#include "ingest/upkeep.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/elsewhere.h"
#include "storage/catalogue/incident.h"
#include "storage/commit/commit.h"
#include "storage/conn/conn.h"

enum { REFUSED_AT_EASE = 10 };

/* ---- giving up on events without losing them ---- */

/* Nothing of the batch was written: its partitions are read again from the register's positions. */
static void abandon(struct ing_lane *lane, const char *why)
{
    log_warn("batch_abandoned", LOG_INT("lane", lane->number), LOG_STR("why", why),
             LOG_INT("events", (int64_t)lane->batch.count));
    for (size_t i = 0; i < lane->batch.count; i++) {
        lane->batch.slots[i].part->recheck = true;
    }
    lane->reassign = true;
    ing_batch_drop(&lane->batch);
}

static void fence(struct ing_lane *lane, struct ing_part *part)
{
    int64_t now_ms = clock_mono_ms();
    log_warn("partition_fenced", LOG_STR("topic", part->topic),
             LOG_INT("partition", part->partition), LOG_INT("epoch", part->position.epoch));
    metric_add(&lane->metrics, METRIC_FENCED, 1);
    ing_batch_drop_part(&lane->batch, part);
    ing_part_move(part, ING_FENCED);
    part->retry_at_ms = now_ms + lane->conf->ingest.session_timeout_ms;
    lane->reassign = true;
    if (ing_fencings_alarm(&lane->fencings, part->topic, part->partition, now_ms)) {
        const struct sto_incident incident = {
            .kind = STO_INCIDENT_FENCED_OFTEN,
            .dataset_id = part->dataset_id,
            .position_id = part->position.id,
            .detail = "fenced three times in ten minutes: do two engines share one instance name?",
        };
        ing_link_open_incident(lane, &incident);
    }
}

/* ---- one attempt ---- */

/* Unknown ids are asked for together, once a batch, and not remembered. Given an id remembered as unknown,
 * then it is registered, therefore its good events would be quarantined. */
static int ask_register(struct ing_lane *lane, size_t count, struct err *err)
{
    struct ing_batch *batch = &lane->batch;
    struct sto_catalogue_age age;
    if (sto_catalogue_age(lane->conn, &age, err) < 0) {
        return -1;
    }
    struct ing_datasets *datasets = ing_datasets_ref(batch->build.datasets);
    if (age.version != ing_datasets_version(datasets) ||
        !ing_datasets_is_of(datasets, lane->conn)) {
        struct ing_datasets *former = datasets;
        datasets = ing_datasets_load(lane->conn, lane->conf, former, err);
        ing_datasets_unref(&former);
        if (datasets == NULL) {
            return -1;
        }
    }
    if (batch->build.unknown.count > 0 && sto_elsewhere_find(lane->conn, batch->build.unknown.items,
                                                             batch->build.unknown.count, err) < 0) {
        ing_datasets_unref(&datasets);
        return -1;
    }
    ing_batch_rebuild(batch, count, datasets, true);
    ing_feed_publish(lane->feed, &datasets);
    return 0;
}

/* The first `count` slots, judged to the end and ready to be written. */
static int prepare(struct ing_lane *lane, size_t count, struct err *err)
{
    struct ing_batch *batch = &lane->batch;
    if (ing_link_connect(lane, err) < 0) {
        return -1;
    }
    if (batch->build.count != count) {
        ing_batch_rebuild(batch, count, batch->build.datasets, batch->build.final);
    }
    if (batch->build.asks && ask_register(lane, count, err) < 0) {
        return -1;
    }
    while (batch->build.broken_part != NULL) {
        struct ing_part *part = batch->build.broken_part;
        if (batch->build.broken.kind == ERR_KIND_RETRY) {
            *err = batch->build.broken;
            batch->build.count = 0;
            return -1;
        }
        char reason[ERR_TEXT_BYTES];
        snprintf(reason, sizeof(reason), "%s", batch->build.broken.text);
        ing_batch_drop_part(batch, part);
        ing_halt(lane, part, sto_incident_of_halt(batch->build.broken.code), reason);
        count = count < batch->count ? count : batch->count;
        ing_batch_rebuild(batch, count, batch->build.datasets, true);
    }
    /* Halting may have lost the connection. */
    if (ing_link_connect(lane, err) < 0) {
        return -1;
    }
    ing_build_seal(&batch->build, batch->slots);
    if (batch->build.no_memory) { /* of the build, or of its seal */
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a batch");
    }
    return 0;
}

static int attempt(struct ing_lane *lane, size_t count, struct err *err)
{
    struct ing_batch *batch = &lane->batch;
    if (prepare(lane, count, err) < 0) {
        return -1;
    }
    if (batch->build.count == 0) {
        return 0;
    }
    failpoint_hit(FP_AFTER_SEAL);
    int64_t started_us = clock_mono_us();
    int rc = sto_commit(lane->writer, &batch->build.out, err);
    int64_t took_us = clock_mono_us() - started_us;
    metric_observe(&lane->commit_duration, (uint64_t)took_us, 1);
    if (rc == 0) {
        log_debug("batch_committed", LOG_INT("lane", lane->number),
                  LOG_INT("slots", (int64_t)batch->build.count), LOG_INT("took_us", took_us),
                  LOG_INT("oldest_ms", clock_mono_ms() - batch->started_ms));
        failpoint_hit(FP_AFTER_COMMIT);
        ing_ack(lane);
        failpoint_hit(FP_AFTER_ACK);
    }
    return rc;
}

/* ---- reactions, one for each kind ---- */

/* What an attempt leaves for the next. */
struct retry {
    size_t limit;   /* slots to try at once */
    size_t refused; /* how many the server refused so far, of this batch's `total` */
    size_t total;
    size_t within; /* among so many first slots is one that the server refuses; 0: none known */
    int unmade;    /* commits in doubt, one after the other, that were not made */
    bool anew;     /* a dataset's failure was met, and tried again on a new connection */
};

static int give_up(struct ing_lane *lane, const struct err *err)
{
    lane->fatal = *err;
    return -1;
}

static bool is_claimed(const struct ing_part *part)
{
    return part->state == ING_VERIFYING || part->state == ING_FLOWING ||
           part->state == ING_REREADING;
}

/* The register cannot take this dataset's events; the others of the lane go on. */
static void halt_dataset(struct ing_lane *lane, int32_t dataset_id, const struct err *cause)
{
    char reason[ERR_TEXT_BYTES];
    enum sto_incident_kind kind = sto_incident_of_halt(cause->code);
    snprintf(reason, sizeof(reason), "%s", cause->text);
    for (size_t i = 0; i < lane->part_count; i++) {
        struct ing_part *part = lane->parts[i];
        if (part->dataset_id != dataset_id) {
            continue;
        }
        ing_batch_drop_part(&lane->batch, part);
        if (is_claimed(part)) {
            ing_halt(lane, part, kind, reason);
        }
    }
}

static int react_retry(struct ing_lane *lane, struct retry *retry, const struct err *err)
{
    metric_add(&lane->metrics, METRIC_RETRIES, 1);
    ing_vitals_attempt(lane, true);
    log_warn("batch_retry", LOG_INT("lane", lane->number),
             LOG_INT("events", (int64_t)lane->batch.count), LOG_ERR(err));
    if (lane->batch.build.no_memory) {
        abandon(lane, "out of memory");
        return 0;
    }
    if (err->code == ERR_COLUMNS_CHANGED || err->code == ERR_STRUCTURES_CHANGED) {
        lane->batch.build.asks = true; /* built anew by the present catalogue */
        return 0;
    }
    if (strcmp(err->sqlstate, "57014") == 0 && retry->limit > 1) {
        retry->limit /= 2; /* statement_timeout: less at once */
    }
    if (strcmp(err->sqlstate, "23514") == 0) {
        struct err leaf_err = ERR_INIT; /* no leaf for this month yet */
        int made;
        if (sto_leaves_make(lane->conn, ING_LEAVES_AHEAD_MONTHS, &made, &leaf_err) < 0) {
            log_error("leaves_not_made", LOG_ERR(&leaf_err));
        }
    }
    if (!ing_link_back_off(lane)) {
        abandon(lane, "the lane must go on without the register");
    }
    return 0;
}

/* A server that refuses most of a batch is at fault, not the events. */
static bool refusals_are_credible(const struct retry *retry)
{
    return retry->refused <= REFUSED_AT_EASE || retry->refused <= retry->total / 2;
}

/* The first slot, alone, is refused. */
static void refuse_first(struct ing_lane *lane, struct retry *retry, const struct err *cause)
{
    struct ing_batch *batch = &lane->batch;
    struct ing_slot *slot = &batch->slots[0];
    struct err refusal = *cause;
    log_warn("event_refused", LOG_STR("topic", slot->part->topic),
             LOG_INT("partition", slot->part->partition), LOG_INT("offset", slot->offset),
             LOG_ERR(cause));
    retry->refused++;
    retry->within = 0;
    batch->build.count = 0;
    if (slot->is_end || slot->refused != NULL || !refusals_are_credible(retry)) {
        err_add(&refusal, "the register refuses more than single events can explain");
        halt_dataset(lane, slot->part->dataset_id, &refusal);
        return;
    }
    slot->refused = malloc(sizeof(*slot->refused));
    if (slot->refused == NULL) {
        batch->build.no_memory = true;
        return;
    }
    *slot->refused = refusal;
    err_set(slot->refused, ERR_KIND_POISON, ERR_REGISTER_REFUSED, "SQLSTATE %s: %s",
            refusal.sqlstate, refusal.text);
}

/* Bisecting, by commits: the first half of a refused batch is a batch like any other, since its offsets begin
 * where the position stands. When the server accepts it, it is committed. So a batch with many refused events
 * advances at each step, and a crash repeats one step only. */
static int react_poison(struct ing_lane *lane, struct retry *retry, const struct err *cause)
{
    size_t tried = lane->batch.build.count;
    if (tried > 1) {
        log_info("batch_refused", LOG_INT("lane", lane->number), LOG_INT("events", (int64_t)tried),
                 LOG_ERR(cause));
        retry->within = tried;
        retry->limit = tried / 2;
    } else {
        refuse_first(lane, retry, cause);
    }
    return 0;
}

static void note_success(struct retry *retry, size_t done)
{
    if (retry->within > done) {
        retry->within -= done;
        retry->limit = (retry->within + 1) / 2;
    } else {
        retry->within = 0;
        retry->limit = done * 2;
    }
    retry->unmade = 0;
    retry->anew = false;
}

/* Given a connection that is lost inside COMMIT, then the commit may be made or not. Therefore the position is
 * read again, and decides. */
static int react_in_doubt(struct ing_lane *lane, struct retry *retry, const struct err *cause)
{
    struct err err = *cause;
    metric_add(&lane->metrics, METRIC_IN_DOUBT, 1);
    ing_vitals_attempt(lane, true);
    for (;;) {
        log_warn("commit_in_doubt", LOG_INT("lane", lane->number), LOG_ERR(&err));
        ing_link_disconnect(lane);
        int answer = -1;
        if (ing_link_connect(lane, &err) == 0) {
            answer = sto_commit_resolve(lane->conn, &lane->batch.build.out, &err);
        }
        if (answer == 1) {
            log_info("commit_was_made", LOG_INT("lane", lane->number));
            ing_vitals_attempt(lane, false);
            ing_ack(lane);
            return 0;
        }
        if (answer == 0) {
            log_info("commit_was_not_made", LOG_INT("lane", lane->number));
            /* Given something that cuts each COMMIT, then we must not meet it as fast as we can connect. */
            if (retry->unmade++ > 0 && !ing_link_back_off(lane)) {
                abandon(lane, "commits are not made; the lane must go on");
            }
            return 0;
        }
        if (err.kind == ERR_KIND_FENCED) {
            abandon(lane, "its positions moved on while the commit was in doubt");
            return 0;
        }
        if (err.kind == ERR_KIND_FATAL) {
            return give_up(lane, &err);
        }
        if (!ing_link_back_off(lane)) {
            abandon(lane, "still in doubt; the positions will show");
            return 0;
        }
    }
}

static int react_fenced(struct ing_lane *lane, struct retry *retry, const struct err *err)
{
    struct ing_batch *batch = &lane->batch;
    if (err->progress < 0 || (size_t)err->progress >= batch->build.progress_count) {
        abandon(lane, "fenced");
        return 0;
    }
    fence(lane, batch->build.parts[err->progress]);
    retry->within = 0;
    retry->limit = batch->count;
    return 0;
}

/* err->progress names a partition when the tables of its dataset are broken (storage/commit/commit.h). */
static int react_fatal(struct ing_lane *lane, struct retry *retry, const struct err *err)
{
    struct ing_batch *batch = &lane->batch;
    if (err->progress < 0 || (size_t)err->progress >= batch->build.progress_count) {
        return give_up(lane, err);
    }
    log_error("dataset_failed", LOG_INT("lane", lane->number),
              LOG_STR("topic", batch->build.parts[err->progress]->topic), LOG_ERR(err));
    if (!retry->anew) {
        /* The connection may have prepared statements for tables that were made anew since, or for a
         * column that was renamed. */
        retry->anew = true;
        batch->build.asks = true;
        ing_link_disconnect(lane);
        return 0;
    }
    retry->anew = false;
    halt_dataset(lane, batch->build.parts[err->progress]->dataset_id, err);
    retry->within = 0;
    retry->limit = batch->count;
    return 0;
}

/* 0: try again with what the batch still holds. */
static int react(struct ing_lane *lane, struct retry *retry, const struct err *err)
{
    static int (*const reactions[])(struct ing_lane *, struct retry *, const struct err *) = {
        [ERR_KIND_NONE] = react_fatal,    [ERR_KIND_RETRY] = react_retry,
        [ERR_KIND_POISON] = react_poison, [ERR_KIND_IN_DOUBT] = react_in_doubt,
        [ERR_KIND_FENCED] = react_fenced, [ERR_KIND_FATAL] = react_fatal,
    };
    return reactions[err->kind](lane, retry, err);
}

int ing_engine_deliver(struct ing_lane *lane)
{
    struct ing_batch *batch = &lane->batch;
    struct retry retry = {.limit = batch->count, .total = batch->count};
    ing_vitals_deliver(lane);
    for (int attempts = 0; batch->count > 0; attempts++) {
        struct err err = ERR_INIT;
        size_t count = batch->count;
        if (attempts > 0 && !ing_link_keep_up(lane)) {
            abandon(lane, "the lane must go on");
            break;
        }
        retry.limit = retry.limit < count ? retry.limit : count;
        retry.limit = retry.limit > 0 ? retry.limit : 1;
        if (attempt(lane, retry.limit, &err) == 0) {
            lane->retry_ms = 0;
            ing_vitals_attempt(lane, false);
            note_success(&retry, count - batch->count);
        } else if (react(lane, &retry, &err) < 0) {
            return -1;
        }
    }
    return 0;
}
