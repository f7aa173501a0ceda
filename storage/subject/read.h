/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/read.h - whole versions and schemas, as clients of the registry see them. Lists of names
 * and numbers: list.h.
 *
 * Pending versions are never visible. Soft-deleted ones are not listed unless the caller asks for them, but
 * their schemas are found by id. Subjects have qualified names (registry/context.h). Each answer is read by
 * one statement, so it is consistent. */
#ifndef STORAGE_SUBJECT_READ_H
#define STORAGE_SUBJECT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum sto_which { STO_LIVE = 0, STO_LIVE_AND_DELETED, STO_DELETED_ONLY };

struct sto_page {
    int64_t offset;
    int64_t limit; /* -1: all */
};

enum { STO_VERSION_LATEST = -1 };

struct sto_version {
    const char *subject; /* NULL: read by id, no subject asked for */
    int32_t version;
    bool deleted; /* softly */
    int32_t id;
    const char *guid;
    const char *text;
    const char *resolved;   /* parses alone */
    const char *metadata;   /* JSON, or NULL */
    const char *rule_set;   /* likewise */
    const char *references; /* a JSON array, or NULL: none */
    int32_t max_id;         /* of the whole register */
};

/* Rows of one answer; strings live as long as it does. */
struct sto_versions {
    struct sto_version *items;
    size_t count;
    void *held;
};
void sto_versions_free(struct sto_versions **taken);

/* NULL: it failed; nothing found: count 0. version: from 1, or STO_VERSION_LATEST: of those not deleted. */
MUST_CHECK struct sto_versions *sto_version_find(struct sto_conn *conn, const char *subject,
                                                 int32_t version, enum sto_which which,
                                                 struct err *err);
/* The latest whose metadata has all of these properties, a JSON object of strings. */
MUST_CHECK struct sto_versions *sto_version_with(struct sto_conn *conn, const char *subject,
                                                 const char *properties, enum sto_which which,
                                                 struct err *err);
/* By subject, then version. prefix as GET /subjects takes it. */
MUST_CHECK struct sto_versions *sto_version_list(struct sto_conn *conn, const char *prefix,
                                                 enum sto_which which, bool latest_only,
                                                 struct sto_page page, struct err *err);
/* subject NULL: of any subject. Else of this subject if it has the id, else of another; with a context's
 * name (":.ctx:") only of that context. */
MUST_CHECK struct sto_versions *sto_schema_by_id(struct sto_conn *conn, int32_t id,
                                                 const char *subject, struct err *err);
/* guid: any text; one that is no GUID: count 0. */
MUST_CHECK struct sto_versions *sto_schema_by_guid(struct sto_conn *conn, const char *guid,
                                                   struct err *err);

/* 1, 0; -1 failed. A context's name (":.ctx:"): whether it has any subject. */
MUST_CHECK int sto_subject_exists(struct sto_conn *conn, const char *subject, enum sto_which which,
                                  struct err *err);

#endif
