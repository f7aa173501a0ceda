/* SPDX-License-Identifier: Apache-2.0
 * ingest/rules.c - see the header.
 *
 * A rule's own words may carry values of the event. They go to `failures`, which only those see who may see the event; the reason
 * says the rule's doc or expression. */
#include "ingest/rules.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "schema/rules/cel.h"

static bool machine_ready(const struct ing_context *c)
{
    struct ing_scratch *scratch = c->scratch;
    if (LIKELY(scratch->machine != NULL)) {
        return true;
    }
    scratch->machine = cel_machine_new(NULL, &c->out->reason.err);
    return scratch->machine != NULL;
}

static size_t told(const struct ing_scratch *scratch)
{
    return scratch->failure_count < SCH_MAX_FAILURES ? scratch->failure_count : SCH_MAX_FAILURES;
}

enum ing_verdict ing_check_rules(const struct ing_context *c)
{
    struct ing_scratch *scratch = c->scratch;
    const struct sch_checks *checks = scratch->writer->checks;
    if (LIKELY(checks == NULL)) {
        return ING_ACCEPT;
    }
    if (!machine_ready(c)) {
        return ING_BROKEN;
    }
    arena_reset(&scratch->texts);
    scratch->failure_count = sch_checks_run(checks, scratch->machine, scratch->cells,
                                            clock_wall_us(), &scratch->texts, scratch->failures);
    for (size_t i = 0; i < told(scratch); i++) {
        const struct sch_failure *failure = &scratch->failures[i];
        if (failure->action == SCH_RULE_QUARANTINE) {
            c->out->reason.rule = failure->rule;
            err_set(&c->out->reason.err, ERR_KIND_POISON, failure->code, "%s", failure->text);
            err_path_set(&c->out->reason.err, failure->path);
            return ING_QUARANTINE;
        }
    }
    return ING_ACCEPT;
}

static void put(struct jsonw *w, const char *name, const char *text)
{
    jsonw_key(w, name);
    jsonw_str(w, text);
}

const char *ing_failures_json(const struct ing_scratch *scratch, struct arena *arena)
{
    struct buf text = BUF_INIT;
    struct jsonw w = jsonw_to(&text);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < told(scratch); i++) {
        const struct sch_failure *failure = &scratch->failures[i];
        jsonw_open(&w, '{');
        put(&w, "rule", failure->rule);
        put(&w, "path", failure->path);
        put(&w, "reason", err_token(failure->code));
        put(&w, "text", failure->words != NULL ? failure->words : failure->text);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    const char *copy = buf_failed(&text) ? NULL : arena_strdup(arena, buf_cstr(&text));
    buf_fini(&text);
    return copy;
}
