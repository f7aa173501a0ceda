/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_reload.c - a new snapshot shares what did not change with the former one, and nothing else.
 *
 * Wraps sto_catalogue_load_changed sto_rule_ids sto_conn_opened_ms clock_mono_ms */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/datasets.h"
#include "storage/catalogue/rule.h"

struct sto_catalogue *__wrap_sto_catalogue_load_changed(struct sto_conn *conn,
                                                        const struct sto_mark *former,
                                                        size_t former_count, struct err *err);
int __wrap_sto_rule_ids(struct sto_conn *conn, const struct sto_rule *rules, size_t count,
                        int32_t *ids, struct err *err);

int64_t __wrap_sto_conn_opened_ms(const struct sto_conn *conn);
int64_t __wrap_clock_mono_ms(void);

#define RULES                                                                                      \
    "{\"domainRules\":[{\"name\":\"r\",\"kind\":\"CONDITION\",\"type\":\"CEL\",\"mode\":"          \
    "\"WRITE\",\"expr\":\"message.id != ''\"}]}"

enum { MOST = 4 };

static const char text[] =
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}";
static const struct column columns[] = {{.name = "id", .field = "id", .type = COLUMN_TEXT}};
static const int32_t column_of[] = {0};
static const uint16_t key_columns[] = {0};
static const struct sto_structure structure = {.schema_id = 1,
                                               .version = 1,
                                               .state = STO_STRUCTURE_ACTIVE,
                                               .text = text,
                                               .text_len = sizeof(text) - 1,
                                               .rule_set = RULES,
                                               .column_of = column_of,
                                               .field_count = 1};
static const char *const topics[MOST + 1] = {NULL, "t.1", "t.2", "t.3", "t.4"};

/* The register: a mark for each dataset that it has, 0 for one that it has not; ids count from 1. */
static int64_t marks[MOST + 1];
static int64_t version;
static bool loses_one; /* says that it has a dataset, and does not give it */
static size_t loaded;  /* by the last load */
static size_t asked_rules;
static int32_t rule_base; /* the id of a dataset's rule, less the dataset's */
static int64_t now_ms;
static int64_t opened_ms;

static void put_dataset(struct sto_catalogue *catalogue, int32_t id)
{
    struct sto_dataset *rows = (struct sto_dataset *)catalogue->datasets;
    rows[catalogue->dataset_count++] = (struct sto_dataset){.id = id,
                                                            .full_name = topics[id],
                                                            .topic = topics[id],
                                                            .key_format = "text",
                                                            .table = {.dataset_id = id,
                                                                      .agency = "t",
                                                                      .name = "r",
                                                                      .columns = columns,
                                                                      .column_count = 1,
                                                                      .key_columns = key_columns,
                                                                      .key_count = 1},
                                                            .structures = &structure,
                                                            .structure_count = 1};
}

static bool is_among(const struct sto_mark *former, size_t count, int32_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (former[i].dataset_id == id && former[i].mark == marks[id]) {
            return true;
        }
    }
    return false;
}

struct sto_catalogue *__wrap_sto_catalogue_load_changed(struct sto_conn *conn,
                                                        const struct sto_mark *former,
                                                        size_t former_count, struct err *err)
{
    (void)conn;
    (void)err;
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    struct sto_mark *all = arena_calloc(&catalogue->arena, MOST, sizeof(*all));
    catalogue->datasets = arena_calloc(&catalogue->arena, MOST, sizeof(*catalogue->datasets));
    catalogue->marks = all;
    catalogue->age.version = version;
    for (int32_t id = 1; id <= MOST; id++) {
        if (marks[id] != 0) {
            all[catalogue->mark_count++] = (struct sto_mark){id, marks[id]};
        }
        if (marks[id] != 0 && !is_among(former, former_count, id) && !(loses_one && id == 2)) {
            put_dataset(catalogue, id);
        }
    }
    loaded = catalogue->dataset_count;
    return catalogue;
}

int __wrap_sto_rule_ids(struct sto_conn *conn, const struct sto_rule *rules, size_t count,
                        int32_t *ids, struct err *err)
{
    (void)conn;
    (void)err;
    asked_rules = count;
    for (size_t i = 0; i < count; i++) {
        ids[i] = rule_base + rules[i].dataset_id;
    }
    return 0;
}

int64_t __wrap_sto_conn_opened_ms(const struct sto_conn *conn)
{
    (void)conn;
    return opened_ms;
}

int64_t __wrap_clock_mono_ms(void)
{
    return now_ms++;
}

static char conn_mark;

static struct ing_datasets *load(const struct ing_datasets *former, struct err *err)
{
    version++;
    return ing_datasets_load((struct sto_conn *)&conn_mark, NULL, former, err);
}

