/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_reference.c - turns of references (DSP-7.4.5): two at once are one, a failure is that of its
 * reference alone, a step is small and stops nobody. The dataset is moh.births; a name is the civil_no of another row. */
#include "births.h"

#include "storage/quality/reference.h"

static const char contract[] =
    "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, contract)"
    " SELECT %d, '1', '{1}', 'active', 'x', sha256('x'), '{\"relationships\": [%s]}'";
static const char to_births[] =
    "{\"name\": \"%s\", \"fields\": [\"name\"], \"to_dataset\": \"moh.births\","
    " \"to_fields\": [\"civil_no\"], \"severity\": \"warning\"}";

/* Rows first … last of one position, each naming another; a transaction as an engine's. */
static void put(struct births_room *room, int first, int last, const char *refers)
{
    char sql[2400];
    snprintf(
        sql, sizeof(sql),
        "BEGIN;"
        "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset,"
        " first_offset, epoch, log_start) VALUES (%1$d, 'moh.births', 0, 1, 0, 0, 1, 0)"
        " ON CONFLICT (topic, partition) WHERE replaced_at IS NULL DO NOTHING;"
        "INSERT INTO moh.births_history (civil_no, name, _op, _effect, _recorded_at,"
        " _topic_partition, _offset) SELECT n, %4$s, 'u', 'a', now(), p.id, p.next_offset + n - "
        "%2$d"
        " FROM nrc.position p, generate_series(%2$d, %3$d) n;"
        "INSERT INTO moh.births_state (civil_no, name, _op, _recorded_at, _topic_partition, "
        "_offset,"
        " _content) SELECT civil_no, name, _op, _recorded_at, _topic_partition, _offset, 0"
        " FROM moh.births_history h, nrc.position p WHERE h._offset >= p.next_offset;"
        "INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset,"
        " next_offset, received, skipped, applied, duplicate, stale, quarantined, exempt)"
        " SELECT now(), p.id, %1$d, 'stream', 1, p.next_offset, p.next_offset + 1 + %3$d - %2$d,"
        " 1 + %3$d - %2$d, 0, 1 + %3$d - %2$d, 0, 0, 0, 0 FROM nrc.position p;"
        "UPDATE nrc.position SET next_offset = next_offset + 1 + %3$d - %2$d; COMMIT",
        (int)room->dataset_id, first, last, refers);
    raw_run(room->raw, sql);
}

static void declare(struct births_room *room, const char *const *names, size_t count)
{
    char list[1200] = "";
    char sql[1600];
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s", i > 0 ? "," : "");
        snprintf(list + used, sizeof(list) - used, to_births, names[i]);
    }
    snprintf(sql, sizeof(sql), contract, (int)room->dataset_id, list);
    raw_run(room->raw, sql);
}

static int build(void **state)
{
    struct births_room *room = births_room_new(state);
    room->dataset_id = births_build();
    room->conn = sto_open(STO_ROLE_MONITOR);
    return 0;
}

static void turn(struct births_room *room)
{
    assert_ok(sto_references_turn(room->conn, &room->err), room->err);
}

/* One row more of its key's history, with another name; NULL: it is deleted. */
static void change(struct births_room *room, int key, const char *name)
{
    char sql[1400];
    char given[40];
    const char op = name != NULL ? 'u' : 'd';
    snprintf(given, sizeof(given), name != NULL ? "'%s'" : "NULL", name);
    snprintf(
        sql, sizeof(sql),
        "BEGIN; INSERT INTO moh.births_history (civil_no, name, _op, _effect, _recorded_at,"
        " _topic_partition, _offset) SELECT '%1$d', %2$s, '%3$c', 'a', now(), id, next_offset"
        " FROM nrc.position; UPDATE moh.births_state SET name = %2$s, _op = '%3$c',"
        " _recorded_at = now() WHERE civil_no = '%1$d';"
        "INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset,"
        " next_offset, received, skipped, applied, duplicate, stale, quarantined, exempt)"
        " SELECT now(), id, dataset_id, 'stream', 1, next_offset, next_offset + 1, 1, 0, 1, 0,"
        " 0, 0, 0 FROM nrc.position; UPDATE nrc.position SET next_offset = next_offset + 1;"
        " COMMIT",
        key, given, op);
    raw_run(room->raw, sql);
}

