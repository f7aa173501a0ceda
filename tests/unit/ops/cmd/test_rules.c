/* SPDX-License-Identifier: Apache-2.0
 * A structure's rules over one event: in which places they hold, what is told of many failures, and what the limits are.
 * Wraps malloc calloc realloc */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/decode/decode.h"
#include "schema/parse/parse.h"
#include "schema/plan/layout.h"
#include "schema/rules/run.h"
#include "schema/rules/settings.h"
#include "schema/ruleset/checks.h"
#include "schema/sample/json_event.h"

static size_t allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}
void *__wrap_realloc(void *p, size_t size)
{
    allocations++;
    return __real_realloc(p, size);
}

struct room {
    struct sch_schema *schema;
    struct sch_layout layout;
    struct sch_plan *plan;
    struct cel_settings *settings;
    struct cel_machine *machine;
    struct sch_checks *checks;
    struct arena arena;
    struct arena texts;
    struct cell *cells;
    struct sch_failures found;
    struct err err;
};

/* -1: the rules are refused. */
static int open_room(struct room *r, const char *schema, const char *rule_set)
{
    *r = (struct room){.arena = ARENA_INIT, .texts = ARENA_INIT, .err = ERR_INIT};
    r->schema = sch_parse(schema, strlen(schema), &r->err);
    if (r->schema == NULL) {
        fail_msg("%s in %s", r->err.text, schema);
    }
    assert_int_equal(sch_layout_extend(NULL, 0, r->schema, false, &r->layout, &r->err), 0);
    const struct sch_plan_spec plan = {.structure = r->schema,
                                       .column_of = r->layout.column_of,
                                       .columns = r->layout.columns,
                                       .column_count = r->layout.column_count};
    r->plan = sch_plan_compile(&plan, &r->err);
    r->settings = cel_settings_new(&(struct cel_settings_spec){NULL, NULL, NULL, NULL}, &r->err);
    r->machine = cel_machine_new(r->settings, &r->err);
    r->cells = calloc(r->layout.column_count + 1, sizeof(*r->cells));
    assert_true(r->plan != NULL && r->machine != NULL && r->cells != NULL);
    const struct sch_checks_spec spec = {.schema = r->schema,
                                         .column_of = r->layout.column_of,
                                         .columns = r->layout.columns,
                                         .column_count = r->layout.column_count,
                                         .settings = r->settings};
    const struct sch_ruleset_source source = {.rule_set = rule_set, .schema = r->schema};
    struct sch_ruleset ruleset;
    int rc = sch_ruleset_read(&source, &ruleset, &r->err);
    if (rc == 0) {
        rc = sch_checks_compile(&ruleset, &spec, true, &r->checks, &r->err);
        sch_ruleset_fini(&ruleset);
    }
    return rc;
}

static void close_room(struct room *r)
{
    sch_checks_free(&r->checks);
    cel_machine_free(&r->machine);
    cel_settings_free(&r->settings);
    sch_plan_free(&r->plan);
    sch_layout_fini(&r->layout);
    sch_schema_unref(&r->schema);
    arena_fini(&r->arena);
    arena_fini(&r->texts);
    free(r->cells);
}

static void decode(struct room *r, const char *event)
{
    struct buf bytes = BUF_INIT;
    arena_reset(&r->arena);
    if (sch_json_event(r->schema, event, strlen(event), &bytes, &r->err) != 0) {
        fail_msg("%s at %s: %.200s", r->err.text, r->err.path, event);
    }
    void *kept = arena_memdup(&r->arena, bytes.data, bytes.len);
    assert_int_equal(sch_decode(r->plan, kept, bytes.len, &r->arena, r->cells, &r->err), 0);
    buf_fini(&bytes);
}

static void run(struct room *r)
{
    arena_reset(&r->texts);
    sch_checks_run(r->checks, r->machine, r->cells, 0, &r->texts, &r->found);
}

/* "rule@path …" of what does not hold. */
static void told(const struct room *r, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < r->found.told_count; i++) {
        buf_printf(out, "%s%s@%s", i > 0 ? " " : "", r->found.told[i].rule->name,
                   r->found.told[i].path);
    }
}

