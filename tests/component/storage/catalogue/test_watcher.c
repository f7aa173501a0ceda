/* SPDX-License-Identifier: Apache-2.0
 * The watcher of the catalogue: it hears of every change, and comes back by itself. */
#include "database.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "storage/catalogue/catalogue.h"
#include "storage/catalogue/watcher.h"
#include "storage/conn/statement.h"

enum { PATIENCE_MS = 20000, RETRY_MS = 1000 };

static PGconn *raw;
static atomic_int changed_count;
static atomic_int connected_count;
static atomic_int lost_count;
static atomic_int turn_count;
static atomic_bool refuses; /* the callback gives its connection up, FATAL */

static int on_changed(void *arg, struct sto_conn *conn, struct err *err)
{
    (void)arg;
    atomic_fetch_add(&changed_count, 1);
    return atomic_load(&refuses) ? err_set(err, ERR_KIND_FATAL, ERR_BUG, "refused")
                                 : sto_run(conn, "SELECT 1", err);
}

static int on_turn(void *arg, struct sto_conn *conn, struct err *err)
{
    (void)arg;
    atomic_fetch_add(&turn_count, 1);
    return sto_run(conn, "SELECT 1", err);
}

static void on_connected(void *arg)
{
    (void)arg;
    atomic_fetch_add(&connected_count, 1);
}

static bool on_lost(void *arg, const struct err *err)
{
    (void)arg;
    assert_int_not_equal(err->kind, ERR_KIND_NONE);
    atomic_fetch_add(&lost_count, 1);
    return err->kind != ERR_KIND_FATAL;
}

static int start(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    PQfinish(raw);
    return 0;
}

static struct sto_watcher *begin(const char *dsn, int poll_ms)
{
    struct err err = ERR_INIT;
    atomic_store(&changed_count, 0);
    atomic_store(&connected_count, 0);
    atomic_store(&lost_count, 0);
    atomic_store(&turn_count, 0);
    const struct sto_watcher_options options = {
        .conn = {.dsn = dsn,
                 .role = STO_ROLE_REGISTRY,
                 .application_name = "nrc test watcher",
                 .deadline_ms = 10000},
        .poll_ms = poll_ms,
        .changed = on_changed,
        .connected = on_connected,
        .turn = on_turn,
        .lost = on_lost,
    };
    struct sto_watcher *watcher = sto_watcher_start(&options, &err);
    assert_non_null(watcher);
    return watcher;
}

static void await(atomic_int *count, int least)
{
    int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
    while (atomic_load(count) < least) {
        if (clock_mono_ms() > end_ms) {
            fail_msg("%d, and not %d", atomic_load(count), least);
        }
        poll(NULL, 0, 10);
    }
}

/* Until the watcher waits for a lock. */
static void await_lock(void)
{
    int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
    while (raw_int(raw, "SELECT count(*) FROM pg_stat_activity WHERE application_name ="
                        " 'nrc test watcher' AND wait_event_type = 'Lock'") == 0) {
        assert_true(clock_mono_ms() < end_ms);
        poll(NULL, 0, 10);
    }
}

static void a_notification_is_heard(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin(register_dsn(), 60000);
    await(&connected_count, 1);
    int before = atomic_load(&changed_count);
    assert_int_equal(before, 1); /* what changed before anybody listened */
    raw_run(raw, "NOTIFY " STO_CATALOGUE_CHANNEL);
    await(&changed_count, before + 1);
    sto_watcher_stop(&watcher);
    assert_null(watcher);
}

static void a_change_without_a_notification_is_found_by_reading_the_version(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin(register_dsn(), 100);
    await(&connected_count, 1);
    int before = atomic_load(&changed_count);
    raw_run(raw, "SET session_replication_role = replica;"
                 " UPDATE nrc.catalogue_version SET version = version + 1;"
                 " RESET session_replication_role");
    await(&changed_count, before + 1);
    sto_watcher_stop(&watcher);
}

/* A structure takes effect: no row changes then, and nobody notifies. */
static void a_change_by_the_clock_is_found_when_its_time_comes(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin(register_dsn(), 60000);
    await(&connected_count, 1);
    raw_run(raw,
            "INSERT INTO nrc.catalogue_moment (at) VALUES (clock_timestamp() + interval '700 ms')");
    raw_run(raw, "NOTIFY " STO_CATALOGUE_CHANNEL); /* as every change of a row does */
    await(&changed_count, 2);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.catalogue_moment WHERE at <= now()"),
                     0);
    await(&changed_count, 3);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.catalogue_moment WHERE at <= now()"),
                     1);
    sto_watcher_stop(&watcher);
}

static void a_lost_connection_is_replaced_and_counts_as_a_change(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin(register_dsn(), 60000);
    await(&connected_count, 1);
    raw_run(raw, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE application_name = 'nrc test watcher'");
    await(&lost_count, 1);
    await(&connected_count, 2);
    assert_int_equal(atomic_load(&changed_count), 2);
    raw_run(raw, "NOTIFY " STO_CATALOGUE_CHANNEL);
    await(&changed_count, 3);
    sto_watcher_stop(&watcher);
}

static void a_register_that_is_away_is_tried_until_stop(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin("host=/nonexistent connect_timeout=1", 60000);
    await(&lost_count, 2);
    assert_int_equal(atomic_load(&connected_count), 0);
    assert_int_equal(atomic_load(&changed_count), 0);
    sto_watcher_stop(&watcher);
}

static void its_turn_comes_while_nothing_changes(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin(register_dsn(), 60000);
    await(&turn_count, 3);
    assert_int_equal(atomic_load(&changed_count), 1);
    sto_watcher_stop(&watcher);
}

static void a_callback_gives_the_connection_up_and_the_answer_to_lost_ends_the_tries(void **state)
{
    (void)state;
    atomic_store(&refuses, true);
    struct sto_watcher *watcher = begin(register_dsn(), 60000);
    await(&lost_count, 1);
    poll(NULL, 0, 2 * RETRY_MS); /* long enough for another try */
    assert_int_equal(atomic_load(&lost_count), 1);
    assert_int_equal(atomic_load(&connected_count), 0);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_stat_activity"
                                  " WHERE application_name = 'nrc test watcher'"),
                     0);
    sto_watcher_stop(&watcher);
    atomic_store(&refuses, false);
}

static void stop_does_not_wait_for_an_answer(void **state)
{
    (void)state;
    struct sto_watcher *watcher = begin(register_dsn(), 50);
    await(&connected_count, 1);
    raw_run(raw, "BEGIN; LOCK TABLE nrc.catalogue_version IN ACCESS EXCLUSIVE MODE");
    await_lock();
    int64_t began_ms = clock_mono_ms();
    sto_watcher_stop(&watcher);
    assert_true(clock_mono_ms() - began_ms < 5000);
    raw_run(raw, "ROLLBACK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notification_is_heard),
        cmocka_unit_test(a_change_without_a_notification_is_found_by_reading_the_version),
        cmocka_unit_test(a_change_by_the_clock_is_found_when_its_time_comes),
        cmocka_unit_test(a_lost_connection_is_replaced_and_counts_as_a_change),
        cmocka_unit_test(a_register_that_is_away_is_tried_until_stop),
        cmocka_unit_test(its_turn_comes_while_nothing_changes),
        cmocka_unit_test(a_callback_gives_the_connection_up_and_the_answer_to_lost_ends_the_tries),
        cmocka_unit_test(stop_does_not_wait_for_an_answer),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
