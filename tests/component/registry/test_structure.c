/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_structure.c - registering structures: what a dataset may grow into, and what is
 * refused. */
#include "database.h"

#include "base/attr.h"
#include "registry/registration_command.h"
#include "storage/catalogue/catalogue.h"

#define F(name, type)            "{\"name\":\"" name "\",\"type\":" type "}"
#define F_NULL(name, type)       "{\"name\":\"" name "\",\"type\":[\"null\"," type "],\"default\":null}"
#define F_DEFAULT(name, type, v) "{\"name\":\"" name "\",\"type\":" type ",\"default\":" v "}"
#define LOGICAL(type, logical)   "{\"type\":\"" type "\",\"logicalType\":\"" logical "\"}"
#define DECIMAL(p, s)                                                                              \
    "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" p ",\"scale\":" s "}"
#define RECORD(...) "{\"type\":\"record\",\"name\":\"Birth\",\"fields\":[" __VA_ARGS__ "]}"
#define MICROS      LOGICAL("long", "timestamp-micros")

/* What every value structure of moh.births has. */
#define BASE F("civil_no", "\"string\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)

static PGconn *raw;
static struct sto_conn *conn;
static struct err err;
static struct reg_registered got;

/* moh.births: key civil_no, order seq, event time occurred_at. moh.visits: two key fields.
 * moh.secret: rows exempt by kind. */
static int declared(void **state)
{
    (void)state;
    static const char *const one[] = {"civil_no"};
    static const char *const two[] = {"clinic", "day"};
    static const char *const values[] = {"عسكري"};
    const struct sto_agency_spec agency = {.code = "moh",
                                           .name = "وزارة الصحة",
                                           .legal_class = 1,
                                           .division = "الإدارة",
                                           .head = "سالم"};
    const struct sto_dataset_spec datasets[] = {
        {.agency = "moh",
         .name = "births",
         .topic = "moh.births",
         .key_fields = one,
         .key_field_count = 1,
         .key_format = "auto",
         .order_field = "seq",
         .event_time_field = "occurred_at",
         .leaves = 2},
        {.agency = "moh",
         .name = "visits",
         .topic = "moh.visits",
         .key_fields = two,
         .key_field_count = 2,
         .key_format = "avro",
         .leaves = 2},
        {.agency = "moh",
         .name = "secret",
         .key_fields = one,
         .key_field_count = 1,
         .key_format = "text",
         .exempt_field = "kind",
         .exempt_values = values,
         .exempt_value_count = 1,
         .leaves = 2},
    };
    register_reset();
    raw = raw_open();
    conn = sto_open(STO_ROLE_REGISTRY);
    err_reset(&err);
    got = (struct reg_registered){0};
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    for (size_t i = 0; i < COUNT_OF(datasets); i++) {
        int32_t id;
        assert_ok(sto_dataset_add(conn, &datasets[i], &id, &err), err);
    }
    /* What the tables say, not what the subject's level says: that has tests of its own. */
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE')");
    return 0;
}

static int done(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    PQfinish(raw);
    return 0;
}

static struct arena arena = ARENA_INIT; /* of refusals' reasons */

static int value(const char *dataset, const char *text)
{
    return reg_structure_register(conn, dataset, false, text, strlen(text), &arena, &got, &err);
}

static int key(const char *dataset, const char *text)
{
    return reg_structure_register(conn, dataset, true, text, strlen(text), &arena, &got, &err);
}

/* "civil_no text,seq bigint" of the dataset moh.births as the catalogue has it, and as the view
 * has it. */
static const char *columns(void)
{
    return raw_text(
        raw, "SELECT coalesce(string_agg(c.name || ' ' || c.type, ',' ORDER BY c.ordinal), '')"
             " FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id = c.dataset_id WHERE "
             "d.name = 'births'");
}

/* Where the fields of a version go. */
static const char *fields(int version)
{
    char sql[160];
    snprintf(sql, sizeof(sql),
             "SELECT field_columns FROM nrc.subject_version"
             " WHERE subject = 'moh.births-value' AND version = %d",
             version);
    return raw_text(raw, sql);
}

static const char *view(void)
{
    return raw_text(
        raw,
        "SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY ordinal_position)"
        " FROM information_schema.columns WHERE table_schema = 'moh' AND table_name = 'births'");
}

#define BASE_COLUMNS "civil_no text,seq bigint,occurred_at timestamptz"

