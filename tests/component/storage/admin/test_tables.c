/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_tables.c - what a change of a dataset's columns does to its tables and view, and
 * what it leaves as others made it: grants, comments, and what they built. */
#include "births.h"

#include "base/attr.h"

enum { MOST = 8 };

static PGconn *raw;
static struct sto_conn *conn;
static struct err err;
static int32_t dataset_id;
static uint8_t mark;
static struct column now[MOST]; /* the dataset's columns */
static size_t count;

static int begin(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    err_reset(&err);
    dataset_id = births_build();
    conn = sto_open(STO_ROLE_REGISTRY);
    mark = 1;
    count = COUNT_OF(births_columns);
    memcpy(now, births_columns, sizeof(births_columns));
    raw_run(raw, "DROP SCHEMA IF EXISTS bi CASCADE; CREATE SCHEMA bi;"
                 " DO $$ BEGIN CREATE ROLE nrc_test_ward; CREATE ROLE nrc_test_lab;"
                 " EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    raw_run(raw,
            "INSERT INTO moh.births_state (civil_no, name, seq, weight, _op, _recorded_at,"
            " _topic_partition, _offset, _content) VALUES ('1', 'سالم', 7, 3.25, 'c', now(), 1, 1,"
            " 2), ('2', NULL, NULL, NULL, 'd', now(), 1, 2, 0)");
    raw_run(raw,
            "INSERT INTO moh.births_history (civil_no, name, seq, weight, _op, _effect,"
            " _recorded_at, _topic_partition, _offset) SELECT civil_no, name, seq, weight, _op,"
            " 'a', _recorded_at, _topic_partition, _offset FROM moh.births_state");
    return 0;
}

static int end(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    raw_run(raw, "DROP SCHEMA bi CASCADE; DROP OWNED BY nrc_test_ward, nrc_test_lab;"
                 " DROP ROLE nrc_test_ward, nrc_test_lab");
    PQfinish(raw);
    return 0;
}

/* Registers a structure with the columns as they stand in `now`. */
static int registered(void)
{
    int32_t schema_id;
    int32_t version;
    return births_register(conn, dataset_id, ++mark, now, count, &schema_id, &version, &err);
}

static int with_added(const char *name)
{
    now[count++] = (struct column){.name = name, .type = COLUMN_TEXT};
    return registered();
}

static int with_weight_of(int precision)
{
    now[3].precision = precision;
    return registered();
}

/* "name type" of a relation's columns, ours left out. */
static const char *columns(const char *relation)
{
    char sql[512];
    snprintf(
        sql, sizeof(sql),
        "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY "
        "attname) FROM pg_attribute WHERE attrelid = 'moh.%s'::regclass AND attnum > 0 AND NOT "
        "attisdropped AND attname !~ '^_'",
        relation);
    return raw_text(raw, sql);
}

/* ---- what others made of the view ---- */

static void build_on_the_view(void)
{
    raw_run(raw, "GRANT USAGE ON SCHEMA moh TO nrc_test_ward, nrc_test_lab;"
                 " GRANT SELECT ON moh.births TO nrc_test_ward WITH GRANT OPTION;"
                 " GRANT SELECT (civil_no, weight) ON moh.births TO nrc_test_lab;"
                 " REVOKE SELECT ON moh.births FROM nrc_reader;"
                 " SET ROLE nrc_test_ward; GRANT SELECT ON moh.births TO nrc_test_lab; RESET ROLE;"
                 " ALTER VIEW moh.births SET (security_barrier = true);"
                 " COMMENT ON VIEW moh.births IS 'المواليد';"
                 " COMMENT ON COLUMN moh.births.weight IS 'kg';"
                 " CREATE VIEW bi.heavy AS SELECT civil_no, weight * 2 AS w FROM moh.births;"
                 " CREATE MATERIALIZED VIEW bi.kept AS SELECT * FROM bi.heavy;"
                 " CREATE FUNCTION bi.of(moh.births) RETURNS text LANGUAGE sql RETURN 'x'");
}

/* All that is to stay, as one text. */
static const char made_of_the_view[] =
    "SELECT concat_ws(' | ', c.oid, c.relacl, c.reloptions, obj_description(c.oid, 'pg_class'),"
    " (SELECT string_agg(concat_ws(' ', a.attnum, a.attacl, col_description(c.oid, a.attnum)),"
    "  ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum BETWEEN 1"
    "  AND 4), (SELECT string_agg(civil_no || w, ',') FROM bi.heavy),"
    " (SELECT count(*) FROM pg_proc WHERE pronamespace = 'bi'::regnamespace))"
    " FROM pg_class c WHERE c.oid = 'moh.births'::regclass";