static void fails(const char *schema, const char *rule_set, const char *event, const char *wanted)
{
    struct room r;
    struct buf out = BUF_INIT;
    if (open_room(&r, schema, rule_set) < 0) {
        fail_msg("refused: %s\n%s", r.err.text, schema);
    }
    decode(&r, event);
    run(&r);
    told(&r, &out);
    assert_string_equal(buf_cstr(&out), wanted);
    buf_fini(&out);
    close_room(&r);
}

#define ROW(fields)       "{\"type\":\"record\",\"name\":\"Row\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define RULED(name, type, rule, expr)                                                              \
    "{\"name\":\"" name "\",\"type\":" type ",\"confluent:rules\":[{\"name\":\"" rule              \
    "\",\"expr\":\"" expr "\"}]}"
#define LIST(items) "{\"type\":\"array\",\"items\":" items "}"
#define MAP(values) "{\"type\":\"map\",\"values\":" values "}"
#define RECORD(name, more, fields)                                                                 \
    "{\"type\":\"record\",\"name\":\"" name "\"" more ",\"fields\":[" fields "]}"
#define ITEM RECORD("Item", "", RULED("x", "\"int\"", "r", "this > 0"))

/* Inputs of the tests of Confluent's own walkers, and what their users found amiss. */
static void a_rule_of_the_schema_holds_for_each_record_that_an_event_has(void **state)
{
    (void)state;
    fails(ROW(FIELD("items", LIST(ITEM))), NULL, "{\"items\":[{\"x\":0},{\"x\":1},{\"x\":-2}]}",
          "r@/items/0/x r@/items/2/x");
    fails(ROW(FIELD("scores", MAP(ITEM))), NULL,
          "{\"scores\":{\"alice\":{\"x\":0},\"b/~\":{\"x\":0}}}",
          "r@/scores/alice/x r@/scores/b~1~0/x");
    fails(ROW(FIELD("m", MAP(LIST(LIST("[\"null\"," ITEM "]"))))), NULL,
          "{\"m\":{\"k\":[[],[null,{\"x\":1},{\"x\":0}]]}}", "r@/m/k/1/2/x");
    /* Its own rule, and one record in two fields: the second by name. */
    fails(ROW(FIELD(
              "first",
              RECORD("In", ",\"confluent:rules\":[{\"name\":\"whole\",\"expr\":\"this.x != 2\"}]",
                     RULED("x", "\"int\"", "r",
                           "this > 0"))) "," FIELD("second",
                                                   "[\"null\",\"In\"]") "," FIELD("third",
                                                                                  LIST("\"In\""))),
          NULL, "{\"first\":{\"x\":0},\"second\":{\"x\":2},\"third\":[{\"x\":2},{\"x\":-1}]}",
          "whole@/second whole@/third/0 r@/first/x r@/third/1/x");
    fails(ROW(FIELD("first", ITEM) "," FIELD("second", "[\"null\",\"Item\"]")), NULL,
          "{\"first\":{\"x\":1},\"second\":null}", "");
    /* Within itself, and in a union of many. */
    fails(ROW(FIELD("tree", RECORD("Node", "",
                                   RULED("x", "\"int\"", "r",
                                         "this > 0") "," FIELD("kids", LIST("\"Node\""))))),
          NULL,
          "{\"tree\":{\"x\":1,\"kids\":[{\"x\":0,\"kids\":[]},{\"x\":1,\"kids\":[{\"x\":-1,"
          "\"kids\":[]}]}]}}",
          "r@/tree/kids/0/x r@/tree/kids/1/kids/0/x");
    fails(RECORD("Row", "",
                 RULED("x", "\"int\"", "r", "this > 0") "," FIELD("of", "[\"null\",\"Row\"]")),
          NULL, "{\"x\":0,\"of\":{\"x\":1,\"of\":{\"x\":-1,\"of\":null}}}", "r@/x r@/of/of/x");
    fails(ROW(FIELD("u", LIST("[\"null\",\"string\"," ITEM ",\"int\"]"))), NULL,
          "{\"u\":[null,\"a\",{\"Item\":{\"x\":0}},3]}", "r@/u/2/x");
}

