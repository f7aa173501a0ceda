/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/given_time.c - see the header. */
#include "storage/conn/given_time.h"

#include <stdio.h>
#include <string.h>

static int wrong(struct err *err, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%s", text);
}

/* form: d stands for a digit, everything else for itself. */
static bool has_form(const char *text, const char *form)
{
    while (*form != '\0') {
        bool is_digit = *text >= '0' && *text <= '9';
        if (*form == 'd' ? !is_digit : *text != *form) {
            return false;
        }
        text++;
        form++;
    }
    return *text == '\0';
}

int sto_given_date(const char *date, struct err *err)
{
    return date == NULL || has_form(date, "dddd-dd-dd")
               ? 0
               : wrong(err, "a date has the form YYYY-MM-DD");
}

/* A day's end is the next day's begin, which PostgreSQL finds: a month's and a year's end too. */
int sto_given_time(const char *time, bool is_end, char out[STO_TIME_SIZE], struct err *err)
{
    static const char *const forms[] = {"dddd-dd-ddTdd:ddZ",          "dddd-dd-ddTdd:dd:ddZ",
                                        "dddd-dd-ddTdd:dd+dd:dd",     "dddd-dd-ddTdd:dd-dd:dd",
                                        "dddd-dd-ddTdd:dd:dd+dd:dd",  "dddd-dd-ddTdd:dd:dd-dd:dd",
                                        "dddd-dd-ddTdd:dd:dd.ddddddZ"};
    if (has_form(time, "dddd-dd-dd")) {
        snprintf(out, STO_TIME_SIZE, "%sT%s", time, is_end ? "24:00:00Z" : "00:00:00Z");
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (has_form(time, forms[i])) {
            snprintf(out, STO_TIME_SIZE, "%s", time);
            return 0;
        }
    }
    return wrong(err, "a time has the form YYYY-MM-DDTHH:MM with a zone, Z or +HH:MM; or "
                      "YYYY-MM-DD: the whole day in UTC");
}

/* A field, or the zone, out of its range. */
bool sto_given_time_failed(struct err *err)
{
    if (strcmp(err->sqlstate, "22008") != 0 && strcmp(err->sqlstate, "22009") != 0) {
        return false;
    }
    (void)wrong(err, "this date or time does not exist in the calendar");
    return true;
}
