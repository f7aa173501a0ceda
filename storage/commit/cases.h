/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/cases.h - a quarantined event is over when a newer event of its key was recorded (0038_desk.sql). What is read of it
 * for that, and the look itself. Thread: the connection's. Role: nrc_ingest. */
#ifndef STORAGE_COMMIT_CASES_H
#define STORAGE_COMMIT_CASES_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/commit/order.h"

struct sto_conn;

/* found: [{"id","key":[text, …] or null,"order","event_time"}]. */
MUST_CHECK int sto_cases_note(struct sto_conn *conn, const char *found, struct err *err);

/* Looks at the next `most` cases after *cursor, which moves; 0: at the first again, also when there are no more. *ended: so many
 * are over. */
MUST_CHECK int sto_cases_end(struct sto_conn *conn, int most, int64_t *cursor, int64_t *ended,
                             struct err *err);

/* The version of a key that the register has now; key: a JSON array of its texts. Role: nrc_steward. */
MUST_CHECK int sto_current_of(struct sto_conn *conn, int32_t dataset_id, const char *key,
                              struct sto_current *out, struct err *err);

#endif
