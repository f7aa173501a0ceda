/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/list.c - names and numbers: of subjects, versions, users of a schema, contexts.
 *
 * Sorted by code point and number, so that pages of one list fit together. */
#include "storage/subject/list.h"

#include <stdlib.h>

#include "storage/conn/statement.h"
#include "storage/subject/query_priv.h"

/* clang-format off */
#define CONTEXT_NAME " coalesce(substring(v.subject FROM '^:(\\.[^:]*):'), '.')"
/* clang-format on */

struct sto_words *sto_words_of(PGresult *res, int first_column, struct err *err)
{
    if (res == NULL) {
        return NULL;
    }
    int columns = PQnfields(res) - first_column;
    size_t count = (size_t)PQntuples(res) * (size_t)columns;
    struct sto_words *out = calloc(1, sizeof(*out) + count * sizeof(*out->items));
    if (out == NULL) {
        PQclear(res);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    out->items = (const char **)(out + 1);
    out->count = count;
    out->held = res;
    for (size_t i = 0; i < count; i++) {
        out->items[i] = PQgetvalue(res, (int)i / columns, first_column + (int)i % columns);
    }
    return out;
}

/* Takes res. */
static struct sto_words *words_of(PGresult *res, struct err *err)
{
    return sto_words_of(res, 0, err);
}

void sto_words_free(struct sto_words **taken)
{
    if (*taken != NULL) {
        PQclear((*taken)->held);
        free(*taken);
        *taken = NULL;
    }
}

struct sto_words *sto_subject_list(struct sto_conn *conn, const char *prefix, enum sto_which which,
                                   struct sto_page page, struct err *err)
{
    struct sto_page_text at;
    sto_page_print(&at, page);
    const char *const values[] = {prefix, sto_which_word(which), at.offset, at.limit_or_null};
    /* A subject is deleted when all of its versions are. */
    return words_of(
        sto_exec(
            conn,
            "SELECT v.subject FROM nrc.subject_version v WHERE v.active_from <= now()"
            " AND" PREFIX(1) " GROUP BY v.subject"
                             " HAVING CASE $2::text WHEN 'all' THEN true"
                             "  WHEN 'deleted' THEN bool_and(v.deleted_at IS NOT NULL)"
                             "  ELSE bool_or(v.deleted_at IS NULL) END"
                             " ORDER BY v.subject COLLATE \"C\" OFFSET $3::bigint LIMIT $4::bigint",
            values, 4, err),
        err);
}

struct sto_words *sto_subject_versions(struct sto_conn *conn, const char *subject,
                                       enum sto_which which, struct sto_page page, struct err *err)
{
    struct sto_page_text at;
    sto_page_print(&at, page);
    const char *const values[] = {subject, sto_which_word(which), at.offset, at.limit_or_null};
    return words_of(sto_exec(conn,
                             "SELECT v.version FROM nrc.subject_version v"
                             " WHERE v.subject = $1 AND v.active_from <= now() AND" WHICH(
                                 2) " ORDER BY v.version OFFSET $3::bigint LIMIT $4::bigint",
                             values, 4, err),
                    err);
}

struct sto_words *sto_version_referrers(struct sto_conn *conn, const char *subject, int32_t version,
                                        enum sto_which which, struct sto_page page, struct err *err)
{
    struct sto_page_text at;
    char n[STO_NUMBER_BYTES];
    sto_page_print(&at, page);
    const char *const values[] = {subject, sto_number(n, version), sto_which_word(which), at.offset,
                                  at.limit_or_null};
    return words_of(sto_exec(conn,
                             "SELECT DISTINCT r.schema_id FROM nrc.schema_reference r"
                             " JOIN nrc.subject_version v ON v.schema_id = r.schema_id"
                             " WHERE r.subject = $1 AND r.version = $2::int"
                             " AND v.active_from <= now() AND" WHICH(
                                 3) " ORDER BY r.schema_id OFFSET $4::bigint LIMIT $5::bigint",
                             values, 5, err),
                    err);
}

#define USERS                                                                                      \
    " FROM nrc.subject_version v WHERE v.schema_id = $1::int AND v.active_from <= now()"           \
    " AND ($2::text IS NULL OR nrc.context_of(v.subject) = $2) AND" WHICH(3)

static struct sto_words *users(struct sto_conn *conn, const char *sql, int32_t id,
                               const char *context, enum sto_which which, struct sto_page page,
                               struct err *err)
{
    struct sto_page_text at;
    char n[STO_NUMBER_BYTES];
    sto_page_print(&at, page);
    const char *const values[] = {sto_number(n, id), context, sto_which_word(which), at.offset,
                                  at.limit_or_null};
    return words_of(sto_exec(conn, sql, values, 5, err), err);
}

struct sto_words *sto_schema_users(struct sto_conn *conn, int32_t id, const char *context,
                                   enum sto_which which, struct sto_page page, struct err *err)
{
    return users(conn,
                 "SELECT v.subject, v.version" USERS " ORDER BY v.subject COLLATE \"C\", v.version"
                 " OFFSET $4::bigint LIMIT $5::bigint",
                 id, context, which, page, err);
}

struct sto_words *sto_schema_subjects(struct sto_conn *conn, int32_t id, const char *context,
                                      enum sto_which which, struct sto_page page, struct err *err)
{
    return users(conn,
                 "SELECT v.subject" USERS " GROUP BY v.subject ORDER BY v.subject COLLATE \"C\""
                 " OFFSET $4::bigint LIMIT $5::bigint",
                 id, context, which, page, err);
}

struct sto_words *sto_guid_ids(struct sto_conn *conn, const char *guid, struct err *err)
{
    /* A text that is no GUID finds nothing. */
    const char *const values[] = {sto_is_guid(guid) ? guid : NULL};
    return words_of(sto_exec(conn,
                             "SELECT c.name, c.id FROM (SELECT DISTINCT" CONTEXT_NAME
                             " AS name, s.id" VERSION_TABLES " AND s.guid = $1::uuid) c"
                             " ORDER BY c.name COLLATE \"C\", c.id",
                             values, 1, err),
                    err);
}

struct sto_words *sto_context_list(struct sto_conn *conn, const char *prefix, struct sto_page page,
                                   struct err *err)
{
    struct sto_page_text at;
    sto_page_print(&at, page);
    const char *const values[] = {prefix, at.offset, at.limit_or_null};
    return words_of(sto_exec(conn,
                             "SELECT c.name FROM (SELECT '.' AS name UNION SELECT" CONTEXT_NAME
                             " FROM nrc.subject_version v WHERE v.active_from <= now()) c"
                             " WHERE starts_with(c.name, $1) ORDER BY c.name COLLATE \"C\""
                             " OFFSET $2::bigint LIMIT $3::bigint",
                             values, 3, err),
                    err);
}
