/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/compat/test_compat.c - levels, the places and words of faults, recursion, bounds.
 *
 * That the rules are Avro's is tests/oracle/compat_oracle.py's to show, against the Java library.
 * Schemas are written with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/compat/compat.h"
#include "schema/parse/parse.h"

static struct sch_schema *parse(const char *text)
{
    struct buf json = BUF_INIT;
    struct err err = ERR_INIT;
    buf_put_str(&json, text);
    for (size_t i = 0; i < json.len; i++) {
        json.data[i] = json.data[i] == '\'' ? '"' : json.data[i];
    }
    struct sch_schema *schema = sch_parse(buf_cstr(&json), json.len, &err);
    if (schema == NULL) {
        fail_msg("%s: %.200s", err.text, text);
    }
    buf_fini(&json);
    return schema;
}

static struct sch_faults check(const char *reader, const char *writer)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *r = parse(reader);
    struct sch_schema *w = parse(writer);
    assert_int_equal(sch_read_check(r, w, &faults, &err), 0);
    sch_schema_unref(&r);
    sch_schema_unref(&w);
    return faults;
}

static enum err_code check_fails(const char *reader, const char *writer)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *r = parse(reader);
    struct sch_schema *w = parse(writer);
    assert_int_equal(sch_read_check(r, w, &faults, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    sch_faults_fini(&faults);
    sch_schema_unref(&r);
    sch_schema_unref(&w);
    return err.code;
}

static void assert_reads(const char *reader, const char *writer)
{
    struct sch_faults faults = check(reader, writer);
    if (faults.count != 0) {
        fail_msg("%s at \"%s\": %s", faults.items[0].type, faults.items[0].path,
                 faults.items[0].text);
    }
    sch_faults_fini(&faults);
}

static void assert_one_fault(const char *reader, const char *writer, const char *type,
                             const char *path, const char *text)
{
    struct sch_faults faults = check(reader, writer);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].type, type);
    assert_string_equal(faults.items[0].path, path);
    assert_string_equal(faults.items[0].text, text);
    assert_true(faults.items[0].backward);
    assert_int_equal(faults.items[0].earlier, 0);
    sch_faults_fini(&faults);
}

/* -- faults */

#define R(fields)     "{'type':'record','name':'a.R','fields':[" fields "]}"
#define F(name, type) "{'name':'" name "','type':" type "}"

static void every_fault_has_its_type_place_and_words(void **state)
{
    (void)state;
    assert_one_fault("'int'", "'string'", "TYPE_MISMATCH", "",
                     "reader int cannot read writer string");
    assert_one_fault(R(F("x", "'int'") "," F("y", "{'type':'array','items':'int'}")),
                     R(F("y", "{'type':'array','items':'long'}") "," F("x", "'int'")),
                     "TYPE_MISMATCH", "/fields/1/type/items", "reader int cannot read writer long");
    assert_one_fault("{'type':'map','values':'int'}", "{'type':'map','values':'null'}",
                     "TYPE_MISMATCH", "/values", "reader int cannot read writer null");
    assert_one_fault(R(F("x", "'int'") "," F("y", "'int'")), R(F("x", "'int'")),
                     "READER_FIELD_MISSING_DEFAULT_VALUE", "/fields/1",
                     "writer record a.R has no field y, and the reader's has no default");
    assert_one_fault(R(F("x", "'int'")),
                     "{'type':'record','name':'b.S','fields':[" F("x", "'int'") "]}",
                     "NAME_MISMATCH", "/name",
                     "reader record a.R has neither the name nor an alias of writer record b.S");
    assert_one_fault("{'type':'fixed','name':'F','size':4}", "{'type':'fixed','name':'F','size':8}",
                     "FIXED_SIZE_MISMATCH", "/size", "reader fixed F has 4 bytes, the writer's 8");
    assert_one_fault("{'type':'enum','name':'E','symbols':['A']}",
                     "{'type':'enum','name':'E','symbols':['B','A','C']}", "MISSING_ENUM_SYMBOLS",
                     "/symbols", "reader enum E has no default and lacks the writer's B, C");
    assert_one_fault(R(F("x", "['null','int']")), R(F("x", "['null','string']")),
                     "MISSING_UNION_BRANCH", "/fields/0/type",
                     "no branch of reader union of null, int can read writer string");
    assert_one_fault(R("{'name':'x','type':'int','aliases':['y']}"),
                     R(F("x", "'int'") "," F("y", "'int'")), "READER_FIELD_AMBIGUOUS", "/fields/0",
                     "by its name and aliases reader field x is both x and y of writer record a.R");
}

