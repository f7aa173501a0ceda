/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/diff/test_diff.c - each rule of the difference, from two structures. A row's difference
 * is one line for each finding: "rule path before -> after", with + for NRL-7's additional collection. */
#include "../compat/compat_help.h"
#include "schema/diff/diff.h"

static const char *const keys[] = {"id"};
static const struct sch_roles roles = {
    .dataset = "moh.births", .key_fields = keys, .key_field_count = 1, .order_field = "seq"};

static void print(const struct sch_diff *diff, struct buf *out)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct sch_finding *f = &diff->items[i];
        buf_printf(out, "%s%s%s %s", i > 0 ? "\n" : "", sch_change_row(f->change)->id,
                   f->collects_more ? "+" : "", f->path);
        if (f->before != NULL || f->after != NULL) {
            buf_printf(out, " %s -> %s", f->before != NULL ? f->before : "",
                       f->after != NULL ? f->after : "");
        }
    }
}

static void expect(const char *before, const char *after, bool is_key, const char *wanted)
{
    struct err err = ERR_INIT;
    struct sch_diff diff = {.count = 0};
    struct buf got = BUF_INIT;
    struct sch_schema *was = parse(before);
    struct sch_schema *is = parse(after);
    assert_int_equal(sch_diff(was, is, &roles, is_key, &diff, &err), 0);
    print(&diff, &got);
    if (strcmp(buf_cstr(&got), wanted) != 0) {
        fail_msg("%s\nto %s\n--- got\n%s\n--- wanted\n%s", before, after, buf_cstr(&got), wanted);
    }
    buf_fini(&got);
    sch_diff_fini(&diff);
    sch_schema_unref(&was);
    sch_schema_unref(&is);
}

struct row {
    const char *before;
    const char *after;
    const char *wanted;
};

#define ENUM(symbols)         "{'type':'enum','name':'E','symbols':[" symbols "]}"
#define ENUM_OR(symbols, def) "{'type':'enum','name':'E','symbols':[" symbols "],'default':" def "}"
#define DECIMAL(p, s)         "{'type':'bytes','logicalType':'decimal','precision':" #p ",'scale':" #s "}"
#define FIXED(name, size)     "{'type':'fixed','name':'" name "','size':" #size "}"
#define RECORD(name, fields)  "{'type':'record','name':'" name "','fields':[" fields "]}"
#define D(name, type, def)    "{'name':'" name "','type':" type ",'default':" def "}"
#define ARRAY(type)           "{'type':'array','items':" type "}"
#define MAP(type)             "{'type':'map','values':" type "}"

