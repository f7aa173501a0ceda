/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/delete.h - soft and permanent deletion of versions and subjects. Each call is one
 * transaction. */
#ifndef STORAGE_SUBJECT_DELETE_H
#define STORAGE_SUBJECT_DELETE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;
struct sto_words;

/* Refused, nothing changed, kind FATAL: ERR_SUBJECT_NOT_FOUND, ERR_VERSION_NOT_FOUND,
 * ERR_VERSION_DELETED (softly, again), ERR_VERSION_NOT_DELETED (permanently, before softly),
 * ERR_REFERENCED, ERR_NOT_PERMITTED (a read-only mode; permanently, a dataset's version).
 * version: from 1, or STO_VERSION_LATEST; *deleted: its number. */
MUST_CHECK int sto_version_delete(struct sto_conn *conn, const char *subject, int32_t version,
                                  bool permanent, int32_t *deleted, struct err *err);
/* Likewise, with ERR_SUBJECT_DELETED and ERR_SUBJECT_NOT_DELETED: the versions that were deleted,
 * ascending; storage/subject/list.h frees them. */
MUST_CHECK struct sto_words *sto_subject_delete(struct sto_conn *conn, const char *subject,
                                                bool permanent, struct err *err);

#endif
