/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/rejects.c - see the header. */
#include "ops/relay/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "ops/relay/batch.h"
#include "ops/relay/envelope.h"
#include "ops/relay/reject_data.h"
#include "schema/encode/encode.h"
#include "storage/notify/reject.h"

enum {
    FAILING_MOST = OPS_REJECT_LANES / 4,
    QUEUE_MOST = 1000,
    CONDENSED = 5000 /* in one transaction */
};

struct lane {
    struct ops_batch *batch;       /* NULL: not needed yet */
    struct sto_reject_claim claim; /* unless the batch is idle */
};

struct ops_rejects {
    const struct conf *conf;
    const char *relay;
    struct sch_encoder *encoder; /* NULL: not open yet */
    int32_t schema_id;
    struct lane lanes[OPS_REJECT_LANES];
    bool is_hinted; /* an agency may be due */
    uint64_t count;
};

int ops_rejects_new(const struct conf *conf, const char *relay, struct ops_rejects **out,
                    struct err *err)
{
    *out = NULL;
    if (strcmp(conf->relay.rejects, "yes") != 0) {
        return 0;
    }
    struct ops_rejects *rejects = calloc(1, sizeof(*rejects));
    if (rejects == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for publishing");
    }
    rejects->conf = conf;
    rejects->relay = relay;
    rejects->lanes[0].batch = ops_batch_new(conf, err); /* bad settings are told at the start */
    if (rejects->lanes[0].batch == NULL) {
        ops_rejects_free(&rejects);
        return -1;
    }
    *out = rejects;
    return 0;
}

void ops_rejects_free(struct ops_rejects **taken)
{
    struct ops_rejects *rejects = *taken;
    *taken = NULL;
    if (rejects == NULL) {
        return;
    }
    for (size_t i = 0; i < OPS_REJECT_LANES; i++) {
        ops_batch_free(&rejects->lanes[i].batch);
        sto_reject_claim_fini(&rejects->lanes[i].claim);
    }
    sch_encoder_free(&rejects->encoder);
    free(rejects);
}

int ops_rejects_open(struct ops_rejects *rejects, struct sto_conn *conn, struct err *err)
{
    struct sto_topic_structure structure;
    if (rejects == NULL) {
        return 0;
    }
    if (sto_reject_open(conn, &structure, err) != 0) {
        return -1;
    }
    sch_encoder_free(&rejects->encoder);
    rejects->encoder = sch_encoder_new(structure.text, strlen(structure.text), err);
    rejects->schema_id = structure.schema_id;
    rejects->is_hinted = true;
    free(structure.text);
    return rejects->encoder != NULL ? 0 : -1;
}

int ops_rejects_queue(struct ops_rejects *rejects, struct sto_conn *conn, bool *more,
                      struct err *err)
{
    int count = 0;
    *more = false;
    if (rejects == NULL) {
        return 0;
    }
    if (sto_reject_queue(conn, QUEUE_MOST, &count, err) != 0) {
        return -1;
    }
    if (count > 0) {
        failpoint_hit(FP_REJECTS_QUEUED);
        log_debug("rejects_queued", LOG_INT("rejects", count));
    }
    *more = count >= QUEUE_MOST;
    rejects->is_hinted = true; /* one that failed may be due again */
    return 0;
}

int ops_rejects_tend(struct ops_rejects *rejects, struct sto_conn *conn, struct err *err)
{
    return rejects == NULL
               ? 0
               : sto_reject_condense(conn, rejects->conf->relay.keep_days, CONDENSED, err);
}

/* ---- a batch ---- */

static int send_one(struct ops_rejects *rejects, struct lane *lane, size_t i, struct buf *json,
                    struct buf *value, struct err *err)
{
    const struct sto_reject *reject = &lane->claim.list[i];
    struct ops_envelope envelope;
    buf_reset(json);
    buf_reset(value);
    ops_reject_put_data(reject, json);
    if (buf_failed(json)) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
    }
    if (sch_encode(rejects->encoder, rejects->schema_id, buf_cstr(json), value, err) != 0) {
        return -1;
    }
    ops_reject_fill(reject, rejects->conf->registry.public_url, &envelope);
    const struct ops_outgoing out = {
        .topic = lane->claim.topic,
        .key = reject->dataset,
        .envelope = &envelope,
        .schema_id = rejects->schema_id,
        .value = value,
    };
    return ops_batch_send(lane->batch, i, &out, err);
}

static void send_batch(struct ops_rejects *rejects, struct lane *lane)
{
    struct buf json = BUF_INIT;
    struct buf value = BUF_INIT;
    struct err err = ERR_INIT;
    bool failed = false;
    ops_batch_begin(lane->batch, lane->claim.count);
    for (size_t i = 0; i < lane->claim.count && !failed; i++) {
        failed = send_one(rejects, lane, i, &json, &value, &err) != 0;
    }
    buf_fini(&value);
    buf_fini(&json);
    if (failed) {
        ops_batch_fail(lane->batch, err.text);
    }
}

