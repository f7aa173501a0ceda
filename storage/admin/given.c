/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/given.c - see given_priv.h. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/statement.h"

int sto_given_wrong(struct err *err, const char *text)
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

int sto_given_text(const char *text, bool is_needed, const char *what, struct err *err)
{
    return sto_given_long_text(text, is_needed, STO_TEXT_MAX_BYTES, what, err);
}

int sto_given_long_text(const char *text, bool is_needed, size_t most, const char *what,
                        struct err *err)
{
    if (text == NULL && !is_needed) {
        return 0;
    }
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 || len > most || utf8_is_blank(text) ||
        !utf8_is_text((const uint8_t *)text, len)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "%s must be a text of 1 to %zu bytes in UTF-8", what, most);
    }
    return 0;
}

int sto_given_date(const char *date, struct err *err)
{
    return date == NULL || has_form(date, "dddd-dd-dd")
               ? 0
               : sto_given_wrong(err, "a date has the form YYYY-MM-DD");
}

/* A day's end is the next day's begin, which PostgreSQL finds: a month's and a year's end too. */
int sto_given_time(const char *time, bool is_end, char out[STO_TIME_SIZE], struct err *err)
{
    static const char *const forms[] = {"dddd-dd-ddTdd:ddZ",         "dddd-dd-ddTdd:dd:ddZ",
                                        "dddd-dd-ddTdd:dd+dd:dd",    "dddd-dd-ddTdd:dd-dd:dd",
                                        "dddd-dd-ddTdd:dd:dd+dd:dd", "dddd-dd-ddTdd:dd:dd-dd:dd"};
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
    return sto_given_wrong(err, "a time has the form YYYY-MM-DDTHH:MM with a zone, Z or +HH:MM; or "
                                "YYYY-MM-DD: the whole day in UTC");
}

int sto_given_call(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                   char *out, size_t size, struct err *err)
{
    PGresult *res = sto_exec(conn, sql, values, count, err);
    if (res == NULL) {
        /* A field, or the zone, out of its range. */
        if (strcmp(err->sqlstate, "22008") == 0 || strcmp(err->sqlstate, "22009") == 0) {
            sto_given_wrong(err, "this date or time does not exist in the calendar");
        }
        return -1;
    }
    if (out != NULL) {
        snprintf(out, size, "%s", PQgetvalue(res, 0, 0));
    }
    PQclear(res);
    return 0;
}
