/* SPDX-License-Identifier: Apache-2.0
 * registry/compatibility.c - the level's check, and the two paths that ask for it without
 * registering.
 *
 * `versions` asks what registering would ask, so for a dataset's subject the judgement of its tables
 * is part of it. `versions/{version}` looks at that version alone, at a transitive level too.
 * Messages have the shape that Confluent's have: one for each fault, then which version and which
 * level it was. */
#include "registry/compatibility.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/context.h"
#include "registry/query.h"
#include "registry/routes.h"
#include "registry/structure.h"
#include "registry/worker.h"
#include "schema/compat/compat.h"

enum { SHOWN_SCHEMA_BYTES = 4096 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

int reg_reason_add(struct reg_reasons *reasons, struct err *err, const char *fmt, ...)
{
    if (reasons->count == reasons->room) {
        size_t room = reasons->room > 0 ? reasons->room * 2 : 16;
        const char **items = arena_calloc(reasons->arena, room, sizeof(*items));
        if (items == NULL) {
            return no_memory(err);
        }
        if (reasons->count > 0) {
            memcpy(items, reasons->items, reasons->count * sizeof(*items));
        }
        reasons->items = items;
        reasons->room = room;
    }
    va_list args;
    va_list again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    char *text = arena_alloc(reasons->arena, (size_t)len + 1);
    if (text != NULL) {
        vsnprintf(text, (size_t)len + 1, fmt, again);
        reasons->items[reasons->count++] = text;
    }
    va_end(again);
    va_end(args);
    return text != NULL ? 0 : no_memory(err);
}

bool reg_in_force(const struct sto_registered *row)
{
    return !row->deleted && row->state == STO_STRUCTURE_ACTIVE;
}

bool reg_level_is_transitive(const char *level)
{
    return strstr(level, "_TRANSITIVE") != NULL;
}

/* ---- the check ---- */

struct earlier {
    const struct sto_registered **rows;
    struct sch_schema **schemas;
    size_t count;
};

/* The versions that the level looks at, parsed; oldest first. */
static int collect(const struct sto_scope *scope, const struct reg_candidate *candidate,
                   const struct sto_registered *rows, size_t count, struct arena *arena,
                   struct earlier *out, struct err *err)
{
    const char *group = scope->group != NULL
                            ? reg_metadata_property(candidate->metadata, scope->group, arena)
                            : NULL;
    for (size_t i = 0; i < count; i++) {
        if (!reg_in_force(&rows[i])) {
            continue;
        }
        if (scope->group != NULL) {
            const char *other = reg_metadata_property(rows[i].metadata, scope->group, arena);
            if ((group == NULL) != (other == NULL) ||
                (group != NULL && strcmp(group, other) != 0)) {
                continue;
            }
        }
        out->rows[out->count++] = &rows[i];
    }
    if (!reg_level_is_transitive(scope->level) && out->count > 1) {
        out->rows[0] = out->rows[out->count - 1];
        out->count = 1;
    }
    for (size_t i = 0; i < out->count; i++) {
        out->schemas[i] = reg_parse_registered(out->rows[i], err);
        if (out->schemas[i] == NULL) {
            err->code = ERR_BUG;
            return -1;
        }
    }
    return 0;
}

static int tell_version(const struct sto_registered *row, struct reg_reasons *reasons,
                        struct err *err)
{
    if (reg_reason_add(reasons, err, "{oldSchemaVersion: %d}", (int)row->version) != 0) {
        return -1;
    }
    return strlen(row->text) > SHOWN_SCHEMA_BYTES
               ? 0
               : reg_reason_add(reasons, err, "{oldSchema: '%s'}", row->text);
}

static int tell(const struct sto_scope *scope, const struct earlier *earlier,
                const struct sch_faults *faults, struct reg_reasons *reasons, struct err *err)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct sch_fault *fault = &faults->items[i];
        const struct sto_registered *row = earlier->rows[fault->earlier];
        if (reg_reason_add(reasons, err,
                           "{errorType:'%s', description:'%s: %s (%s schema cannot read what %s "
                           "wrote)', additionalInfo:'%s'}",
                           fault->type, fault->path[0] != '\0' ? fault->path : "/", fault->text,
                           fault->backward ? "the new" : "the old",
                           fault->backward ? "the old one" : "the new one", fault->path) != 0) {
            return -1;
        }
        bool is_last = i + 1 == faults->count || faults->items[i + 1].earlier != fault->earlier;
        if (is_last && tell_version(row, reasons, err) != 0) {
            return -1;
        }
    }
    return faults->count == 0 ? 0
                              : reg_reason_add(reasons, err, "{compatibility: '%s'}", scope->level);
}

int reg_compatible(const struct sto_scope *scope, const struct reg_candidate *candidate,
                   const struct sto_registered *rows, size_t count, struct reg_reasons *reasons,
                   struct err *err)
{
    enum sch_level level;
    struct sch_faults faults = {0};
    struct earlier earlier = {0};
    int rc = -1;
    if (!sch_level_parse(scope->level, &level)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "%.40s is no level", scope->level);
    }
    if (level == SCH_LEVEL_NONE) {
        return 0;
    }
    earlier.rows = arena_calloc(reasons->arena, count, sizeof(*earlier.rows));
    earlier.schemas = arena_calloc(reasons->arena, count, sizeof(struct sch_schema *));
    if (earlier.rows == NULL || earlier.schemas == NULL) {
        return no_memory(err);
    }
    if (collect(scope, candidate, rows, count, reasons->arena, &earlier, err) == 0 &&
        sch_compatible(level, candidate->schema, earlier.schemas, earlier.count, &faults, err) ==
            0) {
        rc = tell(scope, &earlier, &faults, reasons, err);
    }
    for (size_t i = 0; i < earlier.count; i++) {
        sch_schema_unref(&earlier.schemas[i]);
    }
    sch_faults_fini(&faults);
    return rc;
}