static void one_name_at_two_places_is_two_rules(void **state)
{
    (void)state;
    fails(ROW(RULED("a", "\"string\"", "notEmpty",
                    "this != ''") "," RULED("b", "\"string\"", "notEmpty", "this != ''")),
          NULL, "{\"a\":\"\",\"b\":\"\"}", "notEmpty@/a notEmpty of Row.b@/b");
}

#define CEL_FIELD(name, more, expr)                                                                \
    "{\"domainRules\":[{\"name\":\"" name "\",\"kind\":\"CONDITION\",\"type\":\"CEL_FIELD\","      \
    "\"mode\":\"WRITE\"" more ",\"expr\":\"" expr "\"}]}"

static void a_rule_of_fields_sees_each_primitive_value_wherever_it_stands(void **state)
{
    (void)state;
    static const char schema[] = ROW(
        FIELD("s", "\"string\"") "," FIELD("tags", LIST("[\"null\",\"string\"]")) "," FIELD("by", MAP(MAP("\"string\""))) "," FIELD(
            "u",
            "[\"null\",\"string\",\"int\"]") "," FIELD("n",
                                                       "\"int\"") "," FIELD("in",
                                                                            LIST(RECORD(
                                                                                "In", "",
                                                                                "{\"name\":\"p\","
                                                                                "\"type\":"
                                                                                "\"string\","
                                                                                "\"confluent:"
                                                                                "tags\":[\"PII\"]"
                                                                                "}"))));
    static const char event[] =
        "{\"s\":\"\",\"tags\":[\"a\",null,\"\"],\"by\":{\"x\":{\"y\":\"\"}},"
        "\"u\":\"\",\"n\":0,\"in\":[{\"p\":\"a\"},{\"p\":\"\"}]}";
    fails(schema, CEL_FIELD("f", "", "typeName == 'STRING' ; value != ''"), event,
          "f@/s f@/tags/2 f@/by/x/y f@/u f@/in/1/p");
    fails(schema, CEL_FIELD("f", "", "name == 'u' ; typeName != 'STRING'"), event, "f@/u");
    fails(schema, CEL_FIELD("f", "", "fullName == 'Row.tags' ; message.n == 1"), event,
          "f@/tags/0 f@/tags/2");
    fails(schema, CEL_FIELD("f", ",\"tags\":[\"PII\"]", "value == 'a' && fullName == 'In.p'"),
          event, "f@/in/1/p");
    fails(schema, CEL_FIELD("f", ",\"tags\":[\"PII\"]", "message.p == value"), event, "");
}

/* A list whose items are n times 0. */
static void put_zeros(struct buf *out, size_t n)
{
    buf_reset(out);
    buf_put_str(out, "{\"n\":[");
    for (size_t i = 0; i < n; i++) {
        buf_put_str(out, i > 0 ? ",{\"x\":0}" : "{\"x\":0}");
    }
    buf_put_str(out, "]}");
}

#define CONDITION(name, action, expr)                                                              \
    "{\"name\":\"" name                                                                            \
    "\",\"kind\":\"CONDITION\",\"type\":\"CEL\",\"mode\":\"WRITE\",\"onFailure\":\"" action        \
    "\",\"expr\":\"" expr "\"}"

static void of_many_failures_some_are_told_and_all_counted(void **state)
{
    (void)state;
    struct room r;
    struct buf event = BUF_INIT;
    put_zeros(&event, 1000);
    assert_int_equal(open_room(&r, ROW(FIELD("n", LIST(ITEM))),
                               "{\"domainRules\":[" CONDITION("last", "ERROR", "false") "]}"),
                     0);
    decode(&r, buf_cstr(&event));
    run(&r);
    assert_int_equal(r.found.count, 1001);
    assert_int_equal(r.found.told_count, 1 + SCH_MAX_FAILURES_OF_RULE);
    assert_int_equal(r.found.rule_count, 2);
    assert_string_equal(r.found.told[8].path, "/n/7/x");
    assert_int_equal(r.found.told[8].more, 992);
    assert_int_equal(r.found.told[0].more, 0);
    close_room(&r);
    buf_fini(&event);
}

