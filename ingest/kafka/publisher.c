/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/publisher.c - see the header.
 *
 * librdkafka 2.0.2 gives a message up after five minutes, and then lets later ones pass it, whatever enable.gapless.guarantee
 * says of other errors. So message.timeout.ms is 0. It waits half a minute for a topic that does not exist; here the caller
 * tries again, so that is said at once. */
#include "ingest/kafka/publisher.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/attr.h"
#include "ingest/kafka/client_conf.h"

static const struct ing_kafka_setting fixed[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"max.in.flight.requests.per.connection", "5"},
    {"retries", "2147483647"},
    {"queuing.strategy", "fifo"},
    {"message.timeout.ms", "0"},
    {"topic.metadata.propagation.max.ms", "0"},
    {"queue.buffering.max.messages", "1000"}, /* ING_PUBLISHER_MOST */
    {"queue.buffering.max.kbytes", "65536"},
    {"partitioner", "murmur2"}, /* the Java client's: a key has one partition, whoever sends it */
    {"reconnect.backoff.max.ms", "1000"},
};

struct ing_publisher {
    rd_kafka_t *rk;
    int fd;
    void (*tell)(const struct ing_report *report, void *arg); /* during ing_publisher_poll */
    void *arg;
    char trouble[200];
};

/* ---- what the client says ---- */

/* Whether the client has failed for good; then that is its trouble. */
static bool note_fatal(struct ing_publisher *publisher)
{
    char text[sizeof(publisher->trouble)];
    if (rd_kafka_fatal_error(publisher->rk, text, sizeof(text)) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    memcpy(publisher->trouble, text, sizeof(text));
    return true;
}

/* Such a client gives up what it has, and says "purged" of it: why it failed is known by then. */
static const char *why_it_failed(struct ing_publisher *publisher, rd_kafka_resp_err_t code)
{
    (void)note_fatal(publisher);
    return *publisher->trouble != '\0' ? publisher->trouble : rd_kafka_err2str(code);
}

static const char *sentence_of(struct ing_publisher *publisher, rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return "the topic does not exist";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return "Kafka does not let the relay write to the topic";
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return why_it_failed(publisher, code);
    default: return rd_kafka_err2str(code);
    }
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct ing_publisher *publisher = opaque;
    (void)rk;
    bool is_taken = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    const struct ing_report report = {
        .tag = (size_t)(uintptr_t)message->_private,
        .is_taken = is_taken,
        .partition = message->partition,
        .offset = message->offset,
        .why = is_taken ? NULL : sentence_of(publisher, message->err),
    };
    if (publisher->tell != NULL) {
        publisher->tell(&report, publisher->arg);
    }
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct ing_publisher *publisher = opaque;
    (void)rk;
    if (code != RD_KAFKA_RESP_ERR__FATAL || !note_fatal(publisher)) {
        snprintf(publisher->trouble, sizeof(publisher->trouble), "%s", reason);
    }
}

/* ---- life ---- */

static rd_kafka_conf_t *settings_of(struct ing_publisher *publisher, const struct conf *conf,
                                    struct err *err)
{
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(conf, err);
    if (rk_conf != NULL && ing_kafka_conf_set(rk_conf, fixed, COUNT_OF(fixed), err) != 0) {
        rd_kafka_conf_destroy(rk_conf);
        return NULL;
    }
    if (rk_conf != NULL) {
        ing_kafka_conf_silence(rk_conf);
        rd_kafka_conf_set_opaque(rk_conf, publisher);
        rd_kafka_conf_set_dr_msg_cb(rk_conf, on_report);
        rd_kafka_conf_set_error_cb(rk_conf, on_error);
    }
    return rk_conf;
}

/* A report makes the descriptor readable. */
static void wake_by_descriptor(struct ing_publisher *publisher)
{
    static const uint64_t one = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(publisher->rk);
    rd_kafka_queue_io_event_enable(queue, publisher->fd, &one, sizeof(one));
    rd_kafka_queue_destroy(queue);
}

struct ing_publisher *ing_publisher_new(const struct conf *conf, struct err *err)
{
    char text[256];
    struct ing_publisher *publisher = calloc(1, sizeof(*publisher));
    if (publisher == NULL || (publisher->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) {
        free(publisher);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a Kafka client");
        return NULL;
    }
    rd_kafka_conf_t *rk_conf = settings_of(publisher, conf, err);
    if (rk_conf == NULL) {
        ing_publisher_free(&publisher);
        return NULL;
    }
    publisher->rk = rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, text, sizeof(text));
    if (publisher->rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s", text);
        ing_publisher_free(&publisher);
        return NULL;
    }
    wake_by_descriptor(publisher);
    return publisher;
}

void ing_publisher_free(struct ing_publisher **taken)
{
    struct ing_publisher *publisher = *taken;
    *taken = NULL;
    if (publisher == NULL) {
        return;
    }
    if (publisher->rk != NULL) {
        publisher->tell = NULL;
        (void)rd_kafka_purge(publisher->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                                RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy(publisher->rk);
    }
    close(publisher->fd);
    free(publisher);
}

/* ---- messages ---- */

static int add_headers(rd_kafka_headers_t *list, const struct ing_message *message)
{
    for (size_t i = 0; i < message->header_count; i++) {
        const struct ing_header *header = &message->headers[i];
        if (rd_kafka_header_add(list, header->name, -1, header->value, -1) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            return -1;
        }
    }
    return 0;
}

int ing_publisher_send(struct ing_publisher *publisher, const struct ing_message *message,
                       struct err *err)
{
    rd_kafka_headers_t *list = rd_kafka_headers_new(message->header_count);
    if (list == NULL || add_headers(list, message) != 0) {
        if (list != NULL) {
            rd_kafka_headers_destroy(list);
        }
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message's headers");
    }
    rd_kafka_resp_err_t code =
        rd_kafka_producev(publisher->rk, RD_KAFKA_V_TOPIC(message->topic),
                          RD_KAFKA_V_KEY(message->key, strlen(message->key)),
                          RD_KAFKA_V_VALUE((void *)message->value, message->value_len),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(list),
                          RD_KAFKA_V_OPAQUE((void *)(uintptr_t)message->tag), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(list); /* the client's own only once it has the message */
        return err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "%s", sentence_of(publisher, code));
    }
    return 0;
}

void ing_publisher_poll(struct ing_publisher *publisher,
                        void (*tell)(const struct ing_report *report, void *arg), void *arg)
{
    uint64_t ignored;
    (void)!read(publisher->fd, &ignored, sizeof(ignored));
    publisher->tell = tell;
    publisher->arg = arg;
    (void)rd_kafka_poll(publisher->rk, 0);
    publisher->tell = NULL;
}

int ing_publisher_fd(const struct ing_publisher *publisher)
{
    return publisher->fd;
}

const char *ing_publisher_trouble(const struct ing_publisher *publisher)
{
    return publisher->trouble;
}
