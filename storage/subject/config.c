/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/config.c - nrc.registry_config and nrc.registry_mode, each change one statement.
 *
 * nrc.mode_in_force (migration 0010) returns the mode in force; deletions use it too. */
#include "storage/subject/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/conn/statement.h"

#define WRITABLE " nrc.mode_in_force($1) NOT IN ('READONLY', 'READONLY_OVERRIDE')"

static void copy_word(char out[STO_WORD_BYTES], const PGresult *res, int column)
{
    snprintf(out, STO_WORD_BYTES, "%s", PQgetvalue(res, 0, column));
}

void sto_config_fini(struct sto_config *config)
{
    free(config->settings);
    config->settings = NULL;
}

static bool is_true(const PGresult *res, int column)
{
    return PQgetvalue(res, 0, column)[0] == 't';
}

/* A row of set, level, settings. Takes res. */
static int fill(PGresult *res, struct sto_config *out, struct err *err)
{
    out->set = is_true(res, 0);
    copy_word(out->level, res, 1);
    out->settings = strdup(PQgetvalue(res, 0, 2));
    PQclear(res);
    return out->settings != NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for settings");
}

size_t sto_context_len(const char *subject)
{
    const char *end = strncmp(subject, ":.", 2) == 0 ? strchr(subject + 2, ':') : NULL;
    return end != NULL ? (size_t)(end + 1 - subject) : 0;
}

/* In Confluent's words, which clients compare; there the registry itself is called null. */
int sto_mode_refuse(const char *subject, const char *why, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED, "Subject %.200s in context %.*s %s",
                   subject[0] != '\0' ? subject : "null", (int)sto_context_len(subject), subject,
                   why);
}

static int read_only(PGresult *res, const char *subject, struct err *err)
{
    PQclear(res);
    return sto_mode_refuse(subject, "is in read-only mode", err);
}

int sto_config_get(struct sto_conn *conn, const char *subject, bool in_force,
                   struct sto_config *out, struct err *err)
{
    const char *const values[] = {subject, in_force ? "true" : "false"};
    /* The nearest last: of two members with one key jsonb_object_agg keeps the last. */
    PGresult *res =
        sto_exec(conn,
                 "WITH scope AS (SELECT c.level, c.settings, s.rank"
                 " FROM (VALUES ($1::text, 1), (nrc.context_of($1), 2), (':.__GLOBAL:', 3)) s "
                 "(subject, rank)"
                 " JOIN nrc.registry_config c ON c.subject = s.subject)"
                 " SELECT EXISTS (SELECT FROM scope WHERE rank = 1),"
                 " coalesce((SELECT level FROM scope WHERE level IS NOT NULL"
                 "  AND (rank = 1 OR $1 <> '' OR $2::boolean) ORDER BY rank LIMIT 1), 'BACKWARD'),"
                 " (SELECT coalesce(jsonb_object_agg(m.key, m.value ORDER BY rank DESC), '{}')"
                 "  FROM scope, jsonb_each(settings) m WHERE $2::boolean OR rank = 1)",
                 values, 2, err);
    return res == NULL ? -1 : fill(res, out, err);
}

int sto_config_put(struct sto_conn *conn, const char *subject,
                   const struct sto_config_change *change, struct sto_config *out, struct err *err)
{
    const char *const values[] = {subject, change->level, change->settings,
                                  change->has_level ? "true" : "false"};
    /* It writes even when nothing changes: the INSERT also meets a row that another session has put since
     * the statement began, which its reads do not see. */
    PGresult *res = sto_exec(
        conn,
        "WITH old AS (SELECT level, settings FROM nrc.registry_config WHERE subject = $1),"
        " put AS (INSERT INTO nrc.registry_config AS c (subject, level, settings)"
        " SELECT $1, $2, jsonb_strip_nulls($3::jsonb) WHERE" WRITABLE
        " ON CONFLICT (subject) DO UPDATE SET level = CASE WHEN $4::boolean THEN EXCLUDED.level"
        " ELSE c.level END, settings = jsonb_strip_nulls(c.settings || $3::jsonb)"
        " RETURNING c.level, c.settings)"
        " SELECT true, coalesce(put.level, ''), put.settings, NOT EXISTS (SELECT FROM old o"
        " WHERE (o.level, o.settings) IS NOT DISTINCT FROM (put.level, put.settings)) FROM put",
        values, 4, err);
    if (res == NULL) {
        return -1;
    }
    if (PQntuples(res) == 0) {
        return read_only(res, subject, err);
    }
    out->changed = is_true(res, 3);
    return fill(res, out, err);
}

