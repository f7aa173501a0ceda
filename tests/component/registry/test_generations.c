/* SPDX-License-Identifier: Apache-2.0
 * Structures of datasets: what readers see of them, and from when. */
#include "structure_kit.h"

#include "base/clock.h"
#include "storage/catalogue/view.h"

#define VIEW_COLUMNS "civil_no text,seq bigint,occurred_at timestamp with time zone"
#define INT_WEIGHT   F("weight", "\"int\"")
#define TEXT_WEIGHT  F("weight", "\"string\"")
#define TOMORROW     (&(const struct reg_request){.reason = "law 12", .from = tomorrow})

static char tomorrow[40];

static int begin(void **state)
{
    declared(state);
    snprintf(tomorrow, sizeof(tomorrow), "%.39s",
             raw_text(raw, "SELECT to_char(now() + interval '1 day', 'YYYY-MM-DD')"));
    raw_run(raw, "DROP SCHEMA IF EXISTS bi CASCADE; CREATE SCHEMA bi;"
                 " DO $$ BEGIN CREATE ROLE nrc_test_lab; EXCEPTION WHEN duplicate_object THEN NULL;"
                 " END $$; GRANT USAGE ON SCHEMA moh TO nrc_test_lab");
    return 0;
}

static int end(void **state)
{
    raw_run(raw, "DROP SCHEMA bi CASCADE; DROP OWNED BY nrc_test_lab; DROP ROLE nrc_test_lab");
    return done(state);
}

static int asked(const char *text)
{
    return reg_structure_register(conn, "moh.births", false, text, strlen(text), TOMORROW, &arena,
                                  &got, &err);
}

/* A row as a structure's event makes it: its own columns are set, the others null. */
static void row(const char *civil_no, const char *column, const char *value)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "INSERT INTO moh.births_state (_recorded_at, _offset, _topic_partition, _op, _content,"
             " civil_no, \"%s\") VALUES (now(), 0, 0, 'u', 0, '%s', %s)",
             column, civil_no, value);
    raw_run(raw, sql);
}

/* "1=3500,2=-" of a view's weights. */
static const char *weights(const char *relation)
{
    char sql[200];
    snprintf(
        sql, sizeof(sql),
        "SELECT string_agg(civil_no || '=' || coalesce(weight::text, '-'), ',' ORDER BY civil_no)"
        " FROM moh.%s",
        relation);
    return raw_text(raw, sql);
}

static const char *generations(void)
{
    return raw_text(raw,
                    "SELECT string_agg(number || CASE WHEN until IS NULL THEN '' ELSE ' over' END,"
                    " ',' ORDER BY number) FROM nrc.dataset_generation");
}

/* The time of all that was to come tomorrow has come. */
static void let_the_time_come(void)
{
    raw_run(raw, "UPDATE nrc.subject_version SET active_from = active_from - interval '2 days'"
                 " WHERE isfinite(active_from)");
}

static void turn(struct sto_views *views)
{
    assert_ok(sto_views_turn(views, conn, &err), err);
}

static void let_views_move(void)
{
    struct sto_views views = {.due = true};
    turn(&views);
    assert_false(views.due);
}

/* ---- another type ---- */

static void a_field_of_another_type_begins_a_generation(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_string_equal(generations(), "1");
    row("1", "weight", "3500");
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT)), err);
    assert_string_equal(got.class, "breaking");
    assert_string_equal(columns(), BASE_COLUMNS ",weight bigint,weight#2 text");
    assert_string_equal(view(), VIEW_COLUMNS ",weight text");
    assert_string_equal(generations(), "1 over,2");
    row("2", "weight#2", "'heavy'");
    row("3", "weight#2", "'12'");
    /* A producer that was not told yet. */
    row("4", "weight", "9");
    assert_string_equal(weights("births"), "1=3500,2=heavy,3=12,4=9");
    assert_string_equal(weights("births_g1"), "1=3500,2=-,3=12,4=9");
    assert_int_equal(raw_int(raw, "SELECT sum(weight) FROM moh.births_g1"), 3521);
    raw_run(raw, "UPDATE moh.births_state SET _op = 'd' WHERE civil_no IN ('1', '2')");
    assert_string_equal(weights("births"), "3=12,4=9");
    assert_string_equal(weights("births_g1"), "3=12,4=9");
    /* What both have grows in the newest alone. */
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT "," F_NULL("ward", "\"string\""))),
              err);
    assert_string_equal(view(), VIEW_COLUMNS ",weight text,ward text");
    assert_int_equal(raw_int(raw,
                             "SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND attrelid ="
                             " 'moh.births_g1'::regclass"),
                     4);
}