static void refused(int rc, enum err_code code, const char *path, const char *says)
{
    assert_int_equal(rc, -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    if (err.code != code || strcmp(err.path, path) != 0 || strstr(err.text, says) == NULL) {
        fail_msg("got %s at \"%s\": %s", err_token(err.code), err.path, err.text);
    }
}

static void the_first_structure_makes_the_tables(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("name", "\"string\""))), err);
    assert_int_equal(got.version, 1);
    assert_true(got.schema_id >= 1);
    assert_string_equal(columns(), BASE_COLUMNS ",name text");
    assert_string_equal(view(),
                        "civil_no text,seq bigint,occurred_at timestamp with time zone,name text");
}

static void the_same_text_again_is_the_same_structure(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    struct reg_registered first = got;
    assert_ok(value("moh.births", RECORD(BASE "," F_NULL("weight", "\"double\""))), err);
    assert_int_equal(got.version, 2);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_int_equal(got.version, first.version);
    assert_int_equal(got.schema_id, first.schema_id);
    assert_string_equal(columns(), BASE_COLUMNS ",weight double precision");
}

/* Two producers, one of them not yet upgraded: what it registers at its start is known, so it is
 * not judged anew. */
static void an_older_structure_registered_again_is_not_judged_as_new(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"int\""))), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"long\""))), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"int\""))), err);
    assert_int_equal(got.version, 1);
}

static void white_space_is_no_difference_and_text_is(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"a b\""))),
              err);
    int32_t id = got.schema_id;
    assert_ok(value("moh.births", " {\n \"type\" :\t\"record\",\"name\":\"Birth\",\"fields\":[" BASE
                                  "," F_DEFAULT("note", "\"string\"", "\"a b\"") "] }\r\n"),
              err);
    assert_int_equal(got.schema_id, id);
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"ab\""))), err);
    assert_int_not_equal(got.schema_id, id);
    /* A quote that is escaped does not end the text in which spaces count. */
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"a\\\" b\""))),
              err);
    id = got.schema_id;
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"a\\\"b\""))),
              err);
    assert_int_not_equal(got.schema_id, id);
}

/* Identity is Avro's own printing: the order of the words that Avro knows and the long form of a
 * plain type are no difference. */
static void two_spellings_of_a_schema_are_one(void **state)
{
    (void)state;
    assert_ok(key("moh.births", "\"string\""), err);
    int32_t id = got.schema_id;
    assert_ok(key("moh.births", "{\"type\":\"string\"}"), err);
    assert_int_equal(got.schema_id, id);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    id = got.schema_id;
    assert_ok(value("moh.births",
                    "{\"fields\":[{\"type\":{\"type\":\"string\"},\"name\":\"civil_no\"}"
                    "," F("seq", "\"long\"") "," F(
                        "occurred_at", MICROS) "],"
                                               "\"name\":\"Birth\",\"type\":\"record\"}"),
              err);
    assert_int_equal(got.schema_id, id);
}

static void the_level_of_the_subject_holds_for_the_command_too(void **state)
{
    (void)state;
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, level) VALUES ('moh.births-value', "
                 "'FORWARD')");
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    /* The tables could take it; who reads with the version before could not. */
    refused(value("moh.births", RECORD(BASE)), ERR_INCOMPATIBLE, "", "place");
    assert_string_equal(columns(), BASE_COLUMNS ",place text");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.subject_version"), 1);
    raw_run(raw, "UPDATE nrc.registry_config SET level = 'BACKWARD' WHERE subject <> ''");
    assert_ok(value("moh.births", RECORD(BASE)), err);
}

static void a_mode_that_only_reads_holds_for_the_command_too(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    raw_run(raw, "INSERT INTO nrc.registry_mode (subject, mode) VALUES ('', 'READONLY')");
    assert_ok(value("moh.births", RECORD(BASE)), err); /* known */
    refused(value("moh.births", RECORD(BASE "," F_NULL("place", "\"string\""))), ERR_NOT_PERMITTED,
            "", "read-only");
}

static void a_new_optional_field_is_a_new_column(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_ok(value("moh.births", RECORD(F_NULL("weight", "\"double\"") "," BASE)), err);
    assert_int_equal(got.version, 2);
    assert_string_equal(columns(), BASE_COLUMNS ",weight double precision");
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("place", "\"string\"", "\"طرابلس\""))),
              err);
    assert_string_equal(columns(), BASE_COLUMNS ",weight double precision,place text");
}

/* Nobody said it in the events before, so nothing is said there: null. */
static void a_new_field_that_old_events_do_not_have_is_a_new_column(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",place text");
    assert_string_equal(fields(1), "{1,2,3}");
    assert_string_equal(fields(2), "{1,2,3,4}");
}

