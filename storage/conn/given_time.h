/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/given_time.h - days and times as a person gives them, checked before a statement: PostgreSQL checks the
 * calendar, but would take 'infinity' and 'today'. All errors are FATAL ERR_USAGE. */
#ifndef STORAGE_CONN_GIVEN_TIME_H
#define STORAGE_CONN_GIVEN_TIME_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

/* YYYY-MM-DD, or NULL. */
MUST_CHECK int sto_given_date(const char *date, struct err *err);

/* YYYY-MM-DDTHH:MM[:SS] and a zone, Z or +HH:MM; the same in microseconds, in UTC (base/clock.h); or a day: its begin in UTC, or its end. out: for PostgreSQL. */
enum { STO_TIME_SIZE = 40 };
MUST_CHECK int sto_given_time(const char *time, bool is_end, char out[STO_TIME_SIZE],
                              struct err *err);

/* After a statement that failed. true: a day or time has the form and does not exist, and err says so. */
bool sto_given_time_failed(struct err *err);

#endif