static void a_type_that_comes_back_has_its_column_again(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT)), err);
    row("1", "weight", "5");
    row("2", "weight#2", "'x'");
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"long\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",weight bigint,weight#2 text");
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint");
    assert_string_equal(weights("births"), "1=5,2=-");
    assert_string_equal(weights("births_g2"), "1=5,2=x");
    assert_string_equal(generations(), "1 over,2 over,3");
}

/* The row of a deleted version is replaced when its schema is registered again. */
static void a_structure_that_comes_back_moves_no_column(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(value("moh.births", RECORD(BASE "," F_NULL("ward", "\"long\""))), err);
    row("1", "weight", "7");
    raw_run(raw, "CREATE VIEW bi.heavy AS SELECT civil_no, weight FROM moh.births;"
                 " UPDATE nrc.subject_version SET deleted_at = now() WHERE version = 1");
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_int_equal(raw_int(raw, "SELECT max(version) FROM nrc.subject_version"), 3);
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint,ward bigint");
    assert_string_equal(raw_text(raw, "SELECT civil_no || '=' || weight FROM bi.heavy"), "1=7");
}

/* No view of any generation may show a numeric while it gets more digits. */
static void a_decimal_grows_beside_its_former_generations(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", DECIMAL("6", "2")))), err);
    row("1", "weight", "1.25");
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", DECIMAL("8", "3")))), err);
    /* Both are numeric to readers, so their view stays. */
    assert_string_equal(generations(), "1");
    row("2", "weight#2", "0.125");
    assert_string_equal(weights("births"), "1=1.250,2=0.125");
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT)), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", DECIMAL("20", "3")))), err);
    row("3", "weight#2", "12345678901234567.125");
    row("4", "weight#3", "'0.5'");
    assert_string_equal(weights("births"), "1=1.250,2=0.125,3=12345678901234567.125,4=0.500");
    assert_string_equal(weights("births_g2"), "1=1.25,2=0.125,3=12345678901234567.125,4=0.5");
    assert_string_equal(weights("births_g1"), weights("births"));
    assert_string_equal(raw_text(raw,
                                 "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE"
                                 " attrelid = 'moh.births_state'::regclass AND attname ="
                                 " 'weight#2'"),
                        "numeric(20,3)");
}

static void what_others_have_of_the_view_is_theirs_in_both(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    row("1", "weight", "3500");
    raw_run(raw,
            "ALTER VIEW moh.births SET (security_barrier = true);"
            " GRANT SELECT (civil_no, weight) ON moh.births TO nrc_test_lab WITH GRANT OPTION;"
            " REVOKE SELECT ON moh.births FROM nrc_reader;"
            " COMMENT ON VIEW moh.births IS 'المواليد'; COMMENT ON COLUMN moh.births.weight IS 'g';"
            " CREATE VIEW bi.heavy AS SELECT civil_no, weight * 2 AS w FROM moh.births;"
            " CREATE MATERIALIZED VIEW bi.kept AS SELECT * FROM bi.heavy");
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT)), err);
    row("2", "weight", "100");
    static const char *const relations[] = {"moh.births", "moh.births_g1"};
    for (size_t i = 0; i < 2; i++) {
        char sql[512];
        snprintf(
            sql, sizeof(sql),
            "SELECT concat_ws('|', c.reloptions, obj_description(c.oid, 'pg_class'),"
            " col_description(c.oid, 4), has_table_privilege('nrc_reader', c.oid, 'SELECT'),"
            " has_column_privilege('nrc_test_lab', c.oid, 'weight', 'SELECT WITH GRANT OPTION'),"
            " has_column_privilege('nrc_test_lab', c.oid, 'seq', 'SELECT'))"
            " FROM pg_class c WHERE c.oid = '%s'::regclass",
            relations[i]);
        assert_string_equal(raw_text(raw, sql), "{security_barrier=true}|المواليد|g|f|t|f");
    }
    raw_run(raw, "REFRESH MATERIALIZED VIEW bi.kept");
    assert_string_equal(
        raw_text(raw,
                 "SELECT string_agg(civil_no || '=' || w, ',' ORDER BY civil_no) FROM bi.kept"),
        "1=7000,2=200");
    /* The difference names them for either. */
    assert_string_equal(raw_text(raw,
                                 "SELECT string_agg(field || ' ' || name, ',' ORDER BY field, name)"
                                 " FROM nrc.field_dependents('moh.births')"),
                        "civil_no bi.heavy,civil_no bi.kept,weight bi.heavy,weight bi.kept");
    raw_run(raw, "SET ROLE nrc_test_lab");
    assert_string_equal(
        raw_text(raw, "SELECT string_agg(weight, ',' ORDER BY weight) FROM moh.births"),
        "100,3500");
    raw_run(raw, "RESET ROLE");
}

