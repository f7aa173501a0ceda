/* SPDX-License-Identifier: Apache-2.0
 * component/test_incident.c - one thing that is wrong is one open incident, whoever tells it. */
#include "register.h"

#include <pthread.h>

#include "base/clock.h"
#include "storage/incident.h"

static PGconn *raw;
static struct sto_conn *conn;

static const struct sto_incident wrong = {
    .kind = "unknown_structure", .dataset_id = 7, .detail = "nobody knows it"};

static int fresh(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    conn = sto_open(STO_ROLE_INGEST);
    return 0;
}

static int done(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    PQfinish(raw);
    return 0;
}

static int64_t count_open(void)
{
    return raw_int(raw, "SELECT count(*) FROM nrc.incident WHERE closed_at IS NULL");
}

static void it_is_opened_once_until_it_is_closed(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_ok(sto_incident_open(conn, &wrong, &err), err);
    assert_ok(sto_incident_open(conn, &wrong, &err), err);
    assert_int_equal(count_open(), 1);
    raw_run(raw, "UPDATE nrc.incident SET closed_at = now()");
    assert_ok(sto_incident_open(conn, &wrong, &err), err);
    assert_int_equal(count_open(), 1);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.incident"), 2);
}

static void *open_it(void *arg)
{
    struct err *err = arg;
    return sto_incident_open(conn, &wrong, err) == 0 ? arg : NULL;
}

static void wait_for_the_other(void)
{
    const int64_t until_ms = clock_mono_ms() + 60000;
    while (raw_int(raw, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
        assert_true(clock_mono_ms() < until_ms);
    }
}

/* Two lanes meet the same unknown structure in the same moment: neither sees what the other has not
 * committed. */
static void two_that_ask_at_once_open_one(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    pthread_t second;
    void *opened = NULL;
    raw_run(raw, "BEGIN");
    raw_run(raw, "INSERT INTO nrc.incident (kind, dataset_id, detail)"
                 " VALUES ('unknown_structure', 7, 'the first lane')");
    assert_int_equal(pthread_create(&second, NULL, open_it, &err), 0);
    wait_for_the_other();
    raw_run(raw, "COMMIT");
    assert_int_equal(pthread_join(second, &opened), 0);
    if (opened == NULL) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(count_open(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_opened_once_until_it_is_closed),
        TEST(two_that_ask_at_once_open_one),
    };
    return cmocka_run_group_tests_name("incident", tests, NULL, NULL);
}
