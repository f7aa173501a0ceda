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

int sto_given_call(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                   char *out, size_t size, struct err *err)
{
    PGresult *res = sto_exec(conn, sql, values, count, err);
    if (res == NULL) {
        (void)sto_given_time_failed(err);
        return -1;
    }
    if (out != NULL) {
        snprintf(out, size, "%s", PQgetvalue(res, 0, 0));
    }
    PQclear(res);
    return 0;
}
