/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/deliver.c - see the header. */
#include "ops/relay/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/failpoint.h"
#include "base/file_limit.h"
#include "base/log.h"
#include "base/secret.h"
#include "ops/relay/channel.h"
#include "ops/tell/post.h"
#include "ops/tell/sender.h"
#include "storage/notify/outbox.h"

/* NOTIFY takes 7,999 bytes. */
enum {
    NAME_SIZE = 64,
    RESULTS_MAX = 256,
    SAY_MAX_BYTES = 7999,
    FRESH_MS = 1000, /* afterwards a delivery is slow */
    SLOW_TIMES = 3,  /* so many times in_flight may be slow */
    IN_FLIGHT_MAX = 4096,
    FILES_RESERVE = 32
};

/* One from its claim to its record. */
struct delivery {
    struct sto_outcome outcome;
    int attempts; /* before this one */
    bool is_failing;
    char subscription[NAME_SIZE];
    char error[160];
    char *say;             /* owned */
    struct delivery *next; /* among the free ones, or those to be recorded */
    TAILQ_ENTRY(delivery) by_start;
    int64_t started_ms;
    bool is_fresh; /* in flight, and not slow */
};

struct ops_deliver {
    const struct conf *conf;
    struct ops_sender *sender;
    struct ops_channel *channel;
    struct delivery *all; /* pool of them */
    int pool;
    struct delivery *free;
    struct delivery *ended;
    size_t free_count;
    size_t ended_count;
    TAILQ_HEAD(, delivery) fresh; /* oldest first */
    int fresh_count;
    int failing; /* of those in flight */
    struct ops_deliver_counts counts;
};

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

struct ops_deliver *ops_deliver_new(const struct conf *conf, const struct ops_address_rules *rules,
                                    struct err *err)
{
    int64_t pool = conf->relay.in_flight * (1 + SLOW_TIMES);
    int room = (int)(pool < IN_FLIGHT_MAX ? pool : IN_FLIGHT_MAX);
    if (file_limit_fit(FILES_RESERVE, &room, err) != 0) {
        return NULL;
    }
    struct ops_sender_options options = ops_post_options(conf, rules);
    options.max_in_flight = room;
    options.user_agent = "nrc-relay";
    struct ops_deliver *deliver = calloc(1, sizeof(*deliver));
    if (deliver == NULL || (deliver->all = calloc((size_t)room, sizeof(*deliver->all))) == NULL) {
        free(deliver);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for deliveries");
        return NULL;
    }
    deliver->conf = conf;
    deliver->pool = room;
    TAILQ_INIT(&deliver->fresh);
    deliver->sender = ops_sender_new(&options, err);
    if (deliver->sender == NULL ||
        (deliver->channel = ops_channel_new(conf, rules, deliver->sender, err)) == NULL) {
        ops_deliver_free(&deliver);
        return NULL;
    }
    for (int i = 0; i < room; i++) {
        deliver->all[i].next = deliver->free;
        deliver->free = &deliver->all[i];
    }
    deliver->free_count = (size_t)room;
    return deliver;
}

void ops_deliver_free(struct ops_deliver **taken)
{
    struct ops_deliver *deliver = *taken;
    *taken = NULL;
    if (deliver != NULL) {
        ops_channel_free(&deliver->channel);
        ops_sender_free(&deliver->sender);
        for (int i = 0; i < deliver->pool; i++) {
            free(deliver->all[i].say);
        }
        free(deliver->all);
        free(deliver);
    }
}

static void no_longer_fresh(struct ops_deliver *deliver, struct delivery *d)
{
    if (d->is_fresh) {
        TAILQ_REMOVE(&deliver->fresh, d, by_start);
        deliver->fresh_count--;
        d->is_fresh = false;
    }
}

