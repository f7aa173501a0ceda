/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_source.c - the catalogue of sources: what its functions refuse, what they leave in the audit
 * trail, who answers for what, and whose a subject is after a succession. */
#include "births.h"

#include "storage/admin/account.h"
#include "storage/admin/source.h"
#include "storage/catalogue/catalogue.h"

static void add_agency(struct sto_conn *conn, const char *code, bool declared)
{
    struct err err = ERR_INIT;
    const struct sto_agency_spec spec = {.code = code,
                                         .name = code,
                                         .legal_class = 1,
                                         .division = declared ? NULL : "D",
                                         .head = declared ? NULL : "H",
                                         .declared = declared};
    assert_ok(sto_agency_add(conn, &spec, &err), err);
}

static int edit(struct births_room *room, const char *fact, const char *value)
{
    const struct sto_edit change = {fact, value};
    return sto_source_edit(room->conn, STO_DATASET, "moh.births", &change, 1, "r", &room->err);
}

#define REFUSED(call) assert_err(call, room->err, ERR_KIND_FATAL, ERR_REFUSED)
#define USAGE(call)   assert_err(call, room->err, ERR_KIND_FATAL, ERR_USAGE)
#define MISSING(call) assert_err(call, room->err, ERR_KIND_FATAL, ERR_NOT_FOUND)
#define OK(call)      assert_ok(call, room->err)

/* Every fact of the table is known to the register's function, too. */
static void every_fact_can_be_said_and_taken_away(void **state)
{
    struct births_room *room = *state;
    const char *fact;
    OK(sto_system_add(room->conn,
                      &(struct sto_system_spec){.system = "moh.registry", .name = "Registry"},
                      &room->err));
    for (size_t i = 0; (fact = sto_fact(STO_DATASET, i)) != NULL; i++) {
        const char *value = strcmp(fact, "origin") == 0    ? "held"
                            : strcmp(fact, "cadence") == 0 ? "daily"
                            : strcmp(fact, "system") == 0  ? "moh.registry"
                                                           : "نص";
        if (strcmp(fact, "steward_account") == 0) {
            MISSING(edit(room, fact, value));
            continue;
        }
        OK(edit(room, fact, value));
        REFUSED(edit(room, fact, value));
        OK(edit(room, fact, NULL));
        USAGE(edit(room, fact, " \xE2\x80\x8F"));
    }
    USAGE(edit(room, "topic", "other"));
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE object ="
                                        " 'dataset/moh.births' AND what = 'dataset.changed'"
                                        " AND why = 'r' AND before <> after"),
                     20);
    /* The reason of one transaction is not the next one's. */
    add_agency(room->conn, "edu", false);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE object = 'agency/edu'"
                                        " AND why IS NULL"),
                     1);
}

static void facts_have_bounds(void **state)
{
    struct births_room *room = *state;
    char text[4002];
    memset(text, 'x', sizeof(text));
    text[4001] = '\0';
    USAGE(edit(room, "description", text));
    text[4000] = '\0';
    OK(edit(room, "description", text));
    USAGE(edit(room, "title", text));
    text[400] = '\0';
    OK(edit(room, "title", text));
    USAGE(edit(room, "title", "\xFF"));
    USAGE(sto_source_edit(room->conn, STO_DATASET, "moh.births", NULL, 0, "r", &room->err));
    USAGE(sto_source_retire(room->conn, STO_DATASET, "moh.births", "today", NULL, "r", &room->err));
    USAGE(sto_source_retire(room->conn, STO_DATASET, "moh.births", NULL, NULL, NULL, &room->err));
}

static void NRL_9_heads_follow_each_other_without_a_gap_or_an_overlap(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "UPDATE nrc.agency_head SET valid_from = '2026-01-01'");
    OK(sto_agency_head(room->conn, "moh", NULL, "B", "2026-03-01", "r", &room->err));
    OK(sto_agency_head(room->conn, "moh", "Other", NULL, "2026-04-01", "r", &room->err));
    OK(sto_agency_head_end(room->conn, "moh", "2026-05-31", "r", &room->err));
    OK(sto_agency_head(room->conn, "moh", NULL, "C", "2026-07-01", "r", &room->err));
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(format('%s/%s %s..%s', division, head, valid_from,"
                            " coalesce(valid_to::text, '')), ' ' ORDER BY valid_from)"
                            " FROM nrc.agency_head"),
        "Records/Salim 2026-01-01..2026-02-28 Records/B 2026-03-01..2026-03-31 Other/B "
        "2026-04-01..2026-05-31"
        " Other/C 2026-07-01..");
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(coalesce((nrc.head_on(1, d)).head, '-'), ' '"
                            " ORDER BY d) FROM unnest('{2025-12-31,2026-01-01,2026-02-28,"
                            "2026-03-01,2026-05-31,2026-06-01,2026-07-01,2099-01-01}'::date[]) d"),
        "- Salim Salim B B - C C");
    REFUSED(sto_agency_head(room->conn, "moh", NULL, "D", "2026-06-30", "r", &room->err));
    REFUSED(sto_agency_head(room->conn, "moh", NULL, "C", "2026-07-01", "r", &room->err));
    REFUSED(sto_agency_head_end(room->conn, "moh", "2026-06-30", "r", &room->err));
    MISSING(sto_agency_head(room->conn, "xyz", NULL, "D", NULL, "r", &room->err));
}

