/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/read.c - versions and schemas, whole.
 *
 * Every statement begins at an index of nrc.subject_version or nrc.schema, except the list of all versions.
 * Lists of names and numbers are in list.c. */
#include "storage/subject/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/subject/query_priv.h"

enum { GUID_CHARS = 36 };

/* clang-format off */
#define SCHEMA_COLUMNS                                                                             \
    " s.id, s.guid, s.text, coalesce(s.resolved_text, s.text), s.metadata, s.rule_set,"            \
    " (SELECT json_agg(json_build_object('name', r.name, 'subject', r.subject, 'version', r.version)" \
    "  ORDER BY r.ordinal) FROM nrc.schema_reference r WHERE r.schema_id = s.id)"
#define VERSION_COLUMNS "SELECT v.subject, v.version," SCHEMA_COLUMNS ", v.deleted_at IS NOT NULL"
/* clang-format on */

const char *sto_which_word(enum sto_which which)
{
    switch (which) {
    case STO_LIVE_AND_DELETED: return "all";
    case STO_DELETED_ONLY: return "deleted";
    default: return "live";
    }
}

const char *sto_number(char out[STO_NUMBER_BYTES], int64_t v)
{
    snprintf(out, STO_NUMBER_BYTES, "%lld", (long long)v);
    return out;
}

void sto_page_print(struct sto_page_text *out, struct sto_page page)
{
    sto_number(out->offset, page.offset);
    out->limit_or_null = page.limit < 0 ? NULL : sto_number(out->limit, page.limit);
}

