/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/scan.c - see the header.
 *
 * The client is made anew after a batch in which a partition failed or was silent: librdkafka 2.0.2 may keep a partition that had an error
 * silent for good (ingest/kafka/reader.h). */
#include "ingest/kafka/scan.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/client_end.h"

enum { POLL_MS = 100, BATCH_MS = 10000, END_MS = 5000 };
#define LAST_MS INT64_C(253402300799999) /* of the year 9999 */

struct ing_scan {
    const struct conf *conf;
    rd_kafka_t *rk; /* NULL: to be made */
    rd_kafka_message_t *messages[ING_SCAN_RECORDS];
    struct ing_scanned records[ING_SCAN_RECORDS];
    size_t count;
    size_t bytes;
    bool spoiled; /* the client: a partition failed or was silent */
};

/* ---- the client ---- */

static int connect_client(struct ing_scan *scan, struct err *err)
{
    static const struct ing_kafka_setting settings[] = {
        {"isolation.level", "read_committed"},  {"check.crcs", "true"},
        {"enable.partition.eof", "true"},       {"auto.offset.reset", "error"},
        {"enable.auto.commit", "false"},        {"fetch.wait.max.ms", "50"},
        {"queued.max.messages.kbytes", "8192"}, {"queued.min.messages", "1000"},
        {"fetch.message.max.bytes", "1048576"}, {"allow.auto.create.topics", "false"},
    };
    char text[256];
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(scan->conf, err);
    if (rk_conf == NULL) {
        return -1;
    }
    if (ing_kafka_conf_set(rk_conf, settings, COUNT_OF(settings), err) != 0) {
        rd_kafka_conf_destroy(rk_conf);
        return -1;
    }
    ing_kafka_conf_silence(rk_conf);
    scan->rk = rd_kafka_new(RD_KAFKA_CONSUMER, rk_conf, text, sizeof(text));
    if (scan->rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s",
                       text);
    }
    return 0;
}

static void drop_client(struct ing_scan *scan)
{
    if (scan->rk != NULL) {
        ing_kafka_client_end(scan->rk, END_MS);
        scan->rk = NULL;
    }
}

static void drop_records(struct ing_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        rd_kafka_message_destroy(scan->messages[i]);
    }
    scan->count = 0;
    scan->bytes = 0;
}

struct ing_scan *ing_scan_open(const struct conf *conf, struct err *err)
{
    struct ing_scan *scan = calloc(1, sizeof(*scan));
    if (scan == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a Kafka client");
        return NULL;
    }
    scan->conf = conf;
    if (connect_client(scan, err) < 0) {
        ing_scan_close(&scan);
    }
    return scan;
}

void ing_scan_close(struct ing_scan **taken)
{
    struct ing_scan *scan = *taken;
    *taken = NULL;
    if (scan != NULL) {
        drop_records(scan);
        drop_client(scan);
        free(scan);
    }
}

/* ---- a batch ---- */

static struct ing_scan_part *part_of(struct ing_scan_part *parts, size_t count, int32_t partition)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].partition == partition) {
            return &parts[i];
        }
    }
    return NULL;
}

static void keep(struct ing_scan *scan, rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    rd_kafka_timestamp_type_t type;
    const int64_t ms = rd_kafka_message_timestamp(message, &type);
    const void *guid = NULL;
    size_t guid_len = 0;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, "__value_schema_id", &guid, &guid_len) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
        guid = NULL;
        guid_len = 0;
    }
    scan->messages[scan->count] = message;
    scan->records[scan->count++] = (struct ing_scanned){
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_us = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && ms >= 0 && ms <= LAST_MS
                            ? ms * 1000
                            : INT64_MIN,
        .value = message->payload,
        .len = message->len,
        .guid_header = guid,
        .guid_header_len = guid_len};
    scan->bytes += message->len;
}

