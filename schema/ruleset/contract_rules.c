/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/contract_rules.c - see the header. */
#include "schema/ruleset/contract_rules.h"

#include "base/buf.h"
#include "schema/contract/contract.h"
#include "schema/parse/parse.h"
#include "schema/ruleset/checks.h"
#include "schema/ruleset/reader_priv.h"

/* check_expression of struct sch_contract_options. A rule that is not of single events is good. */
static int judge(void *schema, const struct sch_contract *contract,
                 const struct sch_quality *quality, struct err *err)
{
    struct sch_ruleset set = {.arena = ARENA_INIT};
    struct reader r = {&set, err};
    int rc =
        ruleset_read_quality(&r, contract, quality) < 0 || sch_checks_try(&set, schema, err) < 0
            ? -1
            : 0;
    sch_ruleset_fini(&set);
    return rc;
}

struct sch_contract *sch_contract_read_for(const char *text, size_t len, struct sch_schema *schema,
                                           struct sch_findings *findings, struct err *err)
{
    const struct sch_contract_options options = {.check_expression = judge, .arg = schema};
    return sch_contract_read(text, len, schema != NULL ? &options : NULL, findings, err);
}

int sch_contract_judge(const char *text, size_t len, const struct buf *structure,
                       struct sch_contract **contract, struct sch_findings *findings,
                       struct err *err)
{
    sch_contract_free(contract);
    sch_findings_fini(findings);
    struct sch_schema *schema = sch_parse((const char *)structure->data, structure->len, err);
    if (schema != NULL) {
        *contract = sch_contract_read_for(text, len, schema, findings, err);
    }
    sch_schema_unref(&schema);
    return *contract != NULL ? 0 : -1;
}
