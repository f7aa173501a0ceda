/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "ops/monitor/holiday.h"
#include "unit/ops/monitor/times.h"

/* "line first last kind name|name_ar|instrument date", a line each; or the error's text. */
static const char *read_list(const char *text, size_t len)
{
    static char got[4096];
    struct err err = ERR_INIT;
    struct ops_holiday_list list = OPS_HOLIDAY_LIST_INIT;
    size_t used = 0;
    char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    copy[len] = '\0';
    got[0] = '\0';
    if (ops_holidays_read(copy, len, &list, &err) != 0) {
        assert_int_equal(err.code, ERR_USAGE);
        snprintf(got, sizeof(got), "%s", err.text);
    }
    for (size_t i = 0; got[0] != 'l' && i < list.count && used < sizeof(got); i++) {
        const struct ops_holiday *h = &list.items[i];
        char first[DAY_SIZE];
        char last[DAY_SIZE];
        char dated[DAY_SIZE] = "";
        day_print(h->first, first);
        day_print(h->last, last);
        if (h->instrument_day >= 0) {
            day_print(h->instrument_day, dated);
        }
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%zu %s %s %s %s|%s|%s %s\n",
                                 h->line, first, last, h->is_estimated ? "est" : "ann",
                                 h->name_en != NULL ? h->name_en : "",
                                 h->name_ar != NULL ? h->name_ar : "",
                                 h->instrument != NULL ? h->instrument : "", dated);
    }
    ops_holiday_list_fini(&list);
    free(copy);
    return got;
}

#define READS(text, want) assert_string_equal(read_list(text, sizeof(text) - 1), want)
#define FAULT(text, want)                                                                          \
    do {                                                                                           \
        const char *got_ = read_list(text, sizeof(text) - 1);                                      \
        if (strncmp(got_, want, sizeof(want) - 1) != 0) {                                          \
            fail_msg("%s", got_);                                                                  \
        }                                                                                          \
    } while (0)

static void csv_as_spreadsheets_write_it_is_read(void **state)
{
    (void)state;
    READS("date,end_date,name_ar,name_en,kind,instrument,instrument_date\r\n"
          "2026-03-20,2026-03-23,عيد الفطر,Eid al-Fitr,announced,Statement 4/2026,2026-03-19\r\n"
          "\r\n"
          "2026-05-27,,عيد الأضحى,,Estimated,,\r\n",
          "2 2026-03-20 2026-03-23 ann Eid al-Fitr|عيد الفطر|Statement 4/2026 2026-03-19\n"
          "4 2026-05-27 2026-05-27 est |عيد الأضحى| \n");
    READS("\xEF\xBB\xBFkind;Date;Name EN\nannounced; 2024-02-29 ;Leap day\n",
          "2 2024-02-29 2024-02-29 ann Leap day|| \n");
    /* A line for each day is one holiday, in either order; over the weekend it is two. */
    READS("date,kind,name_en\n2026-03-22,announced,Eid\n2026-03-21,announced,Eid\n"
          "2026-03-23,announced,Eid\n2026-03-25,announced,Eid\n",
          "2 2026-03-21 2026-03-23 ann Eid|| \n5 2026-03-25 2026-03-25 ann Eid|| \n");
    READS("date,kind,name_en\n2026-03-22,announced,Eid\n2026-03-23,estimated,Eid\n",
          "2 2026-03-22 2026-03-22 ann Eid|| \n3 2026-03-23 2026-03-23 est Eid|| \n");
}