static void NRL_9_a_declared_agency_becomes_active_with_its_head(void **state)
{
    struct births_room *room = *state;
    add_agency(room->conn, "edu", true);
    assert_string_equal(raw_sqlstate(room->raw, "UPDATE nrc.agency SET state = 'active'"
                                                " WHERE code = 'edu'"),
                        "NRC04");
    REFUSED(sto_agency_head(room->conn, "edu", NULL, "H", NULL, "r", &room->err));
    REFUSED(sto_agency_head(room->conn, "edu", "D", "H", "2999-01-01", "r", &room->err));
    OK(sto_agency_head(room->conn, "edu", "D", "H", "2020-01-01", "r", &room->err));
    assert_string_equal(raw_text(room->raw, "SELECT state FROM nrc.agency WHERE code = 'edu'"),
                        "active");
    REFUSED(sto_agency_succeed(room->conn, "edu", "edu", NULL, "Law", "r", &room->err));
}

static bool is_of(struct births_room *room, const char *subject, const char *agency)
{
    bool is_its = false;
    OK(sto_subject_is_of_agency(room->conn, subject, agency, &is_its, &room->err));
    return is_its;
}

static bool is_closed(struct births_room *room)
{
    struct sto_conn *ingest = sto_open(STO_ROLE_INGEST);
    struct sto_catalogue *catalogue = sto_catalogue_load(ingest, &room->err);
    const struct sto_dataset *births =
        catalogue != NULL ? sto_catalogue_find(catalogue, "moh.births", &room->err) : NULL;
    assert_non_null(births);
    bool closed = births->closed;
    sto_catalogue_free(&catalogue);
    sto_conn_close(&ingest);
    return closed;
}

static void after_a_succession_the_successor_answers(void **state)
{
    struct births_room *room = *state;
    add_agency(room->conn, "edu", false);
    add_agency(room->conn, "law", false);
    assert_true(is_of(room, "moh.births-value", "moh") && is_of(room, "moh.x", "moh"));
    USAGE(sto_agency_succeed(room->conn, "moh", "edu", NULL, NULL, "r", &room->err));
    REFUSED(sto_agency_succeed(room->conn, "moh", "edu", "2999-01-01", "Law 1", "r", &room->err));
    MISSING(sto_agency_succeed(room->conn, "moh", "xyz", NULL, "Law 1", "r", &room->err));
    OK(sto_agency_succeed(room->conn, "moh", "edu", NULL, "Law 1", "r", &room->err));
    OK(sto_agency_succeed(room->conn, "edu", "law", NULL, "Law 2", "r", &room->err));
    REFUSED(sto_agency_succeed(room->conn, "law", "moh", NULL, "Law 3", "r", &room->err));
    assert_true(is_of(room, "moh.births-value", "law") && is_of(room, "moh.x", "law") &&
                is_of(room, "law.x", "law"));
    assert_false(is_of(room, "moh.births-value", "moh") || is_of(room, "moh.x", "moh") ||
                 is_of(room, "moh.births-value", "edu") || is_of(room, "edu.x", "edu"));
    assert_false(is_closed(room));
    REFUSED(sto_source_retire(room->conn, STO_AGENCY, "law", NULL, NULL, "r", &room->err));
    assert_non_null(strstr(room->err.text, "moh.births"));
    const char *const keys[] = {"k"};
    const struct sto_dataset_spec late = {.agency = "moh",
                                          .name = "late",
                                          .key_fields = keys,
                                          .key_field_count = 1,
                                          .key_format = "text"};
    int32_t id;
    REFUSED(sto_dataset_add(room->conn, &late, &id, &room->err));
    assert_string_equal(raw_sqlstate(room->raw, "DELETE FROM nrc.agency_succession"), "NRC04");
    assert_string_equal(raw_sqlstate(room->raw, "UPDATE nrc.agency_succession SET reason = 'x'"),
                        "NRC04");
}

