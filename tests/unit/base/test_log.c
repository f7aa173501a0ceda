/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

static int pipe_fds[2];
static char line[8192];

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_INFO);
    if (pipe2(pipe_fds, O_NONBLOCK) != 0) {
        return -1;
    }
    log_set_fd(pipe_fds[1]);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_set_fd(STDERR_FILENO);
    return close(pipe_fds[0]) | close(pipe_fds[1]);
}

/* What was logged after " event=", or "" when nothing was. */
static const char *logged(void)
{
    ssize_t n = read(pipe_fds[0], line, sizeof(line) - 1);
    line[n < 0 ? 0 : n] = '\0';
    const char *event = strstr(line, " event=");
    return event != NULL ? event + 7 : "";
}

static void a_line_has_time_level_event_and_fields(void **state)
{
    (void)state;
    log_warn("batch_late", LOG_STR("dataset", "moh.births"), LOG_INT("rows", -512));
    assert_string_equal(logged(), "batch_late dataset=moh.births rows=-512\n");
    assert_int_equal(strncmp(line, "ts=20", 5), 0);
    assert_int_equal(line[3 + 26], 'Z');
    assert_non_null(strstr(line, "Z level=warn event="));
}

static void an_event_may_have_no_fields(void **state)
{
    (void)state;
    log_info("started");
    assert_string_equal(logged(), "started\n");
}

static void what_would_break_a_line_is_quoted(void **state)
{
    (void)state;
    log_info("e", LOG_STR("a", "two words"), LOG_STR("b", "x=y"), LOG_STR("c", "\"q\""),
             LOG_STR("d", ""), LOG_STR("e", "back\\slash"));
    assert_string_equal(logged(),
                        "e a=\"two words\" b=\"x=y\" c=\"\\\"q\\\"\" d=\"\" e=\"back\\\\slash\"\n");
}

static void a_value_cannot_forge_a_line(void **state)
{
    (void)state;
    log_info("e", LOG_STR("a", "x\nts=2026 level=error event=forged"),
             LOG_STR("b", "\x1b[31m\x7f"));
    const char *text = logged();
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strchr(text, '\x1b'));
}

static void arabic_text_stands_as_it_is(void **state)
{
    (void)state;
    log_info("e", LOG_STR("name", "المواليد"));
    assert_string_equal(logged(), "e name=المواليد\n");
}

static void an_absent_value_is_left_out(void **state)
{
    (void)state;
    log_info("e", LOG_STR("a", NULL), LOG_INT("b", 1));
    assert_string_equal(logged(), "e b=1\n");
}

static void an_error_is_several_fields(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_POISON, ERR_BAD_TEXT, "bad text");
    err_path_prepend(&err, "name");
    err.partition = 3;
    err.offset = 17;
    err.progress = 5; /* an index: it would read like a partition */
    log_error("e", LOG_ERR(&err));
    assert_string_equal(
        logged(),
        "e kind=POISON code=bad_text partition=3 offset=17 path=/name error=\"bad text\"\n");
    err_set(&err, ERR_KIND_RETRY, ERR_REGISTER_SQL, "deadlock");
    memcpy(err.sqlstate, "40P01", 6);
    log_error("e", LOG_ERR(&err));
    assert_string_equal(logged(), "e kind=RETRY code=register_sql sqlstate=40P01 error=deadlock\n");
}

static void what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    log_debug("e");
    assert_string_equal(logged(), "");
    log_set_level(LOG_DEBUG);
    log_debug("e");
    assert_string_equal(logged(), "e\n");
    log_set_level(LOG_ERROR);
    log_warn("e");
    assert_string_equal(logged(), "");
}

static void a_line_longer_than_any_buffer_is_whole(void **state)
{
    (void)state;
    char long_text[3000];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    log_info("e", LOG_STR("a", long_text));
    assert_int_equal(strlen(logged()), strlen("e a=\n") + sizeof(long_text) - 1);
}

static void errno_is_kept(void **state)
{
    (void)state;
    log_set_fd(-1);
    errno = ENOSPC;
    log_info("e");
    assert_int_equal(errno, ENOSPC);
}

static void level_names_read_back(void **state)
{
    (void)state;
    enum log_level level;
    assert_true(log_level_parse("warn", &level));
    assert_int_equal(level, LOG_WARN);
    assert_false(log_level_parse("loud", &level));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_has_time_level_event_and_fields),
        TEST(an_event_may_have_no_fields),
        TEST(what_would_break_a_line_is_quoted),
        TEST(a_value_cannot_forge_a_line),
        TEST(arabic_text_stands_as_it_is),
        TEST(an_absent_value_is_left_out),
        TEST(an_error_is_several_fields),
        TEST(what_is_below_the_level_is_not_written),
        TEST(a_line_longer_than_any_buffer_is_whole),
        TEST(errno_is_kept),
        TEST(level_names_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
