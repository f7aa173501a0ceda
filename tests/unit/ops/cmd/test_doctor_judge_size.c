/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/attr.h"
#include "ops/cmd/doctor.h"
#include "storage/commit/lock_room.h"

enum { FOUND_MAX = 16 };

static const int64_t mib = INT64_C(1) << 20;
static const int64_t gib = INT64_C(1) << 30;

static struct {
    enum doctor_outcome outcome;
    char a[64];
    char b[64];
} found[FOUND_MAX];
static size_t found_count;
static struct doctor_size size;

/* PostgreSQL 15 with its defaults, and a register as the demo's. */
static int setup(void **state)
{
    (void)state;
    size = (struct doctor_size){
        .connections_max = 100,
        .connections_free = 90,
        .connections_needed = 9,
        .lock_slots = 100,
        .locks = 6400,
        .tables = 140,
        .lanes = 2,
        .datasets = 4,
        .leaves = 32,
        .state_bytes = 40 * mib,
        .shared_buffers = 128 * mib,
        .max_wal_size = gib,
        .checkpoint_s = 300,
        .wal_bytes = 200 * mib,
        .wal_s = 20,
        .wal_level = "replica",
    };
    return 0;
}

static void take(void *arg, enum doctor_outcome outcome, const char *a, const char *b)
{
    (void)arg;
    assert_true(found_count < FOUND_MAX);
    assert_true(strlen(a) < sizeof(found->a) && strlen(b) < sizeof(found->b));
    found[found_count].outcome = outcome;
    strcpy(found[found_count].a, a);
    strcpy(found[found_count++].b, b);
}

/* It is the one finding of its check. */
static void assert_found(enum doctor_outcome outcome, const char *a, const char *b)
{
    size_t of_check = 0;
    size_t times = 0;
    found_count = 0;
    doctor_judge_size(&size, take, NULL);
    for (size_t i = 0; i < found_count; i++) {
        of_check += doctor_row(found[i].outcome)->check == doctor_row(outcome)->check;
        if (found[i].outcome == outcome) {
            times++;
            assert_string_equal(found[i].a, a);
            assert_string_equal(found[i].b, b);
        }
    }
    if (times != 1 || of_check != 1) {
        fail_msg("%s: %zu times, of its check %zu", doctor_row(outcome)->token, times, of_check);
    }
}

static void a_small_register_on_a_server_with_its_defaults_is_well(void **state)
{
    (void)state;
    assert_found(FOUND_CONNECTIONS, "90", "0");
    assert_found(FOUND_LOCKS, "6400", "140");
    assert_found(FOUND_BUFFERS, "40", "128");
    assert_found(FOUND_CHECKPOINTS, "200", "1024");
    assert_found(FOUND_WAL, "replica", "");
    for (size_t i = 0; i < found_count; i++) {
        assert_int_equal(doctor_row(found[i].outcome)->state, DOCTOR_OK);
    }
    size = (struct doctor_size){.wal_level = "replica", .connections_free = 9, .max_wal_size = 1};
    assert_found(FOUND_CHECKPOINTS, "0", "0"); /* nothing yet: nothing is divided by it */
}

static void connections_by_what_is_lacking(void **state)
{
    (void)state;
    size.connections_free = 9;
    assert_found(FOUND_CONNECTIONS, "9", "0");
    size.connections_free = 4;
    assert_found(FOUND_CONNECTIONS_FEW, "4", "105");
    size.connections_free = -2; /* superusers have the reserved ones */
    assert_found(FOUND_CONNECTIONS_FEW, "-2", "111");
}

static void locks_of_a_backup(void **state)
{
    (void)state;
    size.tables = 3200;
    assert_found(FOUND_LOCKS, "6400", "3200");
    size.tables = 3201; /* half of the room is for others */
    assert_found(FOUND_LOCKS_FEW, "3201", "65");
    size.tables = 13000;
    assert_found(FOUND_LOCKS_FEW, "13000", "260");
}

