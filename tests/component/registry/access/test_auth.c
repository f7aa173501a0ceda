/* SPDX-License-Identifier: Apache-2.0
 * Who is let in, at which cost, and what a refusal says. */
#include "account_kit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/log.h"
#include "storage/report/report.h"

static void a_right_secret_is_let_in_by_basic_and_by_bearer(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "moh-births", "moh-births-secret", REG_PRODUCER), 204);
    assert_string_equal(room->name, "moh-births");
    assert_string_equal(room->agency, "moh");
    assert_int_equal(room->scrypts, 1);
    /* huda:huda-secret */
    assert_int_equal(ask(room, (struct asked){.roles = REG_STEWARD,
                                              .authorization = "Basic aHVkYTpodWRhLXNlY3JldA=="}),
                     204);
    assert_string_equal(room->name, "huda");
    assert_string_equal(room->agency, "(none)");
}

static void every_refusal_sounds_and_costs_the_same(void **state)
{
    struct room *room = *state;
    char words[sizeof(room->words)];
    add(room, "gone", NULL, NULL, "steward");
    add(room, "past", NULL, NULL, "steward");
    assert_ok(sto_account_disable(room->steward, "gone", "left", "tester", &room->err), room->err);
    raw_run(room->raw, "UPDATE nrc.account SET expires_on = (now() AT TIME ZONE 'UTC')::date - 1"
                       " WHERE name = 'past'");
    assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    snprintf(words, sizeof(words), "%s", room->words);
    static const struct {
        const char *name;
        const char *secret;
    } cases[] = {
        {"huda", "huda-secre"},    {"huda", "moh-births-secret"}, {"nobody", "huda-secret"},
        {"gone", "gone-secret"},   {"past", "past-secret"},       {"HUDA", "huda-secret"},
        {"anonymous", "whatever"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        forget(room, false, CACHE_MS);
        assert_int_equal(ask_as(room, cases[i].name, cases[i].secret, 0), 401);
        assert_string_equal(room->words, words);
        assert_string_equal(room->challenge, "Basic realm=\"nrc\"");
        assert_int_equal(room->scrypts, 1);
    }
    raw_run(room->raw, "UPDATE nrc.account SET expires_on = (now() AT TIME ZONE 'UTC')::date"
                       " WHERE name = 'past'");
    assert_int_equal(ask_as(room, "past", "past-secret", 0), 204); /* its last day */
}

static void without_a_login_one_is_asked_for_and_nothing_is_counted(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 12; i++) {
        assert_int_equal(ask(room, (struct asked){0}), 401);
        assert_string_equal(room->challenge, "Basic realm=\"nrc\"");
        assert_int_equal(room->scrypts, 0);
    }
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
}

static void an_account_without_the_role_hears_which_it_takes(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_WRITERS), 403);
    assert_string_equal(room->words,
                        "account salem may not do this: it needs the role producer or steward");
    assert_string_equal(room->challenge, "");
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR | REG_OPERATOR), 204);
}

static void anonymous_is_for_loopback_alone_and_by_setting_alone(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask(room, (struct asked){0}), 401);
    forget(room, true, CACHE_MS);
    assert_int_equal(ask(room, (struct asked){.roles = REG_STEWARD}), 204);
    assert_string_equal(room->name, "anonymous");
    assert_int_equal(ask(room, (struct asked){.peer = "::1"}), 204);
    assert_int_equal(ask(room, (struct asked){.peer = "10.0.0.7"}), 401);
    assert_int_equal(ask(room, (struct asked){.header = "X-Forwarded-For"}), 401);
    assert_int_equal(ask(room, (struct asked){.header = "forwarded"}), 401);
    assert_int_equal(ask(room, (struct asked){.header = "Sec-Fetch-Site"}), 401);
    assert_int_equal(ask(room, (struct asked){.authorization = "Basic"}), 401);
    assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    write_to = "anything";
    assert_int_equal(ask(room, (struct asked){0}), 204);
}

/* -- what is remembered */

static void a_second_request_costs_no_scrypt(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    assert_int_equal(room->scrypts, 1);
    assert_int_equal(ask_as(room, "huda", "huda-secret", REG_STEWARD), 204);
    assert_int_equal(room->scrypts, 0);
    assert_int_equal(ask_as(room, "huda", "huda-secret", REG_PRODUCER), 403);
    assert_int_equal(room->scrypts, 0);
    assert_int_equal(ask_as(room, "huda", "huda-secreT", 0), 401); /* near is not the same */
    assert_int_equal(room->scrypts, 1);
    assert_int_equal(ask_as(room, "salem", "huda-secret", 0), 401); /* nor is another's */
    assert_int_equal(room->scrypts, 1);

    forget(room, false, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
        assert_int_equal(room->scrypts, 1);
    }
}

