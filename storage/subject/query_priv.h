/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/query_priv.h - parts that the registry's queries share; private to storage/subject. */
#ifndef STORAGE_SUBJECT_QUERY_PRIV_H
#define STORAGE_SUBJECT_QUERY_PRIV_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/subject/read.h"

struct sto_words;

/* clang-format off */
#define VERSION_TABLES                                                                             \
    " FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id"                          \
    " WHERE v.active_from <= now()"

/* Which versions are listed; $n is the parameter. */
#define WHICH(n)                                                                                   \
    " CASE $" #n "::text WHEN 'all' THEN true WHEN 'deleted' THEN v.deleted_at IS NOT NULL"        \
    " ELSE v.deleted_at IS NULL END"
/* Of every context with ":*:", of one with ":.ctx:", else of the default one. */
#define PREFIX(n)                                                                                  \
    " CASE WHEN starts_with($" #n "::text, ':*:')"                                                 \
    " THEN starts_with(substr(v.subject, length(nrc.context_of(v.subject)) + 1), substr($" #n ", 4))" \
    " ELSE starts_with(v.subject, $" #n ")"                                                        \
    " AND (starts_with($" #n ", ':.') OR nrc.context_of(v.subject) = '') END"
/* clang-format on */

/* Takes res. NULL: the statement has failed, and err stays as it is. The values from first_column on, row by
 * row. */
MUST_CHECK struct sto_words *sto_words_of(PGresult *res, int first_column, struct err *err);

enum { STO_NUMBER_BYTES = 24 };
const char *sto_number(char out[STO_NUMBER_BYTES], int64_t v); /* out */
const char *sto_which_word(enum sto_which which);              /* as WHICH takes it */

struct sto_page_text {
    char offset[STO_NUMBER_BYTES];
    char limit[STO_NUMBER_BYTES];
    const char *limit_or_null;
};
void sto_page_print(struct sto_page_text *out, struct sto_page page);

/* PostgreSQL accepts more forms of a UUID, and fails on any other text. */
bool sto_is_guid(const char *text);

#endif
