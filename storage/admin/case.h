/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/case.h - what a person does with quarantined events: one, several, or all that have something in common
 * (0033_cases.sql).
 *
 * Thread: the connection's. Role: nrc_steward, or nrc_desk in the name of an account (0038_desk.sql). */
#ifndef STORAGE_ADMIN_CASE_H
#define STORAGE_ADMIN_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* X(id, token): what may be done */
#define STO_CASE_ACTION_TABLE(X)                                                                   \
    X(STO_CASE_ASSIGN, "assign")                                                                   \
    X(STO_CASE_REPLAY, "replay")                                                                   \
    X(STO_CASE_DISCARD, "discard")                                                                 \
    X(STO_CASE_REOPEN, "reopen")
enum sto_case_action {
#define X(id, token) id,
    STO_CASE_ACTION_TABLE(X)
#undef X
};

/* What is NULL, or no id, does not matter: nothing at all selects every event. */
struct sto_case_selection {
    const char *const *ids;
    size_t id_count;
    const char *dataset; /* "moh.births" */
    const char *reason;
    const char *rule;
    const char *path;
    const char *assigned_to;
    const char *before; /* recorded before that time, as sto_given_time reads it */
};

struct sto_case_change {
    enum sto_case_action action;
    const char *
        account; /* of whoever asks, who must have the right; NULL: whom the session's role nrc_steward is */
    struct sto_case_selection selection;
    const char *whom; /* to assign to; NULL: to nobody */
    const char *why;
    bool is_dry; /* nothing is changed */
};

struct sto_case_changed {
    int64_t selected; /* whose state lets it */
    int64_t withheld; /* of them: kept without a payload, and so never replayed */
    int64_t changed;
};

/* For functions that take a selection (0033_cases.sql). Appends one object. FATAL ERR_USAGE. */
struct buf;
MUST_CHECK int sto_case_selection_json(const struct sto_case_selection *selection, struct buf *out,
                                       struct err *err);

/* One transaction, with its row of the audit trail. FATAL ERR_USAGE; ERR_NOT_FOUND: the dataset; ERR_FORBIDDEN: the account. */
MUST_CHECK int sto_cases_change(struct sto_conn *conn, const struct sto_case_change *change,
                                struct sto_case_changed *out, struct err *err);

#endif
