/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/journal.h"
#include "base/log.h"

static int journal = -1; /* its side */
static char folder[32];
static char path[64];
static char entry[256 * 1024];
static size_t entry_len;

static void say_stream_is(int fd)
{
    struct stat st;
    char stream[64];
    assert_int_equal(fstat(fd, &st), 0);
    snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
}

static int setup(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(folder, sizeof(folder), "/tmp/nrc-journal-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/socket", folder);
    memcpy(address.sun_path, path, strlen(path));
    journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    log_set_level(LOG_INFO);
    say_stream_is(STDERR_FILENO);
    return journal < 0 ? -1 : bind(journal, (struct sockaddr *)&address, sizeof(address));
}

static int teardown(void **state)
{
    (void)state;
    unsetenv("JOURNAL_STREAM");
    journal_close();
    close(journal);
    unlink(path);
    return rmdir(folder);
}

/* The next entry; false: there is none. */
static bool receive(void)
{
    ssize_t n = recv(journal, entry, sizeof(entry), MSG_DONTWAIT);
    entry_len = n < 0 ? 0 : (size_t)n;
    return n >= 0;
}

/* Reads the entry as journald does: "NAME=value\n", or "NAME\n", 8 bytes of length in little-endian order, the value and
 * "\n". Returns how many fields have the name; the last's value is in `value`. */
static size_t field(const char *name, char *value, size_t size, size_t *len)
{
    size_t found = 0;
    for (const char *at = entry, *end = entry + entry_len; at < end;) {
        size_t name_len = strcspn(at, "=\n");
        uint64_t value_len;
        const char *from = at + name_len + 1;
        if (at[name_len] == '=') {
            value_len = (uint64_t)((const char *)memchr(from, '\n', (size_t)(end - from)) - from);
        } else {
            memcpy(&value_len, from, sizeof(value_len));
            from += sizeof(value_len);
        }
        assert_true(value_len < (uint64_t)(end - from));
        assert_int_equal(from[value_len], '\n');
        for (size_t i = 0; i < name_len; i++) {
            assert_true((at[i] >= 'A' && at[i] <= 'Z') || at[i] == '_' ||
                        (at[i] >= '0' && at[i] <= '9' && i > 0));
        }
        if (strlen(name) == name_len && memcmp(at, name, name_len) == 0) {
            found++;
            assert_true(value_len < size);
            memcpy(value, from, value_len);
            value[value_len] = '\0';
            *len = value_len;
        }
        at = from + value_len + 1;
    }
    return found;
}

static void assert_field(const char *name, const char *expected)
{
    char value[8192];
    size_t len;
    if (field(name, value, sizeof(value), &len) != 1) {
        fail_msg("%s is not there, or twice", name);
    }
    assert_string_equal(value, expected);
}

static void a_line_is_an_entry_with_its_fields(void **state)
{
    (void)state;
    assert_true(journal_open(path));
    log_warn("batch_late", LOG_STR("dataset", "moh.births"), LOG_INT("rows", -512),
             LOG_STR("name", "المواليد"));
    assert_true(receive());
    assert_field("PRIORITY", "4");
    assert_field("SYSLOG_IDENTIFIER", "nrc");
    assert_field("MESSAGE", "batch_late dataset=moh.births rows=-512 name=المواليد");
    assert_field("NRC_EVENT", "batch_late");
    assert_field("NRC_DATASET", "moh.births");
    assert_field("NRC_ROWS", "-512");
    assert_field("NRC_NAME", "المواليد");
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_RETRY, ERR_REGISTER_SQL, "deadlock");
    log_error("e", LOG_ERR(&err));
    assert_true(receive());
    assert_field("PRIORITY", "3");
    assert_field("NRC_KIND", "RETRY");
    assert_field("NRC_ERROR", "deadlock");
}