static const struct row rows[] = {
    /* safe */
    {R(F("a", "'int'")), R(F("a", "'int'")), ""},
    {R(F("a", "'int'")), R("{'name':'a','type':'int','doc':'x','pii':true}"),
     "documentation-changed a  -> doc: x\ndocumentation-changed a  -> pii: true"},
    {"{'type':'record','name':'a.R','doc':'old','fields':[]}",
     "{'type':'record','name':'a.R','doc':'new','fields':[]}",
     "documentation-changed . doc: old -> doc: new"},
    {R(F("a", "'int'")), R(F("a", "{'type':'int','logicalType':'ours'}")),
     "documentation-changed a  -> logicalType: ours"},
    {R(F("a", "'int'")), R("{'name':'a','type':'int','aliases':['b']}"),
     "documentation-changed a  -> aliases: b"},
    {R(""), R(D("a", "'int'", "0")), "optional-field-added+ a  -> int"},
    {R(""), R(D("a", "['null','string']", "null")),
     "optional-field-added+ a  -> union of null, string"},
    {R(F("a", "'int'")), R(F("a", "'long'")), "type-widened a int -> long"},
    {R(F("a", "['null','float']")), R(F("a", "['null','double']")),
     "type-widened a float -> double"},
    {R(F("a", DECIMAL(4, 2))), R(F("a", DECIMAL(6, 2))),
     "precision-grown a decimal(4,2) -> decimal(6,2)"},
    {R(F("a", ENUM_OR("'A','U'", "'U'"))), R(F("a", ENUM_OR("'A','U','B','C'", "'U'"))),
     "enum-symbols-added a  -> B, C"},
    {R(F("a", "'int'") "," F("b", "'int'")), R(F("b", "'int'") "," F("a", "'int'")),
     "fields-reordered ."},
    {R(F("a", "['null','string']")), R(F("a", "['string','null']")),
     "union-reordered a union of null, string -> union of string, null"},
    {R(F("a", "'int'")), R(D("a", "'int'", "7")), "default-added a  -> default: 7"},
    /* a default that is only written otherwise is the same */
    {R(D("a", "'double'", "1")), R(D("a", "'double'", "1.0")), ""},
    {R(D("a", "['null','string']", "null")), R(D("a", "['string','null']", "null")),
     "union-reordered a union of null, string -> union of string, null"},
    /* review */
    {R(D("a", "'int'", "7")), R(D("a", "'int'", "8")),
     "default-changed a default: 7 -> default: 8"},
    {R(D("a", MAP("'int'"), "{'x':1}")), R(F("a", MAP("'int'"))),
     "default-removed a default: {\"x\":1} -> "},
    {R(F("a", "'int'") "," F("b", "'int'")), R(F("b", "'int'")), "field-removed a int -> "},
    {R(F("a", "'int'")), R("{'name':'b','type':'int','aliases':['a']}"), "field-renamed b a -> b"},
    {R(F("a", "'int'")), R("{'name':'b','type':'string','aliases':['a']}"),
     "field-renamed b a -> b\ntype-changed b int -> string"},
    /* one field of two: the first alias is its former name */
    {R(F("a", "'int'") "," F("b", "'int'")), R("{'name':'c','type':'int','aliases':['a','b']}"),
     "field-renamed c a -> c\nfield-removed b int -> "},
    {R(F("a", "'string'")), R(F("a", "['null','string']")),
     "became-nullable a string -> union of null, string"},
    {R(F("a", ENUM("'A'"))), R(F("a", ENUM("'A','B'"))),
     "enum-symbols-added-without-default a  -> B"},
    /* the older one's readers have no default for it */
    {R(F("a", ENUM("'A','U'"))), R(F("a", ENUM_OR("'A','U','B'", "'U'"))),
     "enum-symbols-added-without-default a  -> B\nenum-default-changed a  -> U"},
    {R(F("a", ENUM("'A','B'"))), R(F("a", ENUM("'A'"))), "enum-symbols-removed a B -> "},
    {R(F("a", ENUM("'A','B'"))), R(F("a", ENUM("'B','A'"))), "enum-symbols-reordered a"},
    {R(F("a", ENUM_OR("'A','B'", "'A'"))), R(F("a", ENUM_OR("'A','B'", "'B'"))),
     "enum-default-changed a A -> B"},
    {R(F("a", "['int','string']")), R(F("a", "['int','string','boolean']")),
     "union-branch-added a<boolean>  -> boolean"},
    {R(F("a", "['int','string']")), R(F("a", "['int','string'," RECORD("x.M", "") "]")),
     "union-branch-added+ a<M>  -> record x.M"},
    {RECORD("a.R", ""), RECORD("b.R", ""), "namespace-changed . a.R -> b.R"},
    /* breaking */
    {R(""), R(F("a", "'int'")), "required-field-added+ a  -> int"},
    {R(""), R(F("a", "['null','int']")), "required-field-added+ a  -> union of null, int"},
    {R(F("a", "['null','int']")), R(F("a", "'int'")),
     "became-required a union of null, int -> int"},
    {R(F("a", "'int'")), R(F("a", "'double'")), "type-changed a int -> double"},
    {R(F("a", "'long'")), R(F("a", "'float'")), "type-changed a long -> float"},
    {R(F("a", "'long'")), R(F("a", "'int'")), "type-changed a long -> int"},
    {R(F("a", "'string'")), R(F("a", "'bytes'")), "type-changed a string -> bytes"},
    {R(F("a", "'bytes'")), R(F("a", "'string'")), "type-changed a bytes -> string"},
    {R(F("a", "'long'")), R(F("a", "{'type':'long','logicalType':'timestamp-millis'}")),
     "type-changed a long -> timestamp-millis"},
    {R(F("a", "{'type':'int','logicalType':'date'}")), R(F("a", "'long'")),
     "type-changed a date -> long"},
    {R(F("a", "'string'")), R(F("a", "['string','int']")),
     "type-changed a string -> union of string, int"},
    {R(F("a", "['null','int','string']")), R(F("a", "['null','int']")),
     "type-changed a union of null, int, string -> union of null, int"},
    {R(F("a", "'null'")), R(F("a", "['null','int']")), "type-changed a null -> union of null, int"},
    {R(F("a", DECIMAL(6, 2))), R(F("a", DECIMAL(4, 2))),
     "precision-lowered a decimal(6,2) -> decimal(4,2)"},
    {R(F("a", DECIMAL(6, 2))), R(F("a", DECIMAL(8, 3))),
     "scale-changed a decimal(6,2) -> decimal(8,3)"},
    {R(F("a", FIXED("F", 4))), R(F("a", FIXED("F", 5))), "fixed-size-changed a 4 bytes -> 5 bytes"},
    {R(F("a", "['int','string','boolean']")), R(F("a", "['int','string']")),
     "union-branch-removed a<boolean> boolean -> "},
    /* in a union of several the branch's name is recorded with the value: no type widens there */
    {R(F("a", "['int','string']")), R(F("a", "['long','string']")),
     "union-branch-removed a<int> int -> \nunion-branch-added a<long>  -> long"},
    {R(F("a", RECORD("x.A", ""))), R(F("a", RECORD("x.B", ""))), "type-renamed a x.A -> x.B"},
    {R(F("a", "['int'," RECORD("x.A", "") "]")),
     R(F("a", "['int',{'type':'record','name':'x.B','aliases':['A'],'fields':[]}]")),
     "type-renamed a<B> x.A -> x.B"},
    /* two branches of one short name: each finds its own */
    {R(F("a", "[" RECORD("x.A", F("i", "'int'")) "," RECORD("y.A", F("s", "'string'")) "]")),
     R(F("a", "[" RECORD("y.A", F("s", "'string'")) "," RECORD("x.A", F("i", "'int'")) "]")),
     "union-reordered a union of record x.A, record y.A -> union of record y.A, record x.A"},
    /* roles: of the dataset's declaration */
    {R(F("id", "'int'")), R(F("id", "'long'")), "key-field-changed id int -> long"},
    {R(F("id", "'int'")), R("{'name':'id','type':'int','doc':'x'}"),
     "documentation-changed id  -> doc: x"},
    {R(F("id", "'int'")), R("{'name':'no','type':'int','aliases':['id']}"),
     "key-field-changed no id -> no"},
    {R(F("id", "'int'")), R(""), "key-field-changed id int -> "},
    {R(F("seq", "'long'")), R(F("seq", "['null','long']")),
     "order-field-changed seq long -> union of null, long"},
    /* only at the top */
    {R(F("a", RECORD("x.A", F("id", "'int'")))), R(F("a", RECORD("x.A", F("id", "'long'")))),
     "type-widened a.id int -> long"},
    /* an enum that the key shares with another field counts as the key's */
    {R(F("a", ENUM("'A'")) "," F("id", "'E'")), R(F("a", ENUM("'A','B'")) "," F("id", "'E'")),
     "key-field-changed id  -> B"},
    /* places */
    {R(F("a", ARRAY(MAP(RECORD("x.A", F("b", "'int'")))))),
     R(F("a", ARRAY(MAP(RECORD("x.A", F("b", "'string'")))))),
     "type-changed a[]{}.b int -> string"},
    {R(F("a", "['int'," RECORD("x.A", F("b", "'int'")) "]")),
     R(F("a", "['int'," RECORD("x.A", F("b", "'int'") "," D("c", "'int'", "0")) "]")),
     "optional-field-added+ a<A>.c  -> int"},
    {R(F("a", ARRAY("'int'"))), R(F("a", ARRAY("['null','int']"))),
     "became-nullable a[] int -> union of null, int"},
    {"'int'", "'string'", "type-changed . int -> string"},
    /* what was added or removed is one finding, whatever is inside */
    {R(""), R(D("a", RECORD("x.A", F("b", "'int'") "," F("c", "'int'")), "{'b':1,'c':2}")),
     "optional-field-added+ a  -> record x.A"},
    /* every change is found, whatever changed beside it */
    {R(F("a", "'int'") "," F("b", "'int'") "," F("c", "'int'")),
     R(D("d", "'int'", "0") "," F("c", "'long'") ",{'name':'e','type':'int','aliases':['a']}"),
     "optional-field-added+ d  -> int\ntype-widened c int -> long\nfield-renamed e a -> e\n"
     "field-removed b int -> \nfields-reordered ."},
    /* a structure that contains itself */
    {R(F("next", "['null','a.R']") "," F("v", "'int'")),
     R(F("next", "['null','a.R']") "," F("v", "'string'")), "type-changed v int -> string"},
};

