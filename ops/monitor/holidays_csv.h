/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holidays_csv.h - public holidays from CSV, as a spreadsheet writes it.
 *
 * Columns, in any order, named by the first line: date and kind; end_date, name_ar, name_en, instrument and
 * instrument_date may be missing. Days are YYYY-MM-DD; end_date is a holiday too. */
#ifndef OPS_MONITOR_HOLIDAYS_CSV_H
#define OPS_MONITOR_HOLIDAYS_CSV_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_holiday_list;

/* text: of `len` bytes and a NUL, which is changed. FATAL ERR_USAGE: its line and column. */
MUST_CHECK int ops_holidays_csv(char *text, size_t len, struct ops_holiday_list *list,
                                struct err *err);

#endif
