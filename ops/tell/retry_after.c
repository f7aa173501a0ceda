/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/retry_after.c - see the header. libcurl reads the three forms of HTTP's dates, and many
 * that are none: a date begins with the day's name, as all three do. */
#include "ops/tell/retry_after.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "base/attr.h"

static int64_t bounded(int64_t seconds)
{
    return seconds < 0 ? 0 : seconds > OPS_RETRY_AFTER_MAX_S ? OPS_RETRY_AFTER_MAX_S : seconds;
}

static int64_t read_seconds(const char *value, size_t digits)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < digits && seconds <= OPS_RETRY_AFTER_MAX_S; i++) {
        seconds = seconds * 10 + (value[i] - '0');
    }
    return bounded(seconds);
}

static int64_t read_date(const char *value, int64_t now_s)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        if (strncmp(value, days[i], strlen(days[i])) == 0) {
            time_t date = curl_getdate(value, NULL);
            return date == -1 ? -1 : bounded((int64_t)date - now_s);
        }
    }
    return -1;
}

int64_t ops_retry_after(const char *value, int64_t now_s)
{
    value += strspn(value, " \t");
    size_t digits = strspn(value, "0123456789");
    if (digits == 0) {
        return read_date(value, now_s);
    }
    const char *rest = value + digits;
    return rest[strspn(rest, " \t\r\n")] == '\0' ? read_seconds(value, digits) : -1;
}
