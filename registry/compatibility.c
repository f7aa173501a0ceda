/* SPDX-License-Identifier: Apache-2.0
 * registry/compatibility.c - the level's check.
 *
 * Messages have the shape that Confluent's have: one for each fault, then which version and which
 * level it was. */
#include "registry/compatibility.h"

#include <stdlib.h>
#include <string.h>

#include "registry/reserved.h"
#include "schema/compat/compat.h"

enum { SHOWN_SCHEMA_BYTES = 4096 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
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

static int add_version(const struct sto_registered *row, struct reg_reasons *reasons,
                       struct err *err)
{
    if (reg_reason_add(reasons, err, "{oldSchemaVersion: %d}", (int)row->version) != 0) {
        return -1;
    }
    return strlen(row->text) > SHOWN_SCHEMA_BYTES
               ? 0
               : reg_reason_add(reasons, err, "{oldSchema: '%s'}", row->text);
}

static int add_faults(const struct earlier *earlier, const struct sch_faults *faults,
                      struct reg_reasons *reasons, struct err *err)
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
        if (is_last && add_version(row, reasons, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* As Confluent's list of reasons ends. */
static int end_reasons(const struct sto_scope *scope, struct reg_reasons *reasons, struct err *err)
{
    return reasons->count == 0
               ? 0
               : reg_reason_add(reasons, err, "{validateFields: '%s', compatibility: '%s'}",
                                scope->validate_fields ? "true" : "false", scope->level);
}

static int check_reserved(const struct sto_scope *scope, const struct reg_candidate *candidate,
                          const struct sto_registered *rows, size_t count,
                          struct reg_reasons *reasons, struct err *err)
{
    const struct sto_registered *last = NULL;
    for (size_t i = 0; i < count; i++) {
        last = reg_in_force(&rows[i]) ? &rows[i] : last;
    }
    return !scope->validate_fields ? 0 : reg_reserved_check(candidate, last, reasons, err);
}

int reg_reserved(const struct sto_scope *scope, const struct reg_candidate *candidate,
                 const struct sto_registered *rows, size_t count, struct reg_reasons *reasons,
                 struct err *err)
{
    return check_reserved(scope, candidate, rows, count, reasons, err) != 0
               ? -1
               : end_reasons(scope, reasons, err);
}

static int check_level(const struct sto_scope *scope, const struct reg_candidate *candidate,
                       const struct sto_registered *rows, size_t count, struct reg_reasons *reasons,
                       struct err *err)
{
    enum sch_level level;
    struct sch_faults faults = {0};
    struct earlier earlier = {0};
    int rc = -1;
    if (!sch_level_parse(scope->level, &level)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "%.40s is not a compatibility level",
                       scope->level);
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
        rc = add_faults(&earlier, &faults, reasons, err);
    }
    for (size_t i = 0; i < earlier.count; i++) {
        sch_schema_unref(&earlier.schemas[i]);
    }
    sch_faults_fini(&faults);
    return rc;
}

int reg_compatible(const struct sto_scope *scope, const struct reg_candidate *candidate,
                   const struct sto_registered *rows, size_t count, struct reg_reasons *reasons,
                   struct err *err)
{
    return check_reserved(scope, candidate, rows, count, reasons, err) != 0 ||
                   check_level(scope, candidate, rows, count, reasons, err) != 0
               ? -1
               : end_reasons(scope, reasons, err);
}