static void bad_csv_is_refused_with_its_line(void **state)
{
    (void)state;
    FAULT("", "line 1: there is nothing in it");
    FAULT("date,kind,name_en\n", "there is no holiday in it");
    FAULT("date,name_en\n2026-01-01,x\n", "line 1, column kind: the column is missing");
    FAULT("kind,name_en\nannounced,x\n", "line 1, column date: the column is missing");
    FAULT("date,kind,when\n", "line 1, column 3: \"when\" is no column");
    FAULT("date,kind,date\n", "line 1, column date: the column is there twice");
    FAULT("date,kind,name_en\n2026-02-29,announced,x\n", "line 2, column date: a day is written");
    FAULT("date,kind,name_en\n01/02/2026,announced,x\n", "line 2, column date: a day is written");
    FAULT("date,kind,name_en\n2026-1-01,announced,x\n", "line 2, column date: a day is written");
    FAULT("date,kind,name_en\n1969-12-31,announced,x\n", "line 2, column date: a day is written");
    FAULT("date,kind,name_en\n2201-01-01,announced,x\n", "line 2, column date: a day is written");
    FAULT("date,kind,name_en\n,announced,x\n", "line 2, column date: there is no day");
    FAULT("date,kind,name_en\n2026-01-01,maybe,x\n", "line 2, column kind: a holiday is announced");
    FAULT("date,kind,name_en\n2026-01-01,,x\n", "line 2, column kind: a holiday is announced");
    FAULT("date,kind,name_en\n2026-01-01,announced,\u200F\n", "line 2: the holiday has no name");
    FAULT("date,end_date,kind,name_en\n2026-01-02,2026-01-01,announced,x\n",
          "line 2: the holiday ends before it begins");
    FAULT("date,end_date,kind,name_en\n2026-01-01,2026-03-02,announced,x\n",
          "line 2: a holiday has at most 60 days");
    FAULT("date,kind,name_en\n2026-01-01,announced,x\n2026-01-01,announced,x\n",
          "line 3: line 2 has this holiday already");
    FAULT("date,kind,name_en\n2026-01-01,announced,x,y\n", "line 2, column 4: the first line");
    FAULT("date,kind,name_en\n\"2026-01-01,announced,x\n", "line 2, column 1: a quote opens");
    FAULT("\xFF\xFE\x64", "line 1, column 1: the file is UTF-16");
}

#define ICS(body)   "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" body "END:VCALENDAR\r\n"
#define EVENT(body) ICS("BEGIN:VEVENT\r\n" body "END:VEVENT\r\n")

static void ics_of_whole_days_is_read(void **state)
{
    (void)state;
    /* DTEND is the day behind the last. */
    READS(EVENT("UID:1\r\nDTSTART;VALUE=DATE:20260320\r\nDTEND;VALUE=DATE:20260324\r\n"
                "SUMMARY:Eid al-Fitr\r\n"),
          "3 2026-03-20 2026-03-23 ann Eid al-Fitr|| \n");
    READS(EVENT("DTSTART;X=\"a:b;c\";VALUE=DATE:20260101\r\nSUMMARY;LANGUAGE=ar:عيد\r\n"),
          "3 2026-01-01 2026-01-01 ann |عيد| \n");
    /* Folded within a letter's bytes and within a name; escaped; bare LF. */
    READS(
        EVENT(
            "DTSTART;VAL\r\n UE=DATE:2026\r\n\t0101\r\nSUMMARY:\xD8\r\n \xB9\xD9\x8A\xD8\xAF\r\n"),
        "3 2026-01-01 2026-01-01 ann |عيد| \n");
    READS("\xEF\xBB\xBF"
          "begin:vcalendar\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\n"
          "SUMMARY:a\\, b\\; c\\\\d\\ne\nEND:VEVENT\nEND:VCALENDAR",
          "2 2026-01-01 2026-01-01 ann a, b; c\\d e|| \n");
    READS(EVENT("DTSTART;VALUE=DATE:20260527\r\nSTATUS:TENTATIVE\r\nSUMMARY:Eid\r\n"),
          "3 2026-05-27 2026-05-27 est Eid|| \n");
    READS(EVENT("DTSTART;VALUE=DATE:20260527\r\nSUMMARY:Eid (Estimated) \r\n"),
          "3 2026-05-27 2026-05-27 est Eid|| \n");
    /* What was cancelled, and what is no event, says nothing; an alarm has its own times. */
    READS(ICS("BEGIN:VTIMEZONE\r\nRRULE:FREQ=YEARLY\r\nEND:VTIMEZONE\r\n"
              "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260101\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260102\r\nSUMMARY:x\r\n"
              "BEGIN:VALARM\r\nDURATION:PT1H\r\nEND:VALARM\r\nEND:VEVENT\r\n"),
          "10 2026-01-02 2026-01-02 ann x|| \n");
}

