/* SPDX-License-Identifier: Apache-2.0
 * ingest/lag.c - asks the brokers where each partition's log begins and ends. A short-lived
 * producer handle serves: it needs no group. */
#include "ingest/lag.h"

#include "base/clock.h"
#include "ingest/kafka_conf.h"
#include "ingest/metadata.h"

static rd_kafka_t *open_client(const struct conf *conf, struct err *err)
{
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(conf, err);
    if (rk_conf == NULL) {
        return NULL;
    }
    char text[256];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, text, sizeof(text));
    if (rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s", text);
    }
    return rk;
}

int ing_log_ranges(const struct conf *conf, struct ing_log_range *ranges, size_t count,
                   int timeout_ms, struct err *err)
{
    rd_kafka_t *rk = open_client(conf, err);
    if (rk == NULL) {
        return -1;
    }
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct ing_log_range *range = &ranges[i];
        int64_t left_ms = deadline_ms - clock_mono_ms();
        rd_kafka_resp_err_t code =
            rd_kafka_query_watermark_offsets(rk, range->topic, range->partition, &range->log_start,
                                             &range->log_end, left_ms > 0 ? (int)left_ms : 1);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            range->log_start = -1;
            range->log_end = -1;
        }
        if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
            code == RD_KAFKA_RESP_ERR__TIMED_OUT) {
            rc = err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "no Kafka broker answers at %s: %s",
                         conf->kafka.bootstrap, rd_kafka_err2str(code));
        }
    }
    rd_kafka_destroy(rk);
    return rc;
}

int ing_topic_partitions(const struct conf *conf, const char *topic, int timeout_ms, size_t *count,
                         struct err *err)
{
    rd_kafka_t *rk = open_client(conf, err);
    if (rk == NULL) {
        return -1;
    }
    int32_t found = 0;
    int rc = 0;
    rd_kafka_resp_err_t code = ing_metadata_partitions(rk, topic, timeout_ms, &found);
    *count = 0;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        *count = (size_t)found;
    } else if (code <
               0) { /* librdkafka's own codes: nobody answered; the others are the broker's */
        rc = err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "no Kafka broker answers at %s: %s",
                     conf->kafka.bootstrap, rd_kafka_err2str(code));
    }
    rd_kafka_destroy(rk);
    return rc;
}
