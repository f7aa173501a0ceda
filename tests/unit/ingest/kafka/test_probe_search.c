/* SPDX-License-Identifier: Apache-2.0
 * The end of an unreadable batch is found exactly, with few long waits, whatever a short silence says.
 *
 * Wraps ing_reader_open ing_reader_close ing_reader_at ing_reader_met_silence ing_reader_text
 * Wraps ing_logs_open ing_logs_close ing_logs_ranges */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ingest/kafka/log_ends.h"
#include "ingest/kafka/probe.h"
#include "ingest/kafka/reader.h"

enum { PATIENT_MS = 5000, NEVER = 1 << 20 };

/* A partition's log, and how it answers. */
static struct log {
    int64_t bad;   /* the first offset of the batch */
    int64_t width; /* of the batch */
    int64_t end;
    bool silent;      /* the batch brings silence, not errors */
    bool always_late; /* every offset is silent for a short while */
    int left;         /* readings until the time is over */
    int patient;      /* readings that waited long */
    bool met_silence;
} partition_log;

struct ing_reader *__wrap_ing_reader_open(const struct conf *conf, const struct ing_probe *probe,
                                          struct err *err);
void __wrap_ing_reader_close(struct ing_reader **taken);
enum ing_reading __wrap_ing_reader_at(struct ing_reader *reader, int64_t offset, int silent_ms);
bool __wrap_ing_reader_met_silence(const struct ing_reader *reader);
const char *__wrap_ing_reader_text(const struct ing_reader *reader);
struct ing_logs *__wrap_ing_logs_open(const struct conf *conf, struct err *err);
void __wrap_ing_logs_close(struct ing_logs **taken);
int __wrap_ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                           int timeout_ms, struct err *err);

struct ing_reader *__wrap_ing_reader_open(const struct conf *conf, const struct ing_probe *probe,
                                          struct err *err)
{
    (void)conf, (void)probe, (void)err;
    return (struct ing_reader *)(void *)&partition_log;
}

void __wrap_ing_reader_close(struct ing_reader **taken)
{
    *taken = NULL;
}

enum ing_reading __wrap_ing_reader_at(struct ing_reader *reader, int64_t offset, int silent_ms)
{
    struct log *log = &partition_log;
    (void)reader;
    assert_in_range(offset, 0, log->end);
    if (log->left-- == 0) {
        return ING_NOT_TOLD;
    }
    const bool is_bad = offset >= log->bad && offset < log->bad + log->width;
    const bool patient = silent_ms >= PATIENT_MS;
    log->met_silence = is_bad ? log->silent : log->always_late && !patient && offset < log->end;
    log->patient += patient && log->met_silence;
    return is_bad || log->met_silence ? ING_UNREADABLE : ING_READS;
}

bool __wrap_ing_reader_met_silence(const struct ing_reader *reader)
{
    (void)reader;
    return partition_log.met_silence;
}

const char *__wrap_ing_reader_text(const struct ing_reader *reader)
{
    (void)reader;
    return "bad";
}

struct ing_logs *__wrap_ing_logs_open(const struct conf *conf, struct err *err)
{
    (void)conf, (void)err;
    return (struct ing_logs *)(void *)&partition_log;
}

void __wrap_ing_logs_close(struct ing_logs **taken)
{
    *taken = NULL;
}

int __wrap_ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                           int timeout_ms, struct err *err)
{
    (void)logs, (void)count, (void)timeout_ms, (void)err;
    ranges->log_end = partition_log.end;
    return 0;
}

static struct ing_finding probe_from(int64_t from)
{
    struct ing_finding finding;
    struct err err = ERR_INIT;
    const struct ing_probe probe = {.topic = "t", .from = from, .finds_next = true};
    assert_int_equal(ing_probe_run(NULL, &probe, &finding, &err), 0);
    return finding;
}

static void assert_end_found(const struct log *log, int64_t from)
{
    partition_log = *log;
    partition_log.left = NEVER;
    struct ing_finding finding = probe_from(from);
    assert_int_equal(finding.reading, ING_UNREADABLE);
    assert_int_equal(finding.search, ING_READS);
    assert_int_equal(finding.readable_from, log->bad + log->width);
    assert_int_equal(finding.unreadable_to, log->bad + log->width - 1);
}

/* Each width, from each offset within, the last of the log or with some behind it. */
static void assert_all_ends_found(struct log log)
{
    for (int64_t width = 1; width <= 20; width++) {
        for (int64_t behind = 0; behind <= 40; behind += 8) {
            for (int64_t from = 3; from < 3 + width; from++) {
                log.bad = 3;
                log.width = width;
                log.end = 3 + width + behind;
                assert_end_found(&log, from);
            }
        }
    }
}

static void errors_show_where_the_batch_ends(void **state)
{
    (void)state;
    assert_all_ends_found((struct log){.silent = false});
}

static void silence_shows_where_the_batch_ends(void **state)
{
    (void)state;
    assert_all_ends_found((struct log){.silent = true});
}

static void good_offsets_that_are_silent_for_a_while_are_not_left_out(void **state)
{
    (void)state;
    assert_all_ends_found((struct log){.silent = false, .always_late = true});
    assert_all_ends_found((struct log){.silent = true, .always_late = true});
}

static void a_silent_batch_is_waited_for_twice_however_large_it_is(void **state)
{
    (void)state;
    const struct log log = {.bad = 7, .width = 1000000, .end = 5000000, .silent = true};
    assert_end_found(&log, 7);
    assert_int_equal(partition_log.patient, 2);
    assert_true(NEVER - partition_log.left < 2 + 2 * 21);
}

/* Whenever the time is over: what is known is told, and nothing is made up. */
static void a_search_that_has_no_time_left_finds_nothing(void **state)
{
    (void)state;
    for (int left = 1; left < 12; left++) {
        partition_log = (struct log){.bad = 7, .width = 1000, .end = 5000, .left = left};
        struct ing_finding finding = probe_from(7);
        assert_int_equal(finding.reading, ING_UNREADABLE);
        assert_int_equal(finding.search, ING_NOT_TOLD);
        assert_int_equal(finding.readable_from, -1);
        assert_in_range(finding.unreadable_to, 7, 1006);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_show_where_the_batch_ends),
        cmocka_unit_test(silence_shows_where_the_batch_ends),
        cmocka_unit_test(good_offsets_that_are_silent_for_a_while_are_not_left_out),
        cmocka_unit_test(a_silent_batch_is_waited_for_twice_however_large_it_is),
        cmocka_unit_test(a_search_that_has_no_time_left_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
