/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/publish.c - see the header. */
#include "ops/relay/publish.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "ops/relay/batch.h"
#include "ops/relay/envelope.h"
#include "schema/encode/encode.h"
#include "storage/notify/topic.h"

struct ops_publish {
    const struct conf *conf;
    const char *relay;
    struct ops_batch *batch;
    struct sch_encoder *encoder; /* NULL: the topic is not open yet */
    int32_t schema_id;
    bool is_hinted;
    bool is_away;                 /* the topic, as it was logged */
    struct sto_topic_claim claim; /* unless the batch is idle */
    uint64_t count;
};

int ops_publish_new(const struct conf *conf, const char *relay, struct ops_publish **out,
                    struct err *err)
{
    *out = NULL;
    if (*conf->relay.topic == '\0') {
        return 0;
    }
    struct ops_publish *publish = calloc(1, sizeof(*publish));
    if (publish == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for publishing");
    }
    publish->conf = conf;
    publish->relay = relay;
    publish->batch = ops_batch_new(conf, err); /* bad settings are told at the start */
    if (publish->batch == NULL) {
        ops_publish_free(&publish);
        return -1;
    }
    *out = publish;
    return 0;
}

void ops_publish_free(struct ops_publish **taken)
{
    struct ops_publish *publish = *taken;
    *taken = NULL;
    if (publish != NULL) {
        ops_batch_free(&publish->batch);
        sch_encoder_free(&publish->encoder);
        sto_topic_claim_fini(&publish->claim);
        free(publish);
    }
}

int ops_publish_open(struct ops_publish *publish, struct sto_conn *conn, struct err *err)
{
    struct sto_topic_structure structure;
    if (publish == NULL) {
        return 0;
    }
    const struct conf *conf = publish->conf;
    if (sto_topic_open(conn, conf->relay.topic, conf->relay.topic_readers, &structure, err) != 0) {
        return -1;
    }
    sch_encoder_free(&publish->encoder);
    publish->encoder = sch_encoder_new(structure.text, strlen(structure.text), err);
    publish->schema_id = structure.schema_id;
    publish->is_hinted = true;
    free(structure.text);
    return publish->encoder != NULL ? 0 : -1;
}

void ops_publish_hint(struct ops_publish *publish)
{
    if (publish != NULL) {
        publish->is_hinted = true;
    }
}

/* ---- a batch ---- */

static int send_one(struct ops_publish *publish, size_t i, struct buf *json, struct buf *value,
                    struct err *err)
{
    const struct sto_topic_message *message = &publish->claim.list[i];
    const char *url = publish->conf->registry.public_url;
    struct ops_envelope envelope;
    buf_reset(json);
    buf_reset(value);
    ops_envelope_put_data(&message->notification, url, json);
    if (buf_failed(json)) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
    }
    if (sch_encode(publish->encoder, publish->schema_id, buf_cstr(json), value, err) != 0) {
        return -1;
    }
    ops_envelope_fill(&message->notification, url, &envelope);
    const struct ops_outgoing out = {
        .topic = publish->conf->relay.topic,
        .key = message->key,
        .envelope = &envelope,
        .schema_id = publish->schema_id,
        .value = value,
    };
    return ops_batch_send(publish->batch, i, &out, err);
}

static void send_batch(struct ops_publish *publish)
{
    struct buf json = BUF_INIT;
    struct buf value = BUF_INIT;
    struct err err = ERR_INIT;
    bool failed = false;
    ops_batch_begin(publish->batch, publish->claim.count);
    for (size_t i = 0; i < publish->claim.count && !failed; i++) {
        failed = send_one(publish, i, &json, &value, &err) != 0;
    }
    buf_fini(&value);
    buf_fini(&json);
    if (failed) {
        ops_batch_fail(publish->batch, err.text);
    }
}

void ops_publish_turn(struct ops_publish *publish)
{
    if (publish != NULL) {
        ops_batch_turn(publish->batch);
    }
}

/* ---- the register ---- */

/* Each once, however long it lasts: the incident counts the attempts. */
static void log_turn(struct ops_publish *publish, const struct sto_topic_outcome *outcome)
{
    bool failed = outcome->why != NULL;
    if (failed && !publish->is_away) {
        log_warn("topic_away", LOG_STR("topic", publish->conf->relay.topic),
                 LOG_STR("reason", outcome->why), LOG_INT("pause_ms", outcome->wait_ms));
    } else if (!failed && publish->is_away) {
        log_info("topic_back", LOG_STR("topic", publish->conf->relay.topic));
    }
    publish->is_away = failed;
}

static int record(struct ops_publish *publish, struct sto_conn *conn, struct err *err)
{
    bool held = false;
    const struct sto_topic_outcome outcome =
        ops_batch_outcome(publish->batch, publish->claim.attempts);
    failpoint_hit(FP_TOPIC_TAKEN);
    if (sto_topic_record(conn, publish->conf->relay.topic, &publish->claim, &outcome, &held, err) !=
        0) {
        return -1;
    }
    if (!held) {
        log_warn("claims_lost", LOG_STR("topic", publish->conf->relay.topic),
                 LOG_INT("messages", (int64_t)publish->claim.count));
    }
    publish->count += outcome.taken_count;
    log_turn(publish, &outcome);
    sto_topic_claim_fini(&publish->claim);
    ops_batch_reset(publish->batch);
    publish->is_hinted = outcome.why == NULL;
    return 0;
}

static int claim(struct ops_publish *publish, struct sto_conn *conn, struct err *err)
{
    publish->is_hinted = false;
    if (sto_topic_claim_next(conn, publish->conf->relay.topic, publish->relay,
                             publish->conf->relay.lease_ms, OPS_BATCH_MOST, &publish->claim,
                             err) != 0) {
        return -1;
    }
    if (publish->claim.count == 0) {
        sto_topic_claim_fini(&publish->claim);
        return 0;
    }
    failpoint_hit(FP_TOPIC_CLAIMED);
    send_batch(publish);
    return 0;
}

int ops_publish_work(struct ops_publish *publish, struct sto_conn *conn, bool is_stopping,
                     struct err *err)
{
    if (publish == NULL) {
        return 0;
    }
    if (ops_batch_is_ended(publish->batch) && record(publish, conn, err) != 0) {
        return -1;
    }
    if (is_stopping) {
        publish->is_hinted = false;
    }
    return ops_batch_is_idle(publish->batch) && publish->is_hinted ? claim(publish, conn, err) : 0;
}

/* ---- what the loop asks ---- */

int ops_publish_fd(const struct ops_publish *publish)
{
    return publish != NULL ? ops_batch_fd(publish->batch) : -1;
}

bool ops_publish_is_idle(const struct ops_publish *publish)
{
    return publish == NULL || ops_batch_is_idle(publish->batch);
}

bool ops_publish_has_news(const struct ops_publish *publish)
{
    return publish != NULL && (ops_batch_is_ended(publish->batch) ||
                               (ops_batch_is_idle(publish->batch) && publish->is_hinted));
}

uint64_t ops_publish_count(const struct ops_publish *publish)
{
    return publish != NULL ? publish->count : 0;
}