static void each_change_has_its_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect(rows[i].before, rows[i].after, false, rows[i].wanted);
    }
}

static void no_structure_differs_from_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect(rows[i].before, rows[i].before, false, "");
        expect(rows[i].after, rows[i].after, true, "");
    }
}

static void nothing_in_a_keys_structure_is_harmless_but_documentation(void **state)
{
    (void)state;
    expect("'int'", "'long'", true, "key-field-changed . int -> long");
    expect(R(""), R(D("a", "'int'", "0")), true, "key-field-changed+ a  -> int");
    expect(R(F("a", "'int'")), R("{'name':'a','type':'int','doc':'x'}"), true,
           "documentation-changed a  -> doc: x");
}

static struct sch_diff diff_of(const char *before, const char *after)
{
    struct err err = ERR_INIT;
    struct sch_diff diff = {.count = 0};
    struct sch_schema *was = parse(before);
    struct sch_schema *is = parse(after);
    assert_int_equal(sch_diff(was, is, NULL, false, &diff, &err), 0);
    sch_schema_unref(&was);
    sch_schema_unref(&is);
    return diff;
}

static void the_table_of_rules_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < SCH_CHANGE_COUNT; i++) {
        const struct sch_change_row *row = sch_change_row((enum sch_change)i);
        assert_true(row->id[0] != '\0' &&
                    strspn(row->id, "abcdefghijklmnopqrstuvwxyz-") == strlen(row->id));
        assert_true(row->en[0] != '\0' && (unsigned char)row->ar[0] >= 0xd8);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(row->id, sch_change_row((enum sch_change)j)->id);
        }
    }
    for (int i = 0; i < SCH_CLASS_COUNT; i++) {
        enum sch_class cls = SCH_SAFE;
        assert_true(sch_class_parse(sch_class_name((enum sch_class)i), &cls));
        assert_int_equal(cls, i);
    }
    enum sch_class cls;
    assert_false(sch_class_parse("Safe", &cls));
}

