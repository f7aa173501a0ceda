/* SPDX-License-Identifier: Apache-2.0
 * Accounts: their secrets, delegates, bounds and record. */
#include "account_kit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/log.h"
#include "storage/report/report.h"

static void while_a_secret_is_rotated_both_are_valid(void **state)
{
    struct room *room = *state;
    struct sto_login login;
    struct secret_hash hash;
    assert_ok(sto_account_login(room->conn, "huda", &login, &room->err), room->err);
    assert_int_equal(login.secret_count, 1);
    assert_ok(secret_hash_make(&hash, login.secrets[0].hash.salt, "new", 3, &room->err), room->err);
    assert_ok(sto_account_rotate(room->steward, "huda", 1, &hash, "tester", &room->err), room->err);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    assert_int_equal(room->scrypts, 1);
    assert_int_equal(ask_as(room, "huda", "new", 0), 204);
    assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    assert_int_equal(room->scrypts, 1); /* one salt: no more than for any other name */

    raw_run(room->raw,
            "UPDATE nrc.account_secret SET revoked_at = now() WHERE revoked_at IS NOT NULL");
    change_heard(room);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 401);
    assert_int_equal(ask_as(room, "huda", "new", 0), 204);
    assert_int_equal(room->scrypts, 0);

    hash = hash_of("newer");
    assert_ok(sto_account_rotate(room->steward, "huda", 1, &hash, "tester", &room->err), room->err);
    hash = hash_of("newest");
    assert_ok(sto_account_rotate(room->steward, "huda", 1, &hash, "tester", &room->err), room->err);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM nrc.account_secret s JOIN nrc.account a"
                             " ON a.id = account_id WHERE name = 'huda'"
                             " AND (revoked_at IS NULL OR revoked_at > now())"),
                     2);
    forget(room, false, CACHE_MS);
    assert_int_equal(ask_as(room, "huda", "new", 0), 401); /* two at most */
    assert_int_equal(ask_as(room, "huda", "newer", 0), 204);
    assert_int_equal(ask_as(room, "huda", "newest", 0), 204);
    assert_ok(sto_account_rotate(room->steward, "huda", 0, &hash, "tester", &room->err), room->err);
    change_heard(room);
    assert_int_equal(ask_as(room, "huda", "newer", 0), 401);
    assert_int_equal(ask_as(room, "huda", "newest", 0), 204);
}

/* -- delegation */

static void delegate_days(struct room *room, int from, int until)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.delegation (from_account, to_account, roles, from_date, until_date,"
             " reason, created_by) SELECT f.id, t.id, '{steward}',"
             " (now() AT TIME ZONE 'UTC')::date + %d, (now() AT TIME ZONE 'UTC')::date + %d, 'x',"
             " 'x' FROM nrc.account f, nrc.account t WHERE f.name = 'huda' AND t.name = 'salem'",
             from, until);
    raw_run(room->raw, sql);
    change_heard(room);
}

static void a_delegate_has_the_roles_on_the_days_alone(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 403);
    delegate_days(room, -9, -1);
    delegate_days(room, 1, 9);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 403);
    delegate_days(room, 0, 0);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 204);
    assert_string_equal(room->name, "salem"); /* what it does is its own act */
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR), 204);
    assert_int_equal(ask_as(room, "huda", "huda-secret", REG_AUDITOR), 403);

    /* What the lender has no more, the delegate has not. */
    raw_run(room->raw, "UPDATE nrc.account_role SET role = 'operator' WHERE role = 'steward'");
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD | REG_OPERATOR), 403);
    raw_run(room->raw, "UPDATE nrc.account_role SET role = 'steward' WHERE role = 'operator'");
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 204);

    assert_ok(sto_account_disable(room->steward, "huda", "left", "tester", &room->err), room->err);
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_STEWARD), 403);
}

