/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_leaves.c - monthly leaves are made ahead, once, beside running batches. */
#include "births.h"

#include <pthread.h>

static void leaves_are_made_ahead_and_once(void **state)
{
    struct births_room *room = *state;
    struct sto_conn *ingest = sto_open(STO_ROLE_INGEST);
    int made;
    assert_ok(sto_leaves_make(ingest, 1, &made, &room->err), room->err);
    assert_int_equal(made, 0);
    assert_ok(sto_leaves_make(ingest, 4, &made, &room->err), room->err);
    assert_int_equal(made, 9); /* three months of ledger, quarantine and one history */
    /* A month begins at midnight UTC, whatever zone the maker's session is in. */
    raw_run(room->raw, "SET timezone = 'Asia/Muscat'; SELECT nrc.make_leaves(5, NULL),"
                       " nrc.make_leaves(5, 1); SET timezone = 'UTC'");
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM pg_class WHERE relispartition AND relname"
                             " ~ '_y[0-9]{4}m[0-9]{2}$' AND relkind = 'r' AND"
                             " pg_get_expr(relpartbound, oid) !~"
                             " 'FROM \\(''....-..-01 00:00:00\\+00''\\)'"),
                     0);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM pg_class WHERE relispartition AND relkind"
                             " = 'r' AND relname ~ '_y[0-9]{4}m[0-9]{2}$'"),
                     18);
    sto_conn_close(&ingest);
}

/* A batch holds the parent as a writer does; leaves are made beside it. */
static void leaves_are_made_beside_a_running_batch(void **state)
{
    struct births_room *room = *state;
    int made;
    raw_run(room->raw,
            "BEGIN; INSERT INTO moh.births_history (civil_no, _op, _effect, _recorded_at,"
            " _topic_partition, _offset) VALUES ('1', 'c', 'a', now(), 1, 1)");
    assert_ok(sto_leaves_make(room->conn, 2, &made, &room->err), room->err);
    assert_int_equal(made, 3);
    raw_run(room->raw, "COMMIT");
}

static void *make_leaves(void *arg)
{
    struct err err = ERR_INIT;
    int made;
    struct sto_conn *conn = arg;
    if (sto_leaves_make(conn, 24, &made, &err) != 0) {
        print_error("%s\n", err.text);
        return (void *)(intptr_t)-1;
    }
    return (void *)(intptr_t)made;
}

static void of_many_leaf_makers_each_leaf_has_one(void **state)
{
    (void)state;
    enum { MAKERS = 4 };
    pthread_t threads[MAKERS];
    struct sto_conn *conns[MAKERS];
    intptr_t total = 0;
    for (int i = 0; i < MAKERS; i++) {
        conns[i] = sto_open(STO_ROLE_INGEST);
        assert_int_equal(pthread_create(&threads[i], NULL, make_leaves, conns[i]), 0);
    }
    for (int i = 0; i < MAKERS; i++) {
        void *made;
        pthread_join(threads[i], &made);
        assert_true((intptr_t)made >= 0);
        total += (intptr_t)made;
        sto_conn_close(&conns[i]);
    }
    assert_int_equal(total, 23 * 3);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(leaves_are_made_ahead_and_once, births_room_registered),
        TEST(leaves_are_made_beside_a_running_batch, births_room_registered),
        TEST(of_many_leaf_makers_each_leaf_has_one, births_room_registered),
    };
    return cmocka_run_group_tests_name("leaves", tests, NULL, NULL);
}
