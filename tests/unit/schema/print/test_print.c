/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/print/test_print.c - a schema as Java prints it.
 *
 * The many cases are tests/oracle/print_oracle.py's, which asks Java; here is one of each sort, what
 * holds without Java, and printing by several threads. Schemas are written with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/buf.h"
#include "schema/parse/parse.h"
#include "schema/print/print.h"

enum { MOST_BYTES = 4096, MOST_TEXTS = 8, THREADS = 4, ROUNDS = 50 };

static const char *quoted(const char *text, char *out)
{
    size_t len = strlen(text);
    assert_true(len < MOST_BYTES);
    for (size_t i = 0; i <= len; i++) {
        out[i] = text[i];
        if (text[i] == '\'') {
            out[i] = '"';
        }
    }
    return out;
}

/* texts end with NULL; the last is the root. */
static struct sch_schema *parse_all(const char *const *texts)
{
    static char storage[MOST_TEXTS][MOST_BYTES];
    struct sch_text references[MOST_TEXTS];
    struct err err = ERR_INIT;
    size_t count = 0;
    for (; texts[count + 1] != NULL; count++) {
        references[count].text = quoted(texts[count], storage[count]);
        references[count].len = strlen(references[count].text);
    }
    const char *root = quoted(texts[count], storage[count]);
    struct sch_schema *schema = sch_parse_with(references, count, root, strlen(root), &err);
    if (schema == NULL) {
        fail_msg("refused: %s\n%s", err.text, root);
    }
    return schema;
}

static void prints_all(const char *const *texts, enum sch_form form, const char *expected)
{
    char storage[MOST_BYTES];
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct sch_schema *schema = parse_all(texts);
    assert_int_equal(sch_print(schema, form, &out, &err), 0);
    assert_string_equal(buf_cstr(&out), quoted(expected, storage));
    sch_schema_unref(&schema);
    buf_fini(&out);
}

#define PRINTS(form, expected, ...)                                                                \
    prints_all((const char *const[]){__VA_ARGS__, NULL}, form, expected)

static void stored(const char *text, const char *expected)
{
    PRINTS(SCH_FORM_STORED, expected, text);
    PRINTS(SCH_FORM_RESOLVED, expected, text); /* the same without references */
}

static void known_words_have_their_order_and_others_follow_in_theirs(void **state)
{
    (void)state;
    stored("{'zeta':1, 'aliases':['B','q.C','n.D'], 'fields':[{'p':2,'order':'Descending',"
           "'aliases':['y','y'],'default':1,'doc':'d','type':'int','name':'x'}], 'doc':'a',"
           "'alpha':{'b':1,'a':2}, 'namespace':'n', 'name':'A', 'type':'record'}",
           "{'type':'record','name':'A','namespace':'n','doc':'a','fields':[{'name':'x','type':"
           "'int','doc':'d','default':1,'order':'descending','aliases':['y'],'p':2}],'zeta':1,"
           "'alpha':{'b':1,'a':2},'aliases':['B','q.C','D']}");
    stored("{'p':1,'default':'B','symbols':['A','B'],'doc':'','name':'a.E','type':'enum'}",
           "{'type':'enum','name':'E','namespace':'a','doc':'','symbols':['A','B'],'default':'B',"
           "'p':1}");
    stored("{'logicalType':'duration','size':12,'name':'F','type':'fixed'}",
           "{'type':'fixed','name':'F','size':12,'logicalType':'duration'}");
    stored("{'z':1,'values':{'items':'int','type':'array','a':1},'type':'map'}",
           "{'type':'map','values':{'type':'array','items':'int','a':1},'z':1}");
}

static void a_primitive_is_an_object_only_for_its_attributes(void **state)
{
    (void)state;
    stored(" { 'type' : 'string' } ", "'string'");
    stored("{'type':'string','doc':'d','name':'n','size':1}", "'string'");
    stored("{'x':1,'type':'long','logicalType':'timestamp-micros'}",
           "{'type':'long','x':1,'logicalType':'timestamp-micros'}");
    stored("['null',{'type':'int'},{'type':'bytes','a':null}]",
           "['null','int',{'type':'bytes','a':null}]");
}

