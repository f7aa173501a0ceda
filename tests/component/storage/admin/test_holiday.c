/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_holiday.c - public holidays in the register: what replaces what, what stays on record, and who may
 * change it. */
#include "births.h"

#include <stdio.h>

#include "storage/admin/holiday.h"

#define ONE(first, last, kind, name, instrument, dated)                                            \
    "{\"line\":2,\"first_day\":\"" first "\",\"last_day\":\"" last "\",\"kind\":\"" kind           \
    "\",\"name_en\":\"" name "\",\"instrument\":" instrument ",\"instrument_date\":" dated "}"
#define ESTIMATED(first, last, name) ONE(first, last, "estimated", name, "null", "null")
#define ANNOUNCED(first, last, name, dated)                                                        \
    ONE(first, last, "announced", name, "\"Decree\"", "\"" dated "\"")

static void load(struct births_room *room, const char *list, bool try_only, int64_t added,
                 int64_t replaced, int64_t kept)
{
    struct sto_holidays_loaded got;
    assert_ok(sto_holidays_load(room->conn, list, try_only, &got, &room->err), room->err);
    assert_int_equal(got.added, added);
    assert_int_equal(got.replaced, replaced);
    assert_int_equal(got.kept, kept);
}

/* "first last kind", in order. */
static void in_force(struct births_room *room, const char *want)
{
    PGresult *result =
        PQexec(room->raw, "SELECT coalesce(string_agg(concat_ws(' ', first_day, last_day, kind),"
                          " '; ' ORDER BY first_day, id), '') FROM nrc.holiday"
                          " WHERE withdrawn_at IS NULL");
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    assert_string_equal(PQgetvalue(result, 0, 0), want);
    PQclear(result);
}

static void an_announcement_replaces_an_estimate_and_keeps_it_on_record(void **state)
{
    struct births_room *room = *state;
    load(room, "[" ESTIMATED("2026-05-26", "2026-05-29", "Eid al-Adha") "]", false, 1, 0, 0);
    in_force(room, "2026-05-26 2026-05-29 estimated");
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-30", "Eid al-Adha", "2026-05-18") "]", false, 1,
         1, 0);
    in_force(room, "2026-05-27 2026-05-30 announced");
    /* An old file changes nothing: not with its estimate, and not with an earlier instrument. */
    load(room, "[" ESTIMATED("2026-05-26", "2026-05-29", "Eid al-Adha") "]", false, 0, 0, 1);
    load(room, "[" ANNOUNCED("2026-05-26", "2026-05-29", "Eid al-Adha", "2026-05-17") "]", false, 0,
         0, 1);
    in_force(room, "2026-05-27 2026-05-30 announced");
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-31", "Eid al-Adha", "2026-05-19") "]", false, 1,
         1, 0);
    in_force(room, "2026-05-27 2026-05-31 announced");
    /* The same list once more replaces nothing. */
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-31", "Eid al-Adha", "2026-05-19") "]", false, 0,
         0, 1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.holiday WHERE withdrawn_at IS NOT"
                                        " NULL AND replaced_by IS NOT NULL AND withdrawn_by <> ''"),
                     2);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE what ="
                                        " 'holiday.replaced' AND before <> after"),
                     2);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM nrc.audit WHERE what IN"
                             " ('holiday.announced', 'holiday.estimated') AND by_name <> ''"),
                     3);
}

/* One name within two days is one holiday; a day of the same name in the same file is another, and so is next year's. */
static void another_holiday_is_not_replaced(void **state)
{
    struct births_room *room = *state;
    static const char list[] =
        "[" ANNOUNCED("2026-03-19", "2026-03-19", "Eid", "2026-03-18") "," ANNOUNCED(
            "2026-03-21", "2026-03-22", "Eid",
            "2026-03-18") "," ANNOUNCED("2026-03-21", "2026-03-22", "Day", "2026-03-18") "]";
    load(room, list, false, 3, 0, 0);
    load(room, list, false, 0, 0, 3);
    load(room, "[" ANNOUNCED("2026-03-25", "2026-03-25", "Eid", "2026-03-20") "]", false, 1, 0, 0);
    load(room, "[" ANNOUNCED("2027-03-19", "2027-03-19", "Eid", "2027-03-20") "]", false, 1, 0, 0);
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.holiday WHERE withdrawn_at IS NULL"), 5);
}

