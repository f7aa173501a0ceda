/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/pause.h - a person lets a source stand still for a while, lets it go on, or goes on behind what its log has lost
 * (0038_desk.sql). Engines hear of it at once.
 *
 * Thread: the connection's. Role: nrc_steward, or nrc_desk in the name of an account. */
#ifndef STORAGE_ADMIN_PAUSE_H
#define STORAGE_ADMIN_PAUSE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct sto_pausing {
    const char *dataset; /* "moh.births" */
    const char *why;
    const char *until; /* as sto_given_time reads it; NULL: until somebody resumes it */
    const char
        *account; /* of whoever asks, who must have the right; NULL: the role is nrc_steward */
};

/* Each is one transaction, with its row of the audit trail. FATAL ERR_USAGE; ERR_NOT_FOUND: the dataset; ERR_FORBIDDEN: the
 * account; ERR_REFUSED: it has no topic, or is not paused. */
MUST_CHECK int sto_source_pause(struct sto_conn *conn, const struct sto_pausing *pausing,
                                struct err *err);
MUST_CHECK int sto_source_resume(struct sto_conn *conn, const struct sto_pausing *pausing,
                                 struct err *err);

/* By nrc_desk alone: a partition that is halted for a gap goes on where its log starts, *next, as the monitor saw it within the
 * last ten minutes. ERR_REFUSED: it did not, or there is no gap. */
MUST_CHECK int sto_seen_gap_accept(struct sto_conn *conn, const struct sto_pausing *of,
                                   int32_t partition, int64_t *next, struct err *err);

#endif
