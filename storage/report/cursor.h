/* SPDX-License-Identifier: Apache-2.0
 * storage/report/cursor.h - whether something has changed that the monitor's page shows. Cheap enough for each second. */
#ifndef STORAGE_REPORT_CURSOR_H
#define STORAGE_REPORT_CURSOR_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_CURSOR_SIZE = 72 };
/* Opaque texts; one is another one when something has changed. */
struct sto_cursors {
    char agency[32]; /* "": the Center's, of everything */
    char sources[STO_CURSOR_SIZE];
    char incidents[STO_CURSOR_SIZE];
    char quarantine[STO_CURSOR_SIZE];
};

/* The Center's, and one for each of these agencies. rows: of free(); *count: how many. */
MUST_CHECK int sto_cursors(struct sto_conn *conn, const char *const *agencies, size_t agency_count,
                           struct sto_cursors **rows, size_t *count, struct err *err);

#endif
