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

/* The first that keeps the event out. */
static enum ing_verdict refuse(const struct ing_context *c, const struct sch_failures *failures)
{
    const struct sch_failure *first = &failures->told[0];
    for (size_t i = failures->told_count; i > 0; i--) {
        if (failures->told[i - 1].rule->action == SCH_RULE_QUARANTINE) {
            first = &failures->told[i - 1];
        }
    }
    c->out->reason.rule = first->rule->name;
    err_set(&c->out->reason.err, ERR_KIND_POISON, first->code, "%s", first->text);
    err_path_set(&c->out->reason.err, first->path);
    return ING_QUARANTINE;
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
    sch_checks_run(checks, scratch->machine, scratch->cells, clock_wall_us(), &scratch->texts,
                   &scratch->failures);
    return UNLIKELY(scratch->failures.is_bad) ? refuse(c, &scratch->failures) : ING_ACCEPT;
}

const char *ing_failures_json(const struct ing_scratch *scratch, struct arena *arena)
{
    struct buf text = BUF_INIT;
    struct jsonw w = jsonw_to(&text);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < scratch->failures.told_count; i++) {
        const struct sch_failure *failure = &scratch->failures.told[i];
        jsonw_open(&w, '{');
        jsonw_text(&w, "rule", failure->rule->name);
        jsonw_text(&w, "origin", sch_rule_origin_name(failure->rule->origin));
        jsonw_text(&w, "path", failure->path);
        jsonw_text(&w, "reason", err_token(failure->code));
        jsonw_text(&w, "text", failure->words != NULL ? failure->words : failure->text);
        if (failure->more > 0) {
            jsonw_number(&w, "more", (int64_t)failure->more);
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    const char *copy = buf_failed(&text) ? NULL : arena_strdup(arena, buf_cstr(&text));
    buf_fini(&text);
    return copy;
}