static void titles_come_from_the_field_in_both_languages(void **state)
{
    (void)state;
    struct sch_diff diff = diff_of(
        R("{'name':'a','type':" ARRAY("'int'") ",'title':'Weights','title_ar':'الأوزان'}"),
        R("{'name':'a','type':" ARRAY("'string'") ",'title':'Weights','title_ar':'الأوزان'}"));
    assert_int_equal(diff.count, 1);
    assert_string_equal(diff.items[0].path, "a[]");
    assert_string_equal(diff.items[0].title, "Weights");
    assert_string_equal(diff.items[0].title_ar, "الأوزان");
    sch_diff_fini(&diff);
}

static void the_worst_class_is_of_what_is_not_accepted(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_diff diff = diff_of(R(F("a", "'int'") "," F("b", "'int'")),
                                   R(F("a", "'string'") "," D("c", "'int'", "0")));
    assert_int_equal(sch_diff_worst(&diff), SCH_BREAKING);
    assert_true(diff.collects_more);
    assert_int_equal(sch_diff_accept(&diff, "type-changed@a=agreed, with = and @", &err), 0);
    assert_string_equal(diff.items[0].accepted, "agreed, with = and @");
    assert_int_equal(sch_diff_worst(&diff), SCH_REVIEW);
    assert_int_equal(sch_diff_accept(&diff, "field-removed@b=not used", &err), 0);
    assert_int_equal(sch_diff_worst(&diff), SCH_SAFE);
    assert_int_equal(sch_diff_count(&diff, SCH_BREAKING), 1);
    sch_diff_fini(&diff);
}