/* Two days lie between the last day of one and the first of the other, at the most; either of its names tells. */
static void one_holiday_is_known_by_a_name_and_by_its_days(void **state)
{
    struct births_room *room = *state;
    static const char in_arabic[] =
        "[{\"first_day\":\"2026-03-25\",\"kind\":\"estimated\",\"name_ar\":\"عيد\"}]";
    static const char in_both[] =
        "[{\"first_day\":\"2026-03-27\",\"kind\":\"estimated\",\"name_ar\":\"عيد\","
        "\"name_en\":\"Feast\"}]";
    load(room, "[" ESTIMATED("2026-03-18", "2026-03-19", "Eid") "]", false, 1, 0, 0);
    load(room, "[" ESTIMATED("2026-03-22", "2026-03-23", "Eid") "]", false, 1, 0, 0);
    load(room, "[" ESTIMATED("2026-03-15", "2026-03-15", "Eid") "]", false, 1, 0, 0);
    load(room, "[" ESTIMATED("2026-03-25", "2026-03-25", "Eid") "]", false, 1, 1, 0);
    load(room, "[" ESTIMATED("2026-03-13", "2026-03-13", "Eid") "]", false, 1, 1, 0);
    load(room,
         "[" ANNOUNCED("2026-09-01", "2026-09-01", "Day",
                       "2026-08-01") "," ESTIMATED("2026-09-02", "2026-09-02", "Day") "]",
         false, 2, 0, 0); /* one list has both: they are two */
    raw_run(room->raw, "UPDATE nrc.holiday SET withdrawn_at = now(), withdrawn_by = 'x', "
                       "withdrawn_why = 'x' WHERE name = 'Day'");
    load(room, in_arabic, false, 1, 0, 0);
    load(room, in_both, false, 1, 1, 0);
    in_force(room, "2026-03-13 2026-03-13 estimated; 2026-03-18 2026-03-19 estimated;"
                   " 2026-03-25 2026-03-25 estimated; 2026-03-27 2026-03-27 estimated");
}

/* Of two instruments of one day the one that was loaded later counts. */
static void an_instrument_of_the_same_day_replaces_and_sixty_days_are_one_holiday(void **state)
{
    struct births_room *room = *state;
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-30", "Eid", "2026-05-18") "]", false, 1, 0, 0);
    load(room, "[" ANNOUNCED("2026-05-27", "2026-07-25", "Eid", "2026-05-18") "]", false, 1, 1, 0);
    in_force(room, "2026-05-27 2026-07-25 announced");
}

static void a_trial_counts_the_same_and_changes_nothing(void **state)
{
    struct births_room *room = *state;
    load(room, "[" ESTIMATED("2026-05-26", "2026-05-29", "Eid") "]", true, 1, 0, 0);
    in_force(room, "");
    load(room, "[" ESTIMATED("2026-05-26", "2026-05-29", "Eid") "]", false, 1, 0, 0);
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-30", "Eid", "2026-05-18") "]", true, 1, 1, 0);
    in_force(room, "2026-05-26 2026-05-29 estimated");
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE what LIKE 'holiday.%'"), 1);
}

