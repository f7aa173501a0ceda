/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_columns.c - the tables of a structure, and which columns a later one may have. */
#include "births.h"

#include "base/clock.h"

static void the_tables_of_a_structure_are_as_designed(void **state)
{
    struct births_room *room = *state;
    PGconn *raw = room->raw;
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_inherits"
                                  " WHERE inhparent = 'moh.births_state'::regclass"),
                     2);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_inherits"
                                  " WHERE inhparent = 'moh.births_history'::regclass"),
                     2);
    assert_string_equal(raw_text(raw, "SELECT string_agg(indexdef, ';') FROM pg_indexes"
                                      " WHERE schemaname = 'moh' AND tablename = 'births_state'"),
                        "CREATE UNIQUE INDEX births_state_pkey ON ONLY moh.births_state"
                        " USING btree (civil_no)");
    assert_string_equal(raw_text(raw, "SELECT string_agg(indexdef, ';') FROM pg_indexes"
                                      " WHERE schemaname = 'moh' AND tablename = 'births_history'"),
                        "CREATE INDEX births_history__recorded_at_idx ON ONLY moh.births_history"
                        " USING brin (_recorded_at)");
    assert_string_equal(raw_text(raw,
                                 "SELECT collation_name FROM information_schema.columns"
                                 " WHERE table_name = 'births_state' AND column_name = 'civil_no'"),
                        "C");
    assert_string_equal(raw_text(raw,
                                 "SELECT string_agg(column_name, ',' ORDER BY ordinal_position)"
                                 " FROM information_schema.columns WHERE table_schema = 'moh'"
                                 " AND table_name = 'births'"),
                        "civil_no,name,seq,weight");
    assert_string_equal(raw_text(raw,
                                 "SELECT string_agg(attname, ',') FROM pg_attribute a"
                                 " WHERE attrelid = 'moh.births_history'::regclass AND attnum > 0"
                                 " AND attnotnull AND attname !~ '^_'"),
                        "");
    assert_string_equal(
        raw_text(raw, "SELECT array_to_string(reloptions, ',') FROM pg_class"
                      " WHERE oid = 'moh.births_state_p1'::regclass"),
        "fillfactor=60,autovacuum_vacuum_scale_factor=0.05,"
        "autovacuum_vacuum_insert_scale_factor=0.2,autovacuum_analyze_scale_factor=0.1");
}

static void the_view_shows_live_keys_only(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "INSERT INTO moh.births_state (civil_no, name, _op, _recorded_at,"
                       " _topic_partition, _offset, _content)"
                       " VALUES ('1', 'a', 'c', now(), 1, 1, 2), ('2', NULL, 'd', now(), 1, 2, 0)");
    assert_string_equal(raw_text(room->raw, "SELECT string_agg(civil_no, ',') FROM moh.births"),
                        "1");
}

static void the_same_structure_again_is_the_same_version(void **state)
{
    struct births_room *room = *state;
    int32_t id = room->schema_id;
    assert_int_equal(id, 1);
    assert_int_equal(room->version, 1);
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
    assert_int_equal(room->version, 2);
    id = room->schema_id;
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
    assert_int_equal(room->schema_id, id);
    assert_int_equal(room->version, 2);
}

static void an_added_column_is_read_and_written_by_who_has_the_others(void **state)
{
    struct births_room *room = *state;
    PGconn *raw = room->raw;
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
    raw_run(raw, "SET ROLE nrc_reader");
    assert_string_equal(raw_sqlstate(raw, "SELECT civil_no, \"Ward\" FROM moh.births"), "");
    raw_run(raw, "RESET ROLE");
    raw_run(raw, "SET ROLE nrc_ingest");
    raw_run(raw, "INSERT INTO moh.births_history (civil_no, \"Ward\", _op, _effect, _recorded_at,"
                 " _topic_partition, _offset) VALUES ('1', '{}', 'c', 'a', now(), 1, 1)");
    raw_run(raw, "RESET ROLE");
}

static void a_wider_numeric_rewrites_nothing(void **state)
{
    struct column grown[COUNT_OF(births_columns)];
    struct births_room *room = *state;
    static const char files[] =
        "SELECT string_agg(relfilenode::text, ',' ORDER BY oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'moh'::regnamespace";
    char before[4096];
    snprintf(before, sizeof(before), "%s", raw_text(room->raw, files));
    memcpy(grown, births_columns, sizeof(grown));
    grown[3].precision = 9;
    assert_ok(births_room_add(room, 2, grown, COUNT_OF(grown)), room->err);
    assert_string_equal(raw_text(room->raw, files), before);
    assert_string_equal(raw_text(room->raw, "SELECT format_type(atttypid, atttypmod)"
                                            " FROM pg_attribute WHERE attname = 'weight'"
                                            " AND attrelid = 'moh.births_state_p0'::regclass"),
                        "numeric(9,2)");
}