static void nobody_lends_what_it_has_not(void **state)
{
    static const char *const steward[] = {"steward"};
    static const struct {
        const char *name;
        const char *to;
        const char *const *roles;
        const char *from;
        const char *until;
        enum err_code code; /* ERR_NONE: it may */
    } cases[] = {
        {"huda", "salem", NULL, "2026-01-01", "2999-12-31", ERR_NONE},
        {"huda", "salem", steward, "2999-01-01", "2999-01-01", ERR_NONE},
        {"huda", "huda", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"salem", "huda", steward, "2026-01-01", "2999-12-31", ERR_REFUSED}, /* lent, not its own */
        {"huda", "moh-births", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"moh-births", "huda", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"narrow", "moh-births", NULL, "2026-01-01", "2999-12-31", ERR_REFUSED},
        {"moh-births", "narrow", NULL, "2026-01-01", "2999-12-31", ERR_NONE},
        {"huda", "nobody", NULL, "2026-01-01", "2999-12-31", ERR_NOT_FOUND},
        {"huda", "salem", NULL, "2999-12-31", "2999-12-30", ERR_REFUSED},
        {"huda", "salem", NULL, "2020-01-01", "2020-12-31", ERR_REFUSED},
        {"huda", "salem", NULL, "2026-02-30", "2999-12-31", ERR_USAGE},
        {"huda", "salem", NULL, "2026-01-01", "infinity", ERR_USAGE},
        {"huda", "salem", NULL, "today", "2999-12-31", ERR_USAGE},
    };
    struct room *room = *state;
    add(room, "narrow", "moh", "moh.births", "producer");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char lent[STO_ROLE_LIST_SIZE];
        const struct sto_delegation_spec spec = {.name = cases[i].name,
                                                 .to = cases[i].to,
                                                 .roles = cases[i].roles,
                                                 .role_count = cases[i].roles != NULL,
                                                 .from = cases[i].from,
                                                 .until = cases[i].until,
                                                 .reason = "leave",
                                                 .by = "tester"};
        int rc = sto_account_delegate(room->steward, &spec, lent, &room->err);
        if ((rc == 0) != (cases[i].code == ERR_NONE) ||
            (rc != 0 && room->err.code != cases[i].code)) {
            fail_msg("case %zu: %d %s", i, rc, rc != 0 ? room->err.text : lent);
        }
    }
}

/* -- failures are slowed */

static void a_producer_writes_its_own_agencys_subjects(void **state)
{
    static const struct {
        const char *name;
        const char *subject;
        bool may;
    } cases[] = {
        {"moh-births", "moh.births-value", true},
        {"moh-births", "moh.births", true},
        {"moh-births", "moh.", true},
        {"moh-births", "hospital-events-value", true}, /* a topic of its dataset */
        {"moh-births", "hospital-events-key", true},
        {"moh-births", "hospital-events", false}, /* no topic's subject */
        {"moh-births", "hospital-events-values", false},
        {"moh-births", "moh.stolen-value", false}, /* the topic of another's dataset */
        {"moh-births", "moh.stolen-key", false},
        {"moh-births", "moi.ids-value", false},
        {"moh-births", "moh", false},
        {"moh-births", "mohx.births-value", false},
        {"moh-births", "MOH.births-value", false},
        {"moh-births", "", false},
        {"moh-births", "-value", false},
        {"moh-births", "moh.\xff-value", false},
        {"moh-births", ":.ctx:moh.births-value", false},
        {"narrow", "moh.births-value", true},
        {"narrow", "moh.deaths-value", false},
        {"narrow", "hospital-events-value", false},
        {"huda", "moi.ids-value", true},
        {"huda", "anything", true},
        {"salem", "anything", false}, /* an auditor */
    };
    struct room *room = *state;
    char secret[100];
    add(room, "narrow", "moh", "moh.births", "producer");
    raw_run(room->raw, "INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format)"
                       " SELECT a.id, v.name, v.topic, '{k}', 'text' FROM nrc.agency a JOIN (VALUES"
                       " ('moh', 'hospital', 'hospital-events'), ('moi', 'stolen', 'moh.stolen'))"
                       " v(code, name, topic) ON v.code = a.code");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_to = cases[i].subject;
        snprintf(secret, sizeof(secret), "%s-secret", cases[i].name);
        int status = ask_as(room, cases[i].name, secret, 0);
        if (status != (cases[i].may ? 204 : 403)) {
            fail_msg("%s, %s: %d %s", cases[i].name, cases[i].subject, status, room->words);
        }
    }
}

static void a_scope_holds_for_whatever_changes_something(void **state)
{
    struct room *room = *state;
    add(room, "warden", NULL, "moh.", "steward");
    struct asked asked = {.authorization = "Bearer warden.warden-secret"};
    write_to = NULL;
    asked.roles = REG_STEWARD;
    asked.subject = "moh.births-value";
    assert_int_equal(ask(room, asked), 204);
    asked.subject = ":.:moh.births-value";
    assert_int_equal(ask(room, asked), 204);
    asked.subject = "moi.ids-value";
    assert_int_equal(ask(room, asked), 403);
    asked.subject = NULL; /* the registry's own level, say */
    assert_int_equal(ask(room, asked), 403);
    asked.roles = REG_ANYONE;
    assert_int_equal(ask(room, asked), 204);
}

/* -- accounts themselves */

