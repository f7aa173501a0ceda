/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/plan/test_layout.c - which column each field of a structure fills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"
#include "schema/plan/layout.h"

/* A record R with these fields. */
static struct sch_schema *record(const char *fields)
{
    char text[4096];
    struct err err = ERR_INIT;
    snprintf(text, sizeof(text), "{\"type\":\"record\",\"name\":\"R\",\"fields\":[%s]}", fields);
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        fail_msg("%s", err.text);
    }
    return schema;
}

#define F(name, type)      "{\"name\":\"" name "\",\"type\":" type "}"
#define F_NULL(name, type) "{\"name\":\"" name "\",\"type\":[\"null\"," type "],\"default\":null}"
#define F_RENAMED(name, type, old)                                                                 \
    "{\"name\":\"" name "\",\"type\":" type ",\"aliases\":[\"" old "\"]}"
#define DECIMAL(p, s)                                                                              \
    "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" p ",\"scale\":" s "}"
#define LOGICAL(t, l) "{\"type\":\"" t "\",\"logicalType\":\"" l "\"}"

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A dataset after some structures, oldest first; of the last one the columns of its fields. */
struct dataset {
    struct sch_layout layout;
    struct err err;
};

static bool may_change_types;

/* -1 when the last one is refused; those before it must not be. */
static int register_all(struct dataset *d, const char *const *texts)
{
    *d = (struct dataset){.layout = {.arena = ARENA_INIT}, .err = ERR_INIT};
    for (size_t i = 0; texts[i] != NULL; i++) {
        struct sch_layout next;
        struct sch_schema *schema = record(texts[i]);
        int rc = sch_layout_extend(d->layout.columns, d->layout.column_count, schema,
                                   may_change_types, &next, &d->err);
        sch_schema_unref(&schema); /* the layout has its own names */
        if (rc != 0) {
            assert_null(texts[i + 1]);
            return -1;
        }
        sch_layout_fini(&d->layout);
        d->layout = next;
    }
    return 0;
}

/* columns: "a text, b bigint", in their order; fields: where each of the last structure's goes. */
static void expect(const char *const *texts, const char *columns, const char *fields)
{
    struct dataset d;
    char shown[1024] = "";
    char places[256] = "";
    size_t len = 0;
    if (register_all(&d, texts) != 0) {
        fail_msg("%s", d.err.text);
    }
    for (size_t i = 0; i < d.layout.column_count; i++) {
        const struct column *c = &d.layout.columns[i];
        assert_memory_equal(c->name, c->field, strlen(c->field)); /* "a", "a#2" */
        len += (size_t)snprintf(shown + len, sizeof(shown) - len, "%s%s %s", i > 0 ? ", " : "",
                                c->name, column_type_name(c->type));
        if (c->type == COLUMN_NUMERIC) {
            len += (size_t)snprintf(shown + len, sizeof(shown) - len, "(%d,%d)", c->precision,
                                    c->scale);
        }
    }
    len = 0;
    for (size_t i = 0; i < d.layout.field_count; i++) {
        len += (size_t)snprintf(places + len, sizeof(places) - len, "%s%d", i > 0 ? " " : "",
                                (int)d.layout.column_of[i]);
    }
    assert_string_equal(shown, columns);
    assert_string_equal(places, fields);
    sch_layout_fini(&d.layout);
}

static void refused(const char *const *texts, enum err_code code, const char *path)
{
    struct dataset d;
    assert_int_equal(register_all(&d, texts), -1);
    assert_int_equal(d.err.kind, ERR_KIND_FATAL);
    assert_int_equal(d.err.code, code);
    assert_string_equal(d.err.path, path);
    sch_layout_fini(&d.layout);
}

static void columns_come_in_the_fields_order(void **state)
{
    (void)state;
    expect(TEXTS(F("a", "\"string\"") "," F("b", "\"int\"") "," F(
               "c", "{\"type\":\"array\",\"items\":\"int\"}")),
           "a text, b bigint, c jsonb", "0 1 2");
}

