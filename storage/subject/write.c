/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/write.c - registrations under a subject: the reads before, and the transaction.
 *
 * The transaction is READ COMMITTED on purpose: a snapshot from before the wait for the subject's lock would
 * not have the registration that we waited for. One function writes everything (nrc.register_version), so a
 * lost answer leaves all or nothing. */
#include "storage/subject/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/subject/config.h"

enum { SHA256_BYTES = 32, NUMBER_BYTES = 24 };

#define REFERENCES                                                                                 \
    " (SELECT json_agg(json_build_object('name', r.name, 'subject', r.subject, 'version',"         \
    " r.version) ORDER BY r.ordinal) FROM nrc.schema_reference r WHERE r.schema_id = s.id)"
#define VERSION_COLUMNS                                                                            \
    " v.version, v.schema_id, nrc.structure_state(v), v.deleted_at IS NOT NULL, v.part <> 'none'," \
    " s.sha256, s.guid, v.subject, s.text, s.resolved_text," REFERENCES                            \
    ", s.metadata, s.rule_set, s.normalized_sha256"
/* From the nearest configuration that has it. */
#define SETTING(name)                                                                              \
    " coalesce(own.settings ->> '" name "', context.settings ->> '" name                           \
    "', everywhere.settings ->> '" name "')"
/* A setting that is an object, and whose it is. */
#define LAYER(name)                                                                                \
    ", coalesce(own.settings -> '" name "', context.settings -> '" name                            \
    "', everywhere.settings -> '" name "'), CASE WHEN own.settings ? '" name                       \
    "' THEN own.subject WHEN context.settings ? '" name                                            \
    "' THEN context.subject ELSE everywhere.subject END"
#define SETTING_VALIDATE  SETTING("validateFields")
#define SETTING_GROUP     SETTING("compatibilityGroup")
#define SETTING_NORMALIZE SETTING("normalize")
#define VERSION_TABLES    " FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id"
/* A producer that looks for its schema must not find one that is retired. */
#define STO_USABLE " v.active_from <= now() AND (v.retired_from IS NULL OR v.retired_from > now())"
enum {
    V_VERSION,
    V_SCHEMA,
    V_STATE,
    V_DELETED,
    V_ATTACHED,
    V_SHA256,
    V_GUID,
    V_SUBJECT,
    V_TEXT,
    V_RESOLVED,
    V_REFERENCES,
    V_METADATA,
    V_RULE_SET,
    V_NORMALIZED
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

static bool bool_at(const PGresult *res, int row, int column)
{
    return PQgetvalue(res, row, column)[0] == 't';
}

static int read_version(struct arena *arena, const PGresult *res, int row,
                        struct sto_registered *out, struct err *err)
{
    bool failed = false;
    *out = (struct sto_registered){
        .version = sto_text_int(res, row, V_VERSION),
        .schema_id = sto_text_int(res, row, V_SCHEMA),
        .state = sto_state_of(PQgetvalue(res, row, V_STATE)),
        .deleted = bool_at(res, row, V_DELETED),
        .is_attached = bool_at(res, row, V_ATTACHED),
        .guid = sto_text_copy(arena, res, row, V_GUID, &failed),
        .subject = sto_text_copy(arena, res, row, V_SUBJECT, &failed),
        .text = sto_text_copy(arena, res, row, V_TEXT, &failed),
        .resolved = sto_text_copy(arena, res, row, V_RESOLVED, &failed),
        .references = sto_text_copy(arena, res, row, V_REFERENCES, &failed),
        .metadata = sto_text_copy(arena, res, row, V_METADATA, &failed),
        .rule_set = sto_text_copy(arena, res, row, V_RULE_SET, &failed),
    };
    if (!sto_text_bytes(PQgetvalue(res, row, V_SHA256), out->sha256, SHA256_BYTES) ||
        (!PQgetisnull(res, row, V_NORMALIZED) &&
         !sto_text_bytes(PQgetvalue(res, row, V_NORMALIZED), out->normalized, SHA256_BYTES))) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "a schema's hash is malformed");
    }
    return failed ? no_memory(err) : 0;
}

