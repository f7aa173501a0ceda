/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/probe.c - see the header.
 *
 * librdkafka 2.0.2 reports a batch that it cannot read in one of four ways: errors at the partition; one
 * error and then silence; silence alone (the records' lengths are garbage); and, for a response beyond
 * receive.message.max.bytes, a broken connection. Silence means something only while the broker answers. */
#include "ingest/kafka/probe.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/log_ends.h"
#include "ingest/kafka/metadata.h"

enum {
    POLL_MS = 100,
    ASK_MS = 3000,    /* for the log's ends */
    SILENT_MS = 5000, /* silence of this length is an unreadable batch */
    HASTY_MS = 700,   /* the same during the search; its result is then checked with SILENT_MS */
    NOTHING_FOUND = -1
};

struct reader {
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    const struct ing_probe *probe;
    int64_t deadline_ms;
    bool broken; /* by what came, since the reading began */
    char text[sizeof(((struct ing_finding *)NULL)->text)];
};

/* A response that is too large breaks the connection: the broker is not unavailable. */
static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct reader *reader = opaque;
    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__BAD_MSG) {
        reader->broken = true;
        snprintf(reader->text, sizeof(reader->text), "%s", reason);
    }
}

/* Over the operator's properties. Uncommitted records are read too: a long aborted transaction would look
 * like silence. */
static int set_up(rd_kafka_conf_t *rk_conf, struct err *err)
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
    rd_kafka_conf_set_error_cb(rk_conf, on_error);
    return 0;
}

static int open_reader(struct reader *reader, const struct conf *conf, struct err *err)
{
    char text[256];
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(conf, err);
    if (rk_conf == NULL) {
        return -1;
    }
    rd_kafka_conf_set_opaque(rk_conf, reader);
    if (set_up(rk_conf, err) < 0) {
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

static void close_reader(struct reader *reader)
{
    if (reader->topic != NULL) {
        rd_kafka_topic_destroy(reader->topic);
    }
    if (reader->rk != NULL) {
        rd_kafka_destroy(reader->rk);
    }
}

static bool goes_on(const struct reader *reader)
{
    const struct ing_probe *probe = reader->probe;
    return clock_mono_ms() < reader->deadline_ms &&
           (probe->goes_on == NULL || probe->goes_on(probe->arg));
}

/* ---- one offset ---- */

static enum ing_reading judge(struct reader *reader, const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return ING_READS;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        snprintf(reader->text, sizeof(reader->text), "%s", rd_kafka_err2str(message->err));
        return ING_FORBIDDEN;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        snprintf(reader->text, sizeof(reader->text), "%s", rd_kafka_err2str(message->err));
        return ING_AWAY;
    default:
        snprintf(reader->text, sizeof(reader->text), "%s", rd_kafka_message_errstr(message));
        return ING_UNREADABLE;
    }
}

/* The first answer of the partition decides. */
static enum ing_reading wait_for_word(struct reader *reader, int silent_ms)
{
    const int64_t until_ms = clock_mono_ms() + silent_ms;
    while (goes_on(reader)) {
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
        if (clock_mono_ms() >= until_ms) {
            snprintf(reader->text, sizeof(reader->text),
                     "its batch arrives, and its records cannot be decoded");
            return ING_UNREADABLE;
        }
    }
    return ING_NOT_TOLD;
}

static enum ing_reading read_at(struct reader *reader, int64_t offset, int silent_ms)
{
    const int32_t partition = reader->probe->partition;
    reader->broken = false;
    if (rd_kafka_consume_start(reader->topic, partition, offset) != 0) {
        snprintf(reader->text, sizeof(reader->text), "%s", rd_kafka_err2str(rd_kafka_last_error()));
        return ING_AWAY;
    }
    enum ing_reading reading = wait_for_word(reader, silent_ms);
    rd_kafka_consume_stop(reader->topic, partition);
    return reading;
}

/* ---- the first that can be read ---- */

/* The first readable offset between `bad`, which is unreadable, and `good`, which is not. The last bound
 * is read once more with patience: given a slow answer that was taken for silence, then the gap would be wider
 * than the batch. */
static int64_t first_readable(struct reader *reader, int64_t bad, int64_t good)
{
    while (good - bad > 1) {
        const int64_t middle = bad + (good - bad) / 2;
        enum ing_reading reading = read_at(reader, middle, HASTY_MS);
        if (reading == ING_READS) {
            good = middle;
        } else if (reading == ING_UNREADABLE) {
            bad = middle;
        } else {
            return NOTHING_FOUND;
        }
    }
    return read_at(reader, bad, SILENT_MS) == ING_UNREADABLE ? good : NOTHING_FOUND;
}

static int64_t find_readable(struct reader *reader, int64_t log_end)
{
    int64_t bad = reader->probe->from;
    for (int64_t width = 1; bad + width < log_end; width *= 2) {
        enum ing_reading reading = read_at(reader, bad + width, HASTY_MS);
        if (reading == ING_READS) {
            return first_readable(reader, bad, bad + width);
        }
        if (reading != ING_UNREADABLE) {
            return NOTHING_FOUND;
        }
        bad += width;
    }
    return first_readable(reader, bad, log_end); /* the end can always be read */
}

/* The log's end by another connection: this tells a broker that is away from a batch that is bad. */
static int ask_end(const struct conf *conf, const struct ing_probe *probe, int64_t *log_end,
                   struct err *err)
{
    struct ing_log_range range = {.topic = probe->topic, .partition = probe->partition};
    struct err away = ERR_INIT;
    struct ing_logs *logs = ing_logs_open(conf, err);
    if (logs == NULL) {
        return -1;
    }
    *log_end = ing_logs_ranges(logs, &range, 1, ASK_MS, &away) == 0 ? range.log_end : -1;
    ing_logs_close(&logs);
    return 0;
}

static void examine(struct reader *reader, int64_t log_end, struct ing_finding *finding)
{
    const struct ing_probe *probe = reader->probe;
    finding->reading = read_at(reader, probe->from, SILENT_MS);
    if (finding->reading != ING_READS) {
        snprintf(finding->text, sizeof(finding->text), "%s", reader->text);
    }
    if (finding->reading == ING_UNREADABLE && probe->finds_next) {
        finding->readable_from = find_readable(reader, log_end);
    }
}

/* Nobody says where the log ends: what is said of the topic? */
static void ask_why(const struct reader *reader, struct ing_finding *finding)
{
    int32_t count;
    rd_kafka_resp_err_t code =
        ing_metadata_partitions(reader->rk, reader->probe->topic, ASK_MS, &count);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        finding->reading = ING_FORBIDDEN;
    }
    snprintf(finding->text, sizeof(finding->text), "%s",
             code == RD_KAFKA_RESP_ERR_NO_ERROR ? "no broker says where its log ends"
                                                : rd_kafka_err2str(code));
}

int ing_probe_run(const struct conf *conf, const struct ing_probe *probe,
                  struct ing_finding *finding, struct err *err)
{
    struct reader reader = {.probe = probe, .deadline_ms = clock_mono_ms() + probe->budget_ms};
    int64_t log_end;
    *finding = (struct ing_finding){.reading = ING_AWAY, .readable_from = NOTHING_FOUND};
    if (ask_end(conf, probe, &log_end, err) < 0 || open_reader(&reader, conf, err) < 0) {
        close_reader(&reader);
        return -1;
    }
    if (log_end >= 0) {
        examine(&reader, log_end, finding);
    } else {
        ask_why(&reader, finding);
    }
    close_reader(&reader);
    return 0;
}
