/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/metadata.c - see the header. */
#include "ingest/kafka/metadata.h"

#include <stdbool.h>

#include "base/clock.h"

enum { FIRST_WAIT_MS = 500 };

static bool is_silence(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

/* The client asks one broker. Given that this broker dies or freezes, then the client keeps the question
 * for it and tells nobody. Therefore we ask again, and wait twice as long each time. */
static rd_kafka_resp_err_t ask_until(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int timeout_ms,
                                     const struct rd_kafka_metadata **metadata)
{
    const int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    int64_t wait_ms = FIRST_WAIT_MS;
    for (;;) {
        int64_t left_ms = deadline_ms - clock_mono_ms();
        bool is_last = left_ms <= wait_ms;
        int64_t ask_ms = left_ms < 1 ? 1 : is_last ? left_ms : wait_ms;
        rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, rkt, metadata, (int)ask_ms);
        if (!is_silence(code) || is_last) {
            return code;
        }
        wait_ms *= 2;
    }
}

const struct rd_kafka_metadata *ing_metadata_ask(rd_kafka_t *rk, const char *topic, int timeout_ms,
                                                 rd_kafka_resp_err_t *code)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    if (rkt == NULL) {
        *code = rd_kafka_last_error(); /* no topic has such a name */
        return NULL;
    }
    *code = ask_until(rk, rkt, timeout_ms, &metadata);
    rd_kafka_topic_destroy(rkt);
    return *code == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata : NULL;
}

const struct rd_kafka_metadata *ing_metadata_ask_known(rd_kafka_t *rk, int timeout_ms,
                                                       rd_kafka_resp_err_t *code)
{
    const struct rd_kafka_metadata *metadata = NULL;
    *code = ask_until(rk, NULL, timeout_ms, &metadata);
    return *code == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata : NULL;
}

rd_kafka_resp_err_t ing_metadata_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
                                            int32_t *count)
{
    rd_kafka_resp_err_t code;
    const struct rd_kafka_metadata *metadata = ing_metadata_ask(rk, topic, timeout_ms, &code);
    if (metadata == NULL) {
        return code;
    }
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err
                                    : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    *count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    return code;
}
