/* SPDX-License-Identifier: Apache-2.0
 * ingest/upkeep.c - see the header. The callbacks run in the watcher's thread. */
#include "ingest/upkeep.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/cases.h"
#include "ingest/parked.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/catalogue.h"
#include "storage/catalogue/incident.h"
#include "storage/catalogue/measure.h"
#include "storage/catalogue/view.h"
#include "storage/catalogue/watcher.h"
#include "storage/conn/settings.h"

enum {
    LEAVES_EACH_MS = 60 * 60 * 1000,
    LEAVES_RETRY_MS = 60 * 1000,
    TEND_EACH_MS = 1000,
    ROLL_EACH_MS = 60 * 1000,
    LAST_NEWS_MS = 3000
};

struct ing_upkeep {
    const struct conf *conf;
    struct ing_feed *feed;
    struct sto_watcher *watcher;
    struct ing_parked *parked;
    struct ing_cases *cases;
    struct sto_views views;
    int64_t started_ms;
    int64_t leaves_at_ms;
    int64_t tend_at_ms;
    int64_t roll_at_ms;
    bool anew; /* the connection is new: an equal version may be another register's */
    bool running_reported;
    struct err fatal; /* read after the thread's end */
};

static struct sto_conn_options connection(const struct ing_upkeep *upkeep)
{
    return sto_conn_settings(upkeep->conf, STO_ROLE_INGEST, "nrc ingest upkeep");
}

/* ---- the catalogue ---- */

/* What is read now is newer than what was in the feed before, unless the register went back: it was
 * restored from a backup. Then the feed holds what never was, and goes back too. */
static int refresh(struct ing_upkeep *upkeep, struct sto_conn *conn, struct err *err)
{
    int64_t before = ing_feed_version(upkeep->feed);
    struct sto_catalogue_age age;
    if (sto_catalogue_age(conn, &age, err) < 0) {
        return -1;
    }
    int64_t version = age.version;
    if (version == before && !upkeep->anew) {
        return 0;
    }
    int64_t generation;
    struct ing_datasets *former =
        upkeep->anew || version < before ? NULL : ing_feed_current(upkeep->feed, &generation);
    struct ing_datasets *datasets = ing_datasets_load(conn, upkeep->conf, former, err);
    ing_datasets_unref(&former);
    if (datasets == NULL) {
        return -1;
    }
    version = ing_datasets_version(datasets);
    if (version < before) {
        log_warn("catalogue_went_back", LOG_INT("from", before), LOG_INT("to", version));
    }
    if (version < before || (version == before && upkeep->anew)) {
        ing_feed_replace(upkeep->feed, &datasets);
    } else {
        ing_feed_publish(upkeep->feed, &datasets);
    }
    return 0;
}

static int on_changed(void *arg, struct sto_conn *conn, struct err *err)
{
    struct ing_upkeep *upkeep = arg;
    if ((upkeep->anew && sto_migrate_check(conn, err) < 0) || refresh(upkeep, conn, err) < 0) {
        return -1;
    }
    upkeep->anew = false;
    upkeep->views.due = true;
    return 0;
}

/* ---- leaves, incidents, parked events, views, counters ---- */

/* One broken table must not end the process for all: the leaves there are last for months. */
static int make_leaves(struct ing_upkeep *upkeep, struct sto_conn *conn, struct err *err)
{
    struct ing_news *news = ing_feed_news(upkeep->feed);
    int made = 0;
    if (sto_leaves_make(conn, ING_LEAVES_AHEAD_MONTHS, &made, err) == 0) {
        ing_news_end(news, STO_CLOSES_LEAVES_MADE, NULL, 0);
        upkeep->leaves_at_ms = clock_mono_ms() + LEAVES_EACH_MS;
        return 0;
    }
    if (err->kind != ERR_KIND_FATAL) {
        return -1;
    }
    log_error("leaves_not_made", LOG_ERR(err));
    ing_news_open(
        news, &(struct sto_incident){.kind = STO_INCIDENT_LEAVES_NOT_MADE, .detail = err->text});
    err_reset(err);
    upkeep->leaves_at_ms = clock_mono_ms() + LEAVES_RETRY_MS;
    return 0;
}

/* This engine has run for a while: what an earlier one of its name ended of is over. */
static void report_running(struct ing_upkeep *upkeep)
{
    const struct conf *conf = upkeep->conf;
    if (!upkeep->running_reported &&
        clock_mono_ms() - upkeep->started_ms >= conf->ingest.stuck_halt_ms) {
        upkeep->running_reported = true;
        ing_news_end(ing_feed_news(upkeep->feed), STO_CLOSES_ENGINE_RUNS, conf->ingest.instance, 0);
    }
}

