/* SPDX-License-Identifier: Apache-2.0
 * ingest/service.c - starts and ends the threads of `nrc ingest`: the lanes and the upkeep. */
#include "ingest/service.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "ingest/lane.h"
#include "ingest/upkeep.h"

enum { PROGRESS_EACH_MS = 10 * 1000, STUCK_MS = 5 * 60 * 1000 };

struct service {
    const struct conf *conf;
    struct ing_feed *feed;
    struct ing_lane *lanes;
    pthread_t *lane_threads;
    int lane_count;
    int lanes_started;
    atomic_int lanes_ended;
    atomic_bool failed;
};

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
        snprintf(lane->owner, sizeof(lane->owner), "%.100s-%d", service->conf->ingest.instance, i);
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

static void join_lanes(struct service *service)
{
    for (int i = 0; i < service->lanes_started; i++) {
        pthread_join(service->lane_threads[i], NULL);
    }
}

static int outcome(const struct service *service, struct err *err)
{
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
    struct service service = {.conf = conf, .lane_count = (int)conf->ingest.lanes};
    struct ing_upkeep *upkeep = NULL;
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
    upkeep = ing_upkeep_start(conf, service.feed, err);
    if (upkeep == NULL) {
        goto out;
    }
    rc = start_lanes(&service, err);
    if (rc == 0) {
        supervise(&service);
    }
    ing_feed_stop(service.feed);
    join_lanes(&service);
    if (ing_upkeep_end(&upkeep, rc == 0 ? err : NULL) < 0) {
        rc = -1;
    }
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