/* Given more rules that only count than are told, then why the event is kept out is told all the same. */
static void why_an_event_is_kept_out_is_always_told(void **state)
{
    (void)state;
    struct room r;
    struct buf rules = BUF_INIT;
    buf_put_str(&rules, "{\"domainRules\":[");
    for (int i = 0; i < SCH_MAX_FAILURES + 3; i++) {
        buf_printf(&rules, CONDITION("count%d", "NONE", "false") ",", i);
    }
    buf_put_str(&rules, CONDITION("bad", "ERROR", "message.x == 1") "," CONDITION("more", "ERROR",
                                                                                  "false") "]}");
    assert_int_equal(open_room(&r, ROW(FIELD("x", "\"int\"")), buf_cstr(&rules)), 0);
    decode(&r, "{\"x\":0}");
    run(&r);
    assert_true(r.found.is_bad);
    assert_int_equal(r.found.count, SCH_MAX_FAILURES + 5);
    assert_int_equal(r.found.told_count, SCH_MAX_FAILURES);
    assert_string_equal(r.found.told[SCH_MAX_FAILURES - 1].rule->name, "bad");
    close_room(&r);
    buf_fini(&rules);
}

/* All items of an event share its limit, those too that no rule is run on. */
static void a_list_without_end_is_at_the_limit_of_cost(void **state)
{
    (void)state;
    struct room r;
    struct buf event = BUF_INIT;
    put_zeros(&event, CEL_COST_LIMIT);
    assert_int_equal(
        open_room(
            &r, ROW(FIELD("n", LIST(RECORD("Item", "", RULED("x", "\"int\"", "r", "this == 0"))))),
            NULL),
        0);
    decode(&r, buf_cstr(&event));
    run(&r);
    assert_int_equal(r.found.count, 1);
    assert_int_equal(r.found.told[0].code, ERR_RULE_COST);
    close_room(&r);
    buf_fini(&event);
}

/* Given a guard that takes too long, then nobody knows whether the rule holds: the event is kept out. */
static void a_guard_that_takes_too_long_is_no_guard_that_is_false(void **state)
{
    (void)state;
    fails(ROW(FIELD("x", "\"int\"")),
          CEL_FIELD("f", "",
                    "lists.range(900).all(a, lists.range(900).all(b, value + a + b >= 0)) ; true"),
          "{\"x\":1}", "f@/x");
    fails(ROW(FIELD("x", "\"int\"")), CEL_FIELD("f", "", "1 / value > 2 ; false"), "{\"x\":0}", "");
}

static void a_warm_run_allocates_nothing(void **state)
{
    (void)state;
    struct room r;
    struct buf event = BUF_INIT;
    put_zeros(&event, 500);
    assert_int_equal(
        open_room(
            &r, ROW(FIELD("n", LIST(RECORD("Item", "", RULED("x", "\"int\"", "r", "this == 0"))))),
            CEL_FIELD("f", "", "value == message.x && fullName == 'Item.x'")),
        0);
    decode(&r, buf_cstr(&event));
    run(&r);
    assert_int_equal(r.found.count, 0);
    allocations = 0;
    run(&r);
    assert_int_equal(allocations, 0);
    close_room(&r);
    buf_fini(&event);
}

static void a_path_is_bounded_and_its_outer_names_stay(void **state)
{
    (void)state;
    struct room r;
    char event[4096];
    char key[1001];
    memset(key, 'k', 1000);
    key[1000] = '\0';
    snprintf(event, sizeof(event), "{\"by\":{\"%s\":{\"%s\":{\"%s\":{\"x\":0}}}}}", key, key, key);
    assert_int_equal(open_room(&r, ROW(FIELD("by", MAP(MAP(MAP(ITEM))))), NULL), 0);
    decode(&r, event);
    run(&r);
    assert_int_equal(r.found.count, 1);
    assert_true(strlen(r.found.told[0].path) < ERR_PATH_BYTES);
    assert_memory_equal(r.found.told[0].path, "/by/kkkk", 8);
    close_room(&r);
}