static void fail(struct ing_scan *scan, struct ing_scan_part *part, enum ing_scan_state state,
                 const char *text)
{
    scan->spoiled = true;
    part->state = state;
    snprintf(part->text, sizeof(part->text), "%s", text);
}

/* false: it is not kept. */
static bool judge(struct ing_scan *scan, struct ing_scan_part *part,
                  const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: part->next = message->offset + 1; return true;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        part->next = message->offset > part->next ? message->offset : part->next;
        part->state = ING_SCAN_AT_END;
        return false;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        fail(scan, part, ING_SCAN_NO_OFFSET, rd_kafka_err2str(message->err));
        return false;
    default: fail(scan, part, ING_SCAN_FAILED, rd_kafka_message_errstr(message)); return false;
    }
}

static bool is_over(const struct ing_scan *scan, const struct ing_scan_part *parts, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any |= parts[i].state == ING_SCAN_GOES_ON;
    }
    return !any || scan->count == ING_SCAN_RECORDS || scan->bytes >= ING_SCAN_BYTES;
}

static void fill(struct ing_scan *scan, rd_kafka_queue_t *queue, struct ing_scan_part *parts,
                 size_t part_count, int wait_ms)
{
    const int64_t last_ms =
        clock_mono_ms() + BATCH_MS; /* of a log that grows by a record a second */
    int64_t until_ms = clock_mono_ms() + wait_ms;
    while (!is_over(scan, parts, part_count) && clock_mono_ms() < until_ms) {
        if (clock_mono_ms() >= last_ms) {
            return;
        }
        rd_kafka_message_t *message = rd_kafka_consume_queue(queue, POLL_MS);
        struct ing_scan_part *part =
            message != NULL ? part_of(parts, part_count, message->partition) : NULL;
        rd_kafka_poll(scan->rk, 0);
        if (part != NULL && part->state == ING_SCAN_GOES_ON && judge(scan, part, message)) {
            keep(scan, message);
            until_ms = clock_mono_ms() + wait_ms;
        } else if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
    for (size_t i = 0; i < part_count && !is_over(scan, parts, part_count); i++) {
        if (parts[i].state == ING_SCAN_GOES_ON) {
            fail(scan, &parts[i], ING_SCAN_SILENT, "nothing came, and no end of the log");
        }
    }
}

static int start(rd_kafka_topic_t *topic, rd_kafka_queue_t *queue, struct ing_scan_part *parts,
                 size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        parts[i].state = ING_SCAN_GOES_ON;
        parts[i].text[0] = '\0';
        if (rd_kafka_consume_start_queue(topic, parts[i].partition, parts[i].next, queue) != 0) {
            while (i-- > 0) {
                rd_kafka_consume_stop(topic, parts[i].partition);
            }
            return err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "topic %s cannot be read: %s",
                           rd_kafka_topic_name(topic), rd_kafka_err2str(rd_kafka_last_error()));
        }
    }
    return 0;
}

int ing_scan_batch(struct ing_scan *scan, const char *name, struct ing_scan_part *parts,
                   size_t part_count, int wait_ms, const struct ing_scanned **records,
                   size_t *count, struct err *err)
{
    drop_records(scan);
    if (scan->spoiled) {
        drop_client(scan);
        scan->spoiled = false;
    }
    if (scan->rk == NULL && connect_client(scan, err) < 0) {
        return -1;
    }
    rd_kafka_topic_t *topic = rd_kafka_topic_new(scan->rk, name, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(scan->rk);
    int rc = topic != NULL
                 ? 0
                 : err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "no topic has the name %s", name);
    if (rc == 0 && (rc = start(topic, queue, parts, part_count, err)) == 0) {
        fill(scan, queue, parts, part_count, wait_ms);
        for (size_t i = 0; i < part_count; i++) {
            rd_kafka_consume_stop(topic, parts[i].partition);
        }
    }
    rd_kafka_queue_destroy(queue);
    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
    *records = scan->records;
    *count = scan->count;
    return rc;
}
