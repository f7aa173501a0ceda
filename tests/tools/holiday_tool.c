/* SPDX-License-Identifier: Apache-2.0
 * tools/holiday_tool.c - the calendar, for tests/oracle/holiday_oracle.py: the file of holidays is the first argument, the zone
 * and the opening minutes the next; a question a line, a JSON answer a line.
 *
 *   day DAY              "working", "weekend", "holiday" or "unsure"
 *   days FIRST LAST      working days, both ends too
 *   elapsed FROM UNTIL   working seconds between two instants
 *   add FROM SECONDS     the instant
 *   month YEAR MONTH K   the day, or null */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "ops/monitor/calendar.h"
#include "ops/monitor/holiday.h"

static struct ops_calendar *calendar_of(char **args, struct err *err)
{
    static struct ops_days days[OPS_HOLIDAY_LIST_MAX];
    struct ops_holiday_list list = OPS_HOLIDAY_LIST_INIT;
    struct ops_calendar *calendar = NULL;
    char *text = calloc(1, OPS_HOLIDAY_FILE_MAX_BYTES + 1);
    FILE *file = fopen(args[1], "rbe");
    size_t len = 0;
    if (text != NULL && file != NULL) {
        len = fread(text, 1, OPS_HOLIDAY_FILE_MAX_BYTES, file);
    }
    if (len > 0 && ops_holidays_read(text, len, &list, err) == 0) {
        for (size_t i = 0; i < list.count; i++) {
            days[i] = (struct ops_days){list.items[i].first, list.items[i].last,
                                        list.items[i].is_estimated};
        }
        calendar = ops_calendar_new(&(struct ops_calendar_spec){.zone = args[2],
                                                                .opens_min = atoi(args[3]),
                                                                .closes_min = atoi(args[4]),
                                                                .holidays = days,
                                                                .holiday_count = list.count},
                                    err);
    }
    ops_holiday_list_fini(&list);
    free(text);
    if (file != NULL) {
        fclose(file);
    }
    return calendar;
}

static void answer(const struct ops_calendar *calendar, const char *line)
{
    static const char *const names[] = {"working", "weekend", "holiday", "unsure"};
    char first[16];
    char last[16];
    int64_t a;
    int64_t b;
    int month;
    int k;
    if (sscanf(line, "day %10s", first) == 1 && day_parse(first, 10, false, &a)) {
        printf("\"%s\"\n", names[ops_calendar_day(calendar, a)]);
    } else if (sscanf(line, "days %10s %10s", first, last) == 2 &&
               day_parse(first, 10, false, &a) && day_parse(last, 10, false, &b)) {
        printf("%" PRId64 "\n", ops_calendar_working_days(calendar, a, b));
    } else if (sscanf(line, "elapsed %" SCNd64 " %" SCNd64, &a, &b) == 2) {
        printf("%" PRId64 "\n", ops_calendar_elapsed(calendar, a, b));
    } else if (sscanf(line, "add %" SCNd64 " %" SCNd64, &a, &b) == 2) {
        printf("%" PRId64 "\n", ops_calendar_add(calendar, a, b));
    } else if (sscanf(line, "month %" SCNd64 " %d %d", &a, &month, &k) == 3) {
        const bool found = ops_calendar_month_day(calendar, a, month, k, &b);
        day_print(found ? b : 0, first);
        printf(found ? "\"%s\"\n" : "null\n", first);
    } else {
        printf("\"?\"\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    char line[256];
    struct ops_calendar *calendar = argc == 5 ? calendar_of(argv, &err) : NULL;
    if (calendar == NULL) {
        fprintf(stderr, "holiday_tool FILE ZONE OPENS CLOSES: %s\n", err.text);
        return 2;
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        answer(calendar, line);
    }
    ops_calendar_free(&calendar);
    return 0;
}