static void no_column_changes_in_any_other_way(void **state)
{
    struct births_room *room = *state;
    for (int i = 0; i < 5; i++) {
        struct column changed[COUNT_OF(births_columns)];
        size_t count = COUNT_OF(changed);
        memcpy(changed, births_columns, sizeof(changed));
        switch (i) {
        case 0: changed[1].type = COLUMN_BYTEA; break;
        case 1: changed[3].scale = 3; break;
        case 2: changed[3].precision = 4; break;
        case 3: count--; break;
        default:
            changed[1] = births_columns[2];
            changed[2] = births_columns[1];
            break;
        }
        assert_err(births_room_add(room, 9, changed, count), room->err, ERR_KIND_FATAL,
                   ERR_INCOMPATIBLE);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 1);
    assert_int_equal(raw_int(room->raw, "SELECT column_version FROM nrc.dataset"), 1);
}

static void columns_that_a_table_cannot_have_are_refused(void **state)
{
    static const char *const names[] = {
        "ctid",     "xmin",
        "_op",      "_nrc_x",
        "_effect",  "",
        "_content", "a234567890123456789012345678901234567890123456789012345678901234"};
    struct births_room *room = *state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct column bad[COUNT_OF(births_longer)];
        memcpy(bad, births_longer, sizeof(bad));
        bad[4].name = names[i];
        assert_err(births_room_add(room, 9, bad, COUNT_OF(bad)), room->err, ERR_KIND_FATAL,
                   ERR_BAD_SCHEMA);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 1);
}

static void a_dataset_without_its_key_field_is_refused(void **state)
{
    struct births_room *room = *state;
    static const struct column columns[] = {{.name = "name", .type = COLUMN_TEXT}};
    static const struct column wrong_type[] = {{.name = "civil_no", .type = COLUMN_DOUBLE}};
    room->dataset_id = births_declare(room->conn);
    assert_err(births_room_add(room, 1, columns, 1), room->err, ERR_KIND_FATAL, ERR_INCOMPATIBLE);
    assert_err(births_room_add(room, 1, wrong_type, 1), room->err, ERR_KIND_FATAL,
               ERR_INCOMPATIBLE);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 0);
}

/* Names that SQL would misread stay names. */
static void hostile_column_names_are_only_names(void **state)
{
    struct births_room *room = *state;
    struct column odd[COUNT_OF(births_longer)];
    memcpy(odd, births_longer, sizeof(odd));
    odd[4].name = "x int); DROP SCHEMA nrc CASCADE; --\"'%I%s$1";
    assert_ok(births_room_add(room, 2, odd, COUNT_OF(odd)), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM information_schema.columns WHERE"
                                        " table_name = 'births' AND column_name ~ 'DROP SCHEMA'"),
                     1);
}

static void a_column_that_gets_no_lock_leaves_nothing_behind(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "BEGIN; LOCK TABLE moh.births_history IN ACCESS SHARE MODE");
    int64_t started_ms = clock_mono_ms();
    assert_err(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err,
               ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT);
    assert_true(clock_mono_ms() - started_ms < 60000);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.dataset_column"), 4);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM information_schema.columns"
                                        " WHERE table_schema = 'moh' AND column_name = 'Ward'"),
                     0);
    raw_run(room->raw, "COMMIT");
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, births_room_end)

/* Given a batch with an event of every key, then each row's new version is in the page of the old one. */
static void all_rows_of_a_small_dataset_may_be_updated_at_once(void **state)
{
    struct births_room *room = *state;
    PGconn *raw = room->raw;
    static const char pages[] = "SELECT pg_relation_size('moh.small_state') / 8192";
    raw_run(raw, "SET ROLE nrc_owner");
    raw_run(raw,
            "SELECT nrc.apply_columns(nrc.add_dataset('moh', 'small', 'small', '[\"k\"]', 'long',"
            " NULL, NULL, false, NULL, '[]', 1, NULL, NULL, NULL),"
            " '[{\"name\":\"k\",\"type\":\"bigint\"}]', false)");
    raw_run(raw, "INSERT INTO moh.small_state (k, _op, _recorded_at, _topic_partition, _offset,"
                 " _content) SELECT i, 'u', now(), 1, i, 1 FROM generate_series(1, 2000) i");
    const int64_t before = raw_int(raw, pages);
    raw_run(raw, "UPDATE moh.small_state SET _offset = _offset + 2000");
    assert_int_equal(raw_int(raw, pages), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_tables_of_a_structure_are_as_designed, births_room_registered),
        TEST(the_view_shows_live_keys_only, births_room_registered),
        TEST(the_same_structure_again_is_the_same_version, births_room_registered),
        TEST(an_added_column_is_read_and_written_by_who_has_the_others, births_room_registered),
        TEST(a_wider_numeric_rewrites_nothing, births_room_registered),
        TEST(no_column_changes_in_any_other_way, births_room_registered),
        TEST(columns_that_a_table_cannot_have_are_refused, births_room_registered),
        TEST(a_dataset_without_its_key_field_is_refused, births_room_empty),
        TEST(hostile_column_names_are_only_names, births_room_registered),
        TEST(a_column_that_gets_no_lock_leaves_nothing_behind, births_room_registered),
        TEST(all_rows_of_a_small_dataset_may_be_updated_at_once, births_room_registered),
    };
    return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