/* A query of at most one version. */
static int read_one(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                    struct arena *arena, struct sto_registered *out, bool *found, struct err *err)
{
    PGresult *res = sto_exec_prepared(conn, sql, values, count, err);
    if (res == NULL) {
        return err_add(err, "looking for a version");
    }
    *found = PQntuples(res) > 0;
    int rc = *found ? read_version(arena, res, 0, out, err) : 0;
    PQclear(res);
    return rc;
}

int sto_scope_load(struct sto_conn *conn, const char *subject, struct arena *arena,
                   struct sto_scope *out, struct err *err)
{
    static const char sql[] =
        "SELECT coalesce(own.level, context.level, everywhere.level, 'BACKWARD'),"
        " nrc.mode_in_force($1)," SETTING_GROUP "," SETTING_NORMALIZE
        ", coalesce(o.dataset_id, 0), coalesce(o.part, '') = 'key', a.code || '.' || d.name,"
        " nrc.people_needed(d, 'safe'), nrc.people_needed(d, 'review'),"
        " nrc.people_needed(d, 'breaking')," SETTING_VALIDATE LAYER("defaultMetadata")
            LAYER("overrideMetadata") LAYER("defaultRuleSet")
                LAYER("overrideRuleSet") ", EXISTS (SELECT FROM nrc.subject_version v WHERE "
                                         "v.subject = $1)"
                                         " FROM (VALUES (1)) AS one"
                                         " LEFT JOIN nrc.registry_config own ON own.subject = $1"
                                         " LEFT JOIN nrc.registry_config context ON "
                                         "context.subject = nrc.context_of($1)"
                                         " LEFT JOIN nrc.registry_config everywhere ON "
                                         "everywhere.subject = ':.__GLOBAL:'"
                                         " LEFT JOIN nrc.dataset_of_subject($1) o ON true"
                                         " LEFT JOIN nrc.dataset d ON d.id = o.dataset_id"
                                         " LEFT JOIN nrc.agency a ON a.id = d.agency_id";
    const char *const values[] = {subject};
    PGresult *res = sto_exec_prepared(conn, sql, values, 1, err);
    if (res == NULL) {
        return err_add(err, "reading the settings of a subject");
    }
    bool failed = false;
    *out = (struct sto_scope){
        .level = sto_text_copy(arena, res, 0, 0, &failed),
        .mode = sto_text_copy(arena, res, 0, 1, &failed),
        .group = sto_text_copy(arena, res, 0, 2, &failed),
        .normalize = strcmp(PQgetvalue(res, 0, 3), "true") == 0,
        .dataset_id = sto_text_int(res, 0, 4),
        .is_key = bool_at(res, 0, 5),
        .dataset = sto_text_copy(arena, res, 0, 6, &failed),
        .has_versions = bool_at(res, 0, 8 + STO_CHANGE_CLASSES + 2 * STO_LAYERS),
        .validate_fields = strcmp(PQgetvalue(res, 0, 7 + STO_CHANGE_CLASSES), "true") == 0,
    };
    for (int i = 0; i < STO_CHANGE_CLASSES && out->dataset != NULL; i++) {
        out->people[i] = sto_text_int(res, 0, 7 + i);
    }
    for (int i = 0; i < STO_LAYERS; i++) {
        int column = 8 + STO_CHANGE_CLASSES + 2 * i;
        out->layers[i].json = sto_text_copy(arena, res, 0, column, &failed);
        out->layers[i].of = sto_text_copy(arena, res, 0, column + 1, &failed);
    }
    PQclear(res);
    return failed ? no_memory(err) : 0;
}

int sto_subject_stem(struct sto_conn *conn, const char *dataset, struct arena *arena,
                     const char **out, struct err *err)
{
    static const char sql[] = "SELECT coalesce(d.topic, $1) FROM nrc.dataset d"
                              " JOIN nrc.agency a ON a.id = d.agency_id"
                              " WHERE a.code = split_part($1, '.', 1)"
                              " AND d.name = substr($1, length(a.code) + 2)";
    PGresult *res = sto_exec(conn, sql, &dataset, 1, err);
    if (res == NULL) {
        return err_add(err, "looking for a dataset");
    }
    bool found = PQntuples(res) > 0;
    bool failed = false;
    *out = found ? sto_text_copy(arena, res, 0, 0, &failed) : NULL;
    PQclear(res);
    if (!found) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.128s", dataset);
    }
    return failed ? no_memory(err) : 0;
}