static void what_is_remembered_needs_no_register(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    sto_conn_close(&room->worker.conn);
    room->shared.conn.dsn = "host=/nonexistent";
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    /* A register that is away is no wrong secret. */
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 500);
    assert_string_equal(room->challenge, "");
    atomic_store(&room->shared.listening, false);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
}

static void a_disabled_account_is_out_once_the_change_is_heard(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 204);
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    int64_t version = raw_int(room->raw, "SELECT version FROM nrc.catalogue_version");
    assert_ok(sto_account_disable(room->steward, "huda", "left", "tester", &room->err), room->err);
    assert_true(raw_int(room->raw, "SELECT version FROM nrc.catalogue_version") > version);
    change_heard(room);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 401);
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 401);
    /* Whom the change is not about pays no scrypt for it. */
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    assert_int_equal(room->scrypts, 0);
}

static void a_role_that_is_gone_is_gone_once_the_change_is_heard(void **state)
{
    struct room *room = *state;
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR), 204);
    raw_run(room->raw, "UPDATE nrc.account_role SET role = 'operator' WHERE role = 'auditor'");
    change_heard(room);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_AUDITOR), 403);
    assert_int_equal(ask_as(room, "salem", "salem-secret", REG_OPERATOR), 204);
    assert_int_equal(room->scrypts, 0);
}

/* -- rotation */

static void after_five_failures_a_login_waits(void **state)
{
    struct room *room = *state;
    struct reg_auth_counts before;
    struct reg_auth_counts after;
    reg_auth_counts(&before);
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask_as(room, "huda", "wrong", 0), 401);
    }
    assert_int_equal(ask_as(room, "huda", "huda-secret", 0), 429); /* even the right one */
    assert_string_equal(room->retry_after, "1");
    assert_int_equal(room->scrypts, 0);
    assert_string_equal(room->challenge, "");
    /* The peer waits too, */
    assert_int_equal(ask_as(room, "moh-births", "moh-births-secret", 0), 429);
    assert_int_equal(ask(room, (struct asked){.authorization = "Basic !"}), 429);
    /* but not who was found right a short while ago, */
    assert_int_equal(ask_as(room, "salem", "salem-secret", 0), 204);
    /* nor another peer; under this name all do. */
    assert_int_equal(
        ask(room, (struct asked){.authorization = "Bearer moh-births.moh-births-secret",
                                 .peer = "10.0.0.7"}),
        204);
    assert_int_equal(
        ask(room, (struct asked){.authorization = "Bearer huda.huda-secret", .peer = "10.0.0.8"}),
        429);
    reg_auth_counts(&after);
    assert_int_equal(after.logins - before.logins, 2);
    assert_int_equal(after.failed - before.failed, 5);
    assert_int_equal(after.slowed - before.slowed, 4);
}

static void a_log_tells_what_was_wrong_and_no_secret(void **state)
{
    struct room *room = *state;
    char log[8192] = "";
    char path[] = "/tmp/nrc-test-log-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    log_set_fd(fd);
    ask_as(room, "huda", "s3cret-wrong", 0);
    ask_as(room, "nobody", "s3cret-nobody", 0);
    ask_as(room, "S3CRET_as-a_name", "x", 0);
    ask(room, (struct asked){.authorization = "Digest s3cret"});
    ask_as(room, "huda", "huda-secret", 0);
    log_set_fd(2);
    assert_true(pread(fd, log, sizeof(log) - 1, 0) > 0);
    close(fd);
    assert_non_null(
        strstr(log, "event=login_failed account=huda peer=127.0.0.1 reason=\"wrong secret\""));
    assert_non_null(strstr(log, "account=nobody peer=127.0.0.1 reason=\"no such account\""));
    assert_non_null(strstr(log, "account=- peer=127.0.0.1 reason=\"no such account\""));
    assert_non_null(strstr(log, "reason=\"not a login that can be read\""));
    assert_non_null(strstr(log, "event=login account=huda"));
    assert_null(strcasestr(log, "s3cret"));
    assert_null(strstr(log, "huda-secret"));
}

/* -- what may be written */

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_secret_is_let_in_by_basic_and_by_bearer),
        TEST(every_refusal_sounds_and_costs_the_same),
        TEST(without_a_login_one_is_asked_for_and_nothing_is_counted),
        TEST(an_account_without_the_role_hears_which_it_takes),
        TEST(anonymous_is_for_loopback_alone_and_by_setting_alone),
        TEST(a_second_request_costs_no_scrypt),
        TEST(what_is_remembered_needs_no_register),
        TEST(a_disabled_account_is_out_once_the_change_is_heard),
        TEST(a_role_that_is_gone_is_gone_once_the_change_is_heard),
        TEST(after_five_failures_a_login_waits),
        TEST(a_log_tells_what_was_wrong_and_no_secret),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
