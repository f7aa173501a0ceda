/* SPDX-License-Identifier: Apache-2.0
 * A register that cannot be written is told directly: once when it begins, once when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ops/monitor/alarm.h"

enum { T0 = 1795761720 };

static char told[2000]; /* "register_full begins; register_full over; " */
static char last[2000];
static int refuse; /* so many times */

static int tell(void *arg, const struct ops_told *words, struct err *err)
{
    (void)arg;
    if (refuse > 0) {
        refuse--;
        return err_set(err, ERR_KIND_RETRY, ERR_IO, "the mail server hangs");
    }
    const size_t used = strlen(told);
    snprintf(told + used, sizeof(told) - used, "%s%s %s", used > 0 ? "; " : "", words->kind,
             words->is_over ? "over" : "begins");
    snprintf(last, sizeof(last), "%s|%s|%s|%s", words->subject, words->text, words->subject_ar,
             words->text_ar);
    return 0;
}

static struct ops_alarm alarm;

static int begin(void **state)
{
    (void)state;
    told[0] = '\0';
    refuse = 0;
    alarm = (struct ops_alarm){.tell = tell};
    return 0;
}

static struct err full(void)
{
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_RETRY, ERR_REGISTER_SQL,
            "could not extend file: No space left on device");
    memcpy(err.sqlstate, "53100", 6);
    return err;
}

static struct err away(void)
{
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "connection refused");
    return err;
}

static const char *ended(int64_t now_s)
{
    static char over[800];
    struct ops_outage_over found;
    ops_alarm_ended(&alarm, now_s, &found);
    snprintf(over, sizeof(over), "%s", found.kind != NULL ? found.kind : "");
    return over;
}

static void a_full_disk_is_told_at_once_and_once(void **state)
{
    (void)state;
    const struct err err = full();
    for (int i = 0; i < 300; i++) {
        ops_alarm_failed(&alarm, &err, T0 + i);
    }
    assert_string_equal(told, "register_full begins");
    assert_non_null(strstr(
        last, "The register's disk is full|The monitor could not write to it since 2026-11-27"
              " 06:42 UTC.\ncould not extend file"));
    assert_non_null(strstr(last, "امتلأ قرص السجل الوطني|"));
    assert_string_equal(ended(T0 + 300), "register_full");
    assert_string_equal(told, "register_full begins; register_full over");
    assert_non_null(strstr(last, "since 2026-11-27 06:42 UTC, until 2026-11-27 06:47 UTC"));
    assert_string_equal(ended(T0 + 360), "");
    assert_string_equal(told, "register_full begins; register_full over");
}

/* PostgreSQL is started anew: nobody is called. */
static void a_register_that_is_away_for_a_moment_is_not_told(void **state)
{
    (void)state;
    const struct err err = away();
    for (int i = 0; i < OPS_ALARM_AFTER_S; i++) {
        ops_alarm_failed(&alarm, &err, T0 + i);
    }
    assert_string_equal(ended(T0 + OPS_ALARM_AFTER_S - 1), "");
    assert_string_equal(told, "");
    /* And the next one begins anew. */
    ops_alarm_failed(&alarm, &err, T0 + 100);
    assert_string_equal(told, "");
    ops_alarm_failed(&alarm, &err, T0 + 160);
    assert_string_equal(told, "register_away begins");
    assert_string_equal(ended(T0 + 170), "register_away");
    assert_string_equal(told, "register_away begins; register_away over");
}

/* A disk that is full takes PostgreSQL down: it is one outage, by its reason. */
static void what_is_full_and_goes_away_is_one_outage(void **state)
{
    (void)state;
    const struct err gone = away();
    const struct err err = full();
    ops_alarm_failed(&alarm, &err, T0);
    for (int i = 1; i < 200; i++) {
        ops_alarm_failed(&alarm, &gone, T0 + i);
    }
    assert_string_equal(told, "register_full begins");
    assert_string_equal(ended(T0 + 200), "register_full");
    assert_string_equal(told, "register_full begins; register_full over");
}

static void what_is_away_and_turns_out_to_be_full_is_told_again(void **state)
{
    (void)state;
    const struct err gone = away();
    const struct err err = full();
    ops_alarm_failed(&alarm, &gone, T0);
    ops_alarm_failed(&alarm, &gone, T0 + 60);
    ops_alarm_failed(&alarm, &err, T0 + 61);
    assert_string_equal(told, "register_away begins; register_full begins");
    ended(T0 + 100);
    assert_string_equal(told, "register_away begins; register_full begins; register_full over");
}

/* Nobody could be told: it is tried again each minute, until somebody is; of the end, too. */
static void what_could_not_be_told_is_told_later(void **state)
{
    (void)state;
    const struct err err = full();
    refuse = 2;
    for (int i = 0; i < 2 * OPS_ALARM_AGAIN_S; i++) {
        ops_alarm_failed(&alarm, &err, T0 + i);
    }
    assert_string_equal(told, "");
    assert_int_equal(refuse, 0); /* not each second */
    ops_alarm_failed(&alarm, &err, T0 + 2 * OPS_ALARM_AGAIN_S);
    assert_string_equal(told, "register_full begins");
    refuse = 1;
    assert_string_equal(ended(T0 + 200), "register_full");
    assert_string_equal(ended(T0 + 230), "");
    assert_string_equal(told, "register_full begins");
    assert_string_equal(ended(T0 + 260), "");
    assert_string_equal(told, "register_full begins; register_full over");
}

/* What was never told has no end to be told of; and nobody need be configured. */
static void what_nobody_was_told_of_does_not_end(void **state)
{
    (void)state;
    const struct err err = full();
    refuse = 1;
    ops_alarm_failed(&alarm, &err, T0);
    assert_string_equal(ended(T0 + 5), "register_full");
    assert_string_equal(told, "");
    alarm = (struct ops_alarm){.tell = NULL};
    ops_alarm_failed(&alarm, &err, T0);
    assert_string_equal(ended(T0 + 5), "register_full");
}

static void other_errors_are_none_of_an_outage(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_FATAL, ERR_REGISTER_SQL, "no function");
    memcpy(err.sqlstate, "42883", 6);
    assert_false(ops_alarm_heeds(&err));
    for (int i = 0; i < 200; i++) {
        ops_alarm_failed(&alarm, &err, T0 + i);
    }
    assert_string_equal(ended(T0 + 200), "");
    assert_string_equal(told, "");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_is_told_at_once_and_once),
        TEST(a_register_that_is_away_for_a_moment_is_not_told),
        TEST(what_is_full_and_goes_away_is_one_outage),
        TEST(what_is_away_and_turns_out_to_be_full_is_told_again),
        TEST(what_could_not_be_told_is_told_later),
        TEST(what_nobody_was_told_of_does_not_end),
        TEST(other_errors_are_none_of_an_outage),
    };
    return cmocka_run_group_tests_name("alarm", tests, NULL, NULL);
}