void ops_deliver_room(struct ops_deliver *deliver, int *most, int *most_failing)
{
    int share = (int)(deliver->conf->relay.in_flight + 3) / 4;
    int64_t slow_before_ms = clock_mono_ms() - FRESH_MS;
    while (!TAILQ_EMPTY(&deliver->fresh) &&
           TAILQ_FIRST(&deliver->fresh)->started_ms < slow_before_ms) {
        no_longer_fresh(deliver, TAILQ_FIRST(&deliver->fresh));
    }
    int room =
        (int)deliver->conf->relay.in_flight - deliver->fresh_count - (int)deliver->ended_count;
    *most = room < (int)deliver->free_count ? room : (int)deliver->free_count;
    *most = *most > 0 ? *most : 0;
    *most_failing = share > deliver->failing ? share - deliver->failing : 0;
}

int64_t ops_deliver_pause_ms(const struct conf *conf, int attempts_before, uint32_t chance)
{
    int64_t longest_ms = conf->relay.give_up_ms / 6;
    int64_t pause_ms = conf->relay.retry_ms;
    for (int i = 0; i < attempts_before && pause_ms < longest_ms; i++) {
        pause_ms *= 3;
    }
    if (pause_ms > longest_ms) {
        pause_ms = longest_ms;
    }
    return pause_ms * (80 + chance % 41) / 100;
}

/* ---- the end of an attempt ---- */

static void end(struct ops_deliver *deliver, struct delivery *d, enum sto_delivered what)
{
    d->outcome.what = what;
    d->outcome.error = or_null(d->error);
    d->outcome.say = d->say;
    no_longer_fresh(deliver, d);
    deliver->failing -= d->is_failing;
    d->next = deliver->ended;
    deliver->ended = d;
    deliver->ended_count++;
    if (what == STO_DELIVERED) {
        deliver->counts.delivered++;
        return;
    }
    deliver->counts.failed++;
    log_warn("delivery_failed", LOG_STR("subscription", d->subscription),
             LOG_INT("notification", d->outcome.notification_id),
             LOG_INT("attempt", d->attempts + 1), LOG_INT("status", d->outcome.status),
             LOG_STR("reason", d->error), LOG_INT("pause_ms", d->outcome.wait_ms));
}

static void fail(struct ops_deliver *deliver, struct delivery *d, const char *text,
                 int64_t retry_after_s)
{
    uint32_t chance = 0;
    struct err ignored = ERR_INIT;
    (void)!secret_random(&chance, sizeof(chance), &ignored);
    int64_t pause_ms = ops_deliver_pause_ms(deliver->conf, d->attempts, chance);
    d->outcome.wait_ms = retry_after_s * 1000 > pause_ms ? retry_after_s * 1000 : pause_ms;
    snprintf(d->error, sizeof(d->error), "%s", text);
    end(deliver, d, STO_DELIVERY_RETRY);
}

static void take_result(struct ops_deliver *deliver, const struct ops_sender_result *result)
{
    struct delivery *d = result->tag;
    d->outcome.status = result->status;
    switch (result->outcome) {
    case OPS_SENT_DELIVERED: end(deliver, d, STO_DELIVERED); break;
    case OPS_SENT_GONE:
    case OPS_SENT_REJECTED:
        snprintf(d->error, sizeof(d->error), "%s", result->text);
        end(deliver, d,
            result->outcome == OPS_SENT_GONE ? STO_DELIVERY_GONE : STO_DELIVERY_REJECTED);
        break;
    default: fail(deliver, d, result->text, result->retry_after_s); break;
    }
}

void ops_deliver_turn(struct ops_deliver *deliver)
{
    struct ops_sender_result results[RESULTS_MAX];
    size_t count;
    do {
        count = ops_sender_poll(deliver->sender, 0, results, RESULTS_MAX);
        for (size_t i = 0; i < count; i++) {
            take_result(deliver, &results[i]);
        }
    } while (count == RESULTS_MAX);
}

/* ---- the begin ---- */

