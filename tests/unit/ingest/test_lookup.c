/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_lookup.c - every dataset is found by what names it, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/lookup.h"

enum { DATASETS = 300, SHARED_SCHEMA = 7 };

static struct sto_dataset rows[DATASETS];
static struct sto_structure structures[DATASETS][2];
static struct ing_dataset items[DATASETS];
static char topics[DATASETS][16];

/* Ids with holes; topics in another order than ids, each third dataset without one; a schema that all have. */
static int set_up(void **state)
{
    (void)state;
    for (int32_t i = 0; i < DATASETS; i++) {
        snprintf(topics[i], sizeof(topics[i]), "t.%d", (int)(i * 7919 % DATASETS));
        structures[i][0] = (struct sto_structure){.schema_id = 10000 - 3 * i};
        structures[i][1] = (struct sto_structure){.schema_id = SHARED_SCHEMA};
        memcpy(structures[i][0].guid, &(int32_t){i * 7919}, sizeof(i));
        rows[i] = (struct sto_dataset){.id = 5 + 3 * i,
                                       .topic = i % 3 == 0 ? NULL : topics[i],
                                       .structures = structures[i],
                                       .structure_count = 2};
        memset(structures[i][1].guid, 0xff, sizeof(structures[i][1].guid));
        items[i] = (struct ing_dataset){.row = &rows[i], .index = (size_t)i};
    }
    return 0;
}

static void each_is_found_by_what_names_it(void **state)
{
    (void)state;
    struct ing_lookup lookup;
    assert_int_equal(ing_lookup_init(&lookup, items, DATASETS), 0);
    for (int32_t i = 0; i < DATASETS; i++) {
        assert_int_equal(ing_lookup_id(&lookup, rows[i].id), i);
        assert_int_equal(ing_lookup_topic(&lookup, topics[i]), i % 3 == 0 ? ING_NOT_FOUND : i);
        assert_true(ing_lookup_has_schema(&lookup, structures[i][0].schema_id));
        assert_true(ing_lookup_has_guid(&lookup, structures[i][0].guid));
    }
    assert_true(ing_lookup_has_schema(&lookup, SHARED_SCHEMA));
    assert_true(ing_lookup_has_guid(&lookup, structures[0][1].guid));
    ing_lookup_fini(&lookup);
}

static void what_names_none_finds_none(void **state)
{
    (void)state;
    struct ing_lookup lookup;
    const uint8_t guid[16] = {0xfe};
    assert_int_equal(ing_lookup_init(&lookup, items, DATASETS), 0);
    for (int32_t id = 4; id < 5 + 3 * DATASETS; id += 3) {
        assert_int_equal(ing_lookup_id(&lookup, id), ING_NOT_FOUND);
        assert_false(ing_lookup_has_schema(&lookup, 10000 - id));
    }
    assert_int_equal(ing_lookup_topic(&lookup, "t."), ING_NOT_FOUND);
    assert_int_equal(ing_lookup_topic(&lookup, "t.1000"), ING_NOT_FOUND);
    assert_false(ing_lookup_has_guid(&lookup, guid));
    ing_lookup_fini(&lookup);
    assert_int_equal(ing_lookup_init(&lookup, NULL, 0), 0);
    assert_int_equal(ing_lookup_id(&lookup, 5), ING_NOT_FOUND);
    assert_int_equal(ing_lookup_topic(&lookup, "t.1"), ING_NOT_FOUND);
    assert_false(ing_lookup_has_schema(&lookup, SHARED_SCHEMA));
    ing_lookup_fini(&lookup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_is_found_by_what_names_it, set_up),
        cmocka_unit_test_setup(what_names_none_finds_none, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