static void a_removed_field_keeps_its_column(void **state)
{
    (void)state;
    assert_ok(
        value("moh.births", RECORD(BASE "," F("place", "\"string\"") "," F("weight", "\"int\""))),
        err);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_int_equal(got.version, 2);
    assert_string_equal(columns(), BASE_COLUMNS ",place text,weight bigint");
    /* And it may come back, in its own type alone. */
    refused(value("moh.births", RECORD(BASE "," F_NULL("place", "\"int\""))), ERR_INCOMPATIBLE,
            "/place", "text");
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("place", "\"string\"", "\"\""))), err);
}

/* Rows of the earlier name have the newest one, and the earlier structure's events go on filling the
 * column. */
static void a_field_renamed_by_an_alias_is_one_column_under_its_newest_name(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    raw_run(raw,
            "INSERT INTO moh.births_state (civil_no, place, _op, _order, _recorded_at,"
            " _topic_partition, _offset, _content) VALUES ('1', 'صلالة', 'u', 1, now(), 1, 1, 2)");
    assert_ok(value("moh.births", RECORD("{\"name\":\"town\",\"type\":\"string\","
                                         "\"aliases\":[\"place\"]}," BASE)),
              err);
    assert_int_equal(got.version, 2);
    assert_string_equal(columns(), BASE_COLUMNS ",town text");
    assert_string_equal(raw_text(raw, "SELECT town FROM moh.births"), "صلالة");
    assert_string_equal(fields(1), "{1,2,3,4}");
    assert_string_equal(fields(2), "{4,1,2,3}");
}

/* A role of the dataset is bound to its field's name. */
static void a_key_field_is_not_renamed_by_an_alias(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    refused(value("moh.births", RECORD("{\"name\":\"national_no\",\"type\":\"string\","
                                       "\"aliases\":[\"civil_no\"]}," F("seq", "\"long\"") "," F(
                                           "occurred_at", MICROS))),
            ERR_INCOMPATIBLE, "/civil_no", "no field civil_no");
}

/* v1 has a, v2 renames it to b, v1 is deleted softly and registered again: its events went to b, and
 * so they do from now on. */
static void a_structure_that_comes_back_has_the_columns_that_it_had(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("a", "\"int\""))), err);
    int32_t first = got.schema_id;
    assert_ok(value("moh.births", RECORD(BASE ",{\"name\":\"b\",\"type\":\"int\","
                                              "\"aliases\":[\"a\"]}")),
              err);
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now() WHERE version = 1");
    assert_ok(value("moh.births", RECORD(BASE "," F("a", "\"int\""))), err);
    assert_int_equal(got.schema_id, first);
    assert_int_equal(got.version, 3);
    assert_string_equal(columns(), BASE_COLUMNS ",b bigint");
    assert_string_equal(fields(3), "{1,2,3,4}");
}

static void a_changed_type_is_refused(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"int\""))), err);
    refused(value("moh.births", RECORD(BASE "," F("weight", "\"string\""))), ERR_INCOMPATIBLE,
            "/weight", "bigint");
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"long\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",weight bigint");
}

static void a_decimal_may_gain_digits_before_the_point_only(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("fee", DECIMAL("6", "2")))), err);
    refused(value("moh.births", RECORD(BASE "," F("fee", DECIMAL("8", "3")))), ERR_INCOMPATIBLE,
            "/fee", "scale");
    assert_string_equal(
        raw_text(raw, "SELECT precision FROM nrc.dataset_column WHERE name = 'fee'"), "6");
    assert_ok(value("moh.births", RECORD(BASE "," F("fee", DECIMAL("9", "2")))), err);
    assert_string_equal(
        raw_text(raw, "SELECT precision FROM nrc.dataset_column WHERE name = 'fee'"), "9");
}

