/* SPDX-License-Identifier: Apache-2.0
 * ingest/source_ask.c - what a lane's consumer asks the brokers: whether they answer, where logs begin and end, how many
 * partitions there are. It changes nothing of the source. */
#include <librdkafka/rdkafka.h>

#include "ingest/kafka/ranges.h"
#include "ingest/source.h"
#include "ingest/source_priv.h"

enum { END_EACH_MS = 100, QUERY_TIMEOUT_MS = 5000, BROKER_FIRST_MS = 3000, BROKER_AGAIN_MS = 1000 };

enum ing_incoming_kind source_kind_of(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return ING_IN_EOF;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return ING_IN_RECHECK;
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return ING_IN_NO_TOPIC;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return ING_IN_FORBIDDEN;
    default: return ING_IN_TROUBLE;
    }
}

bool ing_source_answers(struct ing_source *source, int timeout_ms)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(source->rk, 0, NULL, &metadata, timeout_ms) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    rd_kafka_metadata_destroy(metadata);
    return true;
}

int ing_source_log_ranges(struct ing_source *source, struct ing_log_range *ranges, size_t count,
                          enum ing_asking asking, struct err *err)
{
    const int broker_ms = asking == ING_ASKED_FIRST ? BROKER_FIRST_MS : BROKER_AGAIN_MS;
    const rd_kafka_resp_err_t code =
        ing_ranges_ask(source->rk, ranges, count, QUERY_TIMEOUT_MS, broker_ms);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? 0
               : err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "asking where %zu logs stand: %s", count,
                         rd_kafka_err2str(code));
}

int ing_source_range_known(const struct ing_log_range *range, struct err *err)
{
    if (range->log_start >= 0 && range->log_end >= 0) {
        return 0;
    }
    const enum ing_incoming_kind kind = source_kind_of((rd_kafka_resp_err_t)range->code);
    const bool fatal = kind == ING_IN_NO_TOPIC || kind == ING_IN_FORBIDDEN;
    return err_set(err, fatal ? ERR_KIND_FATAL : ERR_KIND_RETRY,
                   kind == ING_IN_NO_TOPIC    ? ERR_TOPIC_MISSING
                   : kind == ING_IN_FORBIDDEN ? ERR_TOPIC_FORBIDDEN
                                              : ERR_KAFKA,
                   "where the log of %s stands: %s", range->topic,
                   rd_kafka_err2str((rd_kafka_resp_err_t)range->code));
}

static int64_t known_end(struct ing_source *source, const char *topic, int32_t partition)
{
    int64_t low = -1;
    int64_t high = -1;
    if (rd_kafka_get_watermark_offsets(source->rk, topic, partition, &low, &high) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return -1;
    }
    return high >= 0 ? high : -1;
}

/* The client looks it up by the topic's name, among all of them. */
void ing_source_look_at_end(struct ing_source *source, struct ing_part *part, int64_t now_ms)
{
    if (now_ms - part->known_end_ms >= END_EACH_MS) {
        const int64_t end = known_end(source, part->topic, part->partition);
        part->known_end = end > part->known_end ? end : part->known_end;
        part->known_end_ms = now_ms;
    }
}
