/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holiday.h - public holidays, as a file lists them.
 *
 * A list is read from CSV (holidays_csv.h) or from an iCalendar file of whole days (holidays_ics.h). Every fault is named by
 * its line, before anything is used. */
#ifndef OPS_MONITOR_HOLIDAY_H
#define OPS_MONITOR_HOLIDAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

enum {
    OPS_HOLIDAY_FILE_MAX_BYTES = 1024 * 1024,
    OPS_HOLIDAY_LIST_MAX = 2000,
    OPS_HOLIDAY_TEXT_MAX_BYTES = 400,
    OPS_HOLIDAY_DAYS_MAX = 60
};

struct ops_holiday {
    int64_t first;
    int64_t last; /* it too */
    bool is_estimated;
    char *name_ar; /* NULL: not given; one of the two is */
    char *name_en;
    char *instrument;       /* by which it is announced */
    int64_t instrument_day; /* -1: not given */
    size_t line;
};

struct ops_holiday_list {
    struct ops_holiday *items;
    size_t count;
    size_t room;
};
#define OPS_HOLIDAY_LIST_INIT                                                                      \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }
void ops_holiday_list_fini(struct ops_holiday_list *list);

/* Checks and copies. A day that follows a holiday of the same name is the holiday's: files have a line for each day, too.
 * FATAL ERR_USAGE: of the holiday's line, and why; it is there already; there are too many. */
MUST_CHECK int ops_holiday_add(struct ops_holiday_list *list, const struct ops_holiday *holiday,
                               struct err *err);
/* Gives the instrument to each announced holiday that names none. day: -1: none is given. FATAL ERR_USAGE: one has no
 * instrument then, or no date of it. */
MUST_CHECK int ops_holiday_list_instrument(struct ops_holiday_list *list, const char *instrument,
                                           int64_t day, struct err *err);
/* For the register (storage/admin/holiday.h): an array of objects. */
void ops_holiday_json(const struct ops_holiday_list *list, struct buf *out);

/* Either form, by its first line. text: of `len` bytes and a NUL behind them, which is changed. FATAL ERR_USAGE with the
 * line. */
MUST_CHECK int ops_holidays_read(char *text, size_t len, struct ops_holiday_list *list,
                                 struct err *err);

#endif