static int set_up(void **state)
{
    (void)state;
    memset(marks, 0, sizeof(marks));
    marks[1] = marks[2] = marks[3] = 7;
    loses_one = false;
    rule_base = 100;
    opened_ms = now_ms++;
    return 0;
}

static const struct sch_plan *plan_of(const struct ing_datasets *datasets, int32_t id)
{
    const struct ing_dataset *dataset = ing_datasets_by_topic(datasets, topics[id]);
    assert_non_null(dataset);
    assert_int_equal(dataset->row->id, id);
    assert_ptr_equal(dataset, ing_datasets_at(datasets, dataset->index));
    assert_int_equal(dataset->rule_count, 1);
    assert_int_equal(dataset->rule_ids[0], rule_base + id);
    assert_non_null(dataset->writers[0].plan);
    return dataset->writers[0].plan;
}

static void only_what_changed_is_loaded_and_compiled(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ing_datasets *first = load(NULL, &err);
    assert_non_null(first);
    assert_int_equal(loaded, 3);
    assert_int_equal(asked_rules, 3);
    const struct sch_plan *former[] = {plan_of(first, 1), plan_of(first, 2)};

    marks[2] = 8; /* another one */
    marks[3] = 0; /* gone */
    marks[4] = 7; /* new */
    struct ing_datasets *second = load(first, &err);
    assert_non_null(second);
    assert_int_equal(loaded, 2);
    assert_int_equal(asked_rules, 2);
    assert_int_equal(ing_datasets_count(second), 3);
    assert_ptr_equal(plan_of(second, 1), former[0]);
    assert_ptr_not_equal(plan_of(second, 2), former[1]);
    assert_non_null(plan_of(second, 4));
    assert_null(ing_datasets_by_topic(second, topics[3]));
    assert_null(ing_datasets_by_id(second, 3));
    assert_true(ing_datasets_version(second) > ing_datasets_version(first));

    /* Each lives without the other. */
    ing_datasets_unref(&first);
    struct ing_datasets *third = load(second, &err);
    assert_int_equal(loaded, 0);
    ing_datasets_unref(&second);
    assert_non_null(plan_of(third, 1));
    assert_non_null(plan_of(third, 2));
    ing_datasets_unref(&third);
}

/* One dataset that never changes holds all that were loaded with it. */
static void what_is_no_longer_used_is_not_held_for_ever(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ing_datasets *datasets = load(NULL, &err);
    bool all = false;
    for (int i = 0; i < 100 && !all; i++) {
        marks[2]++;
        marks[3]++;
        struct ing_datasets *former = datasets;
        datasets = load(former, &err);
        ing_datasets_unref(&former);
        assert_non_null(datasets);
        assert_true(loaded == 2 || loaded == 3);
        all = loaded == 3;
    }
    assert_true(all);
    ing_datasets_unref(&datasets);
}

/* It was restored from a backup, and was changed since: each dataset is as it was, and its rules were given ids anew. */
static void nothing_is_shared_with_a_snapshot_of_before_the_connection(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ing_datasets *first = load(NULL, &err);
    assert_true(ing_datasets_is_of(first, (struct sto_conn *)&conn_mark));
    opened_ms = now_ms++;
    rule_base = 500;
    assert_false(ing_datasets_is_of(first, (struct sto_conn *)&conn_mark));
    struct ing_datasets *second = load(first, &err);
    assert_int_equal(loaded, 3);
    assert_int_equal(asked_rules, 3);
    assert_non_null(plan_of(second, 1));
    struct ing_datasets *third = load(second, &err);
    assert_int_equal(loaded, 0);
    assert_ptr_equal(plan_of(third, 1), plan_of(second, 1));
    ing_datasets_unref(&first);
    ing_datasets_unref(&second);
    ing_datasets_unref(&third);
}

static void a_dataset_that_the_register_does_not_give_fails_the_load(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ing_datasets *datasets = load(NULL, &err);
    marks[2] = 8;
    loses_one = true;
    /* The former one's is not what the register has now. */
    assert_null(load(datasets, &err));
    assert_int_equal(err.code, ERR_REGISTER_SCHEMA);
    err_reset(&err);
    assert_null(load(NULL, &err));
    assert_int_equal(err.code, ERR_REGISTER_SCHEMA);
    ing_datasets_unref(&datasets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_what_changed_is_loaded_and_compiled, set_up),
        cmocka_unit_test_setup(what_is_no_longer_used_is_not_held_for_ever, set_up),
        cmocka_unit_test_setup(nothing_is_shared_with_a_snapshot_of_before_the_connection, set_up),
        cmocka_unit_test_setup(a_dataset_that_the_register_does_not_give_fails_the_load, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
