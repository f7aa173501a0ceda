/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "schema/decode.h"
#include "schema/reader.h"

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

#define F(name, type)            "{\"name\":\"" name "\",\"type\":" type "}"
#define F_NULL(name, type)       "{\"name\":\"" name "\",\"type\":[\"null\"," type "],\"default\":null}"
#define F_DEFAULT(name, type, v) "{\"name\":\"" name "\",\"type\":" type ",\"default\":" v "}"
#define DECIMAL(p, s)                                                                              \
    "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" p ",\"scale\":" s "}"
#define LOGICAL(t, l) "{\"type\":\"" t "\",\"logicalType\":\"" l "\"}"

/* Builds a reader from texts of fields, oldest first; -1 and the error when refused. */
static int build(const char *const *texts, const struct column *existing, size_t existing_count,
                 struct sch_reader *reader, struct err *err)
{
    struct sch_schema *schemas[8] = {NULL};
    size_t count = 0;
    for (; texts[count] != NULL; count++) {
        schemas[count] = record(texts[count]);
    }
    int rc = sch_reader_build(schemas, count, existing, existing_count, reader, err);
    for (size_t i = 0; i < count; i++) {
        sch_schema_unref(&schemas[i]); /* the reader keeps its own reference */
    }
    return rc;
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void built(const char *const *texts, const struct column *existing, size_t existing_count,
                  struct sch_reader *reader)
{
    struct err err = ERR_INIT;
    if (build(texts, existing, existing_count, reader, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void refused(const char *const *texts, const struct column *existing, size_t existing_count,
                    enum err_code code, const char *path)
{
    struct sch_reader reader;
    struct err err = ERR_INIT;
    assert_int_equal(build(texts, existing, existing_count, &reader, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, code);
    assert_string_equal(err.path, path);
    assert_null(reader.targets);
}

static void expect(const struct sch_reader *reader, size_t at, const char *name,
                   enum column_type type)
{
    assert_true(at < reader->count);
    assert_string_equal(reader->targets[at].column.name, name);
    assert_int_equal(reader->targets[at].column.type, type);
}

static void columns_come_in_the_fields_order(void **state)
{
    (void)state;
    struct sch_reader reader;
    built(TEXTS(F("a", "\"string\"") "," F("b", "\"int\"") "," F(
              "c", "{\"type\":\"array\",\"items\":\"int\"}")),
          NULL, 0, &reader);
    assert_int_equal(reader.count, 3);
    expect(&reader, 0, "a", COLUMN_TEXT);
    expect(&reader, 1, "b", COLUMN_BIGINT);
    expect(&reader, 2, "c", COLUMN_JSONB);
    assert_int_equal(sch_reader_column(&reader, "c"), 2);
    assert_int_equal(sch_reader_column(&reader, "d"), -1);
    sch_reader_fini(&reader);
}

static void existing_columns_come_first_and_keep_their_places(void **state)
{
    (void)state;
    struct sch_reader reader;
    const struct column existing[] = {{.name = "b", .type = COLUMN_BIGINT},
                                      {.name = "a", .type = COLUMN_TEXT}};
    built(TEXTS(F("a", "\"string\"") "," F("b", "\"int\"") "," F("c", "\"double\"")), existing, 2,
          &reader);
    assert_int_equal(reader.count, 3);
    expect(&reader, 0, "b", COLUMN_BIGINT);
    expect(&reader, 1, "a", COLUMN_TEXT);
    expect(&reader, 2, "c", COLUMN_DOUBLE);
    sch_reader_fini(&reader);
}

static void the_newest_structure_defines_a_column(void **state)
{
    (void)state;
    struct sch_reader reader;
    built(TEXTS(F("a", "\"int\"") "," F("b", "\"string\""),
                F_DEFAULT("a", "\"long\"", "7") "," F("b", "\"string\"")),
          NULL, 0, &reader);
    assert_int_equal(reader.count, 2);
    assert_int_equal(reader.targets[0].field->type->kind, SCH_LONG);
    assert_non_null(reader.targets[0].field->default_bytes);
    assert_int_equal(reader.owner_count, 2);
    sch_reader_fini(&reader);
}

static void a_dropped_field_keeps_its_column(void **state)
{
    (void)state;
    struct sch_reader reader;
    built(TEXTS(F("a", "\"int\"") "," F("b", "\"string\""),
                F("a", "\"int\"") "," F_NULL("c", "\"string\"")),
          NULL, 0, &reader);
    assert_int_equal(reader.count, 3);
    expect(&reader, 1, "b", COLUMN_TEXT);
    assert_true(reader.targets[1].dropped);
    assert_false(reader.targets[0].dropped);
    assert_false(reader.targets[2].dropped);
    sch_reader_fini(&reader);
}

static void a_field_may_come_back(void **state)
{
    (void)state;
    struct sch_reader reader;
    built(TEXTS(F("a", "\"int\"") "," F("b", "\"string\""), F("a", "\"int\""),
                F("a", "\"int\"") "," F_NULL("b", "\"string\"")),
          NULL, 0, &reader);
    assert_int_equal(reader.count, 2);
    assert_false(reader.targets[1].dropped);
    assert_int_equal(reader.targets[1].field->type->kind, SCH_UNION);
    sch_reader_fini(&reader);
}

static void a_changed_type_is_refused_with_the_fields_path(void **state)
{
    (void)state;
    refused(TEXTS(F("a", "\"int\""), F("a", "\"string\"")), NULL, 0, ERR_INCOMPATIBLE, "/a");
    refused(TEXTS(F("a", LOGICAL("int", "date")), F("a", "\"int\"")), NULL, 0, ERR_INCOMPATIBLE,
            "/a");
    refused(TEXTS(F("a", "\"string\""), F("a", LOGICAL("string", "uuid"))), NULL, 0,
            ERR_INCOMPATIBLE, "/a");
    const struct column existing[] = {{.name = "a", .type = COLUMN_DOUBLE}};
    refused(TEXTS(F("a", "\"long\"")), existing, 1, ERR_INCOMPATIBLE, "/a");
}

static void what_keeps_the_column_is_no_change(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {F("a", "\"int\""), F("a", "\"long\"")},
        {F("a", "\"float\""), F("a", "\"double\"")},
        {F("a", "\"string\""), F_NULL("a", "\"string\"")},
        {F("a", LOGICAL("long", "timestamp-millis")), F("a", LOGICAL("long", "timestamp-micros"))},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct sch_reader reader;
        built(TEXTS(pairs[i][0], pairs[i][1]), NULL, 0, &reader);
        assert_int_equal(reader.count, 1);
        sch_reader_fini(&reader);
    }
}

static void a_greater_precision_is_taken_over_and_a_smaller_is_not(void **state)
{
    (void)state;
    struct sch_reader reader;
    built(TEXTS(F("a", DECIMAL("10", "2")), F("a", DECIMAL("12", "2")), F("a", DECIMAL("5", "2"))),
          NULL, 0, &reader);
    assert_int_equal(reader.targets[0].column.precision, 12);
    assert_int_equal(reader.targets[0].column.scale, 2);
    assert_int_equal(reader.targets[0].field->type->precision, 5);
    sch_reader_fini(&reader);

    const struct column existing[] = {
        {.name = "a", .type = COLUMN_NUMERIC, .precision = 20, .scale = 2}};
    built(TEXTS(F("a", DECIMAL("10", "2"))), existing, 1, &reader);
    assert_int_equal(reader.targets[0].column.precision, 20);
    sch_reader_fini(&reader);

    refused(TEXTS(F("a", DECIMAL("10", "2")), F("a", DECIMAL("12", "3"))), NULL, 0,
            ERR_INCOMPATIBLE, "/a");
}

static void names_that_no_column_may_have_are_refused(void **state)
{
    (void)state;
    refused(TEXTS(F("_op", "\"int\"")), NULL, 0, ERR_BAD_SCHEMA, "/_op");
    refused(TEXTS(F("a123456789012345678901234567890123456789012345678901234567890123", "\"int\"")),
            NULL, 0, ERR_BAD_SCHEMA,
            "/a123456789012345678901234567890123456789012345678901234567890123");
}

static void only_records_have_columns(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_reader reader;
    struct sch_schema *text = sch_parse("\"string\"", 8, &err);
    assert_non_null(text);
    assert_int_equal(sch_reader_build(&text, 1, NULL, 0, &reader, &err), -1);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    sch_schema_unref(&text);
    assert_int_equal(sch_reader_build(NULL, 0, NULL, 0, &reader, &err), -1);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
}

static void a_column_of_no_structure_is_told(void **state)
{
    (void)state;
    const struct column existing[] = {{.name = "lost", .type = COLUMN_TEXT}};
    refused(TEXTS(F("a", "\"int\"")), existing, 1, ERR_INCOMPATIBLE, "");
}

static void compiles(const char *const *texts, size_t writer, bool expected)
{
    struct sch_reader reader;
    struct err err = ERR_INIT;
    built(texts, NULL, 0, &reader);
    struct sch_plan *plan = sch_reader_plan(&reader, reader.owners[writer], &err);
    if (expected && plan == NULL) {
        fail_msg("%s (%s)", err.text, err.path);
    }
    if (!expected) {
        assert_null(plan);
        assert_int_equal(err.code, ERR_INCOMPATIBLE);
    }
    sch_plan_free(&plan);
    sch_reader_fini(&reader);
}

static void every_writer_is_read_by_what_all_together_have(void **state)
{
    (void)state;
    /* A required field dropped: the old writer still fills it, the new one leaves it null. */
    const char *const *dropped =
        TEXTS(F("a", "\"int\"") "," F("b", "\"string\""), F("a", "\"long\""));
    compiles(dropped, 0, true);
    compiles(dropped, 1, true);
    /* A required field added: the old writer cannot say it. */
    const char *const *added = TEXTS(F("a", "\"int\""), F("a", "\"int\"") "," F("b", "\"string\""));
    compiles(added, 0, false);
    compiles(added, 1, true);
    /* With a default, or null admitted, it need not. */
    compiles(TEXTS(F("a", "\"int\""), F("a", "\"int\"") "," F_DEFAULT("b", "\"string\"", "\"x\"")),
             0, true);
    compiles(TEXTS(F("a", "\"int\""), F("a", "\"int\"") "," F_NULL("b", "\"string\"")), 0, true);
    /* Narrowing: an old long does not fit the new int. */
    compiles(TEXTS(F("a", "\"long\""), F("a", "\"int\"")), 0, false);
}

#define F_RENAMED(name, type, old)                                                                 \
    "{\"name\":\"" name "\",\"type\":" type ",\"aliases\":[\"" old "\"]}"

/* The event's row as JSON, columns in their order; the writer's plan must compile. */
static void expect_stored(const char *const *texts, size_t writer, const char *bytes, size_t len,
                          const char *row)
{
    struct sch_reader reader;
    struct err err = ERR_INIT;
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct cell cells[8];
    built(texts, NULL, 0, &reader);
    struct sch_plan *plan = sch_reader_plan(&reader, reader.owners[writer], &err);
    if (plan == NULL || sch_decode(plan, (const uint8_t *)bytes, len, &arena, cells, &err) != 0) {
        fail_msg("%s (%s)", err.text, err.path);
    }
    for (size_t i = 0; i < reader.count; i++) {
        buf_printf(&out, "%s%s=", i > 0 ? " " : "", reader.targets[i].column.name);
        cell_print_json(&out, &cells[i], reader.targets[i].column.type);
    }
    assert_string_equal(buf_cstr(&out), row);
    buf_fini(&out);
    arena_fini(&arena);
    sch_plan_free(&plan);
    sch_reader_fini(&reader);
}

static void a_renamed_field_takes_the_values_of_older_writers(void **state)
{
    (void)state;
    const char *const *renamed = TEXTS(F("a", "\"string\""), F_RENAMED("b", "\"string\"", "a"));
    expect_stored(renamed, 0, "\002x", 2, "a=null b=\"x\"");
    expect_stored(renamed, 1, "\002y", 2, "a=null b=\"y\"");
    /* Into a wider type, and where null is admitted. */
    expect_stored(TEXTS(F("a", "\"int\""), F_RENAMED("b", "[\"null\",\"double\"]", "a")), 0, "\016",
                  1, "a=null b=7");
    /* Twice renamed. */
    const char *const *twice = TEXTS(F("a", "\"int\""), F_RENAMED("b", "\"int\"", "a"),
                                     F_RENAMED("c", "\"int\"", "a\",\"b"));
    expect_stored(twice, 0, "\002", 1, "a=null b=null c=1");
    expect_stored(twice, 1, "\004", 1, "a=null b=null c=2");
    expect_stored(twice, 2, "\006", 1, "a=null b=null c=3");
}

static void what_is_no_rename_keeps_its_own_column(void **state)
{
    (void)state;
    /* A writer that has both means both. */
    const char *const *both =
        TEXTS(F("a", "\"int\"") "," F("b", "\"int\""), F_RENAMED("b", "\"int\"", "a"));
    expect_stored(both, 0, "\002\004", 2, "a=1 b=2");
    /* A type that the new field cannot read. */
    expect_stored(TEXTS(F("a", "\"string\""), F_RENAMED("b", "[\"null\",\"int\"]", "a")), 0,
                  "\002x", 2, "a=\"x\" b=null");
    compiles(TEXTS(F("a", "\"string\""), F_RENAMED("b", "\"int\"", "a")), 0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_come_in_the_fields_order),
        cmocka_unit_test(existing_columns_come_first_and_keep_their_places),
        cmocka_unit_test(the_newest_structure_defines_a_column),
        cmocka_unit_test(a_dropped_field_keeps_its_column),
        cmocka_unit_test(a_field_may_come_back),
        cmocka_unit_test(a_changed_type_is_refused_with_the_fields_path),
        cmocka_unit_test(what_keeps_the_column_is_no_change),
        cmocka_unit_test(a_greater_precision_is_taken_over_and_a_smaller_is_not),
        cmocka_unit_test(names_that_no_column_may_have_are_refused),
        cmocka_unit_test(only_records_have_columns),
        cmocka_unit_test(a_column_of_no_structure_is_told),
        cmocka_unit_test(every_writer_is_read_by_what_all_together_have),
        cmocka_unit_test(a_renamed_field_takes_the_values_of_older_writers),
        cmocka_unit_test(what_is_no_rename_keeps_its_own_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
