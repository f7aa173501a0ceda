/* SPDX-License-Identifier: Apache-2.0
 * schema/encode/time_priv.h - a time of RFC 3339 as Avro has it. */
#ifndef SCHEMA_ENCODE_TIME_PRIV_H
#define SCHEMA_ENCODE_TIME_PRIV_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-03-01T09:30:00.123456Z", "2026-03-01T13:30:00+04:00": microseconds since 1970. false: it is no such text, or finer than
 * microseconds. */
bool sch_time_read(const char *text, int64_t *out_us);

#endif