static void a_retired_dataset_is_closed_and_keeps_its_rows(void **state)
{
    struct births_room *room = *state;
    OK(sto_source_retire(room->conn, STO_DATASET, "moh.births", NULL, NULL, "over", &room->err));
    assert_true(is_closed(room));
    REFUSED(sto_source_retire(room->conn, STO_DATASET, "moh.births", NULL, NULL, "r", &room->err));
    /* By whatever way: this is what every registration ends with. */
    assert_string_equal(
        raw_sqlstate(room->raw,
                     "INSERT INTO nrc.subject_version (subject, version, schema_id,"
                     " dataset_id, part, field_columns, field_names) SELECT subject, 9, schema_id,"
                     " dataset_id, part, field_columns, field_names FROM nrc.subject_version"),
        "NRC04");
    assert_string_equal(raw_sqlstate(room->raw, "SELECT count(*) FROM moh.births"), "");
    assert_string_equal(
        raw_sqlstate(room->raw, "UPDATE nrc.subject_version SET deleted_at = now()"), "");
    assert_string_equal(raw_sqlstate(room->raw, "UPDATE nrc.subject_version SET deleted_at = NULL"),
                        "NRC04");
    OK(sto_source_retire(room->conn, STO_AGENCY, "moh", NULL, NULL, "over", &room->err));
    assert_string_equal(raw_sqlstate(room->raw, "UPDATE nrc.dataset SET retired_on = NULL,"
                                                " retired_reason = NULL"),
                        "");
    assert_true(is_closed(room)); /* its agency is no more */
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.agency_head WHERE valid_to IS NULL"), 0);
}

static void a_retirement_can_be_undone(void **state)
{
    struct births_room *room = *state;
    REFUSED(sto_dataset_reopen(room->conn, "moh.births", "r", &room->err));
    OK(sto_source_retire(room->conn, STO_DATASET, "moh.births", "2026-01-01", NULL, "x",
                         &room->err));
    OK(sto_dataset_reopen(room->conn, "moh.births", "by mistake", &room->err));
    assert_false(is_closed(room));
    assert_string_equal(raw_text(room->raw, "SELECT string_agg(why, ',' ORDER BY id) FROM nrc.audit"
                                            " WHERE what = 'dataset.changed'"),
                        "x,by mistake");
}

static void a_list_takes_the_place_of_the_former_one_which_stays(void **state)
{
    struct births_room *room = *state;
    static const char one[] = "[{\"line\":2,\"agency\":\"moh\",\"name\":\"Births\"}]";
    int64_t first = 0;
    int64_t id = 0;
    OK(sto_source_list_load(room->conn, "D 7", "2026-02-01", one, &first, &room->err));
    OK(sto_source_list_load(room->conn, "D 8", "2026-01-01", one, &id, &room->err));
    REFUSED(sto_source_list_load(room->conn, "D 7", "2026-01-31", one, &id, &room->err));
    OK(sto_source_list_load(room->conn, "D 7", "2026-02-01", one, &id, &room->err));
    USAGE(sto_source_list_load(room->conn, "D 7", "2026-02-30", one, &id, &room->err));
    USAGE(sto_source_list_load(room->conn, "D 7", "now", one, &id, &room->err));
    assert_string_equal(raw_text(room->raw, "SELECT string_agg(instrument || ':' ||"
                                            " (replaced_at IS NULL), ' ' ORDER BY id)"
                                            " FROM nrc.source_list"),
                        "D 7:false D 8:true D 7:true");
    assert_string_equal(raw_sqlstate(room->raw, "DELETE FROM nrc.listed_source"), "NRC04");
    assert_string_equal(raw_sqlstate(room->raw, "UPDATE nrc.listed_source SET name = 'x'"),
                        "NRC04");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE what ="
                                        " 'source_list.loaded' AND (before->>'list')::int = 1"),
                     1);
}

/* Arabic writes one name in many ways. */
static void names_are_compared_as_people_read_them(void **state)
{
    static const char *const pairs[][2] = {
        {"وزارة الصحة", "وزارة  الصحه"}, {"أمانة", "امانه"},
        {"المواليـد", "المَوَاليد"},       {"مستشفى", "مستشفي"},
        {"Births Data", "births_data"},  {"\u200Fالوفيات", "الوفيات "},
    };
    struct births_room *room = *state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql), "SELECT (nrc.plain_name('%s') = nrc.plain_name('%s'))::int",
                 pairs[i][0], pairs[i][1]);
        assert_int_equal(raw_int(room->raw, sql), 1);
    }
    assert_int_equal(raw_int(room->raw,
                             "SELECT (nrc.plain_name('مواليد') = nrc.plain_name('وفيات'))"
                             "::int"),
                     0);
}