/* The setting serves both: whoever follows it is not told again. */
static void locks_of_batches(void **state)
{
    (void)state;
    size.tables = 1000;
    size.datasets = size.small = size.leaves = 590; /* 590 × 8 + 2 × 40 is three quarters */
    assert_found(FOUND_LOCKS, "6400", "1000");
    size.datasets = size.small = size.leaves = 591;
    assert_found(FOUND_LOCKS_BATCHES, "591", "65");
    size.small = 0; /* two lanes, eight leaves: 2 × (300 × 6 + 2400 × 2 + 40), and a third of it */
    size.datasets = 300;
    size.leaves = 2400;
    assert_found(FOUND_LOCKS_BATCHES, "300", "178");
    size.tables = 4000;
    assert_found(FOUND_LOCKS_FEW, "4000", "178");
    size.locks = 178 * size.lock_slots;
    assert_found(FOUND_LOCKS, "17800", "4000");
}

/* Where the doctor warns, an engine's batches are cut, and where it does not, they are not. */
static void engines_cut_their_batches_where_the_doctor_warns(void **state)
{
    (void)state;
    size.datasets = 150;
    size.leaves = 8 * size.datasets;
    const struct sto_leaves all = {.leaves = 8, .datasets = size.datasets};
    bool was_cut = false;
    bool was_whole = false;
    for (size.lock_slots = 20; size.lock_slots < 200; size.lock_slots++) {
        size.locks = 64 * size.lock_slots;
        found_count = 0;
        doctor_judge_size(&size, take, NULL);
        bool is_warned = false;
        for (size_t i = 0; i < found_count; i++) {
            is_warned = is_warned || found[i].outcome == FOUND_LOCKS_BATCHES;
        }
        const bool is_cut = sto_lock_room(size.locks, (int)size.lanes, &all, 1) < size.datasets;
        assert_int_equal(is_warned, is_cut);
        was_cut = was_cut || is_cut;
        was_whole = was_whole || !is_cut;
    }
    assert_true(was_cut && was_whole);
}

static void buffers_by_the_states(void **state)
{
    (void)state;
    size.state_bytes = gib;
    assert_found(FOUND_BUFFERS, "1024", "128");
    size.state_bytes = gib + 16 * mib;
    assert_found(FOUND_BUFFERS_FEW, "1040", "130");
    size.shared_buffers = 8 * gib;
    size.state_bytes = 5000 * gib; /* more gains little */
    assert_found(FOUND_BUFFERS, "5120000", "8192");
    size.shared_buffers = 8 * gib - mib;
    assert_found(FOUND_BUFFERS_FEW, "5120000", "8192");
}

static void checkpoints_by_the_average(void **state)
{
    (void)state;
    size.wal_bytes = 86400 * 2 * mib; /* a day of 2 MiB a second: 600 in 300 seconds */
    size.wal_s = 86400;
    assert_found(FOUND_CHECKPOINTS_OFTEN, "600", "1140");
    size.max_wal_size = 1140 * mib;
    assert_found(FOUND_CHECKPOINTS, "600", "1140");
    size.checkpoint_s = 900;
    assert_found(FOUND_CHECKPOINTS_OFTEN, "1800", "3420");
    size.wal_bytes = INT64_MAX / 2; /* years of it */
    size.wal_s = INT64_C(10) * 365 * 86400;
    size.max_wal_size = INT64_MAX;
    assert_found(FOUND_CHECKPOINTS, "12551502", "8796093022207");
}

static void what_keeps_wal_back(void **state)
{
    (void)state;
    size.slot = "standby_2";
    size.slot_bytes = gib;
    assert_found(FOUND_WAL, "replica", ""); /* it may come back */
    size.slot_bytes = gib + mib;
    assert_found(FOUND_WAL_SLOT, "standby_2", "1025");
    size.slot = NULL;
    size.archive_failed = "000000010000000000000007";
    assert_found(FOUND_WAL_ARCHIVE, "000000010000000000000007", "");
    size.archive_failed = NULL;
    size.wal_level = "minimal";
    assert_found(FOUND_WAL_MINIMAL, "", "");
    size.wal_level = "logical";
    assert_found(FOUND_WAL, "logical", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_small_register_on_a_server_with_its_defaults_is_well, setup),
        cmocka_unit_test_setup(connections_by_what_is_lacking, setup),
        cmocka_unit_test_setup(locks_of_a_backup, setup),
        cmocka_unit_test_setup(locks_of_batches, setup),
        cmocka_unit_test_setup(engines_cut_their_batches_where_the_doctor_warns, setup),
        cmocka_unit_test_setup(buffers_by_the_states, setup),
        cmocka_unit_test_setup(checkpoints_by_the_average, setup),
        cmocka_unit_test_setup(what_keeps_wal_back, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
