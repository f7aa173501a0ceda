/* SPDX-License-Identifier: Apache-2.0
 * registry/rules.c - the rules of a structure, compiled once when it is registered, as the engine will compile them. */
#include "registry/rules.h"

#include <stdlib.h>

#include "schema/ruleset/checks.h"
#include "schema/ruleset/ruleset.h"

static int compile(const struct sch_ruleset *ruleset, struct sch_schema *schema, struct err *err)
{
    size_t fields = sch_root(schema)->field_count;
    int32_t *column_of = calloc(fields + 1, sizeof(*column_of)); /* no event is read here */
    struct sch_checks *checks = NULL;
    if (column_of == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY,
                       "no memory for the rules of a structure");
    }
    const struct sch_checks_spec spec = {.schema = schema, .column_of = column_of};
    int rc = sch_checks_compile(ruleset, &spec, true, &checks, err);
    sch_checks_free(&checks);
    free(column_of);
    return rc;
}

int reg_rules_compile(struct sch_schema *schema, const char *rule_set, const char *metadata,
                      struct err *err)
{
    const struct sch_ruleset_source source = {
        .rule_set = rule_set, .metadata = metadata, .schema = schema};
    struct sch_ruleset ruleset;
    if (sch_ruleset_read(&source, &ruleset, err) < 0) {
        return -1;
    }
    int rc = compile(&ruleset, schema, err);
    sch_ruleset_fini(&ruleset);
    return rc;
}
