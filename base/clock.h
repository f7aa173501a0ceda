/* SPDX-License-Identifier: Apache-2.0
 * base/clock.h - time. Timers use the monotonic clock; the wall clock is for people and log
 * lines only: what the register stores is PostgreSQL's clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_mono_us(void);
int64_t clock_mono_ms(void);
int64_t clock_wall_us(void); /* since 1970-01-01 UTC */
int64_t clock_wall_s(void);  /* likewise */

/* CPU time this process has used, user and system. */
int64_t clock_cpu_us(void);

/* "2026-03-01T09:30:00.123456Z"; size >= 32. */
void clock_format_utc(char *out, size_t size, int64_t us);

/* A civil date from days since 1970-01-01, in the proleptic Gregorian calendar; year 0 is 1 BC. */
void clock_civil(int64_t days, int64_t *year, int *month, int *day);

#endif
