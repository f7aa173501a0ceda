/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/metadata.c - see the header. */
#include "ingest/kafka/metadata.h"

const struct rd_kafka_metadata *ing_metadata_ask(rd_kafka_t *rk, const char *topic, int timeout_ms,
                                                 rd_kafka_resp_err_t *code)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    if (rkt == NULL) {
        *code = rd_kafka_last_error(); /* no topic has such a name */
        return NULL;
    }
    *code = rd_kafka_metadata(rk, 0, rkt, &metadata, timeout_ms);
    rd_kafka_topic_destroy(rkt);
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
