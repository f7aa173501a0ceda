/* SPDX-License-Identifier: Apache-2.0
 * storage/report/cursor.c - see the header, and 0039_page.sql. */
#include "storage/report/cursor.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "storage/conn/statement.h"

static void fill(struct sto_cursors *row, const PGresult *res, int at)
{
    snprintf(row->agency, sizeof(row->agency), "%s", PQgetvalue(res, at, 0));
    snprintf(row->sources, sizeof(row->sources), "%s", PQgetvalue(res, at, 1));
    snprintf(row->incidents, sizeof(row->incidents), "%s", PQgetvalue(res, at, 2));
    snprintf(row->quarantine, sizeof(row->quarantine), "%s", PQgetvalue(res, at, 3));
}

static int read_rows(const PGresult *res, struct sto_cursors **rows, size_t *count, struct err *err)
{
    *count = (size_t)PQntuples(res);
    *rows = calloc(*count + 1, sizeof(**rows));
    if (*rows == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the cursors");
    }
    for (size_t i = 0; i < *count; i++) {
        fill(&(*rows)[i], res, (int)i);
    }
    return 0;
}

int sto_cursors(struct sto_conn *conn, const char *const *agencies, size_t agency_count,
                struct sto_cursors **rows, size_t *count, struct err *err)
{
    struct buf list = BUF_INIT; /* a code has no comma */
    for (size_t i = 0; i < agency_count; i++) {
        buf_printf(&list, "%s%s", i > 0 ? "," : "", agencies[i]);
    }
    const char *const values[] = {buf_cstr(&list)};
    PGresult *res = buf_failed(&list) ? NULL
                                      : sto_exec(conn,
                                                 "SELECT agency, sources, incidents, quarantine"
                                                 " FROM nrc.page_cursors(string_to_array($1, ','))",
                                                 values, 1, err);
    if (buf_failed(&list)) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the cursors");
    }
    int rc = res != NULL ? read_rows(res, rows, count, err) : -1;
    PQclear(res);
    buf_fini(&list);
    return rc;
}
