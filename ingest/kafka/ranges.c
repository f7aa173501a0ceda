/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/ranges.c - see the header. */
#include "ingest/kafka/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/kafka/metadata.h"

enum { NOBODY = -1 };

static int left_ms(int64_t deadline_ms, int most_ms)
{
    int64_t left = deadline_ms - clock_mono_ms();
    return left < 1 ? 1 : left < most_ms ? (int)left : most_ms;
}

/* ---- who leads each ---- */

static bool is_first_of_topic(const struct ing_log_range *ranges, size_t i)
{
    return i == 0 || strcmp(ranges[i].topic, ranges[i - 1].topic) != 0;
}

/* A client asks for the topics that it knows, all at once: so it is told of those here, and they are let go
 * after the answer. */
static const struct rd_kafka_metadata *ask_topics(rd_kafka_t *rk,
                                                  const struct ing_log_range *ranges, size_t count,
                                                  int timeout_ms, rd_kafka_resp_err_t *code)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t **known = calloc(count, sizeof(*known));
    if (known == NULL) {
        *code = RD_KAFKA_RESP_ERR__FAIL;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        known[i] =
            is_first_of_topic(ranges, i) ? rd_kafka_topic_new(rk, ranges[i].topic, NULL) : NULL;
    }
    metadata = ing_metadata_ask_known(rk, timeout_ms, code);
    for (size_t i = 0; i < count; i++) {
        if (known[i] != NULL) {
            rd_kafka_topic_destroy(known[i]);
        }
    }
    free(known);
    return metadata;
}

static int by_name(const void *a, const void *b)
{
    const struct rd_kafka_metadata_topic *const *x = a;
    const struct rd_kafka_metadata_topic *const *y = b;
    return strcmp((*x)->topic, (*y)->topic);
}

static int name_is(const void *name, const void *topic)
{
    const struct rd_kafka_metadata_topic *const *y = topic;
    return strcmp(name, (*y)->topic);
}

/* Takes what the metadata says of the range's topic; its leader, or NOBODY with a code. */
static int32_t take_topic(struct ing_log_range *range, const struct rd_kafka_metadata_topic *topic)
{
    range->code = topic == NULL ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : topic->err;
    if (range->code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return NOBODY;
    }
    range->partitions = topic->partition_cnt;
    range->code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    for (int i = 0; i < topic->partition_cnt; i++) {
        if (topic->partitions[i].id == range->partition) {
            range->code = topic->partitions[i].leader >= 0 ? RD_KAFKA_RESP_ERR_NO_ERROR
                                                           : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
            return topic->partitions[i].leader;
        }
    }
    return NOBODY;
}

static rd_kafka_resp_err_t find_leaders(const struct rd_kafka_metadata *metadata,
                                        struct ing_log_range *ranges, size_t count,
                                        int32_t *leaders)
{
    const size_t topics = (size_t)metadata->topic_cnt;
    const struct rd_kafka_metadata_topic **sorted = calloc(topics + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return RD_KAFKA_RESP_ERR__FAIL;
    }
    for (size_t i = 0; i < topics; i++) {
        sorted[i] = &metadata->topics[i];
    }
    qsort(sorted, topics, sizeof(*sorted), by_name);
    for (size_t i = 0; i < count; i++) {
        const struct rd_kafka_metadata_topic **found =
            bsearch(ranges[i].topic, sorted, topics, sizeof(*sorted), name_is);
        leaders[i] = take_topic(&ranges[i], found != NULL ? *found : NULL);
    }
    free(sorted);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* ---- what each broker says ---- */

/* One broker, all of its partitions in one request. which: RD_KAFKA_OFFSET_BEGINNING or _END. Not
 * rd_kafka_query_watermark_offsets: that waits for a dead broker without an end. */
static rd_kafka_resp_err_t ask_broker(rd_kafka_t *rk, struct ing_log_range *ranges,
                                      const int32_t *leaders, size_t count, int32_t broker,
                                      int64_t which, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        if (leaders[i] == broker) {
            rd_kafka_topic_partition_t *asked =
                rd_kafka_topic_partition_list_add(list, ranges[i].topic, ranges[i].partition);
            asked->offset = which;
            asked->opaque = &ranges[i];
        }
    }
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(rk, list, timeout_ms);
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *found = &list->elems[i];
        struct ing_log_range *range = found->opaque;
        const bool told = code == RD_KAFKA_RESP_ERR_NO_ERROR &&
                          found->err == RD_KAFKA_RESP_ERR_NO_ERROR && found->offset >= 0;
        if (told) {
            *(which == RD_KAFKA_OFFSET_END ? &range->log_end : &range->log_start) = found->offset;
        } else {
            range->code = code != RD_KAFKA_RESP_ERR_NO_ERROR         ? code
                          : found->err != RD_KAFKA_RESP_ERR_NO_ERROR ? found->err
                                                                     : RD_KAFKA_RESP_ERR__NO_OFFSET;
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static void ask_brokers(rd_kafka_t *rk, struct ing_log_range *ranges, int32_t *leaders,
                        size_t count, int64_t deadline_ms, int broker_ms)
{
    for (size_t i = 0; i < count; i++) {
        const int32_t broker = leaders[i];
        if (broker == NOBODY) {
            continue;
        }
        if (ask_broker(rk, ranges, leaders, count, broker, RD_KAFKA_OFFSET_BEGINNING,
                       left_ms(deadline_ms, broker_ms)) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            (void)ask_broker(rk, ranges, leaders, count, broker, RD_KAFKA_OFFSET_END,
                             left_ms(deadline_ms, broker_ms));
        }
        for (size_t j = i; j < count; j++) {
            leaders[j] = leaders[j] == broker ? NOBODY : leaders[j];
        }
    }
}

rd_kafka_resp_err_t ing_ranges_ask(rd_kafka_t *rk, struct ing_log_range *ranges, size_t count,
                                   int timeout_ms, int broker_ms)
{
    const int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < count; i++) {
        ranges[i].log_start = ranges[i].log_end = -1;
        ranges[i].partitions = -1;
        ranges[i].code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    if (count == 0) {
        return code;
    }
    int32_t *leaders = calloc(count, sizeof(*leaders));
    const struct rd_kafka_metadata *metadata =
        leaders != NULL ? ask_topics(rk, ranges, count, timeout_ms, &code) : NULL;
    if (leaders == NULL) {
        code = RD_KAFKA_RESP_ERR__FAIL;
    }
    if (metadata != NULL) {
        code = find_leaders(metadata, ranges, count, leaders);
        rd_kafka_metadata_destroy(metadata);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ask_brokers(rk, ranges, leaders, count, deadline_ms, broker_ms);
        }
    }
    free(leaders);
    return code;
}