static void a_long_list_of_symbols_is_cut(void **state)
{
    (void)state;
    assert_one_fault(
        "{'type':'enum','name':'E','symbols':[]}",
        "{'type':'enum','name':'E','symbols':['A','B','C','D','E','F','G','H','I','J','K',"
        "'L','M','N','O','P','Q']}",
        "MISSING_ENUM_SYMBOLS", "/symbols",
        "reader enum E has no default and lacks the writer's A, B, C, D, E, F, G, H, I, J "
        "and 7 more");
}

/* Names of two bytes a letter, after one byte, so that a plain cut would split a letter. */
static void long_names_are_cut_behind_a_whole_letter(void **state)
{
    (void)state;
    char name[100] = "_";
    char text[400];
    for (size_t i = 0; i < 45; i++) {
        memcpy(name + 1 + 2 * i, "\xd8\xb3", 2); /* س */
    }
    snprintf(text, sizeof(text),
             "{'type':'record','name':'R','fields':[{'name':'%s','type':'int'}]}", name);
    struct sch_faults faults = check(text, "{'type':'record','name':'R','fields':[]}");
    assert_int_equal(faults.count, 1);
    const char *told = faults.items[0].text;
    assert_true(utf8_is_text((const uint8_t *)told, strlen(told)));
    assert_null(strchr(told, '?'));
    sch_faults_fini(&faults);
}

static void a_union_read_by_no_union_is_told_at_the_reader(void **state)
{
    (void)state;
    struct sch_faults faults = check(R(F("x", "'int'")), R(F("x", "['null','int','string']")));
    assert_int_equal(faults.count, 2);
    assert_string_equal(faults.items[0].path, "/fields/0/type");
    assert_string_equal(faults.items[0].text, "reader int cannot read writer null");
    assert_string_equal(faults.items[1].path, "/fields/0/type");
    assert_string_equal(faults.items[1].text, "reader int cannot read writer string");
    sch_faults_fini(&faults);
}

static void defaults_of_no_bytes_are_defaults(void **state)
{
    (void)state;
    assert_reads(R("{'name':'n','type':'null','default':null}"), R(""));
    assert_reads(R("{'name':'n','type':{'type':'record','name':'I','fields':[]},'default':{}}"),
                 R(""));
}

static void wide_records_and_long_enums_are_read_like_small_ones(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    buf_put_str(&reader, "{'type':'record','name':'W','fields':[");
    buf_put_str(&writer, "{'type':'record','name':'W','fields':[");
    for (int i = 0; i < 300; i++) {
        buf_printf(&reader, "%s{'name':'f%d','type':'int'}", i > 0 ? "," : "", i);
        buf_printf(&writer, "%s{'name':'f%d','type':'%s'}", i > 0 ? "," : "", 299 - i,
                   i == 99 ? "long" : "int");
    }
    buf_put_str(&reader, "]}");
    buf_put_str(&writer, "]}");
    assert_one_fault(buf_cstr(&reader), buf_cstr(&writer), "TYPE_MISMATCH", "/fields/200/type",
                     "reader int cannot read writer long");
    buf_fini(&reader);
    buf_fini(&writer);
}

/* -- recursion and shared types */

static void a_recursive_type_is_told_once(void **state)
{
    (void)state;
    assert_one_fault(
        "{'type':'record','name':'N','fields':[" F("next", "['null','N']") "," F("v", "'int'") "]}",
        "{'type':'record','name':'N','fields':[" F("next", "['null','N']") "," F("v",
                                                                                 "'string'") "]}",
        "TYPE_MISMATCH", "/fields/1/type", "reader int cannot read writer string");
}

static void a_shared_type_is_told_where_it_is_met_first(void **state)
{
    (void)state;
    assert_one_fault(R(F("p", "{'type':'fixed','name':'F','size':1}") "," F("q", "'F'")),
                     R(F("q", "{'type':'fixed','name':'F','size':2}") "," F("p", "'F'")),
                     "FIXED_SIZE_MISMATCH", "/fields/0/type/size",
                     "reader fixed a.F has 1 bytes, the writer's 2");
}

