/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks.c - all checks of a rule set: checks_places.c says where a rule stands, checks_compile.c compiles it there. */
#include <stdlib.h>
#include <string.h>

#include "schema/ruleset/compile_priv.h"

static int copy_columns(struct compiling *c, const struct sch_checks_spec *spec)
{
    size_t fields = sch_root(spec->schema)->field_count;
    int32_t *column_of = arena_calloc(&c->out->arena, fields + 1, sizeof(*column_of));
    enum column_type *types = arena_calloc(&c->out->arena, spec->column_count + 1, sizeof(*types));
    if (column_of == NULL || types == NULL) {
        return checks_no_memory(c);
    }
    memcpy(column_of, spec->column_of, fields * sizeof(*column_of));
    for (size_t i = 0; i < spec->column_count; i++) {
        types[i] = spec->columns[i].type;
    }
    c->out->column_of = column_of;
    c->out->column_types = types;
    return 0;
}

static int copy_left(struct compiling *c)
{
    for (size_t i = 0; i < c->ruleset->left_count; i++) {
        const struct sch_rule named = {.name = c->ruleset->left[i].name};
        if (checks_leave(c, &named, "", c->ruleset->left[i].why) < 0) {
            return -1;
        }
    }
    return 0;
}

static int compile_all(struct compiling *c, const struct sch_checks_spec *spec)
{
    if (copy_columns(c, spec) < 0 || copy_left(c) < 0) {
        return -1;
    }
    if (checks_places_begin(c) < 0) {
        return checks_no_memory(c);
    }
    for (size_t i = 0; i < c->ruleset->count; i++) {
        c->rule_is_new = true;
        if (checks_compile_rule(c, &c->ruleset->rules[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

int sch_checks_compile(const struct sch_ruleset *ruleset, const struct sch_checks_spec *spec,
                       bool strict, struct sch_checks **out, struct err *err)
{
    struct compiling c = {.ruleset = ruleset, .strict = strict, .err = err, .types = ARENA_INIT};
    *out = NULL;
    if ((ruleset->count == 0 && ruleset->left_count == 0) ||
        sch_root(spec->schema)->kind != SCH_RECORD) {
        return 0;
    }
    c.machine = cel_machine_new(spec->settings, err);
    if (c.machine == NULL) {
        return -1;
    }
    c.out = calloc(1, sizeof(*c.out));
    if (c.out == NULL) {
        cel_machine_free(&c.machine);
        return checks_no_memory(&c);
    }
    c.out->arena = (struct arena)ARENA_INIT;
    c.out->schema = sch_schema_ref(spec->schema);
    c.out->settings = spec->settings;
    int rc = compile_all(&c, spec);
    arena_fini(&c.types);
    cel_machine_free(&c.machine);
    if (rc < 0) {
        sch_checks_free(&c.out);
    }
    *out = c.out;
    return rc;
}

int sch_checks_try(const struct sch_ruleset *ruleset, struct sch_schema *schema, struct err *err)
{
    size_t fields = sch_root(schema)->field_count;
    int32_t *column_of = calloc(fields + 1, sizeof(*column_of)); /* no event is read here */
    struct sch_checks *checks = NULL;
    if (column_of == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for rules");
    }
    const struct sch_checks_spec spec = {.schema = schema, .column_of = column_of};
    int rc = sch_checks_compile(ruleset, &spec, true, &checks, err);
    sch_checks_free(&checks);
    free(column_of);
    return rc;
}

void sch_checks_free(struct sch_checks **taken)
{
    struct sch_checks *checks = *taken;
    *taken = NULL;
    if (checks == NULL) {
        return;
    }
    for (size_t i = 0; i < checks->count; i++) {
        cel_program_free(&checks->list[i].guard);
        cel_program_free(&checks->list[i].program);
    }
    sch_schema_unref(&checks->schema);
    arena_fini(&checks->arena);
    free(checks);
}

const struct sch_checked_rule *sch_checks_rules(const struct sch_checks *checks, size_t *count)
{
    *count = checks->rule_count;
    return checks->rules;
}

const struct sch_rule_left *sch_checks_left(const struct sch_checks *checks, size_t *count)
{
    *count = checks->left_count;
    return checks->left;
}
