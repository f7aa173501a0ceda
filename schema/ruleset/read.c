/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/read.c - a rule set from its sources: the rule set's JSON, the metadata's tags, the schema's own text, the
 * dataset's contract. */
#include "schema/ruleset/reader_priv.h"

/* NULL text: no JSON, and no error. */
static int load(struct reader *r, const char *text, const char *what, json_t **out)
{
    *out = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    return text != NULL && *out == NULL
               ? err_set(r->err, ERR_KIND_FATAL, ERR_BAD_RULE, "the %s is no JSON", what)
               : 0;
}

int sch_ruleset_read(const struct sch_ruleset_source *source, struct sch_ruleset *out,
                     struct err *err)
{
    struct reader r = {out, err};
    json_t *rule_set = NULL;
    json_t *metadata = NULL;
    *out = (struct sch_ruleset){.arena = ARENA_INIT};
    int rc = load(&r, source->rule_set, "rule set", &rule_set) < 0 ||
                     load(&r, source->metadata, "metadata", &metadata) < 0 ||
                     ruleset_read_domain(&r, rule_set) < 0 ||
                     ruleset_read_inline(&r, source->schema, metadata) < 0 ||
                     (source->contract != NULL && ruleset_read_contract(&r, source->contract) < 0)
                 ? -1
                 : 0;
    json_decref(rule_set);
    json_decref(metadata);
    if (rc < 0) {
        sch_ruleset_fini(out);
    }
    return rc;
}
