/* SPDX-License-Identifier: Apache-2.0
 * ingest/source.c - see the header. What it asks the brokers is in source_ask.c.
 *
 * An event enters here: librdkafka's fetcher has it in its queue; ing_source_poll hands its bytes
 * on, borrowed, as a struct ing_message, to ingest/lane.c.
 *
 * consume_batch_queue is the cheapest way out of librdkafka, but it waits until it is full; so the
 * first message is waited for by a poll, and the queue is then emptied without waiting. */
#include "ingest/source.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/client_end.h"
#include "ingest/source_priv.h"
#include "storage/commit/batch.h"

enum { DESTROY_MS = 5000 };

/* ---- opening and closing ---- */

static void drop_given(struct ing_source *source)
{
    if (source->given != NULL) {
        rd_kafka_topic_partition_list_destroy(source->given);
        source->given = NULL;
    }
    free(source->given_list);
    source->given_list = NULL;
    source->pending = ING_REBALANCE_NONE;
}

/* Runs inside a poll of the lane's thread. librdkafka then waits for our assign or unassign and
 * goes on sending heartbeats: a batch that is being committed can end first. */
static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct ing_source *source = opaque;
    drop_given(source);
    if (source->closing) {
        rd_kafka_assign(rk, NULL);
        return;
    }
    source->heard = true;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        source->given = rd_kafka_topic_partition_list_copy(partitions);
        source->pending = ING_REBALANCE_ASSIGN;
    } else {
        source->pending = ING_REBALANCE_REVOKE;
    }
}

/* Runs inside a poll. What is fatal is asked for by ing_source_failed. */
static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct ing_source *source = opaque;
    (void)rk;
    source->troubled = true;
    snprintf(source->trouble, sizeof(source->trouble), "%s: %.120s",
             rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
}

struct ing_source *ing_source_open(const struct conf *conf, int lane, struct err *err)
{
    rd_kafka_conf_t *rk_conf = ing_kafka_consumer_conf(conf, lane, err);
    struct ing_source *source = rk_conf != NULL ? calloc(1, sizeof(*source)) : NULL;
    if (rk_conf == NULL) {
        return NULL;
    }
    if (source == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a Kafka consumer");
        return NULL;
    }
    rd_kafka_conf_set_opaque(rk_conf, source);
    rd_kafka_conf_set_rebalance_cb(rk_conf, on_rebalance);
    rd_kafka_conf_set_error_cb(rk_conf, on_error);
    char text[256];
    source->rk = rd_kafka_new(RD_KAFKA_CONSUMER, rk_conf, text, sizeof(text));
    if (source->rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        free(source);
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s", text);
        return NULL;
    }
    rd_kafka_poll_set_consumer(source->rk);
    ing_fetching_init(&source->fetching, source->rk);
    source->queue = rd_kafka_queue_get_consumer(source->rk);
    source->assigned = rd_kafka_topic_partition_list_new(16);
    source->stored = rd_kafka_topic_partition_list_new(16);
    return source;
}

static void free_spent(struct ing_source *source)
{
    for (size_t i = 0; i < source->spent_count; i++) {
        rd_kafka_message_destroy(source->spent[i]);
    }
    source->spent_count = 0;
}

/* A pause outlives an assignment in librdkafka, and a resume starts fetching where the pause
 * stopped it: so pauses end before the list is moved, never after. */
static void end_pause(struct ing_source *source)
{
    if (source->paused != NULL) {
        rd_kafka_resume_partitions(source->rk, source->paused);
        rd_kafka_topic_partition_list_destroy(source->paused);
        source->paused = NULL;
    }
}

void ing_source_close(struct ing_source **taken)
{
    struct ing_source *source = *taken;
    *taken = NULL;
    if (source == NULL) {
        return;
    }
    free_spent(source);
    source->closing = true;
    end_pause(source);
    if (source->pending == ING_REBALANCE_REVOKE) {
        rd_kafka_assign(source->rk, NULL);
    }
    drop_given(source);
    rd_kafka_queue_destroy(source->queue);
    rd_kafka_consumer_close(source->rk);
    /* The group was left before. */
    ing_kafka_client_end(source->rk, DESTROY_MS);
    rd_kafka_topic_partition_list_destroy(source->assigned);
    rd_kafka_topic_partition_list_destroy(source->stored);
    free(source);
}

int ing_source_subscribe(struct ing_source *source, const char *const *topics, size_t count,
                         struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code =
        count > 0 ? rd_kafka_subscribe(source->rk, list) : rd_kafka_unsubscribe(source->rk);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return err_set(err, ERR_KIND_FATAL, ERR_KAFKA, "cannot subscribe: %s",
                       rd_kafka_err2str(code));
    }
    return 0;
}

