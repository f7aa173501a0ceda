/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holidays_ics.h - public holidays from an iCalendar file (RFC 5545), of whole days only.
 *
 * Each VEVENT has DTSTART;VALUE=DATE and SUMMARY; DTEND, which is the day behind the last, may be missing. A summary is the
 * Arabic name if it has an Arabic letter, and else the English one. STATUS:TENTATIVE, or a summary that ends in
 * "(estimated)", is an estimated day; CANCELLED ones are passed over. What repeats, or has a time of day, is refused. */
#ifndef OPS_MONITOR_HOLIDAYS_ICS_H
#define OPS_MONITOR_HOLIDAYS_ICS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_holiday_list;

/* text: of `len` bytes and a NUL, which is changed. FATAL ERR_USAGE: its line. */
MUST_CHECK int ops_holidays_ics(char *text, size_t len, struct ops_holiday_list *list,
                                struct err *err);

#endif
