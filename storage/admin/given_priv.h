/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/given_priv.h - what a person gives: texts, days and times (storage/conn/given_time.h). They are checked before a statement, so
 * that a person reads a sentence; the tables' constraints hold in any case. All errors are FATAL ERR_USAGE. */
#ifndef STORAGE_ADMIN_GIVEN_PRIV_H
#define STORAGE_ADMIN_GIVEN_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/conn/given_time.h"

struct sto_conn;

int sto_given_wrong(struct err *err, const char *text); /* -1 */

/* 1 to 400 bytes of UTF-8 that show something. NULL is only allowed when it is not needed. what: "the reason" */
enum { STO_TEXT_MAX_BYTES = 400 };
MUST_CHECK int sto_given_text(const char *text, bool is_needed, const char *what, struct err *err);
MUST_CHECK int sto_given_long_text(const char *text, bool is_needed, size_t most, const char *what,
                                   struct err *err);

/* The first value of the result, cut to `size`; out NULL: not needed. A day that does not exist is ERR_USAGE; other errors
 * as the function raises them. */
MUST_CHECK int sto_given_call(struct sto_conn *conn, const char *sql, const char *const *values,
                              int count, char *out, size_t size, struct err *err);

#endif