static void columns_keep_their_places_and_new_ones_come_last(void **state)
{
    (void)state;
    expect(TEXTS(F("b", "\"int\"") "," F("a", "\"string\""),
                 F("a", "\"string\"") "," F("c", "\"double\"") "," F("b", "\"int\"")),
           "b bigint, a text, c double precision", "1 2 0");
}

static void a_dropped_field_keeps_its_column_and_may_come_back(void **state)
{
    (void)state;
    expect(TEXTS(F("a", "\"int\"") "," F("b", "\"string\""), F("a", "\"int\"")), "a bigint, b text",
           "0");
    expect(TEXTS(F("a", "\"int\"") "," F("b", "\"string\""), F("a", "\"int\""),
                 F_NULL("b", "\"string\"") "," F("a", "\"int\"")),
           "a bigint, b text", "1 0");
}

static void a_changed_type_is_refused_with_the_fields_path(void **state)
{
    (void)state;
    refused(TEXTS(F("a", "\"int\""), F("a", "\"string\"")), ERR_INCOMPATIBLE, "/a");
    refused(TEXTS(F("a", LOGICAL("int", "date")), F("a", "\"int\"")), ERR_INCOMPATIBLE, "/a");
    refused(TEXTS(F("a", "\"string\""), F("a", LOGICAL("string", "uuid"))), ERR_INCOMPATIBLE, "/a");
    refused(TEXTS(F("a", "\"long\""), F("a", "\"double\"")), ERR_INCOMPATIBLE, "/a");
}

static void where_types_may_change_each_has_its_column(void **state)
{
    (void)state;
    may_change_types = true;
    expect(
        TEXTS(F("a", "\"int\"") "," F("k", "\"int\""), F("a", "\"string\"") "," F("k", "\"int\"")),
        "a bigint, k bigint, a#2 text", "2 1");
    /* One that comes back has the column that it had. */
    expect(TEXTS(F("a", "\"int\""), F("a", "\"string\""), F("a", "\"long\"")), "a bigint, a#2 text",
           "0");
    expect(
        TEXTS(F("a", "\"int\""), F("a", "\"string\""), F("a", "\"double\""), F("a", "\"string\"")),
        "a bigint, a#2 text, a#3 double precision", "1");
    expect(
        TEXTS(F("a", DECIMAL("10", "2")), F("a", DECIMAL("12", "3")), F("a", DECIMAL("11", "2"))),
        "a numeric(11,2), a#2 numeric(12,3)", "0");
    may_change_types = false;
    refused(TEXTS(F("a", "\"int\""), F("a", "\"string\"")), ERR_INCOMPATIBLE, "/a");
}

/* All of a field's columns have its newest name. */
static void a_field_of_several_types_is_renamed_as_one(void **state)
{
    (void)state;
    may_change_types = true;
    expect(TEXTS(F("a", "\"int\""), F("a", "\"string\""), F_RENAMED("b", "\"string\"", "a")),
           "b#2 bigint, b text", "1");
    expect(TEXTS(F("a", "\"int\""), F("a", "\"string\""), F_RENAMED("b", "\"string\"", "a"),
                 F("a", "\"int\"") "," F("b", "\"long\"")),
           "b#2 bigint, b text, a bigint", "2 0");
    may_change_types = false;
}

static void a_long_name_leaves_room_for_a_number(void **state)
{
    (void)state;
    char name[SCH_COLUMN_NAME_BYTES];
    char other[SCH_COLUMN_NAME_BYTES];
    char field[64];
    memset(field, 'x', 63);
    field[63] = '\0';
    sch_column_name_of(field, 1, name);
    assert_string_equal(name, field);
    sch_column_name_of(field, 12, name);
    assert_int_equal(strlen(name), 63);
    assert_string_equal(name + 60, "#12");
    field[62] = 'y';
    sch_column_name_of(field, 12, other);
    assert_string_not_equal(name, other);
}

