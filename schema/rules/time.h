/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/time.h - timestamps and durations: their ranges, their texts, and the zones of getters. */
#ifndef SCHEMA_RULES_TIME_H
#define SCHEMA_RULES_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "schema/rules/value.h"

/* nanos may be of any size and sign. ERROR CEL_OVERFLOW outside the ranges of schema/rules/value.h. */
struct cel_value cel_timestamp(int64_t seconds, int64_t nanos);
struct cel_value cel_duration(int64_t seconds, int64_t nanos);

/* RFC 3339 with seconds and a zone; any number of digits behind the point, of which nine count. */
struct cel_value cel_parse_timestamp(const char *text, size_t len);

/* "1h30m", "-1.5s", "90s", "0": units h, m, s, ms, us, ns. */
struct cel_value cel_parse_duration(const char *text, size_t len);

/* Seconds east of UTC at the instant: "UTC", "+04:00", "-9:30", "Asia/Muscat" (from the system's zone files). false: there
 * is no such zone. */
MUST_CHECK bool cel_zone_offset(const char *name, size_t len, int64_t seconds, int32_t *offset);

#endif
