/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/publish.c - see the header. */
#include "ops/relay/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/secret.h"
#include "ingest/kafka/publisher.h"
#include "ops/relay/deliver.h"
#include "ops/relay/envelope.h"
#include "schema/encode/encode.h"
#include "storage/notify/topic.h"

enum {
    BATCH_MOST = 500, /* of ING_PUBLISHER_MOST */
    PAUSE_MOST_MS = 60 * 1000,
    HEADERS_MOST = OPS_ATTRIBUTE_COUNT + 3,
    NAME_SIZE = 32,
    WHY_SIZE = 300
};

enum state { STATE_IDLE, STATE_IN_FLIGHT, STATE_ENDED };

struct ops_publish {
    const struct conf *conf;
    const char *relay;
    struct ing_publisher *publisher; /* NULL: to be made for the next batch */
    struct sch_encoder *encoder;     /* NULL: the topic is not open yet */
    int32_t schema_id;
    enum state state;
    bool is_hinted;
    bool is_away; /* the topic, as it was logged */
    int64_t give_up_at_ms;
    struct sto_topic_claim claim; /* unless idle */
    struct sto_topic_place places[BATCH_MOST];
    bool is_taken[BATCH_MOST];
    size_t reported;
    char why[WHY_SIZE]; /* the first failure; "": none */
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
    publish->publisher = ing_publisher_new(conf, err); /* bad settings are told at the start */
    if (publish->publisher == NULL) {
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
        ing_publisher_free(&publish->publisher);
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

/* ---- one message ---- */

/* "Kafka Protocol Binding", binary: the attributes, the data's type and structure, and the key as the partitioning extension
 * has it. */
struct headers {
    struct ing_header list[HEADERS_MOST];
    size_t count;
    char names[HEADERS_MOST][NAME_SIZE];
    char dataschema[OPS_ENVELOPE_URI_SIZE];
};

static void put_attribute(struct headers *h, const char *name, const char *value)
{
    char *full = h->names[h->count];
    snprintf(full, NAME_SIZE, "ce_%s", name);
    h->list[h->count++] = (struct ing_header){.name = full, .value = value};
}

static void fill_headers(const struct ops_publish *publish, const struct ops_envelope *envelope,
                         const char *key, struct headers *h)
{
    const char *url = publish->conf->registry.public_url;
    size_t len = strlen(url);
    h->count = 0;
    for (enum ops_attribute i = 0; i < OPS_ATTRIBUTE_COUNT; i++) {
        put_attribute(h, ops_attribute_name(i), envelope->attributes[i]);
    }
    snprintf(h->dataschema, sizeof(h->dataschema), "%.*s/schemas/ids/%" PRId32 "/schema",
             (int)(len > 0 && url[len - 1] == '/' ? len - 1 : len), url, publish->schema_id);
    put_attribute(h, "dataschema", h->dataschema);
    put_attribute(h, "partitionkey", key);
    h->list[h->count++] = (struct ing_header){"content-type", "application/avro"};
}

static int send_one(struct ops_publish *publish, size_t i, struct buf *json, struct buf *value,
                    struct err *err)
{
    const struct sto_topic_message *message = &publish->claim.list[i];
    const char *url = publish->conf->registry.public_url;
    struct ops_envelope envelope;
    struct headers headers;
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
    fill_headers(publish, &envelope, message->key, &headers);
    const struct ing_message out = {
        .topic = publish->conf->relay.topic,
        .key = message->key,
        .value = value->data,
        .value_len = value->len,
        .headers = headers.list,
        .header_count = headers.count,
        .tag = i,
    };
    return ing_publisher_send(publish->publisher, &out, err);
}

/* ---- a batch ---- */

static void fail(struct ops_publish *publish, const char *why)
{
    if (publish->why[0] == '\0') {
        snprintf(publish->why, sizeof(publish->why), "%.*s", WHY_SIZE - 1, why);
    }
}

/* What is in flight after a failure is dropped with its client. */
static void end(struct ops_publish *publish)
{
    if (publish->why[0] != '\0') {
        ing_publisher_free(&publish->publisher);
    }
    publish->state = STATE_ENDED;
}

static void send_batch(struct ops_publish *publish)
{
    struct buf json = BUF_INIT;
    struct buf value = BUF_INIT;
    struct err err = ERR_INIT;
    bool failed = publish->publisher == NULL &&
                  (publish->publisher = ing_publisher_new(publish->conf, &err)) == NULL;
    for (size_t i = 0; i < publish->claim.count && !failed; i++) {
        failed = send_one(publish, i, &json, &value, &err) != 0;
    }
    buf_fini(&value);
    buf_fini(&json);
    publish->state = STATE_IN_FLIGHT;
    publish->give_up_at_ms = clock_mono_ms() + publish->conf->relay.timeout_ms;
    if (failed) {
        fail(publish, err.text);
        end(publish);
    }
}

static void take_report(const struct ing_report *report, void *arg)
{
    struct ops_publish *publish = arg;
    publish->reported++;
    if (report->is_taken) {
        publish->is_taken[report->tag] = true;
        publish->places[report->tag] =
            (struct sto_topic_place){.partition = report->partition, .offset = report->offset};
    } else {
        fail(publish, report->why);
    }
}

static void give_up(struct ops_publish *publish)
{
    char text[WHY_SIZE];
    const char *trouble = ing_publisher_trouble(publish->publisher);
    snprintf(text, sizeof(text), "Kafka took nothing within %" PRId64 " ms%s%s",
             publish->conf->relay.timeout_ms, *trouble != '\0' ? ": " : "", trouble);
    fail(publish, text);
    end(publish);
}

void ops_publish_turn(struct ops_publish *publish)
{
    if (publish == NULL || publish->publisher == NULL) {
        return;
    }
    ing_publisher_poll(publish->publisher, take_report, publish);
    if (publish->state != STATE_IN_FLIGHT) {
        return;
    }
    if (publish->why[0] != '\0' || publish->reported == publish->claim.count) {
        end(publish);
    } else if (clock_mono_ms() >= publish->give_up_at_ms) {
        give_up(publish);
    }
}

/* ---- the register ---- */

static int64_t pause_ms(const struct ops_publish *publish)
{
    uint32_t chance = 0;
    struct err ignored = ERR_INIT;
    (void)!secret_random(&chance, sizeof(chance), &ignored);
    int64_t ms = ops_deliver_pause_ms(publish->conf, publish->claim.attempts, chance);
    return ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
}

static size_t taken_in_order(const struct ops_publish *publish)
{
    size_t count = 0;
    while (count < publish->claim.count && publish->is_taken[count]) {
        count++;
    }
    return count;
}

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
    const struct sto_topic_outcome outcome = {
        .taken = publish->places,
        .taken_count = taken_in_order(publish),
        .why = publish->why[0] != '\0' ? publish->why : NULL,
        .wait_ms = pause_ms(publish),
    };
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
    publish->state = STATE_IDLE;
    publish->is_hinted = outcome.why == NULL;
    return 0;
}

static int claim(struct ops_publish *publish, struct sto_conn *conn, struct err *err)
{
    publish->is_hinted = false;
    if (sto_topic_claim_next(conn, publish->conf->relay.topic, publish->relay,
                             publish->conf->relay.lease_ms, BATCH_MOST, &publish->claim,
                             err) != 0) {
        return -1;
    }
    if (publish->claim.count == 0) {
        sto_topic_claim_fini(&publish->claim);
        return 0;
    }
    failpoint_hit(FP_TOPIC_CLAIMED);
    memset(publish->is_taken, 0, sizeof(publish->is_taken));
    publish->reported = 0;
    publish->why[0] = '\0';
    send_batch(publish);
    return 0;
}

int ops_publish_work(struct ops_publish *publish, struct sto_conn *conn, bool is_stopping,
                     struct err *err)
{
    if (publish == NULL) {
        return 0;
    }
    if (publish->state == STATE_ENDED && record(publish, conn, err) != 0) {
        return -1;
    }
    if (is_stopping) {
        publish->is_hinted = false;
    }
    return publish->state == STATE_IDLE && publish->is_hinted ? claim(publish, conn, err) : 0;
}

/* ---- what the loop asks ---- */

int ops_publish_fd(const struct ops_publish *publish)
{
    return publish != NULL && publish->publisher != NULL ? ing_publisher_fd(publish->publisher)
                                                         : -1;
}

bool ops_publish_is_idle(const struct ops_publish *publish)
{
    return publish == NULL || publish->state == STATE_IDLE;
}

bool ops_publish_has_news(const struct ops_publish *publish)
{
    return publish != NULL &&
           (publish->state == STATE_ENDED || (publish->state == STATE_IDLE && publish->is_hinted));
}

uint64_t ops_publish_count(const struct ops_publish *publish)
{
    return publish != NULL ? publish->count : 0;
}
