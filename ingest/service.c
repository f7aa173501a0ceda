/* SPDX-License-Identifier: Apache-2.0
 * ingest/service.c - starts and ends the threads of `nrc ingest`.
 *
 * The watcher keeps the feed's snapshot fresh (notified, and polled in case a notification was
 * lost), makes the months' leaves ahead, and tends incidents: so no event's way has to ask whether one
 * is open. It is the only thread that LISTENs. */
#include "ingest/service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "ingest/lane.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/incident.h"
#include "storage/conn/settings.h"

enum {
    WATCH_SLICE_MS = 500,
    WATCH_RETRY_MS = 1000,
    LEAVES_EACH_MS = 60 * 60 * 1000,
    LEAVES_RETRY_MS = 60 * 1000,
    TEND_EACH_MS = 1000,
    LAST_NEWS_MS = 3000,
    PROGRESS_EACH_MS = 10 * 1000,
    STUCK_MS = 5 * 60 * 1000
};

struct service {
    const struct conf *conf;
    struct ing_feed *feed;
    struct ing_lane *lanes;
    pthread_t *lane_threads;
    int lane_count;
    int lanes_started;
    pthread_t watcher;
    bool watcher_started;
    atomic_int lanes_ended;
    atomic_bool failed;
    int64_t started_ms;
    bool running_reported;
    struct err watch_err; /* the watcher's, if it met something FATAL */
    atomic_bool watch_failed;
};

/* ---- the watcher ---- */

/* The watcher may wait as long as the process runs. */
static int on_wait(void *arg)
{
    const struct service *service = arg;
    return ing_feed_stopping(service->feed) ? -1 : 0;
}

/* most_ms: for the connection and each answer, whatever happens meanwhile; 0: as configured, until stop. */
static struct sto_conn *watch_connect(struct service *service, int most_ms, struct err *err)
{
    struct sto_conn_options options =
        sto_conn_settings(service->conf, STO_ROLE_INGEST, "nrc ingest watcher");
    if (most_ms > 0) {
        options.connect_timeout_ms = most_ms;
        options.deadline_ms = most_ms;
    } else {
        options.on_wait = on_wait;
        options.on_wait_arg = service;
    }
    return sto_conn_open(&options, err);
}

static struct sto_conn *watch_begin(struct service *service, struct err *err)
{
    struct sto_conn *conn = watch_connect(service, 0, err);
    if (conn != NULL && (sto_migrate_check(conn, err) < 0 || sto_catalogue_listen(conn, err) < 0)) {
        sto_conn_close(&conn);
    }
    return conn;
}

/* What is read now is newer than what was in the feed before, unless the register went back: it was
 * restored from a backup. Then the feed holds what never was, and goes back too. `anew`: on a new
 * connection, where an equal version may be another register's. */
static int refresh(struct service *service, struct sto_conn *conn, bool anew, struct err *err)
{
    int64_t before = ing_feed_version(service->feed);
    int64_t version;
    if (sto_catalogue_version(conn, &version, err) < 0) {
        return -1;
    }
    if (version == before && !anew) {
        return 0;
    }
    struct ing_datasets *datasets = ing_datasets_load(conn, err);
    if (datasets == NULL) {
        return -1;
    }
    version = ing_datasets_version(datasets);
    if (version < before) {
        log_warn("catalogue_went_back", LOG_INT("from", before), LOG_INT("to", version));
    }
    if (version < before || (version == before && anew)) {
        ing_feed_replace(service->feed, &datasets);
    } else {
        ing_feed_publish(service->feed, &datasets);
    }
    return 0;
}

/* One broken table must not end the process for all: the leaves there are last for months. Returns
 * the pause until the next time; 0: failed, RETRY. */
static int make_leaves(struct service *service, struct sto_conn *conn, struct err *err)
{
    struct ing_news *news = ing_feed_news(service->feed);
    int made = 0;
    if (sto_leaves_make(conn, ING_LEAVES_AHEAD_MONTHS, &made, err) == 0) {
        ing_news_end(news, STO_CLOSES_LEAVES_MADE, NULL, 0);
        return LEAVES_EACH_MS;
    }
    if (err->kind != ERR_KIND_FATAL) {
        return 0;
    }
    log_error("leaves_not_made", LOG_ERR(err));
    ing_news_open(
        news, &(struct sto_incident){.kind = STO_INCIDENT_LEAVES_NOT_MADE, .detail = err->text});
    err_reset(err);
    return LEAVES_RETRY_MS;
}

/* This engine has run for a while: what an earlier one of its name ended of is over. */
static void report_running(struct service *service)
{
    const struct conf *conf = service->conf;
    if (!service->running_reported &&
        clock_mono_ms() - service->started_ms >= conf->ingest.stuck_halt_ms) {
        service->running_reported = true;
        ing_news_end(ing_feed_news(service->feed), STO_CLOSES_ENGINE_RUNS, conf->ingest.instance,
                     0);
    }
}