static void names_are_relative_to_the_namespace_around(void **state)
{
    (void)state;
    stored(
        "{'type':'record','name':'n.A','fields':[{'name':'a','type':['null','n.A']},"
        "{'name':'b','type':{'type':'record','name':'B','namespace':'','fields':["
        "{'name':'c','type':{'type':'fixed','name':'C','size':1}},{'name':'a','type':'n.A'}]}},"
        "{'name':'c','type':'C'},{'name':'e','type':{'type':'enum','name':'n.E','symbols':[]}}]}",
        "{'type':'record','name':'A','namespace':'n','fields':[{'name':'a','type':['null','A']},"
        "{'name':'b','type':{'type':'record','name':'B','namespace':'','fields':["
        "{'name':'c','type':{'type':'fixed','name':'C','size':1}},{'name':'a','type':'n.A'}]}},"
        "{'name':'c','type':'C'},{'name':'e','type':{'type':'enum','name':'E','symbols':[]}}]}");
}

/* Java drops the dot, and then reads another type. */
static void a_dot_leads_a_name_that_would_mean_another(void **state)
{
    (void)state;
    stored("{'type':'record','name':'n.A','aliases':['.Z'],'fields':["
           "{'name':'a','type':{'type':'fixed','name':'.C','size':1}},{'name':'b','type':'.C'},"
           "{'name':'c','type':{'type':'fixed','name':'C','size':2}},{'name':'d','type':'.C'},"
           "{'name':'e','type':'C'}]}",
           "{'type':'record','name':'A','namespace':'n','fields':["
           "{'name':'a','type':{'type':'fixed','name':'C','namespace':'','size':1}},"
           "{'name':'b','type':'C'},{'name':'c','type':{'type':'fixed','name':'C','size':2}},"
           "{'name':'d','type':'.C'},{'name':'e','type':'C'}],'aliases':['.Z']}");
}

static void numbers_are_spelt_as_java_does(void **state)
{
    (void)state;
    stored("{'type':'int','a':[1,-0,-9223372036854775808,1.0,1.50,-0.0,1e10,1E-5,0.001,0.00099,"
           "9999999.5,1e7,123456789012345680000.0,5e-324,2e-323,1.7976931348623157e308,2e23,0.1,"
           "1e6]}",
           "{'type':'int','a':[1,0,-9223372036854775808,1.0,1.5,-0.0,1.0E10,1.0E-5,0.001,9.9E-4,"
           "9999999.5,1.0E7,1.2345678901234568E20,4.9E-324,2.0E-323,1.7976931348623157E308,2.0E23,"
           "0.1,1000000.0]}");
}

static void a_number_as_text_is_printed_as_the_number(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"NaN", "'NaN'"},
        {"+NaN", "'NaN'"},
        {" Infinity ", "'Infinity'"},
        {"-Infinity", "'-Infinity'"},
        {"1.50", "1.5"},
        {"-0", "-0.0"},
        {"0x1p4d", "16.0"},
        {"1e10f", "1.0E10"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[200];
        char expected[200];
        static const char *const form =
            "{'type':'record','name':'T','fields':[{'name':'x','type':'double','default':%s}]}";
        char quoted_text[40];
        snprintf(quoted_text, sizeof(quoted_text), "'%s'", rows[i][0]);
        snprintf(text, sizeof(text), form, quoted_text);
        snprintf(expected, sizeof(expected), form, rows[i][1]);
        stored(text, expected);
        stored(expected, expected);
    }
}

static void a_union_without_branches_is_printed(void **state)
{
    (void)state;
    stored("{'items':[],'type':'array'}", "{'type':'array','items':[]}");
    stored("{'values':[],'type':'map'}", "{'type':'map','values':[]}");
    static const char *const record =
        "{'type':'record','name':'T','fields':[{'name':'x','type':[]},"
        "{'name':'y','type':{'type':'map','values':{'type':'array','items':[]}},'default':{}}]}";
    stored(record, record);
}

static void text_is_escaped_where_json_demands_it_only(void **state)
{
    (void)state;
    stored("{'type':'int','default':'\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\/\\\\\\u00e9\\ud83d"
           "\\ude00\\u007f\\u2028'}",
           "{'type':'int','default':'\\u0000\\b\\t\\n\\u000B\\f\\r\\u001F/\\\\é😀\x7f\u2028'}");
}

#define PLACE                                                                                      \
    "{'type':'record','name':'geo.Place','x':1,'fields':[{'name':'g','doc':'محافظة','type':" \
    "{'type':'enum','name':'Gov','symbols':['A','B']}}]}"
#define PERSON                                                                                     \
    "{'type':'record','name':'Person','namespace':'m','fields':[{'name':'g','type':'geo.Gov'},"    \
    "{'name':'p','type':'geo.Place','default':{'g':'A'}}]}"