static void a_relation_of_that_name_hinders_and_nothing_is_stored(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    raw_run(raw, "CREATE TABLE moh.births_g1 ()");
    assert_err(value("moh.births", RECORD(BASE "," TEXT_WEIGHT)), err, ERR_KIND_FATAL,
               ERR_DEPENDED_ON);
    assert_non_null(strstr(err.text, "births_g1"));
    assert_string_equal(columns(), BASE_COLUMNS ",weight bigint");
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint");
    raw_run(raw, "DROP TABLE moh.births_g1");
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT)), err);
    /* A former one that somebody dropped stays so. */
    raw_run(raw, "DROP VIEW moh.births_g1");
    assert_ok(value("moh.births", RECORD(BASE "," TEXT_WEIGHT "," F_NULL("ward", "\"string\""))),
              err);
    assert_string_equal(raw_text(raw, "SELECT coalesce(to_regclass('moh.births_g1')::text, '-')"),
                        "-");
    /* One that somebody made theirs is not ours to change. */
    raw_run(raw, "ALTER VIEW moh.births OWNER TO nrc_test_lab");
    assert_err(value("moh.births", RECORD(BASE "," TEXT_WEIGHT "," F_NULL("unit", "\"string\""))),
               err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
    assert_non_null(strstr(err.text, "must be owner"));
}

/* ---- values of one type as another ---- */

