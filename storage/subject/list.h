/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/list.h - lists of the registry's names and numbers, with filters and pages. Which versions
 * are visible: storage/subject/read.h. */
#ifndef STORAGE_SUBJECT_LIST_H
#define STORAGE_SUBJECT_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/subject/read.h"

struct sto_conn;

/* Names or numbers, each as text. */
struct sto_words {
    const char **items;
    size_t count;
    void *held;
};
void sto_words_free(struct sto_words **taken);

/* Sorted by code point. Prefix ":*:name": those whose name without the context begins with it, in every
 * context; ":.ctx:name": in that context; else in the default one. */
MUST_CHECK struct sto_words *sto_subject_list(struct sto_conn *conn, const char *prefix,
                                              enum sto_which which, struct sto_page page,
                                              struct err *err);
/* Ascending. */
MUST_CHECK struct sto_words *sto_subject_versions(struct sto_conn *conn, const char *subject,
                                                  enum sto_which which, struct sto_page page,
                                                  struct err *err);
/* Ids of the schemas that refer to the version, ascending. */
MUST_CHECK struct sto_words *sto_version_referrers(struct sto_conn *conn, const char *subject,
                                                   int32_t version, enum sto_which which,
                                                   struct sto_page page, struct err *err);
/* Pairs of subject and version, sorted, that use the schema; context NULL: of all. */
MUST_CHECK struct sto_words *sto_schema_users(struct sto_conn *conn, int32_t id,
                                              const char *context, enum sto_which which,
                                              struct sto_page page, struct err *err);
/* Subjects alone, each once. */
MUST_CHECK struct sto_words *sto_schema_subjects(struct sto_conn *conn, int32_t id,
                                                 const char *context, enum sto_which which,
                                                 struct sto_page page, struct err *err);
/* Pairs of context (".", ".ctx") and id. */
MUST_CHECK struct sto_words *sto_guid_ids(struct sto_conn *conn, const char *guid, struct err *err);
/* "." and those in use. */
MUST_CHECK struct sto_words *sto_context_list(struct sto_conn *conn, const char *prefix,
                                              struct sto_page page, struct err *err);

#endif