static void stored_has_referenced_types_by_name(void **state)
{
    (void)state;
    PRINTS(SCH_FORM_STORED, PERSON, PLACE, PERSON);
    PRINTS(SCH_FORM_STORED, "'geo.Gov'", PLACE, "{'type':'geo.Gov','x':1}");
}

static void resolved_has_each_type_in_full_where_it_is_met_first(void **state)
{
    (void)state;
    PRINTS(SCH_FORM_RESOLVED,
           "{'type':'record','name':'Person','namespace':'m','fields':[{'name':'g','type':"
           "{'type':'enum','name':'Gov','namespace':'geo','symbols':['A','B']}},{'name':'p','type':"
           "{'type':'record','name':'Place','namespace':'geo','fields':[{'name':'g','type':'Gov',"
           "'doc':'محافظة'}],'x':1},'default':{'g':'A'}}]}",
           PLACE, PERSON);
}

static void normalized(const char *text, const char *expected)
{
    PRINTS(SCH_FORM_NORMALIZED, expected, text);
    PRINTS(SCH_FORM_NORMALIZED, expected, expected);
}

static void normalized_is_one_text_for_what_means_the_same(void **state)
{
    (void)state;
    normalized("{'type':'int','z':{'b':1,'a':{'d':1,'c':2}},'a':[{'y':1,'x':2}]}",
               "{'type':'int','a':[{'x':2,'y':1}],'z':{'a':{'c':2,'d':1},'b':1}}");
    normalized("{'type':'bytes','a':1,'scale':2,'precision':4,'logicalType':'decimal'}",
               "{'type':'bytes','logicalType':'decimal','precision':4,'scale':2,'a':1}");
    normalized("{'type':'error','name':'A','doc':'','aliases':['z.B','D','D','b.C'],'fields':["
               "{'name':'f','type':'float','default':1,'doc':'','aliases':['c','b'],'q':1,'p':2},"
               "{'name':'r','type':{'type':'record','name':'R','fields':[{'name':'d','type':"
               "'double'}]},'default':{'z':1,'d':1}}]}",
               "{'type':'record','name':'A','fields':[{'name':'f','type':'float','doc':'',"
               "'default':1.0,'aliases':['b','c'],'p':2,'q':1},{'name':'r','type':{'type':'record',"
               "'name':'R','fields':[{'name':'d','type':'double'}]},'default':{'d':1.0,'z':1}}],"
               "'aliases':['D','b.C','z.B']}");
    PRINTS(SCH_FORM_NORMALIZED, PERSON, PLACE, PERSON);
}

static void printing_appends(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct sch_schema *schema = parse_all((const char *const[]){"{'type':'int'}", NULL});
    buf_put_str(&out, "before ");
    assert_int_equal(sch_print(schema, SCH_FORM_STORED, &out, &err), 0);
    assert_string_equal(buf_cstr(&out), "before \"int\"");
    sch_schema_unref(&schema);
    buf_fini(&out);
}

static void *print_often(void *argument)
{
    struct sch_schema *schema = argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct err err = ERR_INIT;
        struct buf out = BUF_INIT;
        if (sch_print(schema, (enum sch_form)(i % 3), &out, &err) != 0 || out.len == 0) {
            return schema;
        }
        buf_fini(&out);
    }
    return NULL;
}

static void threads_print_one_schema_at_once(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct sch_schema *schema = parse_all((const char *const[]){PLACE, PERSON, NULL});
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, print_often, schema), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    sch_schema_unref(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_words_have_their_order_and_others_follow_in_theirs),
        cmocka_unit_test(a_primitive_is_an_object_only_for_its_attributes),
        cmocka_unit_test(names_are_relative_to_the_namespace_around),
        cmocka_unit_test(a_dot_leads_a_name_that_would_mean_another),
        cmocka_unit_test(numbers_are_spelt_as_java_does),
        cmocka_unit_test(a_number_as_text_is_printed_as_the_number),
        cmocka_unit_test(a_union_without_branches_is_printed),
        cmocka_unit_test(text_is_escaped_where_json_demands_it_only),
        cmocka_unit_test(stored_has_referenced_types_by_name),
        cmocka_unit_test(resolved_has_each_type_in_full_where_it_is_met_first),
        cmocka_unit_test(normalized_is_one_text_for_what_means_the_same),
        cmocka_unit_test(printing_appends),
        cmocka_unit_test(threads_print_one_schema_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
