/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holidays_read.c - a list of holidays, whichever of the two forms it has. */
#include <string.h>
#include <strings.h>

#include "ops/monitor/holiday.h"
#include "ops/monitor/holidays_csv.h"
#include "ops/monitor/holidays_ics.h"

int ops_holidays_read(char *text, size_t len, struct ops_holiday_list *list, struct err *err)
{
    static const char ics[] = "BEGIN:VCALENDAR";
    if (len > OPS_HOLIDAY_FILE_MAX_BYTES) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "a list of holidays has at most 1 MiB");
    }
    const size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    int rc = strncasecmp(text + mark, ics, sizeof(ics) - 1) == 0
                 ? ops_holidays_ics(text + mark, len - mark, list, err)
                 : ops_holidays_csv(text, len, list, err);
    return rc == 0 && list->count == 0
               ? err_set(err, ERR_KIND_FATAL, ERR_USAGE, "there is no holiday in it")
               : rc;
}
