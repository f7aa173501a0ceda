/* SPDX-License-Identifier: Apache-2.0
 * Each case runs in a child: a failpoint is armed once in a process, and some kill it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/failpoint.h"

/* Passes FP_AFTER_SEAL five times with the failpoint set; the wait status. The exit code has bit n
 * for a hit at passing n. */
static int run_with(const char *spec)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("NRC_FAILPOINT", spec, 1);
        (void)!freopen("/dev/null", "w", stderr);
        int hits = 0;
        for (int i = 0; i < 5; i++) {
            (void)failpoint_hit(FP_AFTER_CLAIM);
            hits |= failpoint_hit(FP_AFTER_SEAL) << i;
        }
        _exit(hits);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return status;
}

#ifdef NRC_FAILPOINTS
static void fail_answers_once_at_the_nth_passing(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(run_with("after_seal:fail")), 1 << 0);
    assert_int_equal(WEXITSTATUS(run_with("after_seal:fail:3")), 1 << 2);
    assert_int_equal(WEXITSTATUS(run_with("after_seal:fail:6")), 0);
    assert_int_equal(WEXITSTATUS(run_with("after_ack:fail")), 0);
    assert_int_equal(WEXITSTATUS(run_with("")), 0);
}

static void kill_and_stop_are_signals(void **state)
{
    (void)state;
    int status = run_with("after_seal:kill:2");
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    status = run_with("after_seal:stop");
    assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
}

static void a_misspelt_failpoint_cannot_pass_for_a_test(void **state)
{
    (void)state;
    static const char *const specs[] = {"after_seel:kill", "after_seal:die", "after_seal",
                                        "after_seal:kill:0"};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        int status = run_with(specs[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}
#else
static void a_release_has_no_failpoints(void **state)
{
    (void)state;
    assert_int_equal(run_with("after_seal:kill"), 0);
}
#endif

static void names_are_distinct(void **state)
{
    (void)state;
    for (int a = 0; a < FAILPOINT_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(failpoint_name((enum failpoint)a),
                                    failpoint_name((enum failpoint)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef NRC_FAILPOINTS
        cmocka_unit_test(fail_answers_once_at_the_nth_passing),
        cmocka_unit_test(kill_and_stop_are_signals),
        cmocka_unit_test(a_misspelt_failpoint_cannot_pass_for_a_test),
#else
        cmocka_unit_test(a_release_has_no_failpoints),
#endif
        cmocka_unit_test(names_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