static void ics_that_repeats_or_has_times_is_refused_with_its_line(void **state)
{
    (void)state;
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:x\r\n"),
          "line 5: RRULE: a holiday is a day that was announced");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nSUMMARY:a\r\n b\r\n c\r\nRDATE:20270101\r\n"),
          "line 8: RDATE");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nDURATION:P1D\r\n"), "line 5: DURATION");
    FAULT(EVENT("DTSTART:20260101T080000Z\r\n"), "line 4: a holiday is a whole day");
    FAULT(EVENT("DTSTART;TZID=Asia/Muscat:20260101T080000\r\n"),
          "line 4: a holiday is a whole day");
    FAULT(EVENT("DTSTART;VALUE=DATE-TIME:20260101\r\n"), "line 4: a holiday is a whole day");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260229\r\n"), "line 4: there is no such day");
    FAULT(EVENT("DTSTART;VALUE=DATE:2026-01-01\r\n"), "line 4: there is no such day");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nDTSTART;VALUE=DATE:20260101\r\n"),
          "line 5: an event has one DTSTART");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:20260101\r\nSUMMARY:x\r\n"),
          "line 3: the event ends before it begins");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:20260303\r\nSUMMARY:x\r\n"
                "X:y\r\n"),
          "line 3: a holiday has at most 60 days");
    FAULT(EVENT("SUMMARY:x\r\n"), "line 3: the event has no DTSTART");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\n"),
          "line 3: the event has no DTSTART or no SUMMARY");
    FAULT(EVENT("DTSTART;VALUE=DATE:20260101\r\nSUMMARY: \r\n"), "line 3: the holiday has no name");
    FAULT(EVENT("no colon\r\n"), "line 4: a line is NAME:VALUE");
    FAULT(ICS(""), "there is no holiday in it");
    FAULT("BEGIN:VCALENDAR\r\n", "line 2: the file ends before END:VCALENDAR");
    FAULT("BEGIN:VCALENDAR", "line 1: the file ends before END:VCALENDAR");
    FAULT(ICS("END:VEVENT\r\n"), "line 3: this END has no BEGIN");
    FAULT(ICS("BEGIN:A\r\nBEGIN:B\r\nBEGIN:C\r\nBEGIN:D\r\n"), "line 6: components are nested");
    FAULT(ICS("BEGIN:VCALENDAR\r\n"), "line 3: a file is one VCALENDAR");
    FAULT(ICS("") "X:1\r\n", "line 4: a file is one VCALENDAR");
    FAULT(ICS("") "BEGIN:VCALENDAR\r\n", "line 4: something follows END:VCALENDAR");
    FAULT("BEGIN:VCALENDAR\r\nX:\xFF\r\n", "line 2: the line is not UTF-8");
}

static void lists_have_bounds(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_holiday_list list = OPS_HOLIDAY_LIST_INIT;
    char name[OPS_HOLIDAY_TEXT_MAX_BYTES + 2];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    struct ops_holiday h = {.name_en = name, .instrument_day = -1, .line = 9};
    assert_int_equal(ops_holiday_add(&list, &h, &err), -1);
    assert_string_equal(err.text, "line 9: a text has at most 400 bytes");
    name[sizeof(name) - 2] = '\0';
    for (h.first = 0; list.count < OPS_HOLIDAY_LIST_MAX; h.first += 2) {
        h.last = h.first;
        assert_int_equal(ops_holiday_add(&list, &h, &err), 0);
    }
    h.last = h.first;
    assert_int_equal(ops_holiday_add(&list, &h, &err), -1);
    assert_string_equal(err.text, "line 9: a file has at most 2,000 holidays");
    ops_holiday_list_fini(&list);
    char nothing[1] = "";
    assert_int_equal(ops_holidays_read(nothing, OPS_HOLIDAY_FILE_MAX_BYTES + 1, &list, &err), -1);
    assert_non_null(strstr(err.text, "at most 1 MiB"));
}

static void an_announced_holiday_has_an_instrument(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_holiday_list list = OPS_HOLIDAY_LIST_INIT;
    struct ops_holiday h = {.name_en = (char *)"x", .instrument_day = -1, .line = 4};
    assert_int_equal(ops_holiday_add(&list, &h, &err), 0);
    h = (struct ops_holiday){
        .first = 9, .last = 9, .is_estimated = true, .name_en = (char *)"y", .instrument_day = -1};
    assert_int_equal(ops_holiday_add(&list, &h, &err), 0);
    assert_int_equal(ops_holiday_list_instrument(&list, NULL, -1, &err), -1);
    assert_string_equal(
        err.text, "line 4: an announced holiday names its instrument, and the instrument's date");
    assert_int_equal(ops_holiday_list_instrument(&list, "Decree 1", 77, &err), 0);
    assert_string_equal(list.items[0].instrument, "Decree 1");
    assert_null(list.items[1].instrument);
    struct buf json = BUF_INIT;
    ops_holiday_json(&list, &json);
    assert_non_null(strstr(buf_cstr(&json), "\"instrument\":\"Decree 1\",\"instrument_date\":"
                                            "\"1970-03-19\""));
    buf_fini(&json);
    ops_holiday_list_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_as_spreadsheets_write_it_is_read),
        cmocka_unit_test(bad_csv_is_refused_with_its_line),
        cmocka_unit_test(ics_of_whole_days_is_read),
        cmocka_unit_test(ics_that_repeats_or_has_times_is_refused_with_its_line),
        cmocka_unit_test(lists_have_bounds),
        cmocka_unit_test(an_announced_holiday_has_an_instrument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
