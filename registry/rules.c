/* SPDX-License-Identifier: Apache-2.0
 * registry/rules.c - the rules of a structure, compiled once when it is registered, as the engine will compile them. */
#include "registry/rules.h"

#include "schema/ruleset/checks.h"
#include "schema/ruleset/ruleset.h"

int reg_rules_compile(struct sch_schema *schema, const char *rule_set, const char *metadata,
                      struct err *err)
{
    const struct sch_ruleset_source source = {
        .rule_set = rule_set, .metadata = metadata, .schema = schema};
    struct sch_ruleset ruleset;
    if (sch_ruleset_read(&source, &ruleset, err) < 0) {
        return -1;
    }
    int rc = sch_checks_try(&ruleset, schema, err);
    sch_ruleset_fini(&ruleset);
    return rc;
}
