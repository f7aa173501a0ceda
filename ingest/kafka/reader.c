/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/reader.c - see the header.
 *
 *   1. Given a batch that breaks the connection, then the client waits before it connects anew, and what
 *      breaks again may be reported during the next reading. Therefore the next reading has a new client.
 *   2. Given a fetch of the reading before that is answered late, then that answer says nothing of this one. A
 *      client has one fetch on its way to a broker, and what an answer brings is in the queue before the next fetch
 *      is sent. Therefore the third answer shows that the second brought nothing. */
#include "ingest/kafka/reader.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/metadata.h"

enum {
    POLL_MS = 100,
    ASK_MS = 3000,         /* for metadata */
    ANSWER_MS = 10 * 1000, /* for the first answer to a fetch, connections and all */
    ANSWERS_SURE = 3,
    FETCH = 1, /* its number in Kafka's protocol */
    /* A Fetch response of version 11 without records, and without the topic's name, has 66 bytes; the header
     * of a batch alone has 61. A broker that throttles answers without records. */
    EMPTY_BYTES = 100
};

struct ing_reader {
    const struct conf *conf;
    const struct ing_probe *probe;
    int64_t deadline_ms;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    atomic_uint answers; /* to fetches, with records in them; written by the client's threads */
    bool broken;         /* by what came */
    bool silent;
    char text[sizeof(((struct ing_finding *)NULL)->text)];
};

/* ---- the client ---- */

/* A response that is too large breaks the connection: the broker is not unavailable. */
static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct ing_reader *reader = opaque;
    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__BAD_MSG) {
        reader->broken = true;
        snprintf(reader->text, sizeof(reader->text), "%s", reason);
    }
}

static rd_kafka_resp_err_t on_response(rd_kafka_t *rk, int socket, const char *broker_name,
                                       int32_t broker, int16_t request, int16_t version,
                                       int32_t correlation, size_t bytes, int64_t rtt_us,
                                       rd_kafka_resp_err_t code, void *opaque)
{
    struct ing_reader *reader = opaque;
    (void)rk, (void)socket, (void)broker_name, (void)broker, (void)version, (void)correlation;
    (void)rtt_us;
    if (request == FETCH && code == RD_KAFKA_RESP_ERR_NO_ERROR &&
        bytes > EMPTY_BYTES + strlen(reader->probe->topic)) {
        atomic_fetch_add(&reader->answers, 1);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *rk_conf, void *opaque,
                                  char *text, size_t size)
{
    (void)rk_conf, (void)text, (void)size;
    return rd_kafka_interceptor_add_on_response_received(rk, "nrc", on_response, opaque);
}

/* Over the operator's properties. Uncommitted records are read too: a long aborted transaction would look
 * like silence. */
static int set_up(rd_kafka_conf_t *rk_conf, struct ing_reader *reader, struct err *err)
{
    static const struct ing_kafka_setting settings[] = {
        {"isolation.level", "read_uncommitted"}, {"check.crcs", "true"},
        {"enable.partition.eof", "true"},        {"auto.offset.reset", "error"},
        {"enable.auto.commit", "false"},         {"fetch.wait.max.ms", "50"},
        {"fetch.message.max.bytes", "1024"}, /* one batch is enough */
        {"fetch.error.backoff.ms", "100"},       {"reconnect.backoff.max.ms", "500"},
        {"allow.auto.create.topics", "false"},
    };
    if (ing_kafka_conf_set(rk_conf, settings, COUNT_OF(settings), err) != 0) {
        return -1;
    }
    ing_kafka_conf_silence(rk_conf);
    rd_kafka_conf_set_opaque(rk_conf, reader);
    rd_kafka_conf_set_error_cb(rk_conf, on_error);
    if (rd_kafka_conf_interceptor_add_on_new(rk_conf, "nrc", on_new, reader) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client takes no interceptor");
    }
    return 0;
}

static int connect_client(struct ing_reader *reader, struct err *err)
{
    char text[256];
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(reader->conf, err);
    if (rk_conf == NULL) {
        return -1;
    }
    if (set_up(rk_conf, reader, err) < 0) {
        rd_kafka_conf_destroy(rk_conf);
        return -1;
    }
    reader->rk = rd_kafka_new(RD_KAFKA_CONSUMER, rk_conf, text, sizeof(text));
    if (reader->rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s",
                       text);
    }
    reader->topic = rd_kafka_topic_new(reader->rk, reader->probe->topic, NULL);
    return reader->topic != NULL ? 0
                                 : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                                           "no topic has the name %.250s", reader->probe->topic);
}

