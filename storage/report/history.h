/* SPDX-License-Identifier: Apache-2.0
 * storage/report/history.h - a dataset's stored rows, read from its history in bounded memory. For stewards; each
 * reading is in the audit trail, with its columns.
 *
 * Thread: the connection's. */
#ifndef STORAGE_REPORT_HISTORY_H
#define STORAGE_REPORT_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;
struct sto_history;

struct sto_history_spec {
    const char *dataset;        /* full name */
    const char *const *columns; /* in the register's tables */
    size_t column_count;
    const char *since; /* a time as PostgreSQL reads it; NULL: all */
    int64_t sample;    /* stop after so many rows, from pages all over the tables; 0: all */
};

/* The spec and the connection, of role STO_ROLE_STEWARD, are borrowed until close. Rows of deletes have no values and are
 * left out; rows come in no order. FATAL ERR_NOT_FOUND, ERR_USAGE: since. */
MUST_CHECK struct sto_history *
sto_history_open(struct sto_conn *conn, const struct sto_history_spec *spec, struct err *err);

struct sto_history_row {
    int32_t schema_id;         /* 0: none is known */
    const char *const *values; /* of each column, its text or NULL; until the next call */
};
/* 1: a row; 0: that was all; -1. */
MUST_CHECK int sto_history_next(struct sto_history *history, struct sto_history_row *row,
                                struct err *err);
/* Rows that the tables had when they were last analysed, deletes among them; 0: not known. */
int64_t sto_history_known_rows(const struct sto_history *history);
void sto_history_close(struct sto_history **taken);

#endif