static void a_bad_account_is_refused_in_words(void **state)
{
    struct room *room = *state;
    static const char *const producer[] = {"producer"};
    static const char *const auditor[] = {"auditor"};
    static const char *const unknown[] = {"king"};
    const struct sto_account_spec good = spec_of("new", "moh", producer, 1);
    struct sto_account_spec specs[16];
    enum err_code codes[16];
    size_t count = 0;
    struct secret_hash hash = hash_of("x");
    char last_day[STO_DATE_SIZE];
#define BAD(member, value, want)                                                                   \
    do {                                                                                           \
        specs[count] = good;                                                                       \
        specs[count].member = (value);                                                             \
        codes[count++] = (want);                                                                   \
    } while (0)
    BAD(name, "", ERR_USAGE);
    BAD(name, "Huda", ERR_USAGE);
    BAD(name, "anonymous", ERR_USAGE);
    BAD(name, "a.", ERR_USAGE);
    BAD(name, "huda", ERR_EXISTS);
    BAD(person, " ", ERR_USAGE);
    BAD(person_ar, "\xff", ERR_USAGE);
    BAD(decision, "", ERR_USAGE);
    BAD(agency, "mof", ERR_NOT_FOUND);
    BAD(agency, NULL, ERR_REFUSED); /* a producer has one */
    BAD(scope, "", ERR_USAGE);
    BAD(expires_on, "2020-01-01", ERR_REFUSED);
    BAD(expires_on, "2030-1-1", ERR_USAGE);
    BAD(roles, unknown, ERR_USAGE);
    BAD(role_count, 0, ERR_REFUSED);
#undef BAD
    for (size_t i = 0; i < count; i++) {
        assert_err(sto_account_add(room->steward, &specs[i], &hash, last_day, &room->err),
                   room->err, ERR_KIND_FATAL, codes[i]);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.account"), 3);
    struct sto_account_spec whole = good;
    whole.person_ar = "سالم العربي";
    whole.expires_on = "2999-12-31";
    whole.roles = auditor;
    assert_ok(sto_account_add(room->steward, &whole, &hash, last_day, &room->err), room->err);
    assert_string_equal(last_day, "2999-12-31");
    assert_string_equal(raw_text(room->raw, "SELECT person_ar FROM nrc.account WHERE name = 'new'"),
                        "سالم العربي");
}

static void what_is_done_to_an_account_is_recorded_with_who(void **state)
{
    struct room *room = *state;
    char last_day[STO_DATE_SIZE];
    char lent[STO_ROLE_LIST_SIZE];
    struct secret_hash hash = hash_of("x");
    const struct sto_delegation_spec lend = {.name = "huda",
                                             .to = "salem",
                                             .from = "2026-01-01",
                                             .until = "2999-01-01",
                                             .reason = "leave",
                                             .by = "tester"};
    assert_ok(sto_account_rotate(room->steward, "huda", 0, &hash, "tester", &room->err), room->err);
    assert_ok(sto_account_review(room->steward, "huda", NULL, "tester", last_day, &room->err),
              room->err);
    assert_ok(sto_account_delegate(room->steward, &lend, lent, &room->err), room->err);
    assert_string_equal(lent, "steward");
    assert_ok(sto_account_disable(room->steward, "huda", "left", "tester", &room->err), room->err);
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(what, ',' ORDER BY e.id) FROM nrc.account_event e"
                            " JOIN nrc.account a ON a.id = account_id WHERE name = 'huda'"
                            " AND by_name = 'tester' AND by_db_login = session_user"),
        "added,rotated,reviewed,delegated,disabled");
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(what, ',' ORDER BY e.id) FROM nrc.account_event e"
                            " JOIN nrc.account a ON a.id = account_id WHERE name = 'salem'"),
        "added,received");
    assert_err(sto_account_review(room->steward, "huda", NULL, "tester", last_day, &room->err),
               room->err, ERR_KIND_FATAL, ERR_REFUSED);
    assert_err(sto_account_disable(room->steward, "huda", "again", "tester", &room->err), room->err,
               ERR_KIND_FATAL, ERR_REFUSED);
    assert_err(sto_account_rotate(room->steward, "nobody", 0, &hash, "tester", &room->err),
               room->err, ERR_KIND_FATAL, ERR_NOT_FOUND);
}