/* A contract of another version, with one reference. */
static void declare_anew(struct births_room *room, int version, const char *to_field,
                         const char *severity)
{
    char sql[800];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256,"
             " contract) VALUES (1, '%1$d', '{%1$d}', 'active', 'x', sha256('x'),"
             " '{\"relationships\": [{\"name\": \"one\", \"fields\": [\"name\"], \"to_dataset\":"
             " \"moh.births\", \"to_fields\": [\"%2$s\"], \"severity\": \"%3$s\","
             " \"grace_seconds\": 3600}]}')",
             version, to_field, severity);
    raw_run(room->raw, sql);
}

#define NOW(column) "SELECT " column " FROM nrc.reference_now WHERE name = 'one'"

static const char *const one[] = {"one"};

static void a_turn_finds_what_is_missing_and_counts_how_many_it_looked_at(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    put(room, 1, 4, "CASE WHEN n < 3 THEN '1' WHEN n = 3 THEN 'none' END");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', state, rows, violations)")),
                        "checked 3 1");
    put(room, 5, 7, "'x' || n"); /* counted by the turn, and not by the first look at all */
    put(room, 8, 8, "'1'");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', state, rows, violations)")),
                        "checked 7 4");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT concat_ws(' ', sum(checked), sum(valid)) FROM nrc.reference_check"),
        "4 1");
    struct sto_references_checked checked;
    assert_ok(sto_references_check(room->conn, "moh.births", true, &checked, &room->err),
              room->err);
    assert_int_equal(checked.rows, 7);
    assert_int_equal(checked.missing, 4);
    assert_int_equal(checked.added + checked.removed, 0);
    raw_run(room->raw, "DELETE FROM nrc.reference_missing WHERE key = '[\"6\"]'");
    raw_run(room->raw, "UPDATE nrc.reference_missing SET key_hash = 'x' WHERE key = '[\"7\"]'");
    assert_ok(sto_references_check(room->conn, "moh.births", true, &checked, &room->err),
              room->err);
    assert_int_equal(checked.added, 2);
    assert_int_equal(checked.removed, 1);
    assert_int_equal(sto_references_check(room->conn, "moh.x", false, &checked, &room->err), -1);
    assert_int_equal(room->err.code, ERR_NOT_FOUND);
}

/* A dataset that was empty when it was first looked at; and the count holds until as many came as there were. */
static void rows_are_counted_anew_when_they_may_have_doubled(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    put(room, 1, 1, "NULL");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', rows, violations)")), "0 0");
    put(room, 2, 5, "CASE WHEN n < 4 THEN '1' ELSE 'none' END");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', rows, violations)")), "4 2");
    put(room, 6, 8, "'1'");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("rows")), "4");
    put(room, 9, 10, "'1'");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("rows")), "9");
}

static void two_turns_at_once_are_one(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    raw_run(room->raw, "SELECT pg_advisory_lock(hashtextextended('nrc.references', 1))");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("reason")), "no turn has looked at it yet");
    raw_run(room->raw, "SELECT pg_advisory_unlock_all()");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("state")), "checked");
}

static void a_failure_is_that_of_its_reference_alone(void **state)
{
    struct births_room *room = *state;
    static const char *const both[] = {"one", "two"};
    declare(room, both, 2);
    put(room, 1, 1, "'none'");
    raw_run(room->raw, "CREATE FUNCTION nrc.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                       " RAISE 'broken'; END $$;"
                       "CREATE TRIGGER fail BEFORE INSERT ON nrc.reference_missing FOR EACH ROW"
                       " WHEN (NEW.reference_id = 1) EXECUTE FUNCTION nrc.fail()");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', state, reason, violations)")),
                        "not_checked|the last turn failed: broken");
    assert_string_equal(raw_text(room->raw, "SELECT concat_ws('|', state, violations)"
                                            " FROM nrc.reference_now WHERE name = 'two'"),
                        "checked|1");
    raw_run(room->raw, "DROP TRIGGER fail ON nrc.reference_missing");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', state, violations)")), "checked|1");
}