static void what_others_made_of_the_view_stays(void **state)
{
    (void)state;
    char before[2048];
    build_on_the_view();
    snprintf(before, sizeof(before), "%.2000s", raw_text(raw, made_of_the_view));
    assert_non_null(strstr(before, "nrc_test_lab=r/nrc_test_ward"));
    assert_non_null(strstr(before, "المواليد"));
    assert_non_null(strstr(before, "kg"));

    assert_ok(with_added("ward"), err);
    assert_string_equal(raw_text(raw, made_of_the_view), before);
    assert_ok(with_weight_of(9), err);
    assert_string_equal(raw_text(raw, made_of_the_view), before);
    now[1].name = "full_name";
    assert_ok(registered(), err);
    assert_string_equal(raw_text(raw, made_of_the_view), before);
    /* All three at once. */
    now[2].name = "place";
    now[3].precision = 12;
    assert_ok(with_added("seq"), err);
    assert_string_equal(raw_text(raw, made_of_the_view), before);

    raw_run(raw, "REFRESH MATERIALIZED VIEW bi.kept");
    assert_string_equal(
        columns("births"),
        "civil_no text,full_name text,place bigint,seq text,ward text,weight numeric");
    raw_run(raw, "SET ROLE nrc_test_lab");
    assert_string_equal(raw_text(raw, "SELECT full_name || place FROM moh.births"), "سالم7");
    raw_run(raw, "RESET ROLE");
    raw_run(raw, "SET ROLE nrc_reader");
    assert_string_equal(raw_sqlstate(raw, "SELECT full_name FROM moh.births"), "42501");
    raw_run(raw, "RESET ROLE");
}

static void a_view_that_somebody_dropped_is_made_again(void **state)
{
    (void)state;
    raw_run(raw, "DROP VIEW moh.births");
    assert_ok(with_added("ward"), err);
    raw_run(raw, "SET ROLE nrc_reader");
    assert_string_equal(raw_text(raw, "SELECT civil_no FROM moh.births WHERE ward IS NULL"), "1");
    raw_run(raw, "RESET ROLE");
}

/* ---- a decimal that grows ---- */

static void a_grown_decimal_holds_and_shows_what_it_could_not(void **state)
{
    (void)state;
    assert_string_equal(raw_sqlstate(raw, "UPDATE moh.births_state SET weight = 1234567.25"),
                        "22003");
    assert_ok(with_weight_of(9), err);
    assert_string_equal(columns("births_state"),
                        "civil_no text,name text,seq bigint,weight numeric(9,2)");
    assert_string_equal(columns("births_history"), columns("births_state"));
    raw_run(raw, "UPDATE moh.births_state SET weight = 1234567.25 WHERE civil_no = '1'");
    assert_string_equal(raw_text(raw, "SELECT weight FROM moh.births"), "1234567.25");
}

/* ---- other names ---- */

static void a_column_gets_another_name_and_keeps_its_values(void **state)
{
    (void)state;
    now[1].name = "الاسم";
    assert_ok(registered(), err);
    static const char *const relations[] = {"births", "births_state", "births_state_p0",
                                            "births_history"};
    for (size_t i = 0; i < COUNT_OF(relations); i++) {
        assert_non_null(strstr(columns(relations[i]), "الاسم text"));
        assert_null(strstr(columns(relations[i]), "name text"));
    }
    assert_string_equal(raw_text(raw, "SELECT \"الاسم\" FROM moh.births"), "سالم");
    assert_string_equal(raw_text(raw, "SELECT \"الاسم\" FROM moh.births_history ORDER BY _offset"),
                        "سالم");
    assert_int_equal(raw_int(raw, "SELECT column_version FROM nrc.dataset"), 2);
    assert_string_equal(raw_text(raw, "SELECT string_agg(name, ',' ORDER BY ordinal)"
                                      " FROM nrc.dataset_column"),
                        "civil_no,الاسم,seq,weight");
    /* The same again changes nothing. */
    assert_ok(registered(), err);
    assert_int_equal(raw_int(raw, "SELECT column_version FROM nrc.dataset"), 2);
}

static void names_change_places(void **state)
{
    (void)state;
    now[count++] = (struct column){.name = "a", .type = COLUMN_BIGINT};
    now[count++] = (struct column){.name = "b", .type = COLUMN_BIGINT};
    assert_ok(registered(), err);
    raw_run(raw, "UPDATE moh.births_state SET a = 1, b = 2");
    now[4].name = "b";
    now[5].name = "a";
    assert_ok(registered(), err);
    assert_string_equal(raw_text(raw, "SELECT a || ' ' || b FROM moh.births"), "2 1");
    /* A ring of three, of other types. */
    now[2].name = "a";
    now[4].name = "seq";
    now[5].name = "b";
    assert_ok(registered(), err);
    assert_string_equal(raw_text(raw, "SELECT a || ' ' || b || ' ' || seq FROM moh.births"),
                        "7 2 1");
    /* A chain whose first name is given to a new one. */
    now[2].name = "c";
    now[4].name = "a";
    assert_ok(with_added("seq"), err);
    assert_string_equal(raw_text(raw, "SELECT c || ' ' || a || ' ' || b || coalesce(seq, ' -')"
                                      " FROM moh.births"),
                        "7 1 2 -");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.dataset_column WHERE name ~ '_nrc_'"),
                     0);
}

