/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/relay.c - the loop of `nrc relay`: new notifications become deliveries, those that are due are claimed and sent,
 * and what became of them is recorded; likewise messages on the topic, and rejects on those of their agencies.
 *
 * One thread and one connection. The connection LISTENs, so that a notification goes out at once; the register is asked every
 * poll_ms besides, because a lost connection loses what it would have heard, and a claim of a relay that was killed ends
 * without a word. */
#include "ops/relay/relay.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/signals.h"
#include "ops/relay/deliver.h"
#include "ops/relay/probes.h"
#include "ops/relay/publish.h"
#include "ops/relay/rejects.h"
#include "ops/tell/address.h"
#include "storage/admin/admin.h"
#include "storage/conn/settings.h"
#include "storage/notify/outbox.h"

enum {
    SIGNALS_MS = 200, /* how long a signal may go unheard */
    RECONNECT_MS = 1000,
    AGAIN_MS = 20,
    TEND_POLLS = 10,  /* polls between two looks for what is to be escalated */
    CONDENSED = 5000, /* old deliveries in one transaction */
    PROGRESS_MS = 10 * 1000,
    FAN_OUTS_MAX = 20, /* before deliveries have their turn */
    OTHER_FDS = 3,
    NAME_SIZE = 300
};

struct relay {
    const struct conf *conf;
    struct ops_deliver *deliver;
    struct ops_publish *publish; /* NULL: no topic */
    struct ops_rejects *rejects; /* NULL: none are published */
    struct sto_conn *conn;       /* NULL: to be opened */
    char name[NAME_SIZE];
    bool is_stopping;
    bool is_due; /* something may be waiting to be claimed */
    int64_t stop_by_ms;
    int64_t connect_at_ms;
    int64_t poll_at_ms;
    int64_t due_at_ms; /* of the next delivery that is known of */
    int64_t tend_at_ms;
    int64_t progress_at_ms;
    struct ops_deliver_counts told; /* as the log has it */
    uint64_t told_published;
    uint64_t told_rejects;
    bool is_away; /* the register, as it was logged */
    struct ops_relay_probes probes;
};

/* ---- the register ---- */

static int connect_register(struct relay *relay, struct err *err)
{
    const struct sto_conn_options options =
        sto_conn_settings(relay->conf, STO_ROLE_RELAY, "nrc relay");
    relay->conn = sto_conn_open(&options, err);
    if (relay->conn == NULL) {
        return -1;
    }
    if (sto_migrate_check(relay->conn, err) != 0 || sto_outbox_listen(relay->conn, err) != 0 ||
        ops_publish_open(relay->publish, relay->conn, err) != 0 ||
        ops_rejects_open(relay->rejects, relay->conn, err) != 0) {
        sto_conn_close(&relay->conn);
        return -1;
    }
    relay->poll_at_ms = 0; /* no message came before */
    relay->is_due = true;
    if (relay->is_away) {
        relay->is_away = false;
        log_info("register_back");
    }
    return 0;
}

/* What is in flight goes on, and is recorded when the register is back. */
static void lose_register(struct relay *relay, struct err *err)
{
    sto_conn_close(&relay->conn);
    relay->connect_at_ms = clock_mono_ms() + RECONNECT_MS;
    if (!relay->is_away) {
        relay->is_away = true;
        log_warn("register_away", LOG_ERR(err));
    }
    err_reset(err);
}

/* ---- one turn ---- */

static int fan_out(struct relay *relay, struct err *err)
{
    int count = (int)relay->conf->relay.fan_out;
    for (int i = 0; i < FAN_OUTS_MAX && count == relay->conf->relay.fan_out; i++) {
        if (sto_outbox_fan_out(relay->conn, (int)relay->conf->relay.fan_out, &count, err) != 0) {
            return -1;
        }
        if (count > 0) {
            failpoint_hit(FP_OUTBOX_FANNED_OUT);
            log_debug("fanned_out", LOG_INT("notifications", count));
        }
    }
    if (count == relay->conf->relay.fan_out) {
        relay->poll_at_ms = 0;
    }
    relay->is_due = true;
    ops_publish_hint(relay->publish);
    return 0;
}

static int queue_rejects(struct relay *relay, struct err *err)
{
    bool more = true;
    for (int i = 0; i < FAN_OUTS_MAX && more; i++) {
        if (ops_rejects_queue(relay->rejects, relay->conn, &more, err) != 0) {
            return -1;
        }
    }
    if (more) {
        relay->poll_at_ms = 0;
    }
    return 0;
}

