/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "ops/cli/progress.h"

static int64_t now_ms;
static int64_t test_clock(void)
{
    return now_ms;
}

static const struct ops_args no_args;
static const struct ops_context context = {.args = &no_args};

/* What is told is kept here. */
static char *text;
static size_t text_len;

static struct ops_progress begun(bool is_bar, const char *unit)
{
    struct ops_progress progress;
    ops_progress_begin(&progress, &context, "checking", unit);
    now_ms = 50000;
    progress.out = open_memstream(&text, &text_len);
    progress.is_bar = is_bar;
    progress.columns = 80;
    progress.now_ms = test_clock;
    progress.began_ms = progress.told_ms = now_ms;
    return progress;
}

/* What was told, and all of it from the beginning. */
static void told(struct ops_progress *progress, const char *expected)
{
    FILE *out = progress->out;
    ops_progress_end(progress);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void a_short_command_says_nothing(void **state)
{
    (void)state;
    struct ops_progress progress = begun(true, NULL);
    now_ms += 199;
    ops_progress_step(&progress, 50, 100);
    told(&progress, "");
    progress = begun(false, NULL);
    now_ms += 9999;
    ops_progress_step(&progress, 50, 100);
    told(&progress, "");
}

static void a_terminal_has_one_line_that_goes_in_the_end(void **state)
{
    (void)state;
    struct ops_progress progress = begun(true, NULL);
    now_ms += 1000;
    ops_progress_step(&progress, 25, 100);
    ops_progress_step(&progress, 26, 100); /* too soon to be drawn */
    now_ms += 3000;
    ops_progress_step(&progress, 100, 100);
    told(&progress, "\rchecking [#####...............]  25 %, 0:01\033[K"
                    "\rchecking [####################] 100 %, 0:04, about 0:00 left\033[K"
                    "\r\033[K");
}

static void a_log_has_a_line_now_and_then(void **state)
{
    (void)state;
    struct ops_progress progress = begun(false, "rows");
    for (int i = 1; i <= 25; i++) {
        now_ms += 1000;
        ops_progress_step(&progress, (uint64_t)i, 40);
    }
    told(&progress, "checking:  25 %, 10 of 40 rows, 0:10, about 0:30 left\n"
                    "checking:  50 %, 20 of 40 rows, 0:20, about 0:20 left\n");
}

static void of_an_unknown_total_nobody_says_a_share(void **state)
{
    (void)state;
    struct ops_progress progress = begun(false, "rows");
    now_ms += 3723000;
    ops_progress_step(&progress, 7, 0);
    now_ms += 10000;
    ops_progress_step(&progress, 41, 40); /* the total was an estimate */
    told(&progress, "checking: 7 rows, 1:02:03\nchecking: 41 rows, 1:02:13\n");
}

static void a_name_is_the_last_and_moves_no_cursor(void **state)
{
    (void)state;
    struct ops_progress progress = begun(true, "datasets");
    progress.columns = 120;
    progress.name = "المواليد\r\033[2J";
    now_ms += 1000;
    ops_progress_step(&progress, 1, 2);
    told(&progress, "\rchecking [##########..........]  50 %, 1 of 2 datasets, 0:01: "
                    "المواليد\\r\\u001B[2J\033[K\r\033[K");
}

static void a_line_is_no_longer_than_the_terminal(void **state)
{
    (void)state;
    struct ops_progress progress = begun(true, NULL);
    progress.columns = 20;
    now_ms += 1000;
    ops_progress_step(&progress, 1, 2);
    told(&progress, "\rchecking [#########\033[K\r\033[K");
}

static void json_and_quiet_say_nothing(void **state)
{
    (void)state;
    struct ops_progress progress;
    const struct ops_context json = {.args = &no_args, .json = true};
    ops_progress_begin(&progress, &json, "checking", NULL);
    assert_null(progress.out);
    ops_progress_end(&progress);
    const struct ops_args given = {.names = {"quiet"}, .values = {""}, .value_count = 1};
    const struct ops_context quiet = {.args = &given};
    ops_progress_begin(&progress, &quiet, "checking", NULL);
    assert_null(progress.out);
    ops_progress_step(&progress, 1, 2);
    ops_progress_end(&progress);
    ops_progress_begin(&progress, &context, "checking", NULL);
    assert_ptr_equal(progress.out, stderr);
    ops_progress_end(&progress);
}

static void the_first_interrupt_is_a_wish_and_the_second_an_order(void **state)
{
    (void)state;
    struct sigaction action;
    signal(SIGINT, SIG_DFL); // NOLINT(bugprone-signal-handler)
    struct ops_progress progress = begun(true, NULL);
    assert_false(ops_interrupted());
    assert_int_equal(ops_progress_wait(&progress), 0);
    raise(SIGINT);
    assert_true(ops_interrupted());
    assert_int_equal(ops_progress_wait(&progress), -1);
    sigaction(SIGINT, NULL, &action);
    assert_true(action.sa_handler == SIG_DFL);
    told(&progress, "");
    assert_true(ops_interrupted()); /* the program's exit code says it */
}

static void what_runs_in_the_background_stays_deaf(void **state)
{
    (void)state;
    signal(SIGINT, SIG_IGN); // NOLINT(bugprone-signal-handler)
    struct ops_progress progress = begun(true, NULL);
    raise(SIGINT);
    assert_false(ops_interrupted());
    told(&progress, "");
    signal(SIGINT, SIG_DFL); // NOLINT(bugprone-signal-handler)
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_command_says_nothing),
        cmocka_unit_test(a_terminal_has_one_line_that_goes_in_the_end),
        cmocka_unit_test(a_log_has_a_line_now_and_then),
        cmocka_unit_test(of_an_unknown_total_nobody_says_a_share),
        cmocka_unit_test(a_name_is_the_last_and_moves_no_cursor),
        cmocka_unit_test(a_line_is_no_longer_than_the_terminal),
        cmocka_unit_test(json_and_quiet_say_nothing),
        cmocka_unit_test(the_first_interrupt_is_a_wish_and_the_second_an_order),
        cmocka_unit_test(what_runs_in_the_background_stays_deaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