static void the_fields_that_a_dataset_names_must_be_there_and_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *path;
        const char *says;
    } rows[] = {
        {RECORD(F("seq", "\"long\"") "," F("occurred_at", MICROS)), "/civil_no",
         "no field civil_no, the key field"},
        {RECORD(F("civil_no", "\"double\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)),
         "/civil_no", "must be string"},
        {RECORD(F("civil_no", "\"null\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)),
         "/civil_no", "must be string"},
        {RECORD(F("civil_no", DECIMAL("5", "0")) "," F("seq", "\"long\"") "," F("occurred_at",
                                                                                MICROS)),
         "/civil_no", "must be string"},
        {RECORD(F("civil_no", "\"string\"") "," F("occurred_at", MICROS)), "/seq",
         "no field seq, the order field"},
        {RECORD(
             F("civil_no", "\"string\"") "," F("seq", "\"string\"") "," F("occurred_at", MICROS)),
         "/seq", "must be int, long, date or a timestamp"},
        {RECORD(F("civil_no", "\"string\"") "," F("seq", LOGICAL("long", "time-micros")) "," F(
             "occurred_at", MICROS)),
         "/seq", "must be int, long"},
        {RECORD(F("civil_no", "\"string\"") "," F("seq", "\"long\"")), "/occurred_at",
         "event-time field"},
        {RECORD(
             F("civil_no", "\"string\"") "," F("seq", "\"long\"") "," F("occurred_at", "\"long\"")),
         "/occurred_at", "must be date or a timestamp"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        refused(value("moh.births", rows[i].text), ERR_INCOMPATIBLE, rows[i].path, rows[i].says);
    }
    refused(value("moh.secret", RECORD(F("civil_no", "\"string\""))), ERR_INCOMPATIBLE, "/kind",
            "exempts");
    assert_string_equal(columns(), "");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
}

/* Registers a structure for a dataset of its own whose rows are exempt by kind = `exempt`. */
static int exempting(size_t number, const char *type, const char *exempt)
{
    static const char *const keys[] = {"civil_no"};
    char name[32];
    char full_name[48];
    char text[512];
    int32_t id;
    snprintf(name, sizeof(name), "cases%zu", number);
    snprintf(full_name, sizeof(full_name), "moh.%s", name);
    snprintf(text, sizeof(text),
             RECORD(F("civil_no", "\"string\"") ",{\"name\":\"kind\",\"type\":%s}"), type);
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = name,
                                          .key_fields = keys,
                                          .key_field_count = 1,
                                          .key_format = "text",
                                          .exempt_field = "kind",
                                          .exempt_values = &exempt,
                                          .exempt_value_count = 1,
                                          .leaves = 1};
    assert_ok(sto_dataset_add(conn, &spec, &id, &err), err);
    return value(full_name, text);
}

static void nrl_2_only_types_that_can_tell_exempt_rows_are_taken(void **state)
{
    (void)state;
#define ENUM "{\"type\":\"enum\",\"name\":\"Kind\",\"symbols\":[\"OPEN\",\"SECRET\"]}"
    static const struct {
        const char *type;
        const char *exempt;
        const char *says; /* NULL: taken */
    } rows[] = {
        {"\"string\"", "سري", NULL},
        {"[\"null\",\"string\"]", "سري", NULL},
        {ENUM, "SECRET", NULL},
        {"\"boolean\"", "true", NULL},
        {"\"boolean\"", "false", NULL},
        {"\"int\"", "-2147483648", NULL},
        {"\"long\"", "-9223372036854775808", NULL},
        {ENUM, "secret", "cannot occur"},
        {"\"boolean\"", "True", "cannot occur"},
        {"\"int\"", "2147483648", "cannot occur"},
        {"\"int\"", "07", "cannot occur"},
        {"\"int\"", "+7", "cannot occur"},
        {"\"int\"", " 7", "cannot occur"},
        {"\"long\"", "9223372036854775808", "cannot occur"},
        {"\"long\"", "", "cannot occur"},
        {LOGICAL("string", "uuid"), "00000000-0000-0000-0000-000000000001", "must be string"},
        {LOGICAL("int", "date"), "2026-01-01", "must be string"},
        {LOGICAL("long", "time-micros"), "1", "must be string"},
        {MICROS, "1", "must be string"},
        {DECIMAL("9", "2"), "1.50", "must be string"},
        {"\"double\"", "1.5", "must be string"},
        {"\"float\"", "1.5", "must be string"},
        {"\"bytes\"", "secret", "must be string"},
        {"[\"null\",\"string\",\"long\"]", "secret", "must be string"},
        {"{\"type\":\"array\",\"items\":\"string\"}", "secret", "must be string"},
    };
#undef ENUM
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int rc = exempting(i, rows[i].type, rows[i].exempt);
        if (rows[i].says == NULL) {
            assert_ok(rc, err);
        } else {
            refused(rc, ERR_INCOMPATIBLE, "/kind", rows[i].says);
        }
    }
}

static void each_fitting_type_is_taken(void **state)
{
    (void)state;
    static const char *const orders[] = {"\"int\"",
                                         "\"long\"",
                                         "[\"null\",\"long\"]",
                                         LOGICAL("int", "date"),
                                         MICROS,
                                         LOGICAL("long", "timestamp-millis")};
    char text[1024];
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        done(NULL);
        declared(NULL);
        snprintf(text, sizeof(text),
                 RECORD(F("civil_no",
                          "[\"null\",\"string\"]") "," F("seq", "%s") "," F("occurred_at", "%s")),
                 orders[i],
                 i % 2 == 0 ? LOGICAL("int", "date")
                            : "[" LOGICAL("long", "timestamp-millis") ",\"null\"]");
        assert_ok(value("moh.births", text), err);
    }
}

static void a_key_structure_must_fit_the_key_fields(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_ok(key("moh.births", "\"string\""), err);
    assert_int_equal(got.version, 1);
    assert_ok(key("moh.births", "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F(
                                    "civil_no", "\"string\"") "]}"),
              err);
    assert_int_equal(got.version, 2);
    refused(key("moh.births",
                "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F("civil", "\"string\"") "]}"),
            ERR_INCOMPATIBLE, err.path, "civil");
    assert_int_equal(key("moh.births", "\"double\""), -1);
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    assert_string_equal(columns(), BASE_COLUMNS);
}