static void a_value_cannot_forge_a_field(void **state)
{
    (void)state;
    assert_true(journal_open(path));
    log_info("e", LOG_STR("a", "x\nPRIORITY=0\nMESSAGE=forged\n"), LOG_STR("b", "y=z"));
    assert_true(receive());
    assert_field("PRIORITY", "6");
    assert_field("NRC_A", "x\nPRIORITY=0\nMESSAGE=forged\n");
    assert_field("NRC_B", "y=z");
    assert_field("MESSAGE", "e a=\"x\\nPRIORITY=0\\nMESSAGE=forged\\n\" b=\"y=z\"");
}

/* Not within a character: the journal shows the value of a field that is no UTF-8 as a number of bytes. */
static void a_long_value_is_cut_between_characters(void **state)
{
    (void)state;
    static char text[20000];
    char value[8192];
    size_t len;
    text[0] = 'x'; /* so that the limit falls within one */
    for (size_t i = 1; i + 2 < sizeof(text); i += 2) {
        memcpy(text + i, "م", 2);
    }
    assert_true(journal_open(path));
    log_info("e", LOG_STR("a", text), LOG_STR("b", text), LOG_INT("c", 1));
    assert_true(receive());
    assert_int_equal(field("NRC_A", value, sizeof(value), &len), 1);
    assert_int_equal(len, JOURNAL_VALUE_MAX - 1);
    assert_int_equal(field("MESSAGE", value, sizeof(value), &len), 1);
    assert_true(len <= JOURNAL_VALUE_MAX);
    assert_field("NRC_C", "1");
}

/* However much one line has, MESSAGE is among it and the entry is one that a socket takes. */
static void an_entry_is_bounded(void **state)
{
    (void)state;
    static char text[5000];
    char value[8192];
    size_t len;
    memset(text, 'v', sizeof(text) - 1);
    assert_true(journal_open(path));
#define FOUR LOG_STR("a", text), LOG_STR("b", text), LOG_STR("c", text), LOG_STR("d", text)
    log_info("e", FOUR, FOUR, FOUR, FOUR, FOUR, FOUR);
    assert_true(receive());
    assert_true(entry_len < JOURNAL_ENTRY_MAX + 2 * JOURNAL_VALUE_MAX);
    assert_int_equal(field("MESSAGE", value, sizeof(value), &len), 1);
}

/* A write to the stream would wait here, and the lane with it. */
static void a_journal_that_stands_still_holds_nobody_up(void **state)
{
    (void)state;
    char value[64];
    size_t len;
    size_t written = 0;
    size_t received = 0;
    assert_true(journal_open(path));
    for (; written < 5000; written++) {
        log_info("e", LOG_INT("number", (int64_t)written));
    }
    while (receive()) {
        received++;
    }
    assert_true(received > 0 && received < written);
    log_info("again");
    assert_true(receive());
    assert_field("NRC_EVENT", "log_entries_lost");
    assert_int_equal(field("NRC_ENTRIES", value, sizeof(value), &len), 1);
    assert_int_equal(strtol(value, NULL, 10), (long)(written - received));
    assert_true(receive());
    assert_field("NRC_EVENT", "again");
    assert_false(receive());
}

/* What a shell redirected, or a test: the variable is inherited, the stream is not the same. */
static void another_stream_is_not_the_journal(void **state)
{
    (void)state;
    say_stream_is(journal);
    assert_false(journal_open(path));
    setenv("JOURNAL_STREAM", "", 1);
    assert_false(journal_open(path));
    unsetenv("JOURNAL_STREAM");
    assert_false(journal_open(path));
    assert_false(journal_is_open());
}

static void a_journal_that_cannot_be_reached_is_none(void **state)
{
    (void)state;
    assert_false(journal_open("/nowhere/at/all"));
    assert_false(journal_is_open());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_an_entry_with_its_fields),          TEST(a_value_cannot_forge_a_field),
        TEST(a_long_value_is_cut_between_characters),      TEST(an_entry_is_bounded),
        TEST(a_journal_that_stands_still_holds_nobody_up), TEST(another_stream_is_not_the_journal),
        TEST(a_journal_that_cannot_be_reached_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