static void a_type_tried_in_a_union_is_still_told_outside_of_it(void **state)
{
    (void)state;
    struct sch_faults faults = check(R(F("p", "['null',{'type':'record','name':'S','fields':[" F(
                                                  "v", "'int'") "]}]") "," F("q", "'S'")),
                                     R(F("p", "['null',{'type':'record','name':'S','fields':[" F(
                                                  "v", "'null'") "]}]") "," F("q", "'S'")));
    assert_int_equal(faults.count, 2);
    assert_string_equal(faults.items[0].type, "MISSING_UNION_BRANCH");
    assert_string_equal(faults.items[0].path, "/fields/0/type");
    assert_string_equal(faults.items[1].type, "TYPE_MISMATCH");
    assert_string_equal(faults.items[1].path, "/fields/1/type/fields/0/type");
    sch_faults_fini(&faults);
}

/* y.N reads N only if x.N does, which lacks g; the union tries x.N first. */
static void an_answer_on_a_wrong_assumption_is_forgotten(void **state)
{
    (void)state;
    const char *writer = "{'type':'record','name':'N','fields':[" F("f", "['null','N']") "]}";
    const char *inner = "{'type':'record','name':'y.N','fields':[" F("f", "['null','x.N']") "]}";
    char reader[600];
    snprintf(reader, sizeof(reader),
             "[{'type':'record','name':'x.N','fields':[{'name':'f','type':['null',%s]},%s]},'y.N']",
             inner, F("g", "'int'"));
    assert_one_fault(
        reader, writer, "MISSING_UNION_BRANCH", "",
        "no branch of reader union of record x.N, record y.N can read writer record N");
    snprintf(reader, sizeof(reader),
             "[{'type':'record','name':'x.N','fields':[{'name':'f','type':['null',%s]}]},'y.N']",
             inner);
    assert_reads(reader, writer);
}

/* -- bounds */

/* Each record has two fields of the next: 2^60 ways to the last one. */
static void put_doubling(struct buf *out, const char *leaf)
{
    enum { LEVELS = 60 };
    for (int i = 0; i < LEVELS; i++) {
        buf_printf(out, "{'type':'record','name':'D%d','fields':[{'name':'a','type':", i);
    }
    buf_printf(out, "{'type':'record','name':'D60','fields':[{'name':'a','type':'%s'}]}", leaf);
    for (int i = LEVELS; i > 0; i--) {
        buf_printf(out, "},{'name':'b','type':'D%d'}]}", i);
    }
}

static void shared_types_are_walked_once(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    for (int in_union = 0; in_union < 2; in_union++) {
        for (int wrong = 0; wrong < 2; wrong++) {
            buf_reset(&reader);
            buf_reset(&writer);
            buf_put_str(&reader, in_union ? "['null'," : "");
            put_doubling(&reader, "long");
            buf_put_str(&reader, in_union ? "]" : "");
            put_doubling(&writer, wrong ? "string" : "int");
            struct sch_faults faults = check(buf_cstr(&reader), buf_cstr(&writer));
            assert_int_equal(faults.count, wrong);
            sch_faults_fini(&faults);
        }
    }
    buf_fini(&reader);
    buf_fini(&writer);
}

/* Two unions of 900 branches in contrary order: one comparison is far below the limit, and 400 are
 * far above. */
static void all_earlier_schemas_share_the_steps(void **state)
{
    (void)state;
    enum { BRANCHES = 900, EARLIER = 200 };
    struct buf texts[2] = {BUF_INIT, BUF_INIT};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < BRANCHES; i++) {
            buf_printf(&texts[side], "%c{'type':'fixed','name':'b%d','size':1}", i > 0 ? ',' : '[',
                       side == 0 ? i : BRANCHES - 1 - i);
        }
        buf_put_str(&texts[side], "]");
    }
    struct sch_schema *next = parse(buf_cstr(&texts[0]));
    struct sch_schema *old = parse(buf_cstr(&texts[1]));
    struct sch_schema *earlier[EARLIER];
    for (size_t i = 0; i < EARLIER; i++) {
        earlier[i] = old;
    }
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    assert_int_equal(sch_compatible(SCH_LEVEL_BACKWARD, next, earlier, EARLIER, &faults, &err), 0);
    sch_faults_fini(&faults);
    assert_int_equal(
        sch_compatible(SCH_LEVEL_FULL_TRANSITIVE, next, earlier, EARLIER, &faults, &err), -1);
    assert_int_equal(err.code, ERR_SCHEMA_TOO_LARGE);
    sch_faults_fini(&faults);
    sch_schema_unref(&next);
    sch_schema_unref(&old);
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
}