/* ---- the paths ---- */

static void answer(struct http_request *req, const struct reg_reasons *reasons)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "is_compatible");
    jsonw_bool(&w, reasons->count == 0);
    if (http_query_bool(req, "verbose", false)) {
        jsonw_key(&w, "messages");
        jsonw_open(&w, '[');
        for (size_t i = 0; i < reasons->count; i++) {
            jsonw_str(&w, reasons->items[i]);
        }
        jsonw_close(&w, ']');
    }
    jsonw_close(&w, '}');
    reg_ok(req);
}

/* A fault of the schema itself is an answer too, where reasons are asked for. */
static int answer_fault(struct http_request *req, struct reg_reasons *reasons, struct err *err)
{
    if (err->code != ERR_BAD_SCHEMA || !http_query_bool(req, "verbose", false) ||
        reg_reason_add(reasons, err, "%s", err->text) != 0) {
        return -1;
    }
    answer(req, reasons);
    return 0;
}

/* What registering asks beside the level. */
static int judge_dataset(struct sto_conn *conn, const struct sto_scope *scope,
                         const struct reg_candidate *candidate, struct reg_reasons *reasons,
                         struct err *err)
{
    struct reg_judgement judgement;
    if (scope->dataset_id == 0 || reasons->count > 0) {
        return 0;
    }
    const struct reg_case asked = {
        .dataset_id = scope->dataset_id,
        .is_key = scope->is_key,
        .schema = candidate->schema,
        .sha256 = candidate->plain.sha256,
    };
    int rc = reg_structure_judge(conn, &asked, &judgement, err);
    reg_judgement_fini(&judgement);
    if (rc != 0 && (err->code == ERR_INCOMPATIBLE || err->code == ERR_BAD_SCHEMA)) {
        rc = reg_reason_add(reasons, err, "%s%s%s", err->path, err->path[0] != '\0' ? ": " : "",
                            err->text);
    }
    return rc;
}

struct question {
    struct sto_conn *conn;
    const char *subject;
    struct reg_candidate candidate;
    struct sto_scope scope;
};

/* What is asked about, but the schema. */
static int begin_question(struct http_request *req, struct question *q, struct reg_body *body,
                          struct err *err)
{
    size_t len;
    const char *text = http_body(req, &len);
    q->subject = reg_subject_of(req, err);
    if (q->subject == NULL || reg_body_parse(text, len, http_arena(req), body, err) != 0) {
        return -1;
    }
    q->conn = reg_conn(req, err);
    return q->conn == NULL ? -1
                           : sto_scope_load(q->conn, q->subject, http_arena(req), &q->scope, err);
}

/* 0; -1: err; 1: answered. */
static int read_candidate(struct http_request *req, struct question *q, const struct reg_body *body,
                          struct reg_reasons *reasons, struct err *err)
{
    int rc = body->schema == NULL ? err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "Empty schema")
                                  : reg_candidate_make(q->conn, q->subject, body, true,
                                                       http_arena(req), &q->candidate, err);
    return rc == 0 ? 0 : answer_fault(req, reasons, err) == 0 ? 1 : -1;
}

int reg_handle_compatibility(struct http_request *req, struct err *err)
{
    struct question q = {0};
    struct reg_reasons reasons = {.arena = http_arena(req)};
    struct sto_registered *rows;
    size_t count;
    struct reg_body body;
    int rc = begin_question(req, &q, &body, err);
    if (rc == 0) {
        rc = read_candidate(req, &q, &body, &reasons, err);
    }
    if (rc == 0 &&
        (sto_registered_list(q.conn, q.subject, true, http_arena(req), &rows, &count, err) != 0 ||
         reg_compatible(&q.scope, &q.candidate, rows, count, &reasons, err) != 0 ||
         judge_dataset(q.conn, &q.scope, &q.candidate, &reasons, err) != 0)) {
        rc = -1;
    }
    if (rc == 0) {
        answer(req, &reasons);
    }
    reg_candidate_fini(&q.candidate);
    return rc < 0 ? -1 : 0;
}

int reg_handle_compatibility_version(struct http_request *req, struct err *err)
{
    struct question q = {0};
    struct reg_reasons reasons = {.arena = http_arena(req)};
    struct sto_registered row;
    struct reg_body body;
    int32_t version;
    bool found = false;
    int rc = reg_version_parse(http_param(req, "version"), &version, err) != 0
                 ? -1
                 : begin_question(req, &q, &body, err);
    if (rc == 0) {
        rc = sto_registered_get(q.conn, q.subject, version, false, http_arena(req), &row, &found,
                                err);
    }
    if (rc == 0 && !found && version != -1) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_VERSION_NOT_FOUND, "Version %d not found.",
                     (int)version);
    }
    if (rc == 0) {
        rc = read_candidate(req, &q, &body, &reasons, err);
    }
    if (rc == 0 && found) {
        rc = reg_compatible(&q.scope, &q.candidate, &row, 1, &reasons, err);
    }
    if (rc == 0) {
        answer(req, &reasons);
    }
    reg_candidate_fini(&q.candidate);
    return rc < 0 ? -1 : 0;
}