/* Given a second engine with our instance name, then the group gives it our place and fences our client for
 * good. An engine that went on would claim its partitions again, and the two would take them from each other
 * for ever. Therefore the lane ends. */
bool ing_source_failed(const struct ing_source *source, struct err *err)
{
    char text[256];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(source->rk, text, sizeof(text));
    if (LIKELY(code == RD_KAFKA_RESP_ERR_NO_ERROR)) {
        return false;
    }
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        err_set(err, ERR_KIND_FATAL, ERR_FENCED_INSTANCE,
                "another engine joined the group with the same instance name: give each its own "
                "[ingest] instance (%.100s)",
                text);
    } else {
        err_set(err, ERR_KIND_FATAL, ERR_KAFKA, "the Kafka client cannot go on: %.200s", text);
    }
    return true;
}

/* ---- polling ---- */

static void fill_error(struct ing_incoming *item, const rd_kafka_message_t *native)
{
    item->kind = source_kind_of(native->err);
    item->offset = native->offset;
    item->message.native = NULL;
    if (item->kind != ING_IN_EOF) {
        snprintf(item->text, sizeof(item->text), "%s: %.100s", rd_kafka_err2name(native->err),
                 rd_kafka_message_errstr(native));
    }
}

bool ing_source_heard(struct ing_source *source)
{
    const bool heard = source->heard;
    source->heard = false;
    return heard;
}

const char *ing_source_trouble(struct ing_source *source)
{
    const bool troubled = source->troubled;
    source->troubled = false;
    return troubled ? source->trouble : NULL;
}

static uint8_t clock_of(rd_kafka_timestamp_type_t type)
{
    switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME: return STO_CLOCK_PRODUCER;
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: return STO_CLOCK_BROKER;
    case RD_KAFKA_TIMESTAMP_NOT_AVAILABLE: break;
    }
    return STO_CLOCK_UNKNOWN;
}

static void fill_message(struct ing_incoming *item, rd_kafka_message_t *native)
{
    rd_kafka_timestamp_type_t type;
    item->kind = ING_IN_MESSAGE;
    item->offset = native->offset;
    item->message = (struct ing_message){
        .key = native->key,
        .value = native->payload,
        .key_len = native->key_len,
        .value_len = native->len,
        .offset = native->offset,
        .ts_ms = rd_kafka_message_timestamp(native, &type),
        .native = native,
    };
    item->message.clock = clock_of(type);
}

size_t ing_source_poll(struct ing_source *source, int wait_ms, const struct ing_incoming **items)
{
    free_spent(source);
    *items = source->items;
    size_t count = 0;
    rd_kafka_message_t *first = rd_kafka_consumer_poll(source->rk, wait_ms);
    if (first != NULL) {
        source->native[count++] = first;
        ssize_t more =
            rd_kafka_consume_batch_queue(source->queue, 0, source->native + 1, ING_POLL_COUNT - 1);
        count += more > 0 ? (size_t)more : 0;
    }
    for (size_t i = 0; i < count; i++) {
        rd_kafka_message_t *native = source->native[i];
        struct ing_incoming *item = &source->items[i];
        item->native = native->rkt;
        item->topic = native->rkt != NULL ? rd_kafka_topic_name(native->rkt) : NULL;
        item->partition = native->partition;
        if (LIKELY(native->err == RD_KAFKA_RESP_ERR_NO_ERROR)) {
            fill_message(item, native);
        } else {
            fill_error(item, native);
            source->spent[source->spent_count++] = native;
        }
    }
    ing_fetching_note(&source->fetching, count, clock_mono_ms());
    /* Good as a sign of life: errors stand alone or at the end of what came. */
    source->heard = source->heard || (count > 0 && source->items[0].kind <= ING_IN_EOF);
    return count;
}

void ing_source_idle(struct ing_source *source, int wait_ms)
{
    ing_source_pause(source);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(source->rk, wait_ms);
    for (int i = 0; message != NULL && i < ING_POLL_COUNT; i++) {
        rd_kafka_message_destroy(message);
        message = rd_kafka_consumer_poll(source->rk, 0);
    }
    if (message != NULL) {
        rd_kafka_message_destroy(message);
    }
}

/* ---- assignment ---- */