static void drop_client(struct ing_reader *reader)
{
    if (reader->topic != NULL) {
        rd_kafka_topic_destroy(reader->topic);
        reader->topic = NULL;
    }
    if (reader->rk != NULL) {
        rd_kafka_destroy(reader->rk);
        reader->rk = NULL;
    }
}

struct ing_reader *ing_reader_open(const struct conf *conf, const struct ing_probe *probe,
                                   struct err *err)
{
    struct ing_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a Kafka client");
        return NULL;
    }
    reader->conf = conf;
    reader->probe = probe;
    reader->deadline_ms = clock_mono_ms() + probe->budget_ms;
    if (connect_client(reader, err) < 0) {
        ing_reader_close(&reader);
    }
    return reader;
}

void ing_reader_close(struct ing_reader **taken)
{
    if (*taken != NULL) {
        drop_client(*taken);
        free(*taken);
        *taken = NULL;
    }
}

/* ---- one offset ---- */

static bool goes_on(const struct ing_reader *reader)
{
    const struct ing_probe *probe = reader->probe;
    return clock_mono_ms() < reader->deadline_ms &&
           (probe->goes_on == NULL || probe->goes_on(probe->arg));
}

static enum ing_reading say(struct ing_reader *reader, enum ing_reading reading, const char *text)
{
    snprintf(reader->text, sizeof(reader->text), "%.199s", text);
    return reading;
}

static enum ing_reading judge(struct ing_reader *reader, const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return ING_READS;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return say(reader, ING_FORBIDDEN, rd_kafka_err2str(message->err));
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return say(reader, ING_AWAY, rd_kafka_err2str(message->err));
    default: return say(reader, ING_UNREADABLE, rd_kafka_message_errstr(message));
    }
}

/* The first answer of the partition decides. The answers are counted before the queue is looked into: what
 * they brought is there. */
static enum ing_reading wait_for_word(struct ing_reader *reader, int silent_ms)
{
    const int64_t began_ms = clock_mono_ms();
    int64_t answered_ms = 0;
    while (goes_on(reader)) {
        const unsigned answers = atomic_load(&reader->answers);
        rd_kafka_message_t *message =
            rd_kafka_consume(reader->topic, reader->probe->partition, POLL_MS);
        if (message != NULL) {
            enum ing_reading reading = judge(reader, message);
            rd_kafka_message_destroy(message);
            return reading;
        }
        rd_kafka_poll(reader->rk, 0);
        if (reader->broken) {
            return ING_UNREADABLE;
        }
        const int64_t now_ms = clock_mono_ms();
        if (answers == 0 && now_ms - began_ms >= ANSWER_MS) {
            return say(reader, ING_AWAY, "no broker answers when it is to be read");
        }
        answered_ms = answers == 0 ? 0 : answered_ms == 0 ? now_ms : answered_ms;
        if (answers >= ANSWERS_SURE && now_ms - answered_ms >= silent_ms) {
            reader->silent = true;
            return say(reader, ING_UNREADABLE,
                       "its batch arrives, and its records cannot be decoded");
        }
    }
    return ING_NOT_TOLD;
}

static int renew(struct ing_reader *reader)
{
    struct err err = ERR_INIT;
    drop_client(reader);
    if (connect_client(reader, &err) < 0) {
        (void)say(reader, ING_AWAY, err.text);
        return -1;
    }
    return 0;
}

enum ing_reading ing_reader_at(struct ing_reader *reader, int64_t offset, int silent_ms)
{
    const int32_t partition = reader->probe->partition;
    if (reader->broken && renew(reader) < 0) {
        return ING_AWAY;
    }
    reader->broken = false;
    reader->silent = false;
    atomic_store(&reader->answers, 0);
    if (rd_kafka_consume_start(reader->topic, partition, offset) != 0) {
        return say(reader, ING_AWAY, rd_kafka_err2str(rd_kafka_last_error()));
    }
    enum ing_reading reading = wait_for_word(reader, silent_ms);
    rd_kafka_consume_stop(reader->topic, partition);
    return reading;
}

bool ing_reader_met_silence(const struct ing_reader *reader)
{
    return reader->silent;
}

const char *ing_reader_text(const struct ing_reader *reader)
{
    return reader->text;
}

enum ing_reading ing_reader_ask_why(struct ing_reader *reader)
{
    int32_t count;
    rd_kafka_resp_err_t code =
        ing_metadata_partitions(reader->rk, reader->probe->topic, ASK_MS, &count);
    return say(reader,
               code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ? ING_FORBIDDEN : ING_AWAY,
               code == RD_KAFKA_RESP_ERR_NO_ERROR ? "no broker says where its log ends"
                                                  : rd_kafka_err2str(code));
}
