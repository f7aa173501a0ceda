/* SPDX-License-Identifier: Apache-2.0
 * storage/report/case.h - one quarantined event with its bytes, for whoever decodes and shows it (0038_desk.sql). That it was read,
 * and by whom, is written to the audit trail by the read itself.
 *
 * Thread: the connection's. */
#ifndef STORAGE_REPORT_CASE_H
#define STORAGE_REPORT_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

enum { STO_CASE_PAYLOAD_BYTES = 1024 * 1024 };

struct sto_case {
    struct sto_grid *grid; /* one row: nrc.shown_case; owns the bytes */
    const uint8_t *key;    /* NULL: none is kept */
    const uint8_t
        *payload; /* the first STO_CASE_PAYLOAD_BYTES; NULL: a delete, or nothing is kept */
    size_t key_len;
    size_t payload_len;
};

/* account NULL: the session's role is nrc_steward; else nrc_desk, and it sees what this account may. To be released by
 * sto_case_fini, after a failure too. FATAL ERR_NOT_FOUND, ERR_FORBIDDEN; ERR_IO: the payload is damaged. */
MUST_CHECK int sto_case_read(struct sto_conn *conn, const char *account, int64_t id,
                             struct sto_case *out, struct err *err);
void sto_case_fini(struct sto_case *shown);

#endif
