/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/monitor.c - the loop of `nrc monitor`: it is alone, it has the register, it turns, it rests.
 *
 * One thread, one connection to the register, two clients of Kafka. */
#include "ops/monitor/monitor.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/signals.h"
#include "base/zone.h"
#include "ops/monitor/logs.h"
#include "ops/monitor/page/page.h"
#include "ops/monitor/probes.h"
#include "ops/monitor/statements.h"
#include "ops/monitor/turn_priv.h"
#include "ops/tell/direct.h"
#include "storage/admin/admin.h"
#include "storage/conn/settings.h"
#include "storage/quality/outside.h"
#include "storage/quality/statement.h"
#include "storage/quality/watch.h"

enum { RECONNECT_MS = 1000, SIGNALS_MS = 200 };

static int connect_register(struct ops_monitor *m, struct err *err)
{
    const struct sto_conn_options options =
        sto_conn_settings(m->conf, STO_ROLE_WATCH, "nrc monitor");
    m->conn = sto_conn_open(&options, err);
    m->is_alone = false;
    m->has_looked = false;
    if (m->conn == NULL) {
        return -1;
    }
    if (sto_migrate_check(m->conn, err) != 0) {
        sto_conn_close(&m->conn);
        return -1;
    }
    if (m->is_away) {
        m->is_away = false;
        log_info("register_back");
    }
    return 0;
}

/* *alone false: another monitor has the lock. */
static int take_lock(struct ops_monitor *m, struct err *err)
{
    if (m->is_alone) {
        return 0;
    }
    if (sto_watch_alone(m->conn, &m->is_alone, err) < 0) {
        return -1;
    }
    int32_t schema_id;
    if (m->is_alone && sto_statement_open(m->conn, &schema_id, err) < 0) {
        return -1;
    }
    if (m->is_alone || !m->has_said_second) {
        log_info(m->is_alone ? "watching" : "another_monitor_watches");
        m->has_said_second = !m->is_alone;
    }
    return 0;
}

/* Everything was written: what was told directly is over, and the register has it for the record. */
static int end_outage(struct ops_monitor *m, struct err *err)
{
    struct ops_outage_over over;
    if (m->has_trouble) {
        return 0;
    }
    ops_alarm_ended(&m->alarm, clock_wall_s(), &over);
    return over.kind == NULL ? 0
                             : sto_outage_record(m->conn, over.kind, over.began_s, over.what, err);
}

static int work(struct ops_monitor *m, struct err *err)
{
    if (m->conn == NULL && connect_register(m, err) < 0) {
        return -1;
    }
    if (take_lock(m, err) < 0) {
        return -1;
    }
    if (!m->is_alone) {
        ops_monitor_probes_turned(m->probes, 0, NULL);
        return 0;
    }
    m->has_trouble = false;
    return ops_monitor_turn(m, err) < 0 || end_outage(m, err) < 0 ? -1 : 0;
}

/* True when a signal to end came within `ms`. */
static bool rest(struct ops_monitor *m, int64_t ms)
{
    sigset_t signals;
    int64_t until_ms = clock_mono_ms() + ms;
    signals_fill(&signals);
    for (int64_t left = ms; left >= 0; left = until_ms - clock_mono_ms()) {
        int64_t part = left < SIGNALS_MS ? left : SIGNALS_MS;
        notify_alive(clock_mono_ms());
        const struct timespec span = {0, part * 1000000};
        int number = sigtimedwait(&signals, NULL, &span);
        if (number > 0 && number != SIGHUP) {
            notify_stopping();
            log_info("stopping", LOG_STR("signal", strsignal(number)));
            return true;
        }
        if (number == SIGHUP) {
            notify_reloading();
            ops_page_reload(m->page);
            notify_ready();
        }
        if (left == 0) {
            break;
        }
    }
    return false;
}

/* RETRY: the connection is given up, and what failed is tried again. */
static int lose(struct ops_monitor *m, struct err *err)
{
    sto_conn_close(&m->conn);
    ops_monitor_probes_failed(m->probes, err->code);
    ops_alarm_failed(&m->alarm, err, clock_wall_s());
    if (err->kind == ERR_KIND_FATAL) {
        return -1;
    }
    if (!m->is_away) {
        m->is_away = true;
        log_warn("register_away", LOG_ERR(err));
    }
    err_reset(err);
    return 0;
}

static void close_all(struct ops_monitor *m)
{
    ops_monitor_probes_stop(&m->probes);
    ops_page_stop(&m->page);
    sto_conn_close(&m->conn);
    ops_statements_close(&m->statements);
    ops_logs_close(&m->logs);
    ops_contracts_fini(&m->contracts);
    zone_free(&m->zone);
}

static int open_all(struct ops_monitor *m, struct err *err)
{
    m->zone = zone_open(ZONE_CENTER, err);
    m->logs = m->zone != NULL ? ops_logs_open(m->conf, err) : NULL;
    m->statements = m->logs != NULL ? ops_statements_open(m->conf, err) : NULL;
    return m->statements != NULL ? 0 : -1;
}

static int tell_directly(void *arg, const struct ops_told *told, struct err *err)
{
    const struct ops_monitor *m = arg;
    notify_alive(clock_mono_ms());
    return ops_tell_direct(m->conf, told, err);
}

int ops_monitor_run(const struct conf *conf, struct err *err)
{
    struct ops_monitor m = {.conf = conf, .at = INT64_MIN};
    m.alarm = (struct ops_alarm){.tell = tell_directly, .arg = &m};
    int rc = open_all(&m, err);
    if (rc == 0) {
        rc = ops_page_start(conf, &m.page, err);
    }
    if (rc == 0) {
        m.probes = ops_monitor_probes_start(conf, m.page, err);
        rc = m.probes != NULL ? 0 : -1;
    }
    bool is_over = false;
    if (rc == 0) {
        notify_ready();
        log_info("started");
    }
    while (rc == 0 && !is_over) {
        int64_t pause_ms = conf->monitor.every_ms;
        if (work(&m, err) < 0) {
            rc = lose(&m, err);
            pause_ms = RECONNECT_MS;
        }
        is_over = rc == 0 && rest(&m, pause_ms);
    }
    close_all(&m);
    return rc;
}

int ops_monitor_once(const struct conf *conf, int64_t at,
                     void (*tell)(void *arg, const struct ops_finding *finding), void *arg,
                     struct err *err)
{
    struct ops_monitor m = {.conf = conf, .at = at, .tell = tell, .arg = arg};
    int rc = open_all(&m, err) < 0 || connect_register(&m, err) < 0 ? -1 : 0;
    if (rc == 0 && at == INT64_MIN && (rc = take_lock(&m, err)) == 0 && !m.is_alone) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_REFUSED,
                     "another monitor watches: nrc freshness shows what it found");
    }
    if (rc == 0) {
        rc = ops_monitor_turn(&m, err);
    }
    close_all(&m);
    return rc;
}