/* Each value of the first type as the second: what is lost nothing of, else null; no value makes a view unreadable. */
static void values_convert_or_are_null(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *values; /* given */
        const char *become;
    } rows[] = {
        {"\"long\"", "\"string\"", "-9223372036854775808|0|42", "-9223372036854775808|0|42"},
        {"\"string\"", "\"long\"",
         "9223372036854775807|9223372036854775808|-9223372036854775808|-9223372036854775809|0|-0|"
         "007|"
         "+1|1.0|1e3| 1|١٢||99999999999999999999999",
         "9223372036854775807|-|-9223372036854775808|-|0|-|-|-|-|-|-|-|-|-"},
        {"\"long\"", "\"double\"", "9007199254740992|9007199254740993|-5",
         "9.007199254740992e+15|-|-5"},
        {"\"double\"", "\"long\"", "5|5.5|1e300|NaN|Infinity|-Infinity|9007199254740994",
         "5|-|-|-|-|-|-"},
        {"\"double\"", "\"string\"", "0.1|0.30000000000000004|NaN|-Infinity|1e300",
         "0.1|0.30000000000000004|NaN|-Infinity|1e+300"},
        {"\"string\"", "\"double\"", "0.5|-12|1e999|NaN|x|123456789012345678901234567890|1.|.5",
         "0.5|-12|-|-|-|-|-|-"},
        {"\"string\"", DECIMAL("5", "2"), "123.45|123.456|1000|999.99|-0.5|1e2|x|123.40|123.400",
         "123.45|-|-|999.99|-0.50|-|-|123.40|123.40"},
        {DECIMAL("5", "2"), "\"string\"", "1.50|-999.99|0", "1.50|-999.99|0.00"},
        {DECIMAL("5", "2"), "\"long\"", "12|12.5|-3", "12|-|-3"},
        {"\"long\"", DECIMAL("5", "2"), "999|1000|-999|9223372036854775807", "999.00|-|-999.00|-"},
        {DECIMAL("20", "2"), "\"double\"", "0.25|123456789012345678.25", "0.25|-"},
        /* Nearer to 0 than any double. */
        {DECIMAL("500", "450"), "\"double\"", "1e-450|-1e-330|0.25|0", "-|-|0.25|0"},
        {"\"double\"", DECIMAL("5", "2"), "0.25|0.125|1000|NaN|Infinity|1e300", "0.25|-|-|-|-|-"},
        {DECIMAL("6", "3"), DECIMAL("6", "1"), "1.5|1.25|-999.9", "1.5|-|-999.9"},
        {"\"boolean\"", "\"string\"", "true|false", "true|false"},
        {"\"string\"", "\"boolean\"", "true|false|t|TRUE|1|", "true|false|-|-|-|-"},
        {LOGICAL("int", "date"), "\"string\"",
         "2024-02-29|0001-01-01|0044-03-15 BC|infinity|10000-01-01", "2024-02-29|0001-01-01|-|-|-"},
        {"\"string\"", LOGICAL("int", "date"),
         "2024-02-29|2023-02-29|2024-13-01|0000-01-01|9999-12-31|2024-2-9|today|infinity|2024-04-"
         "31|",
         "2024-02-29|-|-|-|9999-12-31|-|-|-|-|-"},
        {"\"string\"", LOGICAL("string", "uuid"),
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11|a0eebc99|",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|-|-|-"},
        {LOGICAL("string", "uuid"), "\"string\"", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
        {"\"bytes\"", "\"string\"", "\\xd8b3|\\xff|\\x00|\\x", "س|-|-|"},
        {"\"string\"", "\"bytes\"", "س|", "\\xd8b3|\\x"},
        {MICROS, "\"string\"", "2024-01-01T00:00:00Z", "-"},
        {"\"boolean\"", "\"long\"", "true", "-"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        /* Whatever a reader's session says of digits; it rounds what it prints of doubles itself. */
        raw_run(raw, strcmp(rows[i].to, "\"double\"") == 0 ? "RESET extra_float_digits"
                                                           : "SET extra_float_digits = -15");
        char text[1024];
        char sql[1024];
        const char *records[] = {rows[i].from, rows[i].to};
        for (size_t n = 0; n < 2; n++) {
            snprintf(text, sizeof(text),
                     RECORD(BASE ","
                                 "{\"name\":\"f%zu\",\"type\":%s}"),
                     i, records[n]);
            assert_ok(value("moh.births", text), err);
        }
        raw_run(raw, "DELETE FROM moh.births_state");
        snprintf(
            sql, sizeof(sql),
            "INSERT INTO moh.births_state (_recorded_at, _offset, _topic_partition, _op, _content,"
            " civil_no, f%zu) SELECT now(), 0, 0, 'u', 0, n, v::%.40s"
            " FROM unnest(string_to_array('%s', '|')) WITH ORDINALITY AS e (v, n)",
            i,
            raw_text(raw, "SELECT type FROM nrc.dataset_column WHERE name !~ '#' ORDER BY ordinal"
                          " DESC LIMIT 1"),
            rows[i].values);
        raw_run(raw, sql);
        snprintf(sql, sizeof(sql),
                 "SELECT string_agg(coalesce(f%zu::text, '-'), '|' ORDER BY civil_no::int) FROM "
                 "moh.births",
                 i);
        const char *become = raw_text(raw, sql);
        if (strcmp(become, rows[i].become) != 0) {
            fail_msg("%s to %s: %s", rows[i].from, rows[i].to, become);
        }
    }
}

/* ---- by the clock ---- */

static void the_view_moves_at_its_time(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(asked(RECORD(BASE "," TEXT_WEIGHT)), err);
    assert_string_equal(columns(), BASE_COLUMNS ",weight bigint,weight#2 text");
    let_views_move();
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint");
    /* Until then the structure in force goes on, and its field is the column of its type. */
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT "," F_NULL("ward", "\"string\""))),
              err);
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint,ward text");
    row("1", "weight", "7");
    let_the_time_come();
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint,ward text");
    let_views_move();
    assert_string_equal(view(), VIEW_COLUMNS ",weight text,ward text");
    assert_string_equal(weights("births"), "1=7");
    assert_string_equal(generations(), "1 over,2");
    assert_string_equal(raw_text(raw,
                                 "SELECT object || ' ' || (after->>'former_view') FROM nrc.audit"
                                 " WHERE what = 'dataset.generation'"),
                        "dataset/moh.births moh.births_g1");
    /* That the view took a structure up is no change of the structure. */
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.audit WHERE what = 'structure.changed'"
                                  " AND before->>'active_from' = after->>'active_from'"),
                     0);
}

