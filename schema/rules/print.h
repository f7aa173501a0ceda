/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/print.h - values as text: what string(x) gives, and what tools show. */
#ifndef SCHEMA_RULES_PRINT_H
#define SCHEMA_RULES_PRINT_H

#include <stdio.h>
#include <string.h>

#include "schema/rules/value.h"

enum { CEL_PRINT_BYTES = 64 }; /* room that any of these needs; each returns the length */

/* What it costs, in units of a run: a double is tried with more and more digits. Times are read for as much. */
enum { CEL_PRINT_UNITS = 16, CEL_DOUBLE_UNITS = 1000 };

/* The fewest digits that read back as the same number; an exponent below -4 and from 6 on, as Go prints: "0.1", "1e+06", "NaN". */
size_t cel_print_double(double d, char *out);
size_t cel_print_timestamp(const struct cel_value *value, char *out); /* "2024-02-29T12:00:00.5Z" */
size_t cel_print_duration(const struct cel_value *value, char *out);  /* "-1.5s" */

/* Text, in which U+0000 is a character like others: PostgreSQL alone does not take it. */
bool cel_is_utf8(const uint8_t *p, size_t len);

/* RFC 4648 with padding: 4 characters for each 3 bytes begun; no NUL. */
void cel_print_base64(const uint8_t *p, size_t len, char *out);

struct buf;
/* For tools and messages: as JSON; timestamps and durations as protobuf's JSON has them, decimals as strings. */
void cel_value_print(struct buf *out, const struct cel_value *value);

#endif
