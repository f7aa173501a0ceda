/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_contract.c - contracts in the register: which is taken, that every one stays, who is told, and that
 * its text comes back byte for byte. The dataset is moh.births: its key is civil_no, its order seq, and it has no event time. */
#include "births.h"

#include <stdio.h>

#include "storage/admin/contract.h"
#include "storage/report/report.h"

/* What is judged of a contract, without what sch_contract_json has besides. */
struct said {
    const char *version;
    const char *status; /* NULL: active */
    const char *id;     /* NULL: moh-births */
    const char *key;    /* NULL: ["civil_no"] */
    const char *more;   /* NULL: nothing */
};

static int apply(struct births_room *room, const char *text, const struct said *said,
                 const char *agency, bool try_only, struct sto_contract_applied *out)
{
    char json[400];
    snprintf(
        json, sizeof(json), "{\"version\":\"%s\",\"status\":\"%s\",\"id\":\"%s\",\"key\":%s%s}",
        said->version, said->status != NULL ? said->status : "active",
        said->id != NULL ? said->id : "moh-births",
        said->key != NULL ? said->key : "[\"civil_no\"]", said->more != NULL ? said->more : "");
    const struct sto_contract_spec spec = {.dataset = "moh.births",
                                           .text = text,
                                           .contract = json,
                                           .agency = agency,
                                           .try_only = try_only};
    err_reset(&room->err);
    return sto_contract_apply(room->conn, &spec, out, &room->err);
}

static void must_apply(struct births_room *room, const char *text, const char *version)
{
    struct sto_contract_applied applied;
    const struct said said = {.version = version};
    assert_ok(apply(room, text, &said, NULL, false, &applied), room->err);
    assert_true(applied.is_changed);
    assert_string_equal(applied.version, version);
}

/* The contract's text as nrc contract show and the registry have it; version NULL: the newest. Not there: no text. */
static void has_text(struct births_room *room, const char *version, const char *text)
{
    const char *const params[] = {"moh.births", version};
    struct sto_grid *grid = sto_report(room->conn, STO_REPORT_CONTRACT, params, 2, &room->err);
    assert_ok(grid != NULL ? 0 : -1, room->err);
    assert_int_equal(grid->rows, text != NULL);
    if (text != NULL) {
        assert_string_equal(sto_grid_get(grid, 0, "text"), text);
    }
    sto_grid_free(&grid);
}

static void a_text_comes_back_byte_for_byte(void **state)
{
    struct births_room *room = *state;
    static const char text[] = "# عقد\r\nid:  moh-births\t\r\n\xEF\xBB\xBF…\n\n";
    has_text(room, NULL, NULL);
    must_apply(room, text, "1.0.0");
    must_apply(room, "newer", "1.1.0");
    has_text(room, "1.0.0", text);
    has_text(room, NULL, "newer");
    has_text(room, "2", NULL);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.contract WHERE sha256 ="
                                        " sha256(convert_to(text, 'UTF8')) AND applied_by <> ''"),
                     2);
}

static void versions_only_rise(void **state)
{
    struct births_room *room = *state;
    struct sto_contract_applied applied;
    static const struct {
        const char *version;
        bool is_taken;
    } rows[] = {{"1.2.0", false},   {"1.2", false},  {"1.1.9", false}, {"0.9", false},
                {"1.2.0.0", false}, {"1.2.1", true}, {"1.10", true},   {"1.9.9", false},
                {"2", true},        {"10.0", true}};
    must_apply(room, "first", "1.2.0");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct said said = {.version = rows[i].version};
        int rc = apply(room, rows[i].version, &said, NULL, false, &applied);
        if ((rc == 0) != rows[i].is_taken || (rc != 0 && room->err.code != ERR_REFUSED)) {
            fail_msg("%s: %s", rows[i].version, room->err.text);
        }
    }
    const struct said first = {.version = "1.2.0"};
    assert_err(apply(room, "first", &first, NULL, false, &applied), room->err, ERR_KIND_FATAL,
               ERR_REFUSED);
    assert_non_null(
        strstr(room->err.text, "version 1.2.0 is not above 10.0, which moh.births has"));
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.contract"), 5);
}

static void the_same_text_changes_nothing(void **state)
{
    struct births_room *room = *state;
    struct sto_contract_applied applied;
    const struct said said = {.version = "1.0.0"};
    must_apply(room, "text", "1.0.0");
    assert_ok(apply(room, "text", &said, NULL, false, &applied), room->err);
    assert_false(applied.is_changed);
    assert_string_equal(applied.version, "1.0.0");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.contract"), 1);
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE what = 'contract.applied'"), 1);
}