static void an_acceptance_names_what_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
    } refused[] = {
        {"type-changed", ERR_USAGE},          {"type-changed@a", ERR_USAGE},
        {"type-changed@a=", ERR_USAGE},       {"@a=x", ERR_USAGE},
        {"type-changed@=x", ERR_USAGE},       {"", ERR_USAGE},
        {"type-change@a=x", ERR_NOT_FOUND},   {"type-changed@b=x", ERR_NOT_FOUND},
        {"field-removed@a=x", ERR_NOT_FOUND},
    };
    struct sch_diff diff = diff_of(R(F("a", "'int'")), R(F("a", "'string'")));
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct err err = ERR_INIT;
        assert_int_equal(sch_diff_accept(&diff, refused[i].text, &err), -1);
        assert_int_equal(err.code, refused[i].code);
    }
    assert_int_equal(sch_diff_worst(&diff), SCH_BREAKING);
    sch_diff_fini(&diff);
}

static void a_generation_begins_where_a_column_changes_its_type(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        bool begins;
    } pairs[] = {
        {R(F("a", "'int'")), R(F("a", "'string'")), true},
        {R(F("a", "'int'")), R(F("a", "['null','string']")), true},
        {R(F("a", "'int'")), R(F("a", "'long'")), false},
        {R(F("a", "'string'")), R(F("a", "['string','int']")), true},
        /* numeric to whoever reads it */
        {R(F("a", DECIMAL(6, 2))), R(F("a", DECIMAL(6, 3))), false},
        {R(F("a", "'string'")), R(F("a", ENUM("'X'"))), false},
        /* jsonb, whatever is in it */
        {R(F("a", RECORD("N", "{'name':'b','type':'int'}"))),
         R(F("a", RECORD("N", "{'name':'b','type':'string'}"))), false},
        {R(F("a", ARRAY("'int'"))), R(F("a", ARRAY("'string'"))), false},
        {R(F("a", "'int'")), R("{'name':'b','type':'string','aliases':['a']}"), false},
        {R(F("a", "'int'")), R(F("b", "'string'")), false},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct sch_diff diff = diff_of(pairs[i].before, pairs[i].after);
        if (diff.begins_generation != pairs[i].begins) {
            fail_msg("%s to %s", pairs[i].before, pairs[i].after);
        }
        sch_diff_fini(&diff);
    }
}