int sto_registered_find(struct sto_conn *conn, const struct sto_lookup *lookup, struct arena *arena,
                        struct sto_registered *out, bool *found, struct err *err)
{
    static const char sql[] =
        "SELECT" VERSION_COLUMNS VERSION_TABLES " WHERE v.subject = $1 AND" STO_USABLE
        " AND (v.deleted_at IS NULL OR $4::boolean)"
        " AND (s.sha256 IN ($2::bytea, $3::bytea) OR s.normalized_sha256 = $3::bytea)"
        " AND (v.part <> 'none' OR NOT $5::boolean"
        "  OR (SELECT dataset_id FROM nrc.dataset_of_subject($1)) IS NULL)"
        " AND NOT ($6::boolean AND EXISTS (SELECT FROM nrc.registry_config c"
        "  WHERE c.subject IN ($1, nrc.context_of($1), ':.__GLOBAL:') AND c.settings ?| ARRAY["
        "'defaultMetadata', 'overrideMetadata', 'defaultRuleSet', 'overrideRuleSet']))"
        " ORDER BY s.sha256 = CASE WHEN (SELECT c.settings ->> 'normalize' FROM "
        "nrc.registry_config c"
        "  WHERE c.subject IN ($1, nrc.context_of($1), ':.__GLOBAL:') AND c.settings ? 'normalize'"
        "  ORDER BY c.subject <> $1, c.subject = ':.__GLOBAL:' LIMIT 1) = 'true'"
        "  THEN $3::bytea ELSE $2::bytea END DESC, v.version DESC LIMIT 1";
    char plain[STO_BYTEA_TEXT(SHA256_BYTES)];
    char normalized[STO_BYTEA_TEXT(SHA256_BYTES)];
    const char *const values[] = {lookup->subject,
                                  sto_text_bytea(plain, lookup->plain, SHA256_BYTES),
                                  sto_text_bytea(normalized, lookup->normalized, SHA256_BYTES),
                                  lookup->deleted ? "true" : "false",
                                  lookup->attached ? "true" : "false",
                                  lookup->as_sent ? "true" : "false"};
    return read_one(conn, sql, values, 6, arena, out, found, err);
}

int sto_registered_find_resolved(struct sto_conn *conn, const struct sto_lookup *lookup,
                                 const char *resolved, const char *metadata, const char *rule_set,
                                 struct arena *arena, struct sto_registered *out, bool *found,
                                 struct err *err)
{
    static const char sql[] =
        "SELECT" VERSION_COLUMNS VERSION_TABLES " WHERE v.subject = $1 AND" STO_USABLE
        " AND (v.deleted_at IS NULL OR $2::boolean)"
        " AND s.resolved_text = $3 AND s.metadata IS NOT DISTINCT FROM $4::jsonb"
        " AND s.rule_set IS NOT DISTINCT FROM $5::jsonb ORDER BY v.version DESC LIMIT 1";
    const char *const values[] = {lookup->subject, lookup->deleted ? "true" : "false", resolved,
                                  metadata, rule_set};
    return read_one(conn, sql, values, 5, arena, out, found, err);
}

/* All rows of the result, which it takes. */
static int read_all(PGresult *res, struct arena *arena, struct sto_registered **list, size_t *count,
                    struct err *err)
{
    size_t rows = (size_t)PQntuples(res);
    struct sto_registered *all = arena_calloc(arena, rows, sizeof(*all));
    if (all == NULL) {
        PQclear(res);
        return no_memory(err);
    }
    int rc = 0;
    for (size_t i = 0; i < rows && rc == 0; i++) {
        rc = read_version(arena, res, (int)i, &all[i], err);
    }
    PQclear(res);
    *list = all;
    *count = rows;
    return rc;
}

int sto_registered_numbered(struct sto_conn *conn, const struct sto_lookup *lookup, int32_t version,
                            struct arena *arena, struct sto_registered **list, size_t *count,
                            struct err *err)
{
    static const char sql[] =
        "SELECT" VERSION_COLUMNS VERSION_TABLES " WHERE v.subject = $1 AND" STO_USABLE
        " AND (v.deleted_at IS NULL OR $2::boolean)"
        " AND (s.metadata -> 'properties' ? 'confluent:version' OR v.version = $3::int)"
        " ORDER BY v.version DESC";
    char number[NUMBER_BYTES];
    snprintf(number, sizeof(number), "%" PRId32, version);
    const char *const values[] = {lookup->subject, lookup->deleted ? "true" : "false", number};
    PGresult *res = sto_exec_prepared(conn, sql, values, 3, err);
    return res != NULL ? read_all(res, arena, list, count, err)
                       : err_add(err, "looking for a version");
}

