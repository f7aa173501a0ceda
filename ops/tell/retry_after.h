/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/retry_after.h - when a receiver wants to be asked again (RFC 9110, "Retry-After"). */
#ifndef OPS_TELL_RETRY_AFTER_H
#define OPS_TELL_RETRY_AFTER_H

#include <stdint.h>

enum { OPS_RETRY_AFTER_MAX_S = 86400 };

/* Seconds from now_s (of 1970) on, 0 to a day; -1: neither a number of seconds nor a date. */
int64_t ops_retry_after(const char *value, int64_t now_s);

#endif