static void steps_are_small_and_come_to_an_end(void **state)
{
    struct births_room *room = *state;
    int steps = 0;
    declare(room, one, 1);
    put(room, 1, 2000, "(n + 1000)::text");
    raw_run(room->raw, "SELECT nrc.declare_references()");
    while (*raw_text(room->raw, "SELECT nrc.reference_step(1, 1, 1)") == 't') {
        assert_true(++steps < 200);
    }
    assert_true(steps > 10); /* about as many as blocks */
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', state, rows, violations)")),
                        "checked|2000|1000");
    put(room, 2001, 2020, "(n + 1)::text");
    for (steps = 0; *raw_text(room->raw, "SELECT nrc.reference_step(1, 1, 1)") == 't'; steps++) {
        assert_true(steps < 200);
    }
    assert_true(steps >= 19);
    assert_string_equal(raw_text(room->raw, NOW("violations")), "981");
}

/* What a batch asks for is ROW EXCLUSIVE; only ACCESS SHARE lets even an index be made beside it. */
static void a_step_locks_tables_as_a_reader_does(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    put(room, 1, 10, "'none'");
    turn(room);
    put(room, 11, 20, "'none'");
    raw_run(
        room->raw,
        "UPDATE nrc.reference SET again = true; BEGIN; SELECT nrc.reference_step(1, 1000, 1000)");
    assert_string_equal(raw_text(room->raw,
                                 "SELECT string_agg(DISTINCT l.mode, ',') FROM pg_locks l JOIN "
                                 "pg_class c ON c.oid = l.relation"
                                 " JOIN pg_namespace n ON n.oid = c.relnamespace"
                                 " WHERE l.pid = pg_backend_pid() AND (n.nspname = 'moh' OR"
                                 " c.relname IN ('position', 'ledger', 'contract'))"),
                        "AccessShareLock");
    raw_run(room->raw, "ROLLBACK");
}

static void more_missing_rows_than_are_kept_are_no_count(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    raw_run(room->raw, "CREATE OR REPLACE FUNCTION nrc.reference_limit() RETURNS int LANGUAGE sql"
                       " IMMUTABLE RETURN 3");
    put(room, 1, 4, "'none'");
    turn(room);
    assert_string_equal(
        raw_text(room->raw, NOW("concat_ws('|', state, reason, violations, in_violation)")),
        "not_checked|more than 3 rows have no row in moh.births: they are not counted further|t");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.reference_missing"), 0);
    put(room, 5, 5, "'none'");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("state")), "not_checked");
    raw_run(room->raw, "CREATE OR REPLACE FUNCTION nrc.reference_limit() RETURNS int LANGUAGE sql"
                       " IMMUTABLE RETURN 9; UPDATE nrc.reference SET round_due = now()");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', state, violations, in_violation)")),
                        "checked|5|t");
}

static void within_their_grace_they_break_nothing_however_many_they_are(void **state)
{
    struct births_room *room = *state;
    declare_anew(room, 1, "civil_no", "warning");
    put(room, 1, 4, "'none'");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', within_grace, violations)")),
                        "4|0");
    raw_run(room->raw, "UPDATE nrc.reference_missing SET since = now() - interval '61 minutes'"
                       " WHERE key = '[\"1\"]'");
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', within_grace, violations)")),
                        "3|1");
    raw_run(room->raw, "CREATE OR REPLACE FUNCTION nrc.reference_limit() RETURNS int LANGUAGE sql"
                       " IMMUTABLE RETURN 3; UPDATE nrc.reference_missing SET since = now()");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws('|', state, in_violation)")),
                        "not_checked|f");
}

static void a_target_that_is_deleted_is_missed(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    put(room, 1, 4, "CASE WHEN n > 2 THEN '2' END");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', rows, violations)")), "2 0");
    change(room, 2, NULL);
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', rows, violations)")), "2 2");
}

/* It lacks its target since it names that one. */
static void a_row_that_names_another_missing_one_begins_anew(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    put(room, 1, 2, "'none'");
    turn(room);
    raw_run(room->raw, "UPDATE nrc.reference_missing SET since = '2020-01-01'");
    change(room, 1, "nobody");
    change(room, 2, "none");
    turn(room);
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT string_agg(key::text || ' ' || (since > '2021-01-01'), ', ' ORDER BY"
                 " key) FROM nrc.reference_missing"),
        "[\"1\"] true, [\"2\"] false");
}