static void a_thousand_faults_are_kept(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    buf_put_str(&reader, "{'type':'record','name':'W','fields':[");
    for (int i = 0; i < 1500; i++) {
        buf_printf(&reader, "%s{'name':'f%d','type':'int'}", i > 0 ? "," : "", i);
    }
    buf_put_str(&reader, "]}");
    struct sch_schema *next = parse(buf_cstr(&reader));
    struct sch_schema *earlier[2] = {parse("{'type':'record','name':'W','fields':[]}"),
                                     parse("{'type':'record','name':'W','fields':[]}")};
    assert_int_equal(sch_compatible(SCH_LEVEL_FULL_TRANSITIVE, next, earlier, 2, &faults, &err), 0);
    assert_int_equal(faults.count, SCH_MAX_FAULTS);
    assert_string_equal(faults.items[999].path, "/fields/999");
    assert_int_equal(faults.items[999].earlier, 1);
    assert_null(strstr(faults.items[998].text, "more than"));
    assert_non_null(strstr(faults.items[999].text, " … and there are more than these 1000"));
    assert_true(faults.more);
    sch_faults_fini(&faults);
    sch_schema_unref(&next);
    sch_schema_unref(&earlier[0]);
    sch_schema_unref(&earlier[1]);
    buf_fini(&reader);
}

/* A ring of `count` records of one simple name: two rings meet in the product of their lengths. */
static void put_ring(struct buf *out, int count)
{
    buf_reset(out);
    for (int i = 0; i < count; i++) {
        buf_printf(out, "{'type':'record','name':'n%d.N','fields':[{'name':'f','type':", i);
    }
    buf_put_str(out, "'n0.N'");
    for (int i = 0; i < count; i++) {
        buf_put_str(out, "}]}");
    }
}

static void endless_entanglement_is_refused(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    put_ring(&reader, 53);
    put_ring(&writer, 54);
    assert_reads(buf_cstr(&reader), buf_cstr(&writer));
    put_ring(&reader, 62);
    put_ring(&writer, 61);
    assert_int_equal(check_fails(buf_cstr(&reader), buf_cstr(&writer)), ERR_SCHEMA_TOO_LARGE);
    buf_fini(&reader);
    buf_fini(&writer);
}

/* A union of `count` records, each in its own namespace; one_name: they share their simple name. */
static void put_many(struct buf *out, int count, bool one_name, const char *prefix,
                     const char *type)
{
    buf_reset(out);
    for (int i = 0; i < count; i++) {
        buf_printf(out,
                   "%c{'type':'record','name':'n%d.%s%d','aliases':['A','B','C'],"
                   "'fields':[{'name':'f','type':'%s'}]}",
                   i > 0 ? ',' : '[', i, prefix, one_name ? 0 : i, type);
    }
    buf_put_str(out, "]");
}

static void endless_products_are_refused(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    put_many(&reader, 700, true, "N", "int");
    put_many(&writer, 700, true, "N", "string");
    struct sch_faults faults = check(buf_cstr(&reader), buf_cstr(&writer));
    assert_int_equal(faults.count, 700);
    sch_faults_fini(&faults);
    put_many(&reader, 720, true, "N", "int");
    put_many(&writer, 720, true, "N", "string");
    assert_int_equal(check_fails(buf_cstr(&reader), buf_cstr(&writer)), ERR_SCHEMA_TOO_LARGE);
    put_many(&reader, 8000, false, "M", "int"); /* too many by their names alone */
    put_many(&writer, 8000, false, "M", "int");
    assert_int_equal(check_fails(buf_cstr(&reader), buf_cstr(&writer)), ERR_SCHEMA_TOO_LARGE);
    buf_fini(&reader);
    buf_fini(&writer);
}

/* -- levels */

struct level_row {
    enum sch_level level;
    const char *name;
    const char *asked; /* in order: '<' earlier reads next, '>' next reads earlier, and its index */
};

static const struct level_row level_rows[] = {
    {SCH_LEVEL_NONE, "NONE", ""},
    {SCH_LEVEL_BACKWARD, "BACKWARD", ">2"},
    {SCH_LEVEL_BACKWARD_TRANSITIVE, "BACKWARD_TRANSITIVE", ">2>1>0"},
    {SCH_LEVEL_FORWARD, "FORWARD", "<2"},
    {SCH_LEVEL_FORWARD_TRANSITIVE, "FORWARD_TRANSITIVE", "<2<1<0"},
    {SCH_LEVEL_FULL, "FULL", "<2>2"},
    {SCH_LEVEL_FULL_TRANSITIVE, "FULL_TRANSITIVE", "<2>2<1>1<0>0"},
};

