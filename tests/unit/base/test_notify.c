/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/notify.h"

static int manager = -1;
static char folder[32];
static char path[64];

/* The manager's side. name: as NOTIFY_SOCKET has it. */
static void listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(manager >= 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/nrc-notify-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/socket", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const variables[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    for (size_t i = 0; i < 3; i++) {
        unsetenv(variables[i]);
    }
    notify_close();
    if (manager >= 0) {
        close(manager);
        manager = -1;
    }
    unlink(path);
    return rmdir(folder);
}

static const char *heard(void)
{
    static char text[256];
    ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void open_with_watchdog(const char *us, const char *pid)
{
    listen_at(path);
    setenv("WATCHDOG_USEC", us, 1);
    if (pid != NULL) {
        setenv("WATCHDOG_PID", pid, 1);
    }
    notify_open();
}

static void the_manager_at_a_path_hears_each_state(void **state)
{
    (void)state;
    listen_at(path);
    notify_open();
    notify_ready();
    assert_string_equal(heard(), "READY=1");
    notify_reloading();
    assert_int_equal(strncmp(heard(), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
    notify_stopping();
    assert_string_equal(heard(), "STOPPING=1");
}

static void the_manager_in_the_abstract_namespace_hears_too(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof(name), "@nrc-test-%ld", (long)getpid());
    listen_at(name);
    notify_open();
    notify_ready();
    assert_string_equal(heard(), "READY=1");
}

static void without_a_manager_nothing_happens(void **state)
{
    (void)state;
    notify_open();
    notify_ready();
    notify_alive(clock_mono_ms());
    static const char *const bad[] = {"", "/", "@", "socket", "/nowhere/at/all", "vsock:2:1"};
    for (size_t i = 0; i < 6; i++) {
        setenv("NOTIFY_SOCKET", bad[i], 1);
        notify_open();
        notify_ready();
    }
    char longest[200];
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    setenv("NOTIFY_SOCKET", longest, 1);
    notify_open();
    notify_ready();
}

/* A manager that reads nothing: its queue is full after some messages, and a blocking send would wait for ever. */
static void a_manager_that_does_not_read_holds_nobody_up(void **state)
{
    (void)state;
    listen_at(path);
    notify_open();
    for (int i = 0; i < 5000; i++) {
        notify_ready();
    }
    assert_string_equal(heard(), "READY=1");
}

static void threads_that_turn_are_a_sign_of_life(void **state)
{
    (void)state;
    open_with_watchdog("4000", NULL); /* 4 ms: a sign each millisecond */
    notify_alive(clock_mono_ms());
    assert_string_equal(heard(), "WATCHDOG=1");
}

static void one_that_hangs_is_none_whoever_calls(void **state)
{
    (void)state;
    open_with_watchdog("4000", NULL);
    int64_t hangs_since_ms = clock_mono_ms() - 1;
    notify_alive(hangs_since_ms);
    assert_string_equal(heard(), "WATCHDOG=1");
    int64_t until_ms = clock_mono_ms() + 20;
    while (clock_mono_ms() < until_ms) {
        notify_alive(hangs_since_ms);
    }
    assert_string_equal(heard(), "");
    notify_alive(clock_mono_ms()); /* it turns again */
    assert_string_equal(heard(), "WATCHDOG=1");
}

static void signs_are_no_flood(void **state)
{
    (void)state;
    open_with_watchdog("315360000000000", NULL); /* ten years: longer than any host is up */
    notify_alive(clock_mono_ms());
    assert_string_equal(heard(), "WATCHDOG=1");
    for (int i = 0; i < 1000; i++) {
        notify_alive(clock_mono_ms() + i);
    }
    assert_string_equal(heard(), "");
}

/* The variables are inherited: they may be meant for a parent. */
static void another_processs_watchdog_is_not_ours(void **state)
{
    (void)state;
    open_with_watchdog("4000", "1");
    notify_alive(clock_mono_ms());
    assert_string_equal(heard(), "");
    char ours[32];
    snprintf(ours, sizeof(ours), "%ld", (long)getpid());
    setenv("WATCHDOG_PID", ours, 1);
    notify_close();
    notify_open();
    notify_alive(clock_mono_ms());
    assert_string_equal(heard(), "WATCHDOG=1");
}

static void an_interval_that_is_no_number_is_no_watchdog(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "0", "-1", "5s", "99999999999999999999", " 4000"};
    listen_at(path);
    for (size_t i = 0; i < 6; i++) {
        setenv("WATCHDOG_USEC", bad[i], 1);
        notify_close();
        notify_open();
        notify_alive(clock_mono_ms());
        assert_string_equal(heard(), "");
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_manager_at_a_path_hears_each_state),
        TEST(the_manager_in_the_abstract_namespace_hears_too),
        TEST(without_a_manager_nothing_happens),
        TEST(a_manager_that_does_not_read_holds_nobody_up),
        TEST(threads_that_turn_are_a_sign_of_life),
        TEST(one_that_hangs_is_none_whoever_calls),
        TEST(signs_are_no_flood),
        TEST(another_processs_watchdog_is_not_ours),
        TEST(an_interval_that_is_no_number_is_no_watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
