/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/request.h - requests: changes of structures that people decide on (storage/migrations/0015_requests.sql).
 * Each decision is recorded in the name that sto_conn_act_as gave. Times: as storage/admin/notice.h. Reports of requests:
 * storage/report/report.h. */
#ifndef STORAGE_ADMIN_REQUEST_H
#define STORAGE_ADMIN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "storage/admin/admin.h"

struct sto_conn;

/* What a request is about. Texts belong to the arena. */
struct sto_request {
    int64_t id;
    const char *subject;
    int32_t dataset_id;
    const char *schema; /* parses alone */
    uint8_t sha256[32];
    bool is_breaking; /* its class */
};
/* FATAL ERR_NOT_FOUND. */
MUST_CHECK int sto_request_get(struct sto_conn *conn, int64_t id, struct arena *arena,
                               struct sto_request *out, struct err *err);

/* What the text of a reason, a time and a notice's number must be. out: for PostgreSQL, in `room`. FATAL ERR_USAGE. */
enum { STO_REQUEST_TIME_SIZE = 40 };
MUST_CHECK int sto_request_time(const char *given, char room[STO_REQUEST_TIME_SIZE],
                                const char **out, struct err *err);
MUST_CHECK int sto_request_reason(const char *given, struct err *err);
MUST_CHECK int sto_request_notice(const char *given, struct err *err);

/* Inside the transaction that holds the subject's lock. why: needed; from, notice: NULL, or instead of what was asked for.
 * *complete: it was the last approval needed, and sto_request_apply comes next. FATAL ERR_REFUSED: it is decided, by its
 * author, twice by one person, or without the notice that it needs. */
struct sto_approval {
    const char *why;
    const char *from;
    const char *notice;
};
MUST_CHECK int sto_request_approve(struct sto_conn *conn, int64_t id,
                                   const struct sto_approval *approval, bool *complete,
                                   struct err *err);
/* The version gets its columns, as sto_version_spec has them, and its time. RETRY as sto_version_add. */
struct sto_request_columns {
    const struct column *columns;
    size_t column_count;
    const int32_t *column_of;
    const char *const *names;
    size_t field_count;
    bool patient;
};
MUST_CHECK int sto_request_apply(struct sto_conn *conn, int64_t id,
                                 const struct sto_request_columns *columns, struct err *err);

/* Each is one transaction. FATAL ERR_USAGE, ERR_NOT_FOUND, ERR_REFUSED. */
MUST_CHECK int sto_request_reject(struct sto_conn *conn, int64_t id, const char *why,
                                  struct err *err);
/* from NULL: at once. */
MUST_CHECK int sto_structure_retire(struct sto_conn *conn, const char *dataset, int32_t version,
                                    const char *why, const char *from, struct err *err);
MUST_CHECK int sto_policy_set(struct sto_conn *conn, const char *dataset,
                              const struct sto_policy *policy, const char *why, struct err *err);

#endif