/* Clients register the key first; what it is judged by then is the dataset's declaration. */
static void a_key_structure_may_come_before_the_value(void **state)
{
    (void)state;
    refused(key("moh.visits", "\"string\""), ERR_INCOMPATIBLE, err.path, "");
    refused(key("moh.visits",
                "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F("clinic", "\"int\"") "]}"),
            ERR_INCOMPATIBLE, err.path, "day");
    refused(key("moh.visits", "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F(
                                  "clinic", "\"float\"") "," F("day", "\"int\"") "]}"),
            ERR_INCOMPATIBLE, err.path, "clinic");
    assert_ok(key("moh.visits", "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F(
                                    "day", LOGICAL("int", "date")) "," F("clinic", "\"int\"") "]}"),
              err);
    /* The value must then agree with it. */
    assert_int_equal(
        value("moh.visits", "{\"type\":\"record\",\"name\":\"V\",\"fields\":[" F(
                                "clinic", "\"string\"") "," F("day", LOGICAL("int", "date")) "]}"),
        -1);
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    assert_ok(
        value("moh.visits", "{\"type\":\"record\",\"name\":\"V\",\"fields\":[" F(
                                "clinic", "\"int\"") "," F("day", LOGICAL("int", "date")) "]}"),
        err);
}

static void what_is_no_schema_or_no_record_is_refused(void **state)
{
    (void)state;
    refused(value("moh.births", "{"), ERR_BAD_SCHEMA, err.path, "");
    refused(value("moh.births", "\"string\""), ERR_BAD_SCHEMA, "", "must be a record");
    refused(value("moh.nothing", RECORD(BASE)), ERR_NOT_FOUND, "", "moh.nothing");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
}

static void a_retired_structure_need_not_stay_readable(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    raw_run(raw, "UPDATE nrc.subject_version SET state = 'retired'");
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",place text");
}

static void a_register_cannot_be_changed_by_a_monitor(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    conn = sto_open(STO_ROLE_MONITOR);
    assert_int_equal(value("moh.births", RECORD(BASE)), -1);
    assert_string_equal(err.sqlstate, "42501");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, declared, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_structure_makes_the_tables),
        TEST(the_same_text_again_is_the_same_structure),
        TEST(an_older_structure_registered_again_is_not_judged_as_new),
        TEST(white_space_is_no_difference_and_text_is),
        TEST(two_spellings_of_a_schema_are_one),
        TEST(the_level_of_the_subject_holds_for_the_command_too),
        TEST(a_mode_that_only_reads_holds_for_the_command_too),
        TEST(a_new_optional_field_is_a_new_column),
        TEST(a_new_field_that_old_events_do_not_have_is_a_new_column),
        TEST(a_removed_field_keeps_its_column),
        TEST(a_field_renamed_by_an_alias_is_one_column_under_its_newest_name),
        TEST(a_key_field_is_not_renamed_by_an_alias),
        TEST(a_structure_that_comes_back_has_the_columns_that_it_had),
        TEST(a_changed_type_is_refused),
        TEST(a_decimal_may_gain_digits_before_the_point_only),
        TEST(the_fields_that_a_dataset_names_must_be_there_and_fit),
        TEST(nrl_2_only_types_that_can_tell_exempt_rows_are_taken),
        TEST(each_fitting_type_is_taken),
        TEST(a_key_structure_must_fit_the_key_fields),
        TEST(a_key_structure_may_come_before_the_value),
        TEST(what_is_no_schema_or_no_record_is_refused),
        TEST(a_retired_structure_need_not_stay_readable),
        TEST(a_register_cannot_be_changed_by_a_monitor),
    };
    return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