static void what_disagrees_with_the_dataset_is_named_on_both_sides(void **state)
{
    struct births_room *room = *state;
    struct sto_contract_applied applied;
    static const struct {
        struct said said;
        const char *text;
    } rows[] = {
        {{.version = "1", .key = "[\"name\"]"},
         "the contract's key is name, and moh.births's is civil_no"},
        {{.version = "1", .key = "[\"civil_no\",\"seq\"]"},
         "the contract's key is civil_no, seq, and"},
        {{.version = "1", .key = "[]"}, "the contract's key is not said, and"},
        {{.version = "1", .more = ",\"order_field\":\"weight\""},
         "the contract's order field is weight, and moh.births's is seq"},
        {{.version = "1", .more = ",\"event_time_field\":\"weight\""},
         "the contract's event-time field is weight, and moh.births has none"},
        {{.version = "1", .key = "[\"a\"]", .more = ",\"order_field\":\"b\""},
         "civil_no; the contract's order field is b"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(apply(room, "text", &rows[i].said, NULL, false, &applied), -1);
        if (room->err.code != ERR_REFUSED || strstr(room->err.text, rows[i].text) == NULL) {
            fail_msg("wanted %s, found %s", rows[i].text, room->err.text);
        }
    }
    const struct said agrees = {.version = "1", .more = ",\"order_field\":\"seq\""};
    assert_ok(apply(room, "text", &agrees, NULL, false, &applied), room->err);
}

static void other_refusals_say_why(void **state)
{
    struct births_room *room = *state;
    struct sto_contract_applied applied;
    const struct said draft = {.version = "1", .status = "draft"};
    assert_err(apply(room, "a", &draft, NULL, false, &applied), room->err, ERR_KIND_FATAL,
               ERR_REFUSED);
    assert_non_null(strstr(room->err.text, "status is draft"));
    const struct said first = {.version = "1"};
    assert_err(apply(room, "a", &first, "edu", false, &applied), room->err, ERR_KIND_FATAL,
               ERR_REFUSED);
    assert_non_null(strstr(room->err.text, "another agency's dataset"));
    assert_ok(apply(room, "a", &first, "moh", false, &applied), room->err);
    const struct said other = {.version = "2", .id = "another"};
    assert_err(apply(room, "b", &other, NULL, false, &applied), room->err, ERR_KIND_FATAL,
               ERR_REFUSED);
    assert_non_null(strstr(room->err.text, "id is another, and that of moh.births is moh-births"));
    const struct sto_contract_spec nowhere = {
        .dataset = "moh.weddings", .text = "a", .contract = "{}"};
    assert_err(sto_contract_apply(room->conn, &nowhere, &applied, &room->err), room->err,
               ERR_KIND_FATAL, ERR_NOT_FOUND);
}

static void a_trial_judges_the_same_and_keeps_nothing(void **state)
{
    struct births_room *room = *state;
    struct sto_contract_applied applied;
    const struct said said = {.version = "1"};
    const struct said bad = {.version = "1", .key = "[\"name\"]"};
    assert_ok(apply(room, "a", &said, NULL, true, &applied), room->err);
    assert_true(applied.is_changed);
    assert_int_equal(apply(room, "a", &bad, NULL, true, &applied), -1);
    assert_int_equal(
        raw_int(room->raw,
                "SELECT (SELECT count(*) FROM nrc.contract) + (SELECT count(*) FROM nrc.audit"
                " WHERE what LIKE 'contract.%') + (SELECT count(*) FROM nrc.notification"
                " WHERE type = 'contract.applied')"),
        0);
}

static void a_contract_is_audited_told_and_taken_up(void **state)
{
    struct births_room *room = *state;
    int64_t before = raw_int(room->raw, "SELECT version FROM nrc.catalogue_version");
    must_apply(room, "a", "1.0");
    must_apply(room, "b", "1.1");
    assert_int_equal(raw_int(room->raw, "SELECT version FROM nrc.catalogue_version") - before, 2);
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE object = 'contract/moh.births' AND"
                           " what = 'contract.applied' AND after->>'version' = '1.1'"
                           " AND before->>'version' = '1.0' AND after ? 'sha256'"),
        1);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM nrc.notification WHERE type = 'contract.applied'"
                             " AND object = 'contract/moh.births' AND agency_id IS NOT NULL AND"
                             " data->>'contract_version' IN ('1.0', '1.1')"),
                     2);
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.contract_now WHERE version = '1.1'"), 1);
}

static void a_contract_stays(void **state)
{
    struct births_room *room = *state;
    must_apply(room, "a", "1.0");
    assert_string_equal(raw_sqlstate(room->raw, "UPDATE nrc.contract SET text = 'b'"), "NRC04");
    assert_string_equal(raw_sqlstate(room->raw, "DELETE FROM nrc.contract"), "NRC04");
    assert_string_equal(raw_sqlstate(room->raw, "TRUNCATE nrc.contract"), "NRC04");
    assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.remove_dataset('moh', 'births')"),
                        "NRC04");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.dataset"), 1);
}

static void rows_change_only_through_the_function(void **state)
{
    struct births_room *room = *state;
    assert_int_equal(
        raw_int(room->raw,
                "SELECT count(*) FROM unnest('{nrc_ingest,nrc_monitor,nrc_reader,nrc_registry,"
                "nrc_relay,nrc_steward}'::text[]) r WHERE has_table_privilege(r, 'nrc.contract',"
                " 'INSERT, UPDATE, DELETE, TRUNCATE') OR (r IN ('nrc_reader', 'nrc_relay') AND"
                " has_table_privilege(r, 'nrc.contract', 'SELECT')) OR (r <> 'nrc_registry' AND "
                "has_function_privilege(r,"
                " 'nrc.apply_contract(text, text, jsonb, boolean, text, text)', 'EXECUTE'))"),
        0);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, births_room_registered, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(a_text_comes_back_byte_for_byte),
        IN_ROOM(versions_only_rise),
        IN_ROOM(the_same_text_changes_nothing),
        IN_ROOM(what_disagrees_with_the_dataset_is_named_on_both_sides),
        IN_ROOM(other_refusals_say_why),
        IN_ROOM(a_trial_judges_the_same_and_keeps_nothing),
        IN_ROOM(a_contract_is_audited_told_and_taken_up),
        IN_ROOM(a_contract_stays),
        IN_ROOM(rows_change_only_through_the_function),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