/* Incidents must not end the engine: only a lost connection is an error here. */
static int tend(struct ing_upkeep *upkeep, struct sto_conn *conn, struct err *err)
{
    upkeep->tend_at_ms = clock_mono_ms() + TEND_EACH_MS;
    report_running(upkeep);
    if (ing_news_deliver(ing_feed_news(upkeep->feed), conn, err) == 0 &&
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

/* Counters must not end the engine either: what is not rolled up now is so later, and is read from its minutes until then. */
static int roll_measures(struct ing_upkeep *upkeep, struct sto_conn *conn, struct err *err)
{
    int hours = 0;
    if (sto_measures_roll(conn, upkeep->conf->ingest.measure_days, &hours, err) != 0) {
        if (!sto_conn_usable(conn)) {
            return -1;
        }
        log_warn("measures_not_rolled_up", LOG_ERR(err));
        err_reset(err);
    }
    upkeep->roll_at_ms =
        hours < STO_ROLL_MOST_HOURS ? clock_mono_ms() + ROLL_EACH_MS : clock_mono_ms();
    return 0;
}

/* Failures of both are logged, and tried again: they must not end the engine. */
static void serve_quarantine(struct ing_upkeep *upkeep, struct sto_conn *conn)
{
    int64_t generation;
    struct ing_datasets *datasets = ing_feed_current(upkeep->feed, &generation);
    if (datasets != NULL) {
        ing_parked_serve(upkeep->parked, conn, datasets);
        ing_cases_serve(upkeep->cases, conn, datasets);
    }
    ing_datasets_unref(&datasets);
}

static int on_turn(void *arg, struct sto_conn *conn, struct err *err)
{
    struct ing_upkeep *upkeep = arg;
    int64_t now_ms = clock_mono_ms();
    if (now_ms >= upkeep->leaves_at_ms && make_leaves(upkeep, conn, err) < 0) {
        return -1;
    }
    serve_quarantine(upkeep, conn);
    if (sto_views_turn(&upkeep->views, conn, err) < 0) {
        return -1;
    }
    if (now_ms >= upkeep->roll_at_ms && roll_measures(upkeep, conn, err) < 0) {
        return -1;
    }
    return now_ms >= upkeep->tend_at_ms ? tend(upkeep, conn, err) : 0;
}

static bool on_lost(void *arg, const struct err *err)
{
    struct ing_upkeep *upkeep = arg;
    upkeep->anew = true;
    if (err->kind != ERR_KIND_FATAL) {
        log_warn("register_away", LOG_ERR(err));
        return true;
    }
    ing_news_open(ing_feed_news(upkeep->feed),
                  &(struct sto_incident){.kind = STO_INCIDENT_ENGINE_FAILED,
                                         .engine = upkeep->conf->ingest.instance,
                                         .detail = err->text});
    upkeep->fatal = *err;
    ing_feed_stop(upkeep->feed);
    return false;
}

/* ---- start and end ---- */

struct ing_upkeep *ing_upkeep_start(const struct conf *conf, struct ing_feed *feed, struct err *err)
{
    struct ing_upkeep *upkeep = calloc(1, sizeof(*upkeep));
    if (upkeep == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory for the upkeep");
        return NULL;
    }
    upkeep->conf = conf;
    upkeep->feed = feed;
    upkeep->started_ms = clock_mono_ms();
    upkeep->anew = true;
    upkeep->fatal = (struct err)ERR_INIT;
    upkeep->parked = ing_parked_new(conf, err);
    upkeep->cases = upkeep->parked != NULL ? ing_cases_new(err) : NULL;
    if (upkeep->cases == NULL) {
        ing_parked_free(&upkeep->parked);
        free(upkeep);
        return NULL;
    }
    const struct sto_watcher_options options = {
        .conn = connection(upkeep),
        .poll_ms = (int)conf->ingest.catalogue_poll_ms,
        .changed = on_changed,
        .turn = on_turn,
        .lost = on_lost,
        .arg = upkeep,
    };
    upkeep->watcher = sto_watcher_start(&options, err);
    if (upkeep->watcher == NULL) {
        ing_cases_free(&upkeep->cases);
        ing_parked_free(&upkeep->parked);
        free(upkeep);
        return NULL;
    }
    return upkeep;
}

/* Whatever happens meanwhile: it must not keep the process from ending. */
static void deliver_last_news(struct ing_upkeep *upkeep)
{
    struct err err = ERR_INIT;
    struct sto_conn_options options = connection(upkeep);
    options.connect_timeout_ms = LAST_NEWS_MS;
    options.deadline_ms = LAST_NEWS_MS;
    if (!ing_news_waiting(ing_feed_news(upkeep->feed))) {
        return;
    }
    struct sto_conn *conn = sto_conn_open(&options, &err);
    if (conn == NULL || ing_news_deliver(ing_feed_news(upkeep->feed), conn, &err) < 0) {
        log_warn("incidents_not_told", LOG_ERR(&err));
    }
    sto_conn_close(&conn);
}

int ing_upkeep_end(struct ing_upkeep **taken, struct err *err)
{
    struct ing_upkeep *upkeep = *taken;
    *taken = NULL;
    sto_watcher_stop(&upkeep->watcher);
    ing_cases_free(&upkeep->cases);
    ing_parked_free(&upkeep->parked);
    deliver_last_news(upkeep);
    int rc = upkeep->fatal.kind == ERR_KIND_NONE ? 0 : -1;
    if (rc < 0 && err != NULL) {
        *err = upkeep->fatal;
    }
    free(upkeep);
    return rc;
}