static void a_contract_that_changes_is_followed(void **state)
{
    struct births_room *room = *state;
    static const char *const both[] = {"one", "two"};
    declare(room, both, 2);
    put(room, 1, 2, "CASE n WHEN 1 THEN '2' ELSE 'none' END");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("violations")), "1");
    declare_anew(room, 2, "civil_no", "info");
    turn(room);
    assert_string_equal(raw_text(room->raw, "SELECT string_agg(name || ' ' || (definition->>"
                                            "'severity'), ', ') FROM nrc.reference"),
                        "one info");
    declare_anew(room, 3, "name", "info"); /* each name is there */
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("concat_ws(' ', state, violations, within_grace)")),
                        "checked 0 0");
    raw_run(room->raw, "UPDATE nrc.dataset SET exempt = true");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("reason")),
                        "moh.births is exempt: the register has none of its rows");
}

/* Its transaction began half an hour before the last turn, and commits now; its offset was passed long ago. */
static void a_replay_that_took_long_is_looked_at(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    put(room, 1, 3, "'1'");
    turn(room);
    raw_run(
        room->raw,
        "INSERT INTO moh.births_history (civil_no, name, _op, _effect, _recorded_at,"
        " _topic_partition, _offset) VALUES ('9', 'none', 'u', 'a', now() - interval '30 minutes',"
        " 1, 0);"
        "INSERT INTO moh.births_state (civil_no, name, _op, _recorded_at, _topic_partition,"
        " _offset, _content) SELECT civil_no, name, _op, _recorded_at, 1, 0, 0"
        " FROM moh.births_history WHERE civil_no = '9';"
        "INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset,"
        " next_offset, received, skipped, applied, duplicate, stale, quarantined, exempt)"
        " SELECT _recorded_at, 1, 1, 'replay', 0, 0, 1, 1, 0, 1, 0, 0, 0, 0"
        " FROM moh.births_history WHERE civil_no = '9'");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("violations")), "1");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT concat_ws(' ', sum(checked), sum(valid)) FROM nrc.reference_check"),
        "1 0");
}

static void what_no_turn_has_ended_is_not_good(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    turn(room);
    raw_run(room->raw, "UPDATE nrc.reference SET seen_at = now() - interval '61 minutes'");
    assert_string_equal(raw_text(room->raw, NOW("state || left(reason, 33)")),
                        "not_checkedno turn has come to its end since");
    turn(room);
    assert_string_equal(raw_text(room->raw, NOW("state")), "checked");
    assert_int_equal(raw_int(room->raw, "SELECT round FROM nrc.reference"), 1);
    raw_run(room->raw, "UPDATE nrc.reference SET round_due = now() - interval '1 minute'");
    turn(room); /* a day later: all rows again */
    assert_int_equal(raw_int(room->raw, "SELECT round FROM nrc.reference"), 2);
}

static void only_the_monitor_looks(void **state)
{
    struct births_room *room = *state;
    declare(room, one, 1);
    raw_run(room->raw, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT nrc.declare_references()");
    assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.reference_step(1, 1, 1)"), "NRC04");
    raw_run(room->raw, "ROLLBACK");
    static const char *const roles[] = {"nrc_ingest", "nrc_registry", "nrc_reader", "nrc_steward"};
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        char sql[80];
        snprintf(sql, sizeof(sql), "SET ROLE %s", roles[i]);
        raw_run(room->raw, sql);
        assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.reference_step(1, 1, 1)"), "42501");
        assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.check_reference(1)"), "42501");
        raw_run(room->raw, "RESET ROLE");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)
        TEST(a_turn_finds_what_is_missing_and_counts_how_many_it_looked_at),
        TEST(rows_are_counted_anew_when_they_may_have_doubled),
        TEST(two_turns_at_once_are_one),
        TEST(a_failure_is_that_of_its_reference_alone),
        TEST(steps_are_small_and_come_to_an_end),
        TEST(a_step_locks_tables_as_a_reader_does),
        TEST(more_missing_rows_than_are_kept_are_no_count),
        TEST(within_their_grace_they_break_nothing_however_many_they_are),
        TEST(a_target_that_is_deleted_is_missed),
        TEST(a_row_that_names_another_missing_one_begins_anew),
        TEST(a_contract_that_changes_is_followed),
        TEST(a_replay_that_took_long_is_looked_at),
        TEST(what_no_turn_has_ended_is_not_good),
        TEST(only_the_monitor_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