static int claim(struct relay *relay, struct err *err)
{
    struct sto_claims claims;
    struct sto_claim_options options = {.relay = relay->name,
                                        .lease_ms = relay->conf->relay.lease_ms};
    int64_t next_ms;
    ops_deliver_room(relay->deliver, &options.most, &options.most_failing);
    if (options.most == 0) {
        return 0; /* when something ends, there is room */
    }
    if (sto_outbox_claim(relay->conn, &options, &claims, err) != 0) {
        return -1;
    }
    size_t count = claims.count;
    if (count > 0) {
        failpoint_hit(FP_DELIVERY_CLAIMED);
        ops_deliver_start(relay->deliver, &claims);
    }
    sto_claims_fini(&claims);
    if (count == (size_t)options.most) {
        return 0;
    }
    relay->is_due = false;
    if (sto_outbox_next_ms(relay->conn, &next_ms, err) != 0) {
        return -1;
    }
    /* One that is due and was not claimed is another relay's at this moment, or fails beyond its share. */
    relay->due_at_ms =
        next_ms < 0 ? INT64_MAX : clock_mono_ms() + (next_ms > AGAIN_MS ? next_ms : AGAIN_MS);
    return 0;
}

static int tend(struct relay *relay, struct err *err)
{
    int escalated = 0;
    int condensed = 0;
    const struct conf *conf = relay->conf;
    if (sto_outbox_tend(relay->conn, conf->relay.escalate_before_ms, &escalated, err) != 0 ||
        sto_outbox_condense(relay->conn, conf->relay.keep_days, CONDENSED, &condensed, err) != 0 ||
        ops_rejects_tend(relay->rejects, relay->conn, err) != 0) {
        return -1;
    }
    if (escalated > 0) {
        log_warn("escalated", LOG_INT("changes", escalated));
        relay->poll_at_ms = 0;
    }
    relay->tend_at_ms = clock_mono_ms() + relay->conf->relay.poll_ms * TEND_POLLS;
    return 0;
}

/* What was recorded may have another delivery behind it. */
static int record(struct relay *relay, struct err *err)
{
    if (!ops_deliver_has_news(relay->deliver)) {
        return 0;
    }
    relay->is_due = true;
    return ops_deliver_record(relay->deliver, relay->conn, err);
}

static int publish(struct relay *relay, struct err *err)
{
    bool is_stopping = relay->is_stopping;
    return ops_publish_work(relay->publish, relay->conn, is_stopping, err) != 0
               ? -1
               : ops_rejects_work(relay->rejects, relay->conn, is_stopping, err);
}

static int work(struct relay *relay, struct err *err)
{
    bool heard = false;
    int64_t now_ms = clock_mono_ms();
    if (record(relay, err) != 0 || sto_outbox_heard(relay->conn, &heard, err) != 0) {
        return -1;
    }
    if (relay->is_stopping) {
        return publish(relay, err);
    }
    if (now_ms >= relay->tend_at_ms && tend(relay, err) != 0) {
        return -1;
    }
    if (heard || now_ms >= relay->poll_at_ms) {
        relay->poll_at_ms = now_ms + relay->conf->relay.poll_ms;
        if (fan_out(relay, err) != 0 || queue_rejects(relay, err) != 0) {
            return -1;
        }
    }
    if (now_ms >= relay->due_at_ms) {
        relay->is_due = true;
    }
    if (publish(relay, err) != 0) {
        return -1;
    }
    return relay->is_due ? claim(relay, err) : 0;
}

