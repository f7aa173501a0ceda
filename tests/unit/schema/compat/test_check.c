/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/compat/test_check.c - the places and words of faults; recursive and shared types.
 *
 * tests/oracle/compat_oracle.py shows, against the Java library, that the rules are Avro's. */
#include "base/utf8.h"
#include "compat_help.h"

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
    const char *message = faults.items[0].text;
    assert_true(utf8_is_text((const uint8_t *)message, strlen(message)));
    assert_null(strchr(message, '?'));
    sch_faults_fini(&faults);
}

static void a_union_read_by_no_union_is_reported_at_the_reader(void **state)
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

static void a_recursive_type_is_reported_once(void **state)
{
    (void)state;
    assert_one_fault(
        "{'type':'record','name':'N','fields':[" F("next", "['null','N']") "," F("v", "'int'") "]}",
        "{'type':'record','name':'N','fields':[" F("next", "['null','N']") "," F("v",
                                                                                 "'string'") "]}",
        "TYPE_MISMATCH", "/fields/1/type", "reader int cannot read writer string");
}

static void a_shared_type_is_reported_where_it_is_met_first(void **state)
{
    (void)state;
    assert_one_fault(R(F("p", "{'type':'fixed','name':'F','size':1}") "," F("q", "'F'")),
                     R(F("q", "{'type':'fixed','name':'F','size':2}") "," F("p", "'F'")),
                     "FIXED_SIZE_MISMATCH", "/fields/0/type/size",
                     "reader fixed a.F has 1 bytes, the writer's 2");
}

static void a_type_tried_in_a_union_is_still_reported_outside_of_it(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_its_type_place_and_words),
        cmocka_unit_test(a_long_list_of_symbols_is_cut),
        cmocka_unit_test(long_names_are_cut_behind_a_whole_letter),
        cmocka_unit_test(a_union_read_by_no_union_is_reported_at_the_reader),
        cmocka_unit_test(defaults_of_no_bytes_are_defaults),
        cmocka_unit_test(wide_records_and_long_enums_are_read_like_small_ones),
        cmocka_unit_test(a_recursive_type_is_reported_once),
        cmocka_unit_test(a_shared_type_is_reported_where_it_is_met_first),
        cmocka_unit_test(a_type_tried_in_a_union_is_still_reported_outside_of_it),
        cmocka_unit_test(an_answer_on_a_wrong_assumption_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