/* It is delivered by the transaction that records it. */
static void start_notify(struct ops_deliver *deliver, const struct sto_claim *claim,
                         struct delivery *d)
{
    struct err err = ERR_INIT;
    struct buf *body;
    if (ops_channel_event(deliver->channel, claim, &body, &err) != 0 || body->len > SAY_MAX_BYTES ||
        (d->say = strdup(buf_cstr(body))) == NULL) {
        fail(deliver, d, "the message is too long for NOTIFY, or memory is out", -1);
        return;
    }
    end(deliver, d, STO_DELIVERED);
}

static void start_sending(struct ops_deliver *deliver, const struct sto_claim *claim,
                          struct delivery *d)
{
    struct err err = ERR_INIT;
    if (ops_channel_send(deliver->channel, claim, d, &err) != 0) {
        fail(deliver, d, err.text, -1);
    }
}

static void start_one(struct ops_deliver *deliver, const struct sto_claim *claim)
{
    struct delivery *d = deliver->free;
    deliver->free = d->next;
    deliver->free_count--;
    *d = (struct delivery){
        .outcome = {.subscription_id = claim->subscription_id,
                    .claim = claim->claim,
                    .notification_id = claim->notification_id},
        .attempts = claim->attempts,
        .is_failing = claim->is_failing,
        .is_fresh = true,
        .started_ms = clock_mono_ms(),
    };
    TAILQ_INSERT_TAIL(&deliver->fresh, d, by_start);
    deliver->fresh_count++;
    deliver->failing += d->is_failing;
    snprintf(d->subscription, sizeof(d->subscription), "%s", claim->subscription);
    if (claim->way == STO_WAY_NOTIFY) {
        start_notify(deliver, claim, d);
    } else {
        start_sending(deliver, claim, d);
    }
}

void ops_deliver_start(struct ops_deliver *deliver, const struct sto_claims *claims)
{
    for (size_t i = 0; i < claims->count && deliver->free != NULL; i++) {
        start_one(deliver, &claims->list[i]);
    }
    ops_deliver_turn(deliver); /* what was refused has ended already */
}

/* ---- the record ---- */

int ops_deliver_fd(const struct ops_deliver *deliver)
{
    return ops_sender_fd(deliver->sender);
}

bool ops_deliver_has_news(const struct ops_deliver *deliver)
{
    return deliver->ended != NULL;
}

bool ops_deliver_is_idle(const struct ops_deliver *deliver)
{
    return deliver->ended == NULL && ops_sender_in_flight(deliver->sender) == 0;
}

struct ops_deliver_counts ops_deliver_counts(const struct ops_deliver *deliver)
{
    return deliver->counts;
}

int ops_deliver_record(struct ops_deliver *deliver, struct sto_conn *conn, struct err *err)
{
    size_t count = deliver->ended_count;
    int counted = 0;
    if (count == 0) {
        return 0;
    }
    struct sto_outcome *outcomes = calloc(count, sizeof(*outcomes));
    if (outcomes == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for outcomes");
    }
    size_t i = 0;
    for (const struct delivery *d = deliver->ended; d != NULL; d = d->next) {
        outcomes[i++] = d->outcome;
    }
    failpoint_hit(FP_DELIVERY_SENT);
    int rc =
        sto_outbox_record(conn, outcomes, count, deliver->conf->relay.give_up_ms, &counted, err);
    free(outcomes);
    if (rc != 0) {
        return -1;
    }
    if ((size_t)counted < count) {
        log_warn("claims_lost", LOG_INT("deliveries", (int64_t)count - counted));
    }
    while (deliver->ended != NULL) {
        struct delivery *d = deliver->ended;
        deliver->ended = d->next;
        free(d->say);
        d->say = NULL;
        d->next = deliver->free;
        deliver->free = d;
    }
    deliver->ended_count = 0;
    deliver->free_count += count;
    return 0;
}