static void json_has_every_member_of_every_finding(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct sch_diff none = diff_of(R(F("a", "'int'")), R(F("a", "'int'")));
    sch_diff_json(&none, &out);
    assert_string_equal(
        buf_cstr(&out),
        "{\"worst\":null,\"collects_more\":false,\"begins_generation\":false,\"safe\":0,"
        "\"review\":0,\"breaking\":0,\"omitted\":0,"
        "\"findings\":[]}");
    buf_reset(&out);
    struct sch_diff diff = diff_of(R(F("a", "'int'")), R("{'name':'a','type':'string',"
                                                         "'title_ar':'رقم'}"));
    assert_int_equal(sch_diff_accept(&diff, "type-changed@a=\"agreed\"", &err), 0);
    sch_diff_json(&diff, &out);
    assert_non_null(
        strstr(buf_cstr(&out),
               "{\"worst\":\"safe\",\"collects_more\":false,\"begins_generation\":true,\"safe\":"));
    assert_non_null(strstr(
        buf_cstr(&out),
        "{\"rule\":\"type-changed\",\"class\":\"breaking\",\"path\":\"a\",\"before\":\"int\","
        "\"after\":\"string\",\"collects_more\":false,\"text\":\"the type changed\","
        "\"text_ar\":\"تغيّر النوع\",\"title\":null,\"title_ar\":\"رقم\","
        "\"accepted\":\"\\\"agreed\\\"\"}"));
    sch_diff_fini(&none);
    sch_diff_fini(&diff);
    buf_fini(&out);
}

/* ---- hostile structures ---- */

static void many_findings_are_counted_beyond_what_is_kept(void **state)
{
    (void)state;
    enum { FIELDS = 3000 };
    struct buf before = BUF_INIT;
    struct buf after = BUF_INIT;
    buf_put_str(&before, "{'type':'record','name':'R','fields':[");
    buf_put_str(&after, buf_cstr(&before));
    for (int i = 0; i < FIELDS; i++) {
        buf_printf(&before, "%s{'name':'f%d','type':'int'}", i > 0 ? "," : "", i);
        buf_printf(&after, "%s{'name':'f%d','type':'%s'}", i > 0 ? "," : "", i,
                   i + 1 < FIELDS ? "long" : "string");
    }
    buf_put_str(&before, "]}");
    buf_put_str(&after, "]}");
    struct sch_diff diff = diff_of(buf_cstr(&before), buf_cstr(&after));
    assert_int_equal(diff.count, SCH_MAX_FINDINGS);
    assert_int_equal(sch_diff_count(&diff, SCH_SAFE), FIELDS - 1);
    assert_int_equal(sch_diff_count(&diff, SCH_BREAKING), 1);
    assert_int_equal(sch_diff_worst(&diff), SCH_BREAKING);
    sch_diff_fini(&diff);
    buf_fini(&before);
    buf_fini(&after);
}

static void unions_that_take_too_long_are_refused(void **state)
{
    (void)state;
    enum { BRANCHES = 9000 };
    struct err err = ERR_INIT;
    struct sch_diff diff = {.count = 0};
    struct buf text[2] = {BUF_INIT, BUF_INIT};
    struct sch_schema *schema[2];
    for (int side = 0; side < 2; side++) {
        buf_put_str(&text[side], "[");
        for (int i = 0; i < BRANCHES; i++) {
            buf_printf(&text[side], "%s{'type':'fixed','name':'%c%d','size':1}", i > 0 ? "," : "",
                       'a' + side, i);
        }
        buf_put_str(&text[side], "]");
        schema[side] = parse(buf_cstr(&text[side]));
        buf_fini(&text[side]);
    }
    assert_int_equal(sch_diff(schema[0], schema[1], NULL, false, &diff, &err), -1);
    assert_int_equal(err.code, ERR_SCHEMA_TOO_LARGE);
    sch_diff_fini(&diff);
    sch_schema_unref(&schema[0]);
    sch_schema_unref(&schema[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_has_its_rule),
        cmocka_unit_test(no_structure_differs_from_itself),
        cmocka_unit_test(nothing_in_a_keys_structure_is_harmless_but_documentation),
        cmocka_unit_test(the_table_of_rules_is_whole),
        cmocka_unit_test(titles_come_from_the_field_in_both_languages),
        cmocka_unit_test(the_worst_class_is_of_what_is_not_accepted),
        cmocka_unit_test(an_acceptance_names_what_is_there),
        cmocka_unit_test(a_generation_begins_where_a_column_changes_its_type),
        cmocka_unit_test(json_has_every_member_of_every_finding),
        cmocka_unit_test(many_findings_are_counted_beyond_what_is_kept),
        cmocka_unit_test(unions_that_take_too_long_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