enum ing_rebalance ing_source_rebalance(struct ing_source *source, const struct ing_assigned **list,
                                        size_t *count)
{
    *count = 0;
    *list = NULL;
    if (source->pending != ING_REBALANCE_ASSIGN) {
        return source->pending;
    }
    size_t given_count = (size_t)source->given->cnt;
    free(source->given_list);
    source->given_list = calloc(given_count + 1, sizeof(*source->given_list));
    if (source->given_list == NULL) {
        return ING_REBALANCE_NONE; /* no memory: the group waits, and is answered at a later turn */
    }
    for (size_t i = 0; i < given_count; i++) {
        source->given_list[i].topic = source->given->elems[i].topic;
        source->given_list[i].partition = source->given->elems[i].partition;
    }
    *count = given_count;
    *list = source->given_list;
    return ING_REBALANCE_ASSIGN;
}

bool ing_source_revoke_waits(const struct ing_source *source)
{
    return source->pending == ING_REBALANCE_REVOKE;
}

static bool fetches(const struct ing_part *part)
{
    return !part->recheck && !part->waits &&
           (part->state == ING_VERIFYING || part->state == ING_FLOWING ||
            part->state == ING_REREADING);
}

static int not_assigned(rd_kafka_resp_err_t code, struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "the client does not take the assignment: %s",
                   rd_kafka_err2str(code));
}

int ing_source_assign(struct ing_source *source, struct ing_part *const *parts, size_t count,
                      struct err *err)
{
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new((int)count);
    rd_kafka_topic_partition_list_t *idle = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        struct ing_part *part = parts[i];
        if (source->all_paused || part->resumes) {
            ing_part_paused(part);
        }
        rd_kafka_topic_partition_t *to =
            rd_kafka_topic_partition_list_add(all, part->topic, part->partition);
        /* Assigned, as the group wants it, but paused: nothing is fetched. */
        to->offset = fetches(part) ? ing_part_fetch_from(part) : RD_KAFKA_OFFSET_END;
        if (!fetches(part)) {
            rd_kafka_topic_partition_list_add(idle, part->topic, part->partition);
        }
    }
    ing_fetching_begin(&source->fetching, count, clock_mono_ms());
    end_pause(source);
    drop_given(source); /* if the client refuses our answer, the lane repeats it */
    rd_kafka_resp_err_t code = rd_kafka_assign(source->rk, all);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_topic_partition_list_destroy(idle);
        rd_kafka_topic_partition_list_destroy(all);
        source->all_paused = false;
        ing_source_pause(source); /* the old fetch does not bring the wanted offsets */
        return not_assigned(code, err);
    }
    for (size_t i = 0; i < count; i++) {
        parts[i]->stale_fetch = false;
        parts[i]->disturbed = true;
        parts[i]->resumes = false;
    }
    if (idle->cnt > 0) {
        rd_kafka_pause_partitions(source->rk, idle);
        source->paused = idle;
    } else {
        rd_kafka_topic_partition_list_destroy(idle);
    }
    rd_kafka_topic_partition_list_destroy(source->assigned);
    source->assigned = all;
    source->all_paused = false;
    return 0;
}

int ing_source_unassign(struct ing_source *source, struct err *err)
{
    end_pause(source);
    rd_kafka_resp_err_t code = rd_kafka_assign(source->rk, NULL);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return not_assigned(code, err);
    }
    rd_kafka_topic_partition_list_destroy(source->assigned);
    source->assigned = rd_kafka_topic_partition_list_new(16);
    source->all_paused = false;
    drop_given(source);
    return 0;
}

void ing_source_pause(struct ing_source *source)
{
    if (!source->all_paused && source->assigned->cnt > 0) {
        end_pause(source);
        source->paused = rd_kafka_topic_partition_list_copy(source->assigned);
        rd_kafka_pause_partitions(source->rk, source->paused);
        source->all_paused = true;
    }
}

/* ---- the group's offsets ---- */

void ing_source_store_offset(struct ing_source *source, const struct ing_part *part,
                             int64_t next_offset)
{
    rd_kafka_topic_partition_t *elem =
        rd_kafka_topic_partition_list_find(source->stored, part->topic, part->partition);
    if (elem == NULL) {
        elem = rd_kafka_topic_partition_list_add(source->stored, part->topic, part->partition);
    }
    elem->offset = next_offset;
}

void ing_source_commit_offsets(struct ing_source *source, bool wait)
{
    if (source->stored->cnt == 0) {
        return;
    }
    rd_kafka_commit(source->rk, source->stored, !wait);
    rd_kafka_topic_partition_list_destroy(source->stored);
    source->stored = rd_kafka_topic_partition_list_new(16);
}