/* "6f8f5f30-…". */
bool sto_is_guid(const char *text)
{
    if (strlen(text) != GUID_CHARS) {
        return false;
    }
    for (int i = 0; i < GUID_CHARS; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* ---- rows of versions ---- */

static const char *text_at(const PGresult *res, int row, int column)
{
    return PQgetisnull(res, row, column) ? NULL : PQgetvalue(res, row, column);
}

static void fill_version(struct sto_version *out, const PGresult *res, int row)
{
    *out = (struct sto_version){
        .subject = text_at(res, row, 0),
        .version = sto_text_int(res, row, 1),
        .id = sto_text_int(res, row, 2),
        .guid = text_at(res, row, 3),
        .text = text_at(res, row, 4),
        .resolved = text_at(res, row, 5),
        .metadata = text_at(res, row, 6),
        .rule_set = text_at(res, row, 7),
        .references = text_at(res, row, 8),
        .deleted = PQnfields(res) > 9 && PQgetvalue(res, row, 9)[0] == 't',
        .max_id = PQnfields(res) > 10 ? sto_text_int(res, row, 10) : 0,
    };
}

static struct sto_versions *no_memory(PGresult *res, struct err *err)
{
    PQclear(res);
    err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    return NULL;
}

/* Takes res; NULL when the statement has failed. */
static struct sto_versions *versions_of(PGresult *res, struct err *err)
{
    if (res == NULL) {
        return NULL;
    }
    size_t count = (size_t)PQntuples(res);
    struct sto_versions *out = calloc(1, sizeof(*out) + count * sizeof(*out->items));
    if (out == NULL) {
        return no_memory(res, err);
    }
    out->items = (struct sto_version *)(out + 1);
    out->count = count;
    out->held = res;
    for (size_t i = 0; i < count; i++) {
        fill_version(&out->items[i], res, (int)i);
    }
    return out;
}

static struct sto_versions *no_versions(struct err *err)
{
    struct sto_versions *none = calloc(1, sizeof(*none));
    return none != NULL ? none : no_memory(NULL, err);
}

void sto_versions_free(struct sto_versions **taken)
{
    if (*taken != NULL) {
        PQclear((*taken)->held);
        free(*taken);
        *taken = NULL;
    }
}

struct sto_versions *sto_version_find(struct sto_conn *conn, const char *subject, int32_t version,
                                      enum sto_which which, struct err *err)
{
    char n[STO_NUMBER_BYTES];
    const char *const values[] = {subject, sto_number(n, version), sto_which_word(which)};
    const char *sql =
        version == STO_VERSION_LATEST ? VERSION_COLUMNS VERSION_TABLES
            " AND v.subject = $1 AND v.deleted_at IS NULL AND $2::int = -1 AND $3::text <> ''"
            " ORDER BY v.version DESC LIMIT 1"
                                      : VERSION_COLUMNS VERSION_TABLES
            " AND v.subject = $1 AND v.version = $2::int AND" WHICH(3);
    return versions_of(sto_exec_prepared(conn, sql, values, 3, err), err);
}

struct sto_versions *sto_version_with(struct sto_conn *conn, const char *subject,
                                      const char *properties, enum sto_which which, struct err *err)
{
    const char *const values[] = {subject, properties, sto_which_word(which)};
    return versions_of(
        sto_exec_prepared(conn,
                          VERSION_COLUMNS VERSION_TABLES
                          " AND v.subject = $1 AND s.metadata->'properties' @> $2::jsonb"
                          " AND" WHICH(3) " ORDER BY v.version DESC LIMIT 1",
                          values, 3, err),
        err);
}

struct sto_versions *sto_version_list(struct sto_conn *conn, const char *prefix,
                                      enum sto_which which, bool latest_only, struct sto_page page,
                                      struct err *err)
{
    struct sto_page_text at;
    sto_page_print(&at, page);
    const char *const values[] = {prefix, sto_which_word(which), latest_only ? "true" : "false",
                                  at.offset, at.limit_or_null};
    /* The latest of the listed versions of its subject. */
    return versions_of(sto_exec_prepared(conn,
                                         VERSION_COLUMNS
                                         " FROM (SELECT v.*, v.version = max(v.version)"
                                         " OVER (PARTITION BY v.subject) AS is_latest"
                                         " FROM nrc.subject_version v WHERE v.active_from <= now()"
                                         " AND" PREFIX(1) " AND" WHICH(
                                             2) ") v"
                                                " JOIN nrc.schema s ON s.id = v.schema_id"
                                                " WHERE NOT $3::boolean OR v.is_latest"
                                                " ORDER BY v.subject COLLATE \"C\", v.version"
                                                " OFFSET $4::bigint LIMIT $5::bigint",
                                         values, 5, err),
                       err);
}

/* clang-format off */
/* One version that uses the schema, one that is not deleted first, in the order of the index. */
#define USER_OF(condition)                                                                         \
    "(SELECT v.subject, v.version, v.deleted_at IS NOT NULL AS deleted"                            \
    " FROM nrc.subject_version v WHERE v.schema_id = $1::int AND v.active_from <= now()" condition   \
    " ORDER BY v.deleted_at IS NOT NULL, v.subject COLLATE \"C\", v.version DESC LIMIT 1)"
#define BY_ID_COLUMNS "v.version," SCHEMA_COLUMNS ", v.deleted, (SELECT max(m.id) FROM nrc.schema m)"

/* Few rows are read, however many versions use the schema: the subject's own, else one of its context, else
 * any other; each is looked up only when the one before finds nothing. A subject of a named context only
 * finds that context's. */
static const char by_id_of_subject[] =
    "SELECT v.subject, " BY_ID_COLUMNS
    " FROM nrc.schema s CROSS JOIN LATERAL (SELECT * FROM ("
    USER_OF(" AND v.subject = $2") " UNION ALL "
    USER_OF(" AND nrc.context_of($2) IN ('', $2) AND nrc.context_of(v.subject) = nrc.context_of($2)")
    " UNION ALL " USER_OF(" AND nrc.context_of($2) = ''")
    ") u LIMIT 1) v WHERE s.id = $1::int";
static const char by_id[] =
    "SELECT NULL, " BY_ID_COLUMNS
    " FROM nrc.schema s CROSS JOIN LATERAL " USER_OF("") " v WHERE s.id = $1::int";
/* clang-format on */

struct sto_versions *sto_schema_by_id(struct sto_conn *conn, int32_t id, const char *subject,
                                      struct err *err)
{
    char n[STO_NUMBER_BYTES];
    const char *const values[] = {sto_number(n, id), subject};
    return versions_of(subject != NULL ? sto_exec_prepared(conn, by_id_of_subject, values, 2, err)
                                       : sto_exec_prepared(conn, by_id, values, 1, err),
                       err);
}

struct sto_versions *sto_schema_by_guid(struct sto_conn *conn, const char *guid, struct err *err)
{
    if (!sto_is_guid(guid)) {
        return no_versions(err);
    }
    const char *const values[] = {guid};
    return versions_of(sto_exec_prepared(conn,
                                         "SELECT NULL, 0," SCHEMA_COLUMNS
                                         " FROM nrc.schema s WHERE s.guid = $1::uuid"
                                         " AND EXISTS (SELECT FROM nrc.subject_version v"
                                         "  WHERE v.schema_id = s.id AND v.active_from <= now())",
                                         values, 1, err),
                       err);
}

int sto_subject_exists(struct sto_conn *conn, const char *subject, enum sto_which which,
                       struct err *err)
{
    const char *const values[] = {subject, sto_which_word(which)};
    PGresult *res = sto_exec_prepared(
        conn,
        "SELECT EXISTS (SELECT FROM nrc.subject_version v"
        " WHERE v.subject = $1 AND v.active_from <= now() AND" WHICH(
            2) ")"
               " OR $1 <> '' AND nrc.context_of($1) = $1"
               " AND EXISTS (SELECT FROM nrc.subject_version v"
               " WHERE starts_with(v.subject, $1) AND v.active_from <= now() AND" WHICH(2) ")",
        values, 2, err);
    if (res == NULL) {
        return -1;
    }
    int exists = PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    return exists;
}
