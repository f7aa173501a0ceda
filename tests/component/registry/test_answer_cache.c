/* SPDX-License-Identifier: Apache-2.0
 * Cached answers hold for one generation of the catalogue alone. */
#include "handler_kit.h"

/* ---- the cache ---- */

static void cached_answers_hold_for_their_generation_alone(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    atomic_store(&kit.shared.listening, true);
    char first[512];
    int len = snprintf(first, sizeof(first), "%s", kit_call(HTTP_GET, "/schemas/ids/1", NULL));
    assert_in_range(len, 4, sizeof(first) - 1);
    assert_memory_equal(first, "200 ", 4);
    kit_call(HTTP_GET, "/subjects/a/versions/1", NULL);
    kit_call(HTTP_GET, "/subjects/a/versions/latest", NULL);
    assert_int_equal(reg_cache_count(kit.worker.cache), 3); /* and that "a" has no alias */
    raw_run(kit.raw, "UPDATE nrc.schema SET text = 'other'");
    expect(HTTP_GET, "/schemas/ids/1", NULL, first);
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/versions/1", NULL), "int"));
    /* What the answer depends on beside the path is never mixed up with the plain one. */
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 other");
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1?fetchMaxId=true", NULL), "other"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1?subject=a", NULL), "other"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1?format=resolved", NULL), "other"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/versions/latest", NULL), "other"));
    assert_non_null(
        strstr(kit_call(HTTP_GET, "/subjects/a/versions/1?deleted=true", NULL), "other"));
    expect(HTTP_GET, "/schemas/ids/1", NULL, first);
    atomic_fetch_add(&kit.shared.changes, 1);
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1", NULL), "other"));
}

static void nothing_is_cached_while_nobody_listens(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_call(HTTP_GET, "/schemas/ids/1", NULL);
    raw_run(kit.raw, "UPDATE nrc.schema SET text = 'other'");
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1", NULL), "other"));
}

static void a_missing_id_is_not_cached(void **state)
{
    (void)state;
    atomic_store(&kit.shared.listening, true);
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
    expect_error(HTTP_GET, "/subjects/a/versions/1", NULL, "404 40401");
    kit_add("a", 1, INT);
    assert_memory_equal(kit_call(HTTP_GET, "/schemas/ids/1", NULL), "200 ", 4);
    assert_memory_equal(kit_call(HTTP_GET, "/subjects/a/versions/1", NULL), "200 ", 4);
}

static void our_own_deletion_is_seen_at_once(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    atomic_store(&kit.shared.listening, true);
    kit_call(HTTP_GET, "/subjects/a/versions/1", NULL);
    kit_call(HTTP_GET, "/schemas/ids/1", NULL);
    expect(HTTP_DELETE, "/subjects/a/versions/1", NULL, "200 1");
    expect_error(HTTP_GET, "/subjects/a/versions/1", NULL, "404 40402");
    expect(HTTP_DELETE, "/subjects/a/versions/1?permanent=true", NULL, "200 1");
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
    kit_call(HTTP_GET, "/subjects/a/versions/2", NULL);
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [2]");
    expect_error(HTTP_GET, "/subjects/a/versions/2", NULL, "404 40401");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, kit_empty)
    const struct CMUnitTest tests[] = {
        TEST(cached_answers_hold_for_their_generation_alone),
        TEST(nothing_is_cached_while_nobody_listens),
        TEST(a_missing_id_is_not_cached),
        TEST(our_own_deletion_is_seen_at_once),
    };
    return cmocka_run_group_tests(tests, kit_start, kit_stop);
}