int sto_config_delete(struct sto_conn *conn, const char *subject, struct sto_config *out,
                      struct err *err)
{
    const char *const values[] = {subject};
    PGresult *res =
        sto_exec(conn,
                 "WITH gone AS (DELETE FROM nrc.registry_config c WHERE c.subject = $1 AND" WRITABLE
                 " RETURNING c.level, c.settings)"
                 " SELECT EXISTS (SELECT FROM gone), coalesce((SELECT level FROM gone),"
                 "  (SELECT c.level FROM nrc.registry_config c WHERE c.level IS NOT NULL"
                 "   AND c.subject IN (nrc.context_of($1), ':.__GLOBAL:')"
                 "   ORDER BY c.subject = ':.__GLOBAL:' LIMIT 1), 'BACKWARD'),"
                 " coalesce((SELECT settings FROM gone), '{}')," WRITABLE,
                 values, 1, err);
    if (res == NULL) {
        return -1;
    }
    return is_true(res, 3) ? fill(res, out, err) : read_only(res, subject, err);
}

/* A row of set, word. Takes res. */
static int fill_mode(PGresult *res, struct sto_mode *out)
{
    out->set = is_true(res, 0);
    copy_word(out->word, res, 1);
    PQclear(res);
    return 0;
}

/* The own mode of $1; NULL: none. */
#define OWN_MODE                                                                                   \
    " (SELECT m.mode FROM nrc.registry_mode m WHERE m.subject = $1"                                \
    "  OR m.subject = '' AND m.mode = 'READONLY_OVERRIDE' ORDER BY m.mode <> 'READONLY_OVERRIDE'"  \
    "  LIMIT 1)"

int sto_mode_get(struct sto_conn *conn, const char *subject, bool in_force, struct sto_mode *out,
                 struct err *err)
{
    const char *const values[] = {subject, in_force ? "true" : "false"};
    PGresult *res =
        sto_exec(conn,
                 "SELECT" OWN_MODE " IS NOT NULL, CASE WHEN $2::boolean"
                 " THEN nrc.mode_in_force($1) ELSE coalesce(" OWN_MODE ", 'READWRITE') END",
                 values, 2, err);
    return res == NULL ? -1 : fill_mode(res, out);
}

int sto_mode_put(struct sto_conn *conn, const char *subject, const char *word, bool force,
                 bool *changed, struct err *err)
{
    const char *const values[] = {subject, word, force ? "true" : "false"};
    PGresult *res =
        sto_exec(conn,
                 "WITH may AS (SELECT $2::text <> 'IMPORT' OR $3::boolean OR nrc.mode_in_force($1) "
                 "= 'IMPORT'"
                 " OR NOT EXISTS (SELECT FROM nrc.subject_version v"
                 "  WHERE v.deleted_at IS NULL AND v.active_from <= now()"
                 "  AND (v.subject = $1 OR $1 IN ('', ':.__GLOBAL:')"
                 "   OR $1 = nrc.context_of(v.subject))) AS it),"
                 " put AS (INSERT INTO nrc.registry_mode AS m (subject, mode)"
                 " SELECT $1, $2::text FROM may WHERE it ON CONFLICT (subject) DO UPDATE"
                 " SET mode = EXCLUDED.mode WHERE m.mode <> EXCLUDED.mode RETURNING true)"
                 " SELECT it, EXISTS (SELECT FROM put) FROM may",
                 values, 3, err);
    if (res == NULL) {
        return -1;
    }
    bool is_allowed = is_true(res, 0);
    *changed = is_true(res, 1);
    PQclear(res);
    return is_allowed ? 0
                      : err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED,
                                "Cannot import since found existing subjects");
}

int sto_mode_delete(struct sto_conn *conn, const char *subject, struct sto_mode *out,
                    struct err *err)
{
    const char *const values[] = {subject};
    PGresult *res = sto_exec(conn,
                             "WITH gone AS (DELETE FROM nrc.registry_mode m WHERE m.subject = $1"
                             " RETURNING true)"
                             " SELECT" OWN_MODE " IS NOT NULL, coalesce(" OWN_MODE ", 'READWRITE'),"
                             " EXISTS (SELECT FROM gone)",
                             values, 1, err);
    out->changed = res != NULL && is_true(res, 2);
    return res == NULL ? -1 : fill_mode(res, out);
}