static void what_is_wrong_is_refused_whole(void **state)
{
    struct births_room *room = *state;
    struct sto_holidays_loaded got;
    static const struct {
        const char *list;
        enum err_code code;
    } rows[] = {
        {"[" ESTIMATED("2026-05-26", "2026-05-29", "a") "," ONE(
             "2026-05-26", "2026-05-26", "announced", "b", "null", "\"2026-01-01\"") "]",
         ERR_REFUSED},
        {"[" ONE("2026-05-26", "2026-05-26", "announced", "b", "\"Decree\"", "null") "]",
         ERR_REFUSED},
        {"[" ESTIMATED("2026-05-26", "2026-05-25", "a") "]", ERR_REFUSED},
        {"[" ESTIMATED("2026-05-26", "2026-07-25", "a") "]", ERR_REFUSED},
        {"[" ESTIMATED("2026-02-30", "2026-03-01", "a") "]", ERR_USAGE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_err(sto_holidays_load(room->conn, rows[i].list, false, &got, &room->err), room->err,
                   ERR_KIND_FATAL, rows[i].code);
        if (rows[i].code == ERR_REFUSED) {
            assert_non_null(strstr(room->err.text, "line 2: "));
        }
        err_reset(&room->err);
    }
    in_force(room, "");
}

static void a_withdrawn_day_stays_on_record(void **state)
{
    struct births_room *room = *state;
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-30", "Eid", "2026-05-18") "]", false, 1, 0, 0);
    int64_t id = raw_int(room->raw, "SELECT id FROM nrc.holiday");
    assert_err(sto_holiday_withdraw(room->conn, id, " ", &room->err), room->err, ERR_KIND_FATAL,
               ERR_USAGE);
    assert_err(sto_holiday_withdraw(room->conn, id + 1, "why", &room->err), room->err,
               ERR_KIND_FATAL, ERR_NOT_FOUND);
    err_reset(&room->err);
    assert_ok(sto_holiday_withdraw(room->conn, id, "an error of the list", &room->err), room->err);
    assert_err(sto_holiday_withdraw(room->conn, id, "again", &room->err), room->err, ERR_KIND_FATAL,
               ERR_REFUSED);
    in_force(room, "");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.holiday WHERE withdrawn_why ="
                                        " 'an error of the list' AND withdrawn_by <> ''"),
                     1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE what ="
                                        " 'holiday.withdrawn' AND why = 'an error of the list'"),
                     1);
    /* It stands in nothing's way: an estimate comes in its place, and then the same announcement. */
    load(room, "[" ESTIMATED("2026-05-26", "2026-05-29", "Eid") "]", false, 1, 0, 0);
    load(room, "[" ANNOUNCED("2026-05-27", "2026-05-30", "Eid", "2026-05-18") "]", false, 1, 1, 0);
    in_force(room, "2026-05-27 2026-05-30 announced");
}

/* No role writes the table; only the registry's may call what does. */
static void rows_change_only_through_the_functions(void **state)
{
    struct births_room *room = *state;
    assert_int_equal(
        raw_int(room->raw,
                "SELECT count(*) FROM unnest('{nrc_ingest,nrc_monitor,nrc_reader,nrc_registry,"
                "nrc_relay,nrc_steward}'::text[]) r WHERE has_table_privilege(r, 'nrc.holiday',"
                " 'INSERT, UPDATE, DELETE, TRUNCATE') OR (r <> 'nrc_registry' AND"
                " (has_function_privilege(r, 'nrc.load_holidays(jsonb, boolean)', 'EXECUTE')"
                "  OR has_function_privilege(r, 'nrc.withdraw_holiday(bigint, text)', 'EXECUTE')"
                "  OR has_function_privilege(r, 'nrc.put_holiday(nrc.holiday, bigint[])',"
                "                            'EXECUTE')))"),
        0);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, births_room_empty, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(an_announcement_replaces_an_estimate_and_keeps_it_on_record),
        IN_ROOM(another_holiday_is_not_replaced),
        IN_ROOM(one_holiday_is_known_by_a_name_and_by_its_days),
        IN_ROOM(an_instrument_of_the_same_day_replaces_and_sixty_days_are_one_holiday),
        IN_ROOM(a_trial_counts_the_same_and_changes_nothing),
        IN_ROOM(what_is_wrong_is_refused_whole),
        IN_ROOM(a_withdrawn_day_stays_on_record),
        IN_ROOM(rows_change_only_through_the_functions),
    };
    return cmocka_run_group_tests_name("holiday", tests, NULL, NULL);
}