static void each_level_asks_its_questions_from_the_newest(void **state)
{
    (void)state;
    struct sch_schema *next = parse("'int'");
    struct sch_schema *earlier[3] = {parse("'string'"), parse("'bytes'"), parse("'null'")};
    for (size_t i = 0; i < COUNT_OF(level_rows); i++) {
        char asked[64] = "";
        struct err err = ERR_INIT;
        struct sch_faults faults = {.count = 0};
        assert_int_equal(sch_compatible(level_rows[i].level, next, earlier, 3, &faults, &err), 0);
        for (size_t k = 0; k < faults.count; k++) {
            size_t used = strlen(asked);
            snprintf(asked + used, sizeof(asked) - used, "%c%zu",
                     faults.items[k].backward ? '>' : '<', faults.items[k].earlier);
        }
        assert_string_equal(asked, level_rows[i].asked);
        sch_faults_fini(&faults);
        assert_int_equal(sch_compatible(level_rows[i].level, next, NULL, 0, &faults, &err), 0);
        assert_int_equal(faults.count, 0);
    }
    sch_schema_unref(&next);
    for (size_t i = 0; i < 3; i++) {
        sch_schema_unref(&earlier[i]);
    }
}

static size_t faults_of(enum sch_level level, const char *next_text, const char *earlier_text)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *next = parse(next_text);
    struct sch_schema *earlier = parse(earlier_text);
    assert_int_equal(sch_compatible(level, next, &earlier, 1, &faults, &err), 0);
    size_t count = faults.count;
    sch_faults_fini(&faults);
    sch_schema_unref(&next);
    sch_schema_unref(&earlier);
    return count;
}

static void backward_means_that_the_new_one_reads_the_old(void **state)
{
    (void)state;
    assert_int_equal(faults_of(SCH_LEVEL_BACKWARD, "'long'", "'int'"), 0);
    assert_int_equal(faults_of(SCH_LEVEL_FORWARD, "'long'", "'int'"), 1);
    assert_int_equal(faults_of(SCH_LEVEL_FULL, "'long'", "'int'"), 1);
    assert_int_equal(faults_of(SCH_LEVEL_BACKWARD, "'int'", "'long'"), 1);
    assert_int_equal(faults_of(SCH_LEVEL_FORWARD, "'int'", "'long'"), 0);
    assert_int_equal(faults_of(SCH_LEVEL_FULL, "'bytes'", "'string'"), 0);
}

static void levels_have_exact_names(void **state)
{
    (void)state;
    enum sch_level level = SCH_LEVEL_FULL;
    for (size_t i = 0; i < COUNT_OF(level_rows); i++) {
        assert_true(sch_level_parse(level_rows[i].name, &level));
        assert_int_equal(level, level_rows[i].level);
        assert_string_equal(sch_level_name(level), level_rows[i].name);
    }
    static const char *const wrong[] = {"", "none", "Full", "FULL ", "BACKWARDS", "FULL_"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(sch_level_parse(wrong[i], &level));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_its_type_place_and_words),
        cmocka_unit_test(a_long_list_of_symbols_is_cut),
        cmocka_unit_test(long_names_are_cut_behind_a_whole_letter),
        cmocka_unit_test(a_union_read_by_no_union_is_told_at_the_reader),
        cmocka_unit_test(defaults_of_no_bytes_are_defaults),
        cmocka_unit_test(wide_records_and_long_enums_are_read_like_small_ones),
        cmocka_unit_test(a_recursive_type_is_told_once),
        cmocka_unit_test(a_shared_type_is_told_where_it_is_met_first),
        cmocka_unit_test(a_type_tried_in_a_union_is_still_told_outside_of_it),
        cmocka_unit_test(an_answer_on_a_wrong_assumption_is_forgotten),
        cmocka_unit_test(shared_types_are_walked_once),
        cmocka_unit_test(all_earlier_schemas_share_the_steps),
        cmocka_unit_test(a_thousand_faults_are_kept),
        cmocka_unit_test(endless_entanglement_is_refused),
        cmocka_unit_test(endless_products_are_refused),
        cmocka_unit_test(each_level_asks_its_questions_from_the_newest),
        cmocka_unit_test(backward_means_that_the_new_one_reads_the_old),
        cmocka_unit_test(levels_have_exact_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