/* Incidents must not end the engine: only a lost connection is an error here. */
static int tend(struct service *service, struct sto_conn *conn, struct err *err)
{
    report_running(service);
    if (ing_news_deliver(ing_feed_news(service->feed), conn, err) == 0 &&
        sto_incident_tend(conn, err) == 0) {
        return 0;
    }
    if (!sto_conn_usable(conn)) {
        return -1;
    }
    log_warn("incidents_not_tended", LOG_ERR(err));
    err_reset(err);
    return 0;
}

/* Until stop or failure. */
static int watch(struct service *service, struct sto_conn *conn, struct err *err)
{
    int64_t refresh_at_ms = 0;
    int64_t leaves_at_ms = 0;
    int64_t tend_at_ms = 0;
    bool anew = true;
    while (!ing_feed_stopping(service->feed)) {
        int64_t now_ms = clock_mono_ms();
        if (now_ms >= refresh_at_ms) {
            if (refresh(service, conn, anew, err) < 0) {
                return -1;
            }
            anew = false;
            refresh_at_ms = now_ms + service->conf->ingest.catalogue_poll_ms;
        }
        if (now_ms >= leaves_at_ms) {
            int pause_ms = make_leaves(service, conn, err);
            if (pause_ms == 0) {
                return -1;
            }
            leaves_at_ms = now_ms + pause_ms;
        }
        if (now_ms >= tend_at_ms) {
            if (tend(service, conn, err) < 0) {
                return -1;
            }
            tend_at_ms = now_ms + TEND_EACH_MS;
        }
        int news = sto_catalogue_wait(conn, WATCH_SLICE_MS, err);
        if (news < 0) {
            return -1;
        }
        refresh_at_ms = news > 0 ? 0 : refresh_at_ms;
    }
    return 0;
}

static void rest(int ms)
{
    const struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&ts, NULL);
}

static void *watcher_main(void *arg)
{
    struct service *service = arg;
    while (!ing_feed_stopping(service->feed)) {
        struct err err = ERR_INIT;
        struct sto_conn *conn = watch_begin(service, &err);
        int rc = conn != NULL ? watch(service, conn, &err) : -1;
        if (rc < 0 && err.kind == ERR_KIND_FATAL) {
            ing_news_open(ing_feed_news(service->feed),
                          &(struct sto_incident){.kind = STO_INCIDENT_ENGINE_FAILED,
                                                 .engine = service->conf->ingest.instance,
                                                 .detail = err.text});
        }
        sto_conn_close(&conn);
        if (rc < 0 && err.kind == ERR_KIND_FATAL) {
            service->watch_err = err;
            atomic_store(&service->watch_failed, true);
            ing_feed_stop(service->feed);
            break;
        }
        if (rc < 0 &&
            !ing_feed_stopping(service->feed)) { /* else it was a stop that ended the wait */
            log_warn("register_away", LOG_ERR(&err));
            rest(WATCH_RETRY_MS);
        }
    }
    return NULL;
}

/* ---- lanes ---- */

struct lane_start {
    struct service *service;
    struct ing_lane *lane;
};

static void *lane_main(void *arg)
{
    struct lane_start *start = arg;
    if (ing_lane_run(start->lane) < 0) {
        log_error("lane_failed", LOG_INT("lane", start->lane->number),
                  LOG_ERR(&start->lane->fatal));
        atomic_store(&start->service->failed, true);
        ing_feed_stop(start->service->feed);
    }
    atomic_fetch_add(&start->service->lanes_ended, 1);
    free(start);
    return NULL;
}

static int start_lanes(struct service *service, struct err *err)
{
    for (int i = 0; i < service->lane_count; i++) {
        struct ing_lane *lane = &service->lanes[i];
        struct lane_start *start = malloc(sizeof(*start));
        lane->conf = service->conf;
        lane->number = i;
        lane->feed = service->feed;
        atomic_store(&lane->turned_ms, clock_mono_ms());
        if (start == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory for a lane");
        }
        *start = (struct lane_start){service, lane};
        if (pthread_create(&service->lane_threads[i], NULL, lane_main, start) != 0) {
            free(start);
            return err_set(err, ERR_KIND_FATAL, ERR_IO, "cannot start a thread for lane %d", i);
        }
        service->lanes_started++;
    }
    return 0;
}

static uint64_t total(const struct service *service, enum metric m)
{
    uint64_t sum = 0;
    for (int i = 0; i < service->lanes_started; i++) {
        sum += metric_get(&service->lanes[i].metrics, m);
    }
    return sum;
}