int sto_registered_get(struct sto_conn *conn, const char *subject, int32_t version, bool deleted,
                       struct arena *arena, struct sto_registered *out, bool *found,
                       struct err *err)
{
    static const char sql[] =
        "SELECT" VERSION_COLUMNS VERSION_TABLES
        " WHERE v.subject = $1 AND v.active_from <= now() AND (v.version = $2::int OR $2::int = -1)"
        " AND (v.deleted_at IS NULL OR $3::boolean) ORDER BY v.version DESC LIMIT 1";
    char number[NUMBER_BYTES];
    snprintf(number, sizeof(number), "%" PRId32, version);
    const char *const values[] = {subject, number, deleted && version != -1 ? "true" : "false"};
    return read_one(conn, sql, values, 3, arena, out, found, err);
}

int sto_registered_list(struct sto_conn *conn, const char *subject, bool every_text,
                        struct arena *arena, struct sto_registered **list, size_t *count,
                        struct err *err)
{
    /* The shape of VERSION_COLUMNS. */
    static const char sql[] =
        "SELECT v.version, v.schema_id, nrc.structure_state(v), v.deleted_at IS NOT NULL,"
        " v.part <> 'none',"
        " s.sha256, s.guid, v.subject, CASE WHEN w.wanted THEN s.text END,"
        " CASE WHEN w.wanted THEN s.resolved_text END,"
        " CASE WHEN w.wanted THEN" REFERENCES " END, s.metadata, s.rule_set,"
        " s.normalized_sha256" VERSION_TABLES " CROSS JOIN LATERAL (SELECT v.deleted_at IS NULL "
        "AND v.active_from <= now() AND ($2::boolean"
        "  OR NOT EXISTS (SELECT FROM nrc.subject_version o WHERE o.subject = $1"
        "   AND o.version > v.version AND o.deleted_at IS NULL"
        "   AND nrc.structure_state(o) = 'active'))) AS w(wanted)"
        " WHERE v.subject = $1 ORDER BY v.version";
    const char *const values[] = {subject, every_text ? "true" : "false"};
    PGresult *res = sto_exec_prepared(conn, sql, values, 2, err);
    if (res == NULL) {
        return err_add(err, "reading the versions of a subject");
    }
    return read_all(res, arena, list, count, err);
}

/* ---- the transaction ---- */

int sto_register_begin(struct sto_conn *conn, const char *subject, struct err *err)
{
    const char *const values[] = {subject};
    if (sto_run(conn, "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '2s'", err) !=
        0) {
        return -1;
    }
    PGresult *res = sto_exec(conn, "SELECT nrc.lock_subject($1)", values, 1, err);
    if (res == NULL) {
        return err_add(err, "waiting for another registration of the subject or its dataset");
    }
    PQclear(res);
    return 0;
}

void sto_register_abort(struct sto_conn *conn)
{
    sto_rollback(conn);
}

int sto_register_commit(struct sto_conn *conn, struct err *err)
{
    if (sto_run(conn, "COMMIT", err) == 0) {
        return 0;
    }
    if (!sto_conn_usable(conn)) {
        err->code =
            ERR_COMMIT_UNKNOWN; /* the client repeats the request, and it finds the version */
        err->kind = ERR_KIND_RETRY;
    }
    return err_add(err, "committing a registration");
}

int sto_standing(struct sto_conn *conn, const char *subject, int32_t version, struct arena *arena,
                 const char **out, struct err *err)
{
    char number[NUMBER_BYTES];
    snprintf(number, sizeof(number), "%" PRId32, version);
    const char *const values[] = {subject, number};
    PGresult *res = sto_exec(conn, "SELECT nrc.structure_standing($1, $2::int)", values, 2, err);
    if (res == NULL) {
        return err_add(err, "finding the standing of a structure");
    }
    bool failed = false;
    *out = sto_text_copy(arena, res, 0, 0, &failed);
    PQclear(res);
    return failed ? no_memory(err) : 0;
}