static void SMP_accounts_not_reviewed_in_a_year_are_reported(void **state)
{
    struct room *room = *state;
    char last_day[STO_DATE_SIZE];
    raw_run(room->raw, "UPDATE nrc.account SET created_at = now() - interval '366 days'");
    raw_run(room->raw, "UPDATE nrc.account SET reviewed_at = now() - interval '364 days',"
                       " reviewed_by = 'x' WHERE name = 'moh-births'");
    struct sto_grid *grid =
        sto_report(room->conn, STO_REPORT_ACCOUNTS_OVERDUE, NULL, 0, &room->err);
    assert_int_equal(grid->rows, 2);
    assert_string_equal(grid->values[0], "huda");
    assert_string_equal(grid->values[grid->cols], "salem");
    sto_grid_free(&grid);
    assert_ok(
        sto_account_review(room->steward, "huda", "2999-01-01", "tester", last_day, &room->err),
        room->err);
    assert_string_equal(last_day, "2999-01-01");
    assert_ok(sto_account_disable(room->steward, "salem", "left", "tester", &room->err), room->err);
    grid = sto_report(room->conn, STO_REPORT_ACCOUNTS_OVERDUE, NULL, 0, &room->err);
    assert_int_equal(grid->rows, 0);
    sto_grid_free(&grid);
}

static void NRL_18_nothing_of_an_account_is_deleted_or_rewritten(void **state)
{
    /* By a superuser; NRC04 is the trigger's. */
    static const char *const by_anybody[] = {
        "DELETE FROM nrc.account",
        "DELETE FROM nrc.account_role",
        "DELETE FROM nrc.account_secret",
        "DELETE FROM nrc.delegation",
        "DELETE FROM nrc.account_event",
        "UPDATE nrc.account_event SET by_name = 'x'",
        "UPDATE nrc.delegation SET until_date = '2999-01-01'",
        "TRUNCATE nrc.account_event",
        "TRUNCATE nrc.account CASCADE",
    };
    static const char *const by_registry[] = {
        "SELECT hash FROM nrc.account_secret",
        "SELECT salt FROM nrc.account_secret",
        "SELECT * FROM nrc.account_secret",
        "INSERT INTO nrc.account_role SELECT id, 'steward' FROM nrc.account",
        "UPDATE nrc.account SET disabled_at = NULL, disabled_reason = NULL",
        "UPDATE nrc.account_secret SET revoked_at = NULL",
        "DELETE FROM nrc.account",
        "DELETE FROM nrc.account_event",
        "SELECT nrc.account_for_change('huda')",
    };
    static const char *const others[] = {"nrc_monitor", "nrc_reader", "nrc_ingest"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT_OF(by_anybody); i++) {
        assert_string_equal(raw_sqlstate(room->raw, by_anybody[i]), "NRC04");
    }
    raw_run(room->raw, "SET ROLE nrc_registry");
    for (size_t i = 0; i < COUNT_OF(by_registry); i++) {
        assert_string_equal(raw_sqlstate(room->raw, by_registry[i]), "42501");
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SET ROLE %s", others[i]);
        raw_run(room->raw, sql);
        assert_string_equal(raw_sqlstate(room->raw, "SELECT hash FROM nrc.account_secret"),
                            "42501");
        assert_string_equal(raw_sqlstate(room->raw, "SELECT * FROM nrc.account_login('huda')"),
                            "42501");
        assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.disable_account('huda', 'x', 'x')"),
                            "42501");
    }
    raw_run(room->raw, "SET ROLE nrc_owner");
    assert_string_equal(raw_sqlstate(room->raw, "DELETE FROM nrc.account_role"), "42501");
    raw_run(room->raw, "RESET ROLE");
}

static void a_row_that_is_not_as_it_must_be_opens_nothing(void **state)
{
    static const char *const damage[] = {
        "UPDATE nrc.account_secret SET n = 3",       "UPDATE nrc.account_secret SET n = 1073741824",
        "UPDATE nrc.account_secret SET n = -1",      "UPDATE nrc.account_secret SET r = 0",
        "UPDATE nrc.account_secret SET p = 1000000",
    };
    struct room *room = *state;
    for (size_t i = 0; i < COUNT_OF(damage); i++) {
        raw_run(room->raw, damage[i]);
        forget(room, false, CACHE_MS);
        int status = ask_as(room, "huda", "huda-secret", 0);
        if (status < 400) {
            fail_msg("%s: %d", damage[i], status);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(while_a_secret_is_rotated_both_are_valid),
        TEST(a_delegate_has_the_roles_on_the_days_alone),
        TEST(nobody_lends_what_it_has_not),
        TEST(a_producer_writes_its_own_agencys_subjects),
        TEST(a_scope_holds_for_whatever_changes_something),
        TEST(a_bad_account_is_refused_in_words),
        TEST(what_is_done_to_an_account_is_recorded_with_who),
        TEST(SMP_accounts_not_reviewed_in_a_year_are_reported),
        TEST(NRL_18_nothing_of_an_account_is_deleted_or_rewritten),
        TEST(a_row_that_is_not_as_it_must_be_opens_nothing),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