static void log_progress(const struct service *service, const char *event)
{
    log_info(event, LOG_INT("received", (int64_t)total(service, METRIC_RECEIVED)),
             LOG_INT("applied", (int64_t)total(service, METRIC_APPLIED)),
             LOG_INT("duplicate", (int64_t)total(service, METRIC_DUPLICATE)),
             LOG_INT("stale", (int64_t)total(service, METRIC_STALE)),
             LOG_INT("quarantined", (int64_t)total(service, METRIC_QUARANTINED)),
             LOG_INT("exempt", (int64_t)total(service, METRIC_EXEMPT)),
             LOG_INT("skipped", (int64_t)total(service, METRIC_SKIPPED)),
             LOG_INT("batches", (int64_t)total(service, METRIC_BATCHES)),
             LOG_INT("retries", (int64_t)total(service, METRIC_RETRIES)));
}

/* Polling any queue resets librdkafka's own watchdog, so a lane that hangs elsewhere would keep its
 * partitions for ever. */
static void check_lanes(const struct service *service)
{
    for (int i = 0; i < service->lanes_started; i++) {
        int64_t silent_ms = clock_mono_ms() - atomic_load(&service->lanes[i].turned_ms);
        if (silent_ms > STUCK_MS && atomic_load(&service->lanes_ended) < service->lanes_started) {
            log_error("lane_stuck", LOG_INT("lane", i), LOG_INT("silent_ms", silent_ms));
            abort();
        }
    }
}

/* ---- the process ---- */

static void supervise(struct service *service)
{
    sigset_t signals;
    signals_fill(&signals);
    int64_t progress_at_ms = clock_mono_ms() + PROGRESS_EACH_MS;
    uint64_t seen = 0;
    while (!ing_feed_stopping(service->feed)) {
        const struct timespec slice = {0, 250 * 1000000L};
        int signal_number = sigtimedwait(&signals, NULL, &slice);
        if (signal_number > 0) {
            log_info("stopping", LOG_STR("signal", strsignal(signal_number)));
            ing_feed_stop(service->feed);
        }
        check_lanes(service);
        if (clock_mono_ms() >= progress_at_ms) {
            progress_at_ms = clock_mono_ms() + PROGRESS_EACH_MS;
            if (total(service, METRIC_RECEIVED) != seen) {
                seen = total(service, METRIC_RECEIVED);
                log_progress(service, "progress");
            }
        }
    }
}

static void join_all(struct service *service)
{
    for (int i = 0; i < service->lanes_started; i++) {
        pthread_join(service->lane_threads[i], NULL);
    }
    if (service->watcher_started) {
        pthread_join(service->watcher, NULL);
    }
}

/* The lanes' last incidents come after the watcher's end. */
static void deliver_last_news(struct service *service)
{
    struct err err = ERR_INIT;
    if (!ing_news_waiting(ing_feed_news(service->feed))) {
        return;
    }
    struct sto_conn *conn = watch_connect(service, LAST_NEWS_MS, &err);
    if (conn == NULL || ing_news_deliver(ing_feed_news(service->feed), conn, &err) < 0) {
        log_warn("incidents_not_told", LOG_ERR(&err));
    }
    sto_conn_close(&conn);
}

static int outcome(const struct service *service, struct err *err)
{
    if (atomic_load(&service->watch_failed)) {
        *err = service->watch_err;
        return -1;
    }
    for (int i = 0; atomic_load(&service->failed) && i < service->lanes_started; i++) {
        if (service->lanes[i].fatal.kind != ERR_KIND_NONE) {
            *err = service->lanes[i].fatal;
            return -1;
        }
    }
    return !atomic_load(&service->failed)
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_BUG, "a lane failed without a reason");
}

int ing_service_run(const struct conf *conf, struct err *err)
{
    struct service service = {
        .conf = conf, .lane_count = (int)conf->ingest.lanes, .started_ms = clock_mono_ms()};
    int rc = -1;

    service.feed = ing_feed_new();
    service.lanes = calloc((size_t)service.lane_count, sizeof(*service.lanes));
    service.lane_threads = calloc((size_t)service.lane_count, sizeof(*service.lane_threads));
    if (service.feed == NULL || service.lanes == NULL || service.lane_threads == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory for the lanes");
        goto out;
    }
    log_info("started", LOG_STR("instance", conf->ingest.instance),
             LOG_INT("lanes", service.lane_count), LOG_STR("group", conf->kafka.group));
    if (pthread_create(&service.watcher, NULL, watcher_main, &service) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_IO, "cannot start the watcher's thread");
        goto out;
    }
    service.watcher_started = true;
    rc = start_lanes(&service, err);
    if (rc == 0) {
        supervise(&service);
    }
    ing_feed_stop(service.feed);
    join_all(&service);
    deliver_last_news(&service);
    log_progress(&service, "stopped");
    if (rc == 0) {
        rc = outcome(&service, err);
    }
out:
    ing_feed_free(&service.feed);
    free(service.lanes);
    free(service.lane_threads);
    return rc;
}