/* Given a rename that is approved and not in force, then the field that keeps its old name keeps its column. */
static void a_name_that_readers_still_see_is_the_columns(void **state)
{
    (void)state;
    const struct column renamed[] = {
        {.name = "b", .field = "b", .shown = "a", .type = COLUMN_BIGINT},
        {.name = "k", .field = "k", .shown = "k", .type = COLUMN_BIGINT}};
    /* The old name may be given to another field, too, of another type. */
    const struct column given_away[] = {
        renamed[0], renamed[1], {.name = "a", .field = "a", .type = COLUMN_TEXT}};
    static const struct {
        const char *fields;
        size_t columns;
        int first;
    } rows[] = {
        {F("a", "\"long\"") "," F_NULL("more", "\"string\""), 3, 0},
        {F("b", "\"long\""), 2, 0},
        {F("b", "\"long\"") "," F("a", "\"long\""), 3, 0},
        {F("a", "\"string\""), 3, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct sch_layout layout;
        struct sch_schema *schema = record(rows[i].fields);
        assert_int_equal(sch_layout_extend(renamed, 2, schema, false, &layout, &err), 0);
        assert_int_equal(layout.column_count, rows[i].columns);
        assert_int_equal(layout.column_of[0], rows[i].first);
        assert_string_equal(layout.columns[0].name, "b");
        assert_string_equal(layout.names[0], sch_root(schema)->fields[0].name);
        sch_layout_fini(&layout);
        if (i == 0) {
            assert_int_equal(sch_layout_extend(given_away, 3, schema, false, &layout, &err), 0);
            assert_int_equal(layout.column_of[0], 0);
            assert_int_equal(layout.column_count, 4);
            sch_layout_fini(&layout);
        }
        sch_schema_unref(&schema);
    }
}

static void what_keeps_the_column_is_no_change(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {F("a", "\"int\""), F("a", "\"long\"")},
        {F("a", "\"long\""), F("a", "\"int\"")},
        {F("a", "\"float\""), F("a", "\"double\"")},
        {F("a", "\"string\""), F_NULL("a", "\"string\"")},
        {F("a", "\"string\""), F("a", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\"]}")},
        {F("a", LOGICAL("long", "timestamp-millis")), F("a", LOGICAL("long", "timestamp-micros"))},
        {F("a", LOGICAL("string", "uuid")),
         F("a", "{\"type\":\"fixed\",\"name\":\"U\",\"size\":16,\"logicalType\":\"uuid\"}")},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct dataset d;
        assert_int_equal(register_all(&d, TEXTS(pairs[i][0], pairs[i][1])), 0);
        assert_int_equal(d.layout.column_count, 1);
        assert_int_equal(d.layout.column_of[0], 0);
        sch_layout_fini(&d.layout);
    }
}

static void a_greater_precision_is_taken_over_and_a_smaller_is_not(void **state)
{
    (void)state;
    expect(TEXTS(F("a", DECIMAL("10", "2")), F("a", DECIMAL("12", "2")), F("a", DECIMAL("5", "2"))),
           "a numeric(12,2)", "0");
    refused(TEXTS(F("a", DECIMAL("10", "2")), F("a", DECIMAL("12", "3"))), ERR_INCOMPATIBLE, "/a");
}

static void a_renamed_field_is_one_column_under_its_newest_name(void **state)
{
    (void)state;
    expect(TEXTS(F("a", "\"string\"") "," F("k", "\"int\""),
                 F("k", "\"int\"") "," F_RENAMED("b", "\"string\"", "a")),
           "b text, k bigint", "1 0");
    expect(TEXTS(F("a", "\"int\""), F_RENAMED("b", "\"int\"", "a"),
                 F_RENAMED("c", "\"int\"", "a\",\"b")),
           "c bigint", "0");
    /* A field dropped for a while. */
    expect(TEXTS(F("a", "\"int\"") "," F("k", "\"int\""), F("k", "\"int\""),
                 F("k", "\"int\"") "," F_RENAMED("b", "\"int\"", "a")),
           "b bigint, k bigint", "1 0");
    /* The old name comes back for a field of another meaning. */
    expect(TEXTS(F("a", "\"int\""), F_RENAMED("b", "\"int\"", "a"),
                 F("a", "\"string\"") "," F("b", "\"int\"")),
           "b bigint, a text", "1 0");
}