static void what_no_name_can_become_is_refused(void **state)
{
    (void)state;
    now[0].name = "id";
    assert_err(registered(), err, ERR_KIND_FATAL, ERR_INCOMPATIBLE);
    assert_non_null(strstr(err.text, "key field civil_no cannot be renamed id"));
    now[0].name = "civil_no";
    now[1].name = "seq";
    assert_err(registered(), err, ERR_KIND_FATAL, ERR_INCOMPATIBLE);
    assert_non_null(strstr(err.text, "two columns are named seq"));
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 1);
    assert_int_equal(raw_int(raw, "SELECT column_version FROM nrc.dataset"), 1);
    assert_string_equal(columns("births"), "civil_no text,name text,seq bigint,weight numeric");
}

/* ---- what others made of the tables themselves ---- */

static void what_hinders_a_change_is_named_and_nothing_is_stored(void **state)
{
    static const struct {
        const char *make;
        const char *says;
        const char *drop;
    } cases[] = {
        {"CREATE VIEW bi.\"All of it\" AS SELECT weight FROM moh.births_state",
         "view bi.\"All of it\"", "DROP VIEW bi.\"All of it\""},
        {"CREATE MATERIALIZED VIEW bi.leaf AS SELECT weight FROM moh.births_state_p1",
         "materialized view bi.leaf", "DROP MATERIALIZED VIEW bi.leaf"},
        {"CREATE VIEW bi.a AS SELECT weight FROM moh.births_history;"
         " CREATE VIEW bi.b AS SELECT max(weight) FROM moh.births_history",
         "view bi.a, view bi.b", "DROP VIEW bi.a, bi.b"},
        {"CREATE FUNCTION bi.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
         " CREATE TRIGGER mine BEFORE UPDATE OF weight ON moh.births_state_p0 FOR EACH ROW"
         " EXECUTE FUNCTION bi.t()",
         "trigger mine on table moh.births_state_p0", "DROP FUNCTION bi.t CASCADE"},
        {"CREATE TABLE bi.rows (r moh.births_state)", "row type", "DROP TABLE bi.rows"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        raw_run(raw, cases[i].make);
        assert_err(with_weight_of(9), err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
        assert_int_equal(err_http_status(err.code), 409);
        if (strstr(err.text, cases[i].says) == NULL) {
            fail_msg("%s", err.text);
        }
        assert_non_null(strstr(err.text, "moh.births"));
        assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 1);
        assert_int_equal(raw_int(raw, "SELECT column_version FROM nrc.dataset"), 1);
        assert_string_equal(raw_text(raw, "SELECT precision FROM nrc.dataset_column WHERE name ="
                                          " 'weight'"),
                            "5");
        raw_run(raw, cases[i].drop);
    }
    assert_ok(with_weight_of(9), err);
}

static void a_column_or_view_that_is_not_ours_is_named(void **state)
{
    (void)state;
    raw_run(raw, "ALTER TABLE moh.births_history ADD COLUMN ward int");
    assert_err(with_added("ward"), err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
    assert_non_null(strstr(err.text, "ward"));
    raw_run(raw, "ALTER TABLE moh.births_history DROP COLUMN ward");
    count--;
    raw_run(raw, "ALTER VIEW moh.births RENAME COLUMN name TO mine");
    now[1].name = "full_name";
    assert_err(registered(), err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
    now[1].name = "name";
    raw_run(raw, "ALTER VIEW moh.births RENAME COLUMN mine TO name");
    count++;
    raw_run(raw, "SET ROLE nrc_owner; CREATE OR REPLACE VIEW moh.births AS SELECT civil_no, name,"
                 " seq, weight::numeric AS weight, 1 AS mine FROM moh.births_state; RESET ROLE");
    assert_err(registered(), err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
    assert_non_null(strstr(err.text, "mine"));
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_others_made_of_the_view_stays),
        TEST(a_view_that_somebody_dropped_is_made_again),
        TEST(a_grown_decimal_holds_and_shows_what_it_could_not),
        TEST(a_column_gets_another_name_and_keeps_its_values),
        TEST(names_change_places),
        TEST(what_no_name_can_become_is_refused),
        TEST(what_hinders_a_change_is_named_and_nothing_is_stored),
        TEST(a_column_or_view_that_is_not_ours_is_named),
    };
    return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
