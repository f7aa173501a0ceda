/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_feed.c - which catalogue snapshot the lanes are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ingest/feed.h"

static struct ing_datasets *snapshot(int64_t version)
{
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    struct err err = ERR_INIT;
    assert_non_null(catalogue);
    catalogue->age.version = version;
    struct ing_datasets *datasets = ing_datasets_new(&catalogue, NULL, &err);
    assert_non_null(datasets);
    return datasets;
}

static void publish(struct ing_feed *feed, int64_t version)
{
    struct ing_datasets *datasets = snapshot(version);
    ing_feed_publish(feed, &datasets);
    assert_null(datasets);
}

static void assert_current(struct ing_feed *feed, int64_t version, int64_t generation)
{
    int64_t got;
    struct ing_datasets *current = ing_feed_current(feed, &got);
    assert_non_null(current);
    assert_int_equal(ing_datasets_version(current), version);
    assert_int_equal(ing_feed_version(feed), version);
    assert_int_equal(ing_feed_generation(feed), generation);
    assert_int_equal(got, generation);
    ing_datasets_unref(&current);
}

static void an_empty_feed_has_no_snapshot(void **state)
{
    (void)state;
    struct ing_feed *feed = ing_feed_new();
    int64_t generation;
    assert_null(ing_feed_current(feed, &generation));
    assert_int_equal(ing_feed_version(feed), -1);
    ing_feed_free(&feed);
}

static void an_older_or_equal_snapshot_is_no_news(void **state)
{
    (void)state;
    struct ing_feed *feed = ing_feed_new();
    publish(feed, 5);
    assert_current(feed, 5, 1);
    publish(feed, 4);
    publish(feed, 5);
    assert_current(feed, 5, 1);
    publish(feed, 6);
    assert_current(feed, 6, 2);
    ing_feed_free(&feed);
}

/* Restored from a backup, it may even come by the same versions again. */
static void a_register_that_went_back_takes_the_feed_with_it(void **state)
{
    (void)state;
    struct ing_feed *feed = ing_feed_new();
    publish(feed, 6);
    struct ing_datasets *restored = snapshot(4);
    ing_feed_replace(feed, &restored);
    assert_current(feed, 4, 2);
    publish(feed, 5);
    publish(feed, 6);
    assert_current(feed, 6, 4);
    ing_feed_free(&feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_feed_has_no_snapshot),
        cmocka_unit_test(an_older_or_equal_snapshot_is_no_news),
        cmocka_unit_test(a_register_that_went_back_takes_the_feed_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