/* A register that was away for long has each of them, in the order of their times. */
static void generations_whose_times_passed_together_are_each_there(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(asked(RECORD(BASE "," TEXT_WEIGHT)), err);
    assert_ok(asked(RECORD(BASE "," F("weight", "\"double\""))), err);
    raw_run(raw, "UPDATE nrc.subject_version SET active_from = active_from - interval '1 hour' "
                 "WHERE version = 2");
    let_the_time_come();
    row("1", "weight#3", "1.5");
    /* Whoever registers next does it too. */
    assert_ok(value("moh.births",
                    RECORD(BASE "," F("weight", "\"double\"") "," F_NULL("ward", "\"string\""))),
              err);
    assert_string_equal(generations(), "1 over,2 over,3");
    assert_string_equal(view(), VIEW_COLUMNS ",weight double precision,ward text");
    assert_string_equal(weights("births_g2"), "1=1.5");
    assert_string_equal(weights("births_g1"), "1=-");
}

static void a_new_name_is_seen_at_its_time(void **state)
{
    (void)state;
#define RENAMED(name) "{\"name\":\"" name "\",\"type\":\"int\",\"aliases\":[\"weight\"]}"
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(asked(RECORD(BASE "," RENAMED("mass"))), err);
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint");
    row("1", "mass", "7");
    /* Who keeps the old name until then keeps its column. */
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT "," F_NULL("ward", "\"string\""))),
              err);
    assert_string_equal(columns(), BASE_COLUMNS ",mass bigint,ward text");
    assert_string_equal(fields(3), "{1,2,3,4,5}");
    assert_string_equal(weights("births"), "1=7");
    let_the_time_come();
    let_views_move();
    assert_string_equal(view(), VIEW_COLUMNS ",mass bigint,ward text");
    assert_string_equal(generations(), "1");
#undef RENAMED
}

/* The one of the earlier time brings a second "weight", and the other one renames both. */
static void a_column_is_renamed_in_the_turn_that_brings_it(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(asked(RECORD(BASE ",{\"name\":\"mass\",\"type\":\"int\",\"aliases\":[\"weight\"]}")),
              err);
    assert_ok(asked(RECORD(BASE "," TEXT_WEIGHT)), err);
    raw_run(raw, "UPDATE nrc.subject_version SET active_from = active_from - interval '1 hour'"
                 " WHERE version = 3");
    let_the_time_come();
    let_views_move();
    assert_string_equal(view(), VIEW_COLUMNS ",mass bigint,weight text");
    assert_string_equal(generations(), "1");
}

/* A reader's lock hinders for a moment, another session's work not at all. */
static void a_view_in_use_is_moved_in_a_later_turn(void **state)
{
    (void)state;
    struct sto_views views = {.due = true};
    assert_ok(value("moh.births", RECORD(BASE "," INT_WEIGHT)), err);
    assert_ok(asked(RECORD(BASE "," TEXT_WEIGHT)), err);
    let_the_time_come();
    PGconn *reader = raw_open();
    raw_run(reader, "BEGIN; SELECT FROM moh.births");
    turn(&views);
    assert_true(views.due);
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint");
    raw_run(reader,
            "ROLLBACK; BEGIN; SELECT FROM nrc.dataset WHERE name = 'births' FOR NO KEY UPDATE");
    views.again_ms = 0;
    turn(&views);
    assert_true(views.due);
    assert_string_equal(view(), VIEW_COLUMNS ",weight bigint");
    raw_run(reader, "ROLLBACK");
    PQfinish(reader);
    views = (struct sto_views){.due = true};
    turn(&views);
    assert_string_equal(view(), VIEW_COLUMNS ",weight text");
    assert_false(views.due);
}

#define MOVES(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES(a_field_of_another_type_begins_a_generation),
        MOVES(a_type_that_comes_back_has_its_column_again),
        MOVES(a_structure_that_comes_back_moves_no_column),
        MOVES(a_decimal_grows_beside_its_former_generations),
        MOVES(what_others_have_of_the_view_is_theirs_in_both),
        MOVES(a_relation_of_that_name_hinders_and_nothing_is_stored),
        MOVES(values_convert_or_are_null),
        MOVES(the_view_moves_at_its_time),
        MOVES(generations_whose_times_passed_together_are_each_there),
        MOVES(a_new_name_is_seen_at_its_time),
        MOVES(a_column_is_renamed_in_the_turn_that_brings_it),
        MOVES(a_view_in_use_is_moved_in_a_later_turn),
    };
    return cmocka_run_group_tests_name("generations", tests, NULL, NULL);
}
