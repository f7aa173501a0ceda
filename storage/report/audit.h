/* SPDX-License-Identifier: Apache-2.0
 * storage/report/audit.h - the audit trail, read (NRL-18). */
#ifndef STORAGE_REPORT_AUDIT_H
#define STORAGE_REPORT_AUDIT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;
struct sto_grid;

/* NULL: any. */
struct sto_audit_filter {
    const char
        *reader; /* an agency's code: only what is about it, or about one that it answers for */
    const char *object; /* "notice/12"; one that ends in a slash and an asterisk: all beneath it */
    const char *what;   /* "notice.filed"; "notice.*" */
    const char *by;
    const char *agency;
    const char *since; /* a time as a person gives it; a day: from its begin in UTC on */
    const char *until; /* before it; a day counts whole */
    int64_t
        before; /* only rows with a lower id: the next page, whatever is added meanwhile; 0: from the newest */
    int64_t limit; /* rows, at least 1 */
};

/* Newest first: STO_REPORT_AUDIT_ROWS. FATAL ERR_USAGE: a time. */
MUST_CHECK struct sto_grid *sto_audit_rows(struct sto_conn *conn,
                                           const struct sto_audit_filter *filter, struct err *err);

#endif