static void NRL_6_each_listed_source_is_compared_with_every_name_of_its_agency(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "INSERT INTO nrc.dataset (agency_id, name, key_fields, key_format, title)"
        " SELECT 1, 'd' || i, '{k}', 'text', 'Title ' || i FROM generate_series(1, 3000) i;"
        " SELECT nrc.load_source_list('D 7', '2026-01-01', (SELECT jsonb_agg(jsonb_build_object("
        "  'line', i, 'agency', 'moh', 'name', 'title ' || i * 2)) FROM generate_series(1, 3000)"
        "  i))");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.source_gaps(NULL)"
                                        " WHERE gap = 'undeclared'"),
                     1500);
}

static void NRL_15_only_the_registrys_role_changes_the_catalogue(void **state)
{
    static const char *const changes[] = {
        "SELECT nrc.edit_dataset('moh.births', '{}', 'x')",
        "SELECT nrc.edit_agency('moh', '{}', 'x')",
        "SELECT nrc.set_head('moh', 'x', 'x', NULL, 'x')",
        "SELECT nrc.end_head('moh', '2026-01-01', 'x')",
        "SELECT nrc.succeed_agency('moh', 'moh', NULL, 'x', 'x')",
        "SELECT nrc.retire_agency('moh', NULL, 'x')",
        "SELECT nrc.declare_agency('x', 'x', NULL, 1)",
        "SELECT nrc.add_system('moh.x', 'x', NULL, NULL)",
        "SELECT nrc.edit_system('moh.x', '{}', 'x')",
        "SELECT nrc.retire_system('moh.x', NULL, 'x')",
        "SELECT nrc.retire_dataset('moh.births', NULL, NULL, 'x')",
        "SELECT nrc.reopen_dataset('moh.births', 'x')",
        "SELECT nrc.load_source_list('x', '2026-01-01', '[]')",
    };
    static const char *const inner[] = {
        "SELECT nrc.because('x')",
        "SELECT nrc.close_agency(a, '2026-01-01', 'x') FROM nrc.agency a",
        "SELECT nrc.agency_for_change('moh')",
        "SELECT nrc.dataset_for_change('moh.births')",
        "UPDATE nrc.system SET name = 'x'",
        "UPDATE nrc.dataset SET retired_on = NULL",
        "INSERT INTO nrc.agency_succession (agency_id, successor_id) VALUES (1, 2)",
        "INSERT INTO nrc.source_list (instrument, dated) VALUES ('x', '2026-01-01')",
        "UPDATE nrc.agency SET state = 'active'",
    };
    static const char *const roles[] = {"nrc_ingest", "nrc_steward", "nrc_monitor", "nrc_reader",
                                        "nrc_registry"};
    struct births_room *room = *state;
    for (size_t r = 0; r < COUNT_OF(roles); r++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SET ROLE %s", roles[r]);
        raw_run(room->raw, sql);
        for (size_t i = 0; i < COUNT_OF(changes) && r + 1 < COUNT_OF(roles); i++) {
            assert_string_equal(raw_sqlstate(room->raw, changes[i]), "42501");
        }
        for (size_t i = 0; i < COUNT_OF(inner); i++) {
            assert_string_equal(raw_sqlstate(room->raw, inner[i]), "42501");
        }
    }
    raw_run(room->raw, "RESET ROLE");
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_fact_can_be_said_and_taken_away, births_room_registered),
        TEST(facts_have_bounds, births_room_registered),
        TEST(NRL_9_heads_follow_each_other_without_a_gap_or_an_overlap, births_room_registered),
        TEST(NRL_9_a_declared_agency_becomes_active_with_its_head, births_room_registered),
        TEST(after_a_succession_the_successor_answers, births_room_registered),
        TEST(a_retired_dataset_is_closed_and_keeps_its_rows, births_room_registered),
        TEST(a_retirement_can_be_undone, births_room_registered),
        TEST(a_list_takes_the_place_of_the_former_one_which_stays, births_room_registered),
        TEST(names_are_compared_as_people_read_them, births_room_registered),
        TEST(NRL_6_each_listed_source_is_compared_with_every_name_of_its_agency,
             births_room_registered),
        TEST(NRL_15_only_the_registrys_role_changes_the_catalogue, births_room_registered),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