static void an_ill_typed_rule_names_a_place(void **state)
{
    (void)state;
    struct room r;
    assert_int_equal(
        open_room(&r, ROW(FIELD("n", LIST(MAP("\"int\"")))), CEL_FIELD("f", "", "value != ''")),
        -1);
    assert_non_null(strstr(r.err.text, "rule f at /n/*/*: line 1, column"));
    close_room(&r);
}

/* Each record has the next one twice: by paths there would be 2^20 places. */
static void a_structure_that_doubles_at_each_level_compiles_at_once(void **state)
{
    (void)state;
    static char type[65536] = ITEM;
    static char wider[65536 + 256];
    struct room r;
    for (int i = 0; i < 20; i++) {
        char again[16] = "Item";
        if (i > 0) {
            snprintf(again, sizeof(again), "R%d", i - 1);
        }
        snprintf(wider, sizeof(wider),
                 "{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"a\",\"type\":["
                 "\"null\",%.60000s]},"
                 "{\"name\":\"b\",\"type\":[\"null\",\"%s\"]}]}",
                 i, type, again);
        strcpy(type, wider);
    }
    assert_int_equal(open_room(&r, type, CEL_FIELD("f", "", "value != 7")), 0);
    decode(&r, "{\"a\":null,\"b\":{\"a\":null,\"b\":null}}");
    run(&r);
    assert_int_equal(r.found.count, 0);
    close_room(&r);
}

/* Rules of all fields, in a structure of many. */
static void the_places_of_all_rules_are_bounded(void **state)
{
    (void)state;
    enum { FIELDS = 250, RULES = SCH_MAX_CHECKS / FIELDS + 1 };
    struct room r;
    struct buf schema = BUF_INIT;
    struct buf rules = BUF_INIT;
    buf_put_str(&schema, "{\"type\":\"record\",\"name\":\"Row\",\"fields\":[");
    for (int i = 0; i < FIELDS; i++) {
        buf_printf(&schema, "%s{\"name\":\"f%d\",\"type\":\"int\"}", i > 0 ? "," : "", i);
    }
    buf_put_str(&schema, "]}");
    buf_put_str(&rules, "{\"domainRules\":[");
    for (int i = 0; i < RULES; i++) {
        buf_printf(&rules,
                   "%s{\"name\":\"r%d\",\"kind\":\"CONDITION\",\"type\":\"CEL_FIELD\",\"mode\":"
                   "\"WRITE\",\"expr\":\"true\"}",
                   i > 0 ? "," : "", i);
    }
    buf_put_str(&rules, "]}");
    assert_int_equal(open_room(&r, buf_cstr(&schema), buf_cstr(&rules)), -1);
    assert_non_null(strstr(r.err.text, "rule r80: the rules have more than 20000 places"));
    close_room(&r);
    buf_fini(&schema);
    buf_fini(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_of_the_schema_holds_for_each_record_that_an_event_has),
        cmocka_unit_test(one_name_at_two_places_is_two_rules),
        cmocka_unit_test(a_rule_of_fields_sees_each_primitive_value_wherever_it_stands),
        cmocka_unit_test(of_many_failures_some_are_told_and_all_counted),
        cmocka_unit_test(why_an_event_is_kept_out_is_always_told),
        cmocka_unit_test(a_list_without_end_is_at_the_limit_of_cost),
        cmocka_unit_test(a_guard_that_takes_too_long_is_no_guard_that_is_false),
        cmocka_unit_test(a_warm_run_allocates_nothing),
        cmocka_unit_test(a_path_is_bounded_and_its_outer_names_stay),
        cmocka_unit_test(an_ill_typed_rule_names_a_place),
        cmocka_unit_test(a_structure_that_doubles_at_each_level_compiles_at_once),
        cmocka_unit_test(the_places_of_all_rules_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