void ops_rejects_turn(struct ops_rejects *rejects)
{
    for (size_t i = 0; rejects != NULL && i < OPS_REJECT_LANES; i++) {
        if (rejects->lanes[i].batch != NULL) {
            ops_batch_turn(rejects->lanes[i].batch);
        }
    }
}

/* ---- the register ---- */

/* Each once, however long it lasts: the incident counts the attempts. */
static void log_turn(const struct lane *lane, const struct sto_topic_outcome *outcome)
{
    bool was_away = lane->claim.attempts > 0;
    if (outcome->why != NULL && !was_away) {
        log_warn("rejects_away", LOG_STR("topic", lane->claim.topic),
                 LOG_STR("reason", outcome->why), LOG_INT("pause_ms", outcome->wait_ms));
    } else if (outcome->why == NULL && was_away) {
        log_info("rejects_back", LOG_STR("topic", lane->claim.topic));
    }
}

static int record(struct ops_rejects *rejects, struct lane *lane, struct sto_conn *conn,
                  struct err *err)
{
    bool held = false;
    const struct sto_topic_outcome outcome = ops_batch_outcome(lane->batch, lane->claim.attempts);
    failpoint_hit(FP_REJECTS_TAKEN);
    if (sto_reject_record(conn, &lane->claim, &outcome, &held, err) != 0) {
        return -1;
    }
    if (!held) {
        log_warn("claims_lost", LOG_STR("topic", lane->claim.topic),
                 LOG_INT("messages", (int64_t)lane->claim.count));
    }
    rejects->count += outcome.taken_count;
    rejects->is_hinted = true;
    log_turn(lane, &outcome);
    sto_reject_claim_fini(&lane->claim);
    ops_batch_reset(lane->batch);
    return 0;
}

static bool is_busy(const struct lane *lane)
{
    return lane->batch != NULL && !ops_batch_is_idle(lane->batch);
}

/* One that may claim now; NULL: all are busy. */
static struct lane *free_lane(struct ops_rejects *rejects, bool *also_failing)
{
    struct lane *found = NULL;
    size_t failing = 0;
    for (size_t i = 0; i < OPS_REJECT_LANES; i++) {
        struct lane *lane = &rejects->lanes[i];
        if (is_busy(lane)) {
            failing += lane->claim.attempts > 0;
        } else if (found == NULL) {
            found = lane;
        }
    }
    *also_failing = failing < FAILING_MOST;
    return found;
}

/* No agency is due: the hint is used up. */
static int claim(struct ops_rejects *rejects, struct lane *lane, bool also_failing,
                 struct sto_conn *conn, struct err *err)
{
    const struct sto_reject_options options = {
        .relay = rejects->relay,
        .lease_ms = rejects->conf->relay.lease_ms,
        .most = OPS_BATCH_MOST,
        .also_failing = also_failing,
    };
    if (lane->batch == NULL && (lane->batch = ops_batch_new(rejects->conf, err)) == NULL) {
        return -1;
    }
    if (sto_reject_claim_next(conn, &options, &lane->claim, err) != 0) {
        return -1;
    }
    if (lane->claim.count == 0) {
        sto_reject_claim_fini(&lane->claim);
        rejects->is_hinted = false;
        return 0;
    }
    failpoint_hit(FP_REJECTS_CLAIMED);
    send_batch(rejects, lane);
    return 0;
}

int ops_rejects_work(struct ops_rejects *rejects, struct sto_conn *conn, bool is_stopping,
                     struct err *err)
{
    if (rejects == NULL) {
        return 0;
    }
    for (size_t i = 0; i < OPS_REJECT_LANES; i++) {
        struct lane *lane = &rejects->lanes[i];
        if (lane->batch != NULL && ops_batch_is_ended(lane->batch) &&
            record(rejects, lane, conn, err) != 0) {
            return -1;
        }
    }
    rejects->is_hinted = rejects->is_hinted && !is_stopping;
    bool also_failing;
    struct lane *lane;
    while (rejects->is_hinted && (lane = free_lane(rejects, &also_failing)) != NULL) {
        if (claim(rejects, lane, also_failing, conn, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- what the loop asks ---- */

int ops_rejects_fd(const struct ops_rejects *rejects, size_t lane)
{
    return rejects != NULL && rejects->lanes[lane].batch != NULL
               ? ops_batch_fd(rejects->lanes[lane].batch)
               : -1;
}

bool ops_rejects_is_idle(const struct ops_rejects *rejects)
{
    for (size_t i = 0; rejects != NULL && i < OPS_REJECT_LANES; i++) {
        if (is_busy(&rejects->lanes[i])) {
            return false;
        }
    }
    return true;
}

bool ops_rejects_has_news(const struct ops_rejects *rejects)
{
    bool has_free = false;
    for (size_t i = 0; rejects != NULL && i < OPS_REJECT_LANES; i++) {
        const struct lane *lane = &rejects->lanes[i];
        has_free = has_free || !is_busy(lane);
        if (lane->batch != NULL && ops_batch_is_ended(lane->batch)) {
            return true;
        }
    }
    return rejects != NULL && rejects->is_hinted && has_free;
}

uint64_t ops_rejects_count(const struct ops_rejects *rejects)
{
    return rejects != NULL ? rejects->count : 0;
}