static void what_is_no_rename_keeps_its_own_column(void **state)
{
    (void)state;
    /* Each keeps its own column. */
    expect(TEXTS(F("a", "\"int\"") "," F("b", "\"int\""), F_RENAMED("b", "\"int\"", "a")),
           "a bigint, b bigint", "1");
    /* A type that the column does not have. */
    expect(TEXTS(F("a", "\"string\""), F_RENAMED("b", "\"int\"", "a")), "a text, b bigint", "1");
}

/* A record R with so many fields. */
static struct sch_schema *wide(int fields)
{
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[");
    for (int i = 0; i < fields; i++) {
        buf_printf(&text, "%s{\"name\":\"f%d\",\"type\":\"int\"}", i > 0 ? "," : "", i);
    }
    buf_put_str(&text, "]}");
    struct sch_schema *schema = sch_parse((const char *)text.data, text.len, &err);
    assert_non_null(schema);
    buf_fini(&text);
    return schema;
}

static void a_table_has_so_many_columns_and_no_more(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_layout layout;
    struct sch_schema *most = wide(SCH_MAX_COLUMNS);
    struct sch_schema *more = wide(SCH_MAX_COLUMNS + 1);
    assert_int_equal(sch_layout_extend(NULL, 0, most, false, &layout, &err), 0);
    sch_layout_fini(&layout);
    assert_int_equal(sch_layout_extend(NULL, 0, more, false, &layout, &err), -1);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    sch_schema_unref(&most);
    sch_schema_unref(&more);
}

/* Given a field xmin, whose column needs another name, and a field that has just that name. */
static void two_fields_of_one_column_are_refused_with_the_fields_path(void **state)
{
    (void)state;
    char name[SCH_COLUMN_NAME_BYTES];
    char fields[256];
    char path[SCH_COLUMN_NAME_BYTES + 1];
    sch_column_name("xmin", name);
    snprintf(path, sizeof(path), "/%s", name);
    snprintf(fields, sizeof(fields), F("xmin", "\"int\"") "," F("%s", "\"int\""), name);
    refused(TEXTS(fields), ERR_BAD_SCHEMA, path);
}

static void only_records_have_columns(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_layout layout;
    struct sch_schema *text = sch_parse("\"string\"", 8, &err);
    assert_non_null(text);
    assert_int_equal(sch_layout_extend(NULL, 0, text, false, &layout, &err), -1);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    sch_schema_unref(&text);
}

static void a_column_is_found_by_its_field(void **state)
{
    (void)state;
    const struct column columns[] = {{.name = "x", .field = "a"}, {.name = "y", .field = "b"}};
    assert_int_equal(sch_column_of_field(columns, 2, "b"), 1);
    assert_int_equal(sch_column_of_field(columns, 2, "y"), -1);
    assert_int_equal(sch_column_of_field(columns, 2, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_come_in_the_fields_order),
        cmocka_unit_test(columns_keep_their_places_and_new_ones_come_last),
        cmocka_unit_test(a_dropped_field_keeps_its_column_and_may_come_back),
        cmocka_unit_test(a_changed_type_is_refused_with_the_fields_path),
        cmocka_unit_test(where_types_may_change_each_has_its_column),
        cmocka_unit_test(a_field_of_several_types_is_renamed_as_one),
        cmocka_unit_test(a_long_name_leaves_room_for_a_number),
        cmocka_unit_test(a_name_that_readers_still_see_is_the_columns),
        cmocka_unit_test(what_keeps_the_column_is_no_change),
        cmocka_unit_test(a_greater_precision_is_taken_over_and_a_smaller_is_not),
        cmocka_unit_test(a_renamed_field_is_one_column_under_its_newest_name),
        cmocka_unit_test(what_is_no_rename_keeps_its_own_column),
        cmocka_unit_test(a_table_has_so_many_columns_and_no_more),
        cmocka_unit_test(two_fields_of_one_column_are_refused_with_the_fields_path),
        cmocka_unit_test(only_records_have_columns),
        cmocka_unit_test(a_column_is_found_by_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
