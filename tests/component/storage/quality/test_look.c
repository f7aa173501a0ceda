/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_look.c - the looks of the last hour: one a minute, in the order of topic, partition and time. */
#include "quality_kit.h"

#include "storage/quality/look.h"

static void keep(const struct sto_look *looks, size_t count)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_looks_keep(conn, looks, count, &err), err);
    sto_conn_close(&conn);
}

/* "topic/partition:next,start-end" of each, its minutes before now after an @. */
static const char *kept(const char *topic)
{
    static char text[500];
    struct err err = ERR_INIT;
    struct arena arena = ARENA_INIT;
    struct sto_look *looks;
    size_t count;
    int64_t now_s;
    struct sto_conn *conn = sto_open(STO_ROLE_MONITOR);
    assert_ok(sto_looks_load(conn, topic, &arena, &looks, &count, &now_s, &err), err);
    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%s/%d:%lld,%lld-%lld@%lld", i > 0 ? " " : "",
                 looks[i].topic, (int)looks[i].partition, (long long)looks[i].next_offset,
                 (long long)looks[i].log_start, (long long)looks[i].log_end,
                 (long long)(now_s - looks[i].at_s) / 60);
    }
    arena_fini(&arena);
    sto_conn_close(&conn);
    return text;
}

static void a_look_is_kept_as_it_was(void **state)
{
    (void)state;
    const struct sto_look looks[] = {{"moh.births", 1, 0, 7, 2, 9, 3},
                                     {"moh.births", 0, 0, 5, -1, -1, -1},
                                     {"MOH.x\"'\\", 0, 0, 0, 0, INT64_MAX, 0}};
    keep(looks, COUNT_OF(looks));
    assert_string_equal(kept(NULL), "MOH.x\"'\\/0:0,0-9223372036854775807@0"
                                    " moh.births/0:5,-1--1@0 moh.births/1:7,2-9@0");
    assert_string_equal(kept("nothing"), "");
    assert_string_equal(kept("MOH.x\"'\\"), "MOH.x\"'\\/0:0,0-9223372036854775807@0");
    keep(NULL, 0);
}

/* Two looks of one minute are the newer one; those of an hour are there, and no more. */
static void there_is_one_look_a_minute_and_an_hour_of_them(void **state)
{
    struct kit *kit = *state;
    keep(&(struct sto_look){"t", 0, 0, 1, 0, 5, 0}, 1);
    keep(&(struct sto_look){"t", 0, 0, 2, 0, 6, 0}, 1);
    assert_in_range(raw_int(kit->raw, "SELECT count(*) FROM nrc.look WHERE topic = 't'"), 1, 2);
    raw_run(
        kit->raw,
        "DELETE FROM nrc.look; INSERT INTO nrc.look SELECT 't', 0, extract(minute FROM m), m, 3, "
        "0, 7"
        " FROM generate_series(now() - interval '59 minutes', now() - interval '1 minute', interval"
        " '1 minute') m");
    keep(&(struct sto_look){"t", 0, 0, 4, 0, 8, 0}, 1);
    assert_in_range(raw_int(kit->raw, "SELECT count(*) FROM nrc.look"), 59,
                    60); /* a minute may have begun meanwhile */
    raw_run(kit->raw, "UPDATE nrc.look SET at = at - interval '58 minutes' WHERE next_offset = 3");
    assert_string_equal(kept("t"), "t/0:3,0-7@59 t/0:4,0-8@0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_look_is_kept_as_it_was),
        TEST(there_is_one_look_a_minute_and_an_hour_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