/* ---- waiting ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int patience_ms(const struct relay *relay)
{
    int64_t now_ms = clock_mono_ms();
    if (relay->conn == NULL) {
        return (int)least(SIGNALS_MS,
                          relay->connect_at_ms > now_ms ? relay->connect_at_ms - now_ms : 0);
    }
    if (ops_deliver_has_news(relay->deliver) || ops_publish_has_news(relay->publish) ||
        ops_rejects_has_news(relay->rejects)) {
        return 0;
    }
    int most;
    int most_failing;
    ops_deliver_room(relay->deliver, &most, &most_failing);
    int64_t until_ms = least(relay->poll_at_ms, relay->tend_at_ms);
    if (most > 0) {
        until_ms = relay->is_due ? 0 : least(until_ms, relay->due_at_ms);
    }
    return (int)least(SIGNALS_MS, until_ms > now_ms ? until_ms - now_ms : 0);
}

static void wait_for_news(struct relay *relay)
{
    struct pollfd fds[OTHER_FDS + OPS_REJECT_LANES] = {
        {.fd = ops_deliver_fd(relay->deliver), .events = POLLIN},
        {.fd = ops_publish_fd(relay->publish), .events = POLLIN},
        {.fd = relay->conn != NULL ? sto_conn_socket(relay->conn) : -1, .events = POLLIN},
    };
    for (size_t i = 0; i < OPS_REJECT_LANES; i++) {
        fds[OTHER_FDS + i] =
            (struct pollfd){.fd = ops_rejects_fd(relay->rejects, i), .events = POLLIN};
    }
    (void)poll(fds, COUNT_OF(fds), patience_ms(relay));
}

static void hear_signals(struct relay *relay)
{
    static const struct timespec at_once = {0, 0};
    sigset_t signals;
    signals_fill(&signals);
    int number = sigtimedwait(&signals, NULL, &at_once);
    if (number > 0 && number != SIGHUP && !relay->is_stopping) {
        relay->is_stopping = true;
        relay->stop_by_ms = clock_mono_ms() + relay->conf->relay.timeout_ms + RECONNECT_MS;
        notify_stopping();
        log_info("stopping", LOG_STR("signal", strsignal(number)));
    }
}

static void publish_counts(struct relay *relay)
{
    struct metric_set *metrics = &relay->probes.metrics;
    const struct ops_deliver_counts now = ops_deliver_counts(relay->deliver);
    metric_set_to(metrics, METRIC_DELIVERED, now.delivered);
    metric_set_to(metrics, METRIC_ATTEMPTS_FAILED, now.failed);
    metric_set_to(metrics, METRIC_PUBLISHED, ops_publish_count(relay->publish));
    metric_set_to(metrics, METRIC_REJECTS, ops_rejects_count(relay->rejects));
    ops_relay_probes_turned(&relay->probes, relay->conn != NULL, relay->is_stopping);
}

static void log_progress(struct relay *relay)
{
    const struct ops_deliver_counts now = ops_deliver_counts(relay->deliver);
    int64_t now_ms = clock_mono_ms();
    if (now_ms < relay->progress_at_ms) {
        return;
    }
    relay->progress_at_ms = now_ms + PROGRESS_MS;
    uint64_t published = ops_publish_count(relay->publish);
    uint64_t rejects = ops_rejects_count(relay->rejects);
    if (now.delivered != relay->told.delivered || now.failed != relay->told.failed ||
        published != relay->told_published || rejects != relay->told_rejects) {
        log_info("progress", LOG_INT("delivered", (int64_t)now.delivered),
                 LOG_INT("failed", (int64_t)now.failed), LOG_INT("published", (int64_t)published),
                 LOG_INT("rejects", (int64_t)rejects));
        relay->told = now;
        relay->told_published = published;
        relay->told_rejects = rejects;
    }
}

/* ---- the process ---- */

static bool is_over(const struct relay *relay)
{
    return relay->is_stopping &&
           ((ops_deliver_is_idle(relay->deliver) && ops_publish_is_idle(relay->publish) &&
             ops_rejects_is_idle(relay->rejects)) ||
            clock_mono_ms() >= relay->stop_by_ms);
}

/* An error that a new connection does not mend ends the process. */
static int loop(struct relay *relay, struct err *err)
{
    while (!is_over(relay)) {
        bool failed = relay->conn != NULL                       ? work(relay, err) != 0
                      : clock_mono_ms() >= relay->connect_at_ms ? connect_register(relay, err) != 0
                                                                : false;
        if (failed) {
            if (err->kind == ERR_KIND_FATAL) {
                return -1;
            }
            lose_register(relay, err);
        }
        wait_for_news(relay);
        ops_deliver_turn(relay->deliver);
        ops_publish_turn(relay->publish);
        ops_rejects_turn(relay->rejects);
        hear_signals(relay);
        publish_counts(relay);
        log_progress(relay);
        notify_alive(clock_mono_ms());
    }
    return 0;
}

static int check_conf(const struct conf *conf, struct err *err)
{
    if (conf->relay.lease_ms <= conf->relay.timeout_ms) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[relay] lease_ms must be more than timeout_ms, or two relays would send "
                       "the same message");
    }
    return 0;
}

static void make_name(struct relay *relay)
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    snprintf(relay->name, sizeof(relay->name), "%s/%ld", host, (long)getpid());
}

int ops_relay_run(const struct conf *conf, struct err *err)
{
    struct relay relay = {.conf = conf, .due_at_ms = INT64_MAX};
    if (check_conf(conf, err) != 0) {
        return -1;
    }
    make_name(&relay);
    struct ops_address_rules *rules = ops_address_rules_parse(conf->relay.allow, err);
    int rc = -1;
    if (rules != NULL && (relay.deliver = ops_deliver_new(conf, rules, err)) != NULL &&
        ops_publish_new(conf, relay.name, &relay.publish, err) == 0 &&
        ops_rejects_new(conf, relay.name, &relay.rejects, err) == 0 &&
        ops_relay_probes_start(&relay.probes, conf, err) == 0) {
        log_info("started", LOG_STR("relay", relay.name),
                 LOG_INT("rules", (int64_t)ops_address_rules_count(rules)));
        notify_ready();
        rc = loop(&relay, err);
        log_info("stopped");
    }
    ops_relay_probes_stop(&relay.probes);
    sto_conn_close(&relay.conn);
    ops_rejects_free(&relay.rejects);
    ops_publish_free(&relay.publish);
    ops_deliver_free(&relay.deliver);
    ops_address_rules_free(&rules);
    return rc;
}
