/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/check.c - nrc check: an agency tries its data against a structure and its rules, with the code of the door and with no
 * server. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "ops/cmd/contract_text.h"
#include "ops/cmd/handlers.h"
#include "schema/decode/decode.h"
#include "schema/decode/frame.h"
#include "schema/parse/parse.h"
#include "schema/plan/layout.h"
#include "schema/rules/settings.h"
#include "schema/ruleset/checks.h"
#include "schema/sample/container.h"
#include "schema/sample/json_event.h"

enum { SAMPLE_MAX_BYTES = 512 * 1024 * 1024, RULES_MAX_BYTES = 4 * 1024 * 1024, SHOWN = 20 };

struct checking {
    const struct ops_context *context;
    struct sch_schema *schema;
    struct sch_layout layout;
    struct sch_plan *plan;
    struct cel_settings *settings;
    struct sch_checks *checks; /* NULL: no rules */
    struct cel_machine *machine;
    struct cell *cells;
    struct arena arena;
    struct buf lines; /* of failures: text, or JSON objects */
    struct jsonw w;
    uint64_t tallies[SCH_MAX_CHECKED_RULES]; /* events that failed, by the checks' rules */
    uint64_t events;
    uint64_t bad;
    int64_t limit;
    int64_t now_us;
};

/* ---- what is checked against ---- */

static int read_json(const char *path, const char *what, struct buf *out, struct err *err)
{
    return path == NULL ? 0 : ops_read_text(path, what, RULES_MAX_BYTES, out, err);
}

/* NULL contract with 0: none is given. */
static int read_contract(struct checking *c, struct ops_contract_file *file, struct err *err)
{
    const char *path = ops_args_get(c->context->args, "contract");
    if (path == NULL) {
        return 0;
    }
    if (ops_contract_load(path, c->schema, file, err) == 0 && file->contract == NULL) {
        ops_contract_put_findings(file, &c->context->reasons->lines);
        struct jsonw w = jsonw_to(&c->context->reasons->json);
        sch_findings_json(&file->findings, &w);
    }
    return file->contract != NULL ? 0 : -1;
}

static int read_rules(struct checking *c, struct err *err)
{
    struct ops_contract_file contract = OPS_CONTRACT_FILE_INIT;
    const struct ops_args *args = c->context->args;
    struct buf rule_set = BUF_INIT;
    struct buf metadata = BUF_INIT;
    struct sch_ruleset ruleset = {.arena = ARENA_INIT};
    int rc = read_json(ops_args_get(args, "rule-set"), "a rule set", &rule_set, err) < 0 ||
                     read_json(ops_args_get(args, "metadata"), "metadata", &metadata, err) < 0 ||
                     read_contract(c, &contract, err) < 0
                 ? -1
                 : 0;
    if (rc == 0) {
        const struct sch_ruleset_source source = {
            .rule_set = rule_set.len > 0 ? buf_cstr(&rule_set) : NULL,
            .metadata = metadata.len > 0 ? buf_cstr(&metadata) : NULL,
            .schema = c->schema,
            .contract = contract.contract};
        const struct sch_checks_spec spec = {.schema = c->schema,
                                             .column_of = c->layout.column_of,
                                             .columns = c->layout.columns,
                                             .column_count = c->layout.column_count,
                                             .settings = c->settings};
        rc = sch_ruleset_read(&source, &ruleset, err) < 0 ||
                     sch_checks_compile(&ruleset, &spec, true, &c->checks, err) < 0
                 ? -1
                 : 0;
        sch_ruleset_fini(&ruleset);
    }
    ops_contract_file_fini(&contract);
    buf_fini(&rule_set);
    buf_fini(&metadata);
    return rc;
}

static int prepare(struct checking *c, const char *text, size_t len, struct err *err)
{
    c->schema = sch_parse(text, len, err);
    if (c->schema == NULL || sch_layout_extend(NULL, 0, c->schema, false, &c->layout, err) != 0) {
        return -1;
    }
    const struct sch_plan_spec spec = {.structure = c->schema,
                                       .column_of = c->layout.column_of,
                                       .columns = c->layout.columns,
                                       .column_count = c->layout.column_count};
    c->plan = sch_plan_compile(&spec, err);
    const struct conf *conf = c->context->conf;
    c->settings = cel_settings_new(
        &(struct cel_settings_spec){conf->rules.civil_number, conf->rules.commercial_register,
                                    conf->rules.phone, conf->rules.iban_country},
        err);
    c->machine = c->settings != NULL ? cel_machine_new(c->settings, err) : NULL;
    c->cells = calloc(c->layout.column_count + 1, sizeof(*c->cells));
    if (c->cells == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an event");
    }
    return c->plan == NULL || c->machine == NULL ? -1 : read_rules(c, err);
}

static void finish(struct checking *c)
{
    sch_checks_free(&c->checks);
    sch_plan_free(&c->plan);
    cel_machine_free(&c->machine);
    cel_settings_free(&c->settings);
    sch_layout_fini(&c->layout);
    sch_schema_unref(&c->schema);
    free(c->cells);
    arena_fini(&c->arena);
    buf_fini(&c->lines);
    free(c);
}

/* ---- what is wrong ---- */

static void show(struct checking *c, const char *reason, const char *rule, const char *path,
                 const char *text, size_t more)
{
    if ((int64_t)c->bad > c->limit) {
        return;
    }
    if (c->context->json) {
        jsonw_open(&c->w, '{');
        jsonw_key(&c->w, "event");
        jsonw_int(&c->w, (int64_t)c->events);
        jsonw_text(&c->w, "reason", reason);
        jsonw_text(&c->w, "rule", rule);
        jsonw_text(&c->w, "path", path);
        jsonw_text(&c->w, "text", text);
        if (more > 0) {
            jsonw_key(&c->w, "more");
            jsonw_int(&c->w, (int64_t)more);
        }
        jsonw_close(&c->w, '}');
        return;
    }
    buf_printf(&c->lines, "event %" PRIu64 ": %s", c->events, reason);
    if (rule != NULL) {
        buf_put_str(&c->lines, " ");
        ops_put_safe(rule, false, &c->lines);
    }
    if (*path != '\0') {
        buf_put_str(&c->lines, " at ");
        ops_put_safe(path, false, &c->lines);
    }
    buf_put_str(&c->lines, ": ");
    ops_put_safe(text, false, &c->lines);
    if (more > 0) {
        buf_printf(&c->lines, " (and at %zu places more)", more);
    }
    buf_put_str(&c->lines, "\n");
}

static void refused(struct checking *c, const struct err *err)
{
    c->bad++;
    show(c, err_token(err->code), NULL, err->path, err->text, 0);
}

static void run_rules(struct checking *c)
{
    struct sch_failures failures;
    if (c->checks == NULL) {
        return;
    }
    sch_checks_run(c->checks, c->machine, c->cells, c->now_us, &c->arena, &failures);
    c->bad += failures.is_bad;
    for (size_t i = 0; i < failures.rule_count; i++) {
        c->tallies[failures.rules[i]]++;
    }
    for (size_t i = 0; i < failures.told_count && failures.is_bad; i++) {
        const struct sch_failure *failure = &failures.told[i];
        show(c, err_token(failure->code), failure->rule->name, failure->path,
             failure->words != NULL ? failure->words : failure->text, failure->more);
    }
}

/* ---- samples ---- */

static int check_bytes(struct checking *c, const uint8_t *bytes, size_t len, struct err *err)
{
    struct err bad = ERR_INIT;
    c->events++;
    arena_reset(&c->arena);
    if (sch_decode(c->plan, bytes, len, &c->arena, c->cells, &bad) == 0) {
        run_rules(c);
    } else if (bad.kind == ERR_KIND_POISON) {
        refused(c, &bad);
    } else {
        *err = bad;
        return -1;
    }
    return 0;
}

static int check_container(struct checking *c, struct sch_container *file, struct err *err)
{
    bool more;
    int rc;
    while ((rc = sch_container_more(file, &more, err)) == 0 && more) {
        struct err bad = ERR_INIT;
        size_t used = 0;
        c->events++;
        arena_reset(&c->arena);
        if (sch_decode_first(c->plan, file->next, file->left, &c->arena, c->cells, &used, &bad) <
            0) {
            if (bad.kind != ERR_KIND_POISON) {
                *err = bad;
                return -1;
            }
            refused(c, &bad);
            return 0; /* where the next event begins is not known any more */
        }
        run_rules(c);
        sch_container_took(file, used);
    }
    return rc;
}

static int check_lines(struct checking *c, const char *text, size_t len, struct err *err)
{
    struct buf bytes = BUF_INIT;
    int rc = 0;
    for (const char *end = text + len; rc == 0 && text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((newline != NULL ? newline : end) - text);
        struct err bad = ERR_INIT;
        buf_reset(&bytes);
        if (strspn(text, " \t\r") >= line) {
            text += line + 1;
            continue;
        }
        if (sch_json_event(c->schema, text, line, &bytes, &bad) == 0) {
            rc = check_bytes(c, bytes.data, bytes.len, err);
        } else if (bad.kind == ERR_KIND_POISON) {
            c->events++;
            refused(c, &bad);
        } else {
            *err = bad;
            rc = -1;
        }
        text += line + 1;
    }
    buf_fini(&bytes);
    return rc;
}

/* One event as it is sent: 0, an id in four bytes, Avro. */
static int check_frame(struct checking *c, const uint8_t *bytes, size_t len, struct err *err)
{
    struct sch_frame frame;
    struct err bad = ERR_INIT;
    if (sch_frame_read(bytes, len, NULL, 0, &frame, &bad) < 0) {
        c->events++;
        refused(c, &bad);
        return 0;
    }
    return check_bytes(c, frame.bytes, frame.len, err);
}

/* ---- the answer ---- */

static void put_left(struct checking *c)
{
    size_t count = 0;
    const struct sch_rule_left *left =
        c->checks != NULL ? sch_checks_left(c->checks, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (c->context->json) {
            jsonw_open(&c->w, '{');
            jsonw_text(&c->w, "rule", left[i].name);
            jsonw_text(&c->w, "why", left[i].why);
            jsonw_close(&c->w, '}');
        } else {
            buf_put_str(&c->lines, "not run: ");
            ops_put_safe(left[i].name, false, &c->lines);
            buf_printf(&c->lines, ": %s\n", left[i].why);
        }
    }
}

/* How many events failed each rule that any failed. */
static void put_tallies(struct checking *c)
{
    size_t count = 0;
    const struct sch_checked_rule *rules =
        c->checks != NULL ? sch_checks_rules(c->checks, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (c->tallies[i] > 0 && c->context->json) {
            jsonw_key(&c->w, rules[i].name);
            jsonw_int(&c->w, (int64_t)c->tallies[i]);
        } else if (c->tallies[i] > 0) {
            buf_put_str(&c->lines, "rule ");
            ops_put_safe(rules[i].name, false, &c->lines);
            buf_printf(&c->lines, ": %" PRIu64 " failures%s\n", c->tallies[i],
                       rules[i].action == SCH_RULE_QUARANTINE ? "" : ", which refuse no event");
        }
    }
}

static int answer(struct checking *c, struct err *err)
{
    if (c->context->json) {
        jsonw_close(&c->w, ']');
        jsonw_key(&c->w, "not_run");
        jsonw_open(&c->w, '[');
        put_left(c);
        jsonw_close(&c->w, ']');
        jsonw_key(&c->w, "rules");
        jsonw_open(&c->w, '{');
        put_tallies(c);
        jsonw_close(&c->w, '}');
        jsonw_key(&c->w, "events");
        jsonw_int(&c->w, (int64_t)c->events);
        jsonw_key(&c->w, "refused");
        jsonw_int(&c->w, (int64_t)c->bad);
        jsonw_close(&c->w, '}');
        buf_put_str(&c->lines, "\n");
        return ops_print(&c->lines, err);
    }
    if ((int64_t)c->bad > c->limit) {
        buf_printf(&c->lines, "… and %" PRIu64 " more; --limit shows them\n",
                   c->bad - (uint64_t)c->limit);
    }
    put_left(c);
    put_tallies(c);
    buf_printf(&c->lines, "%" PRIu64 " events, %" PRIu64 " would be refused\n", c->events, c->bad);
    return ops_print(&c->lines, err);
}

static int check(struct checking *c, const struct buf *sample, struct err *err)
{
    const char *path = ops_args_get(c->context->args, "structure");
    struct sch_container file;
    struct buf text = BUF_INIT;
    bool is_container = sch_is_container(sample->data, sample->len);
    int rc = 0;
    if (is_container && sch_container_open(sample->data, sample->len, &file, err) < 0) {
        return -1;
    }
    if (path != NULL) {
        rc = ops_read_text(path, "a structure", SCH_MAX_TEXT_BYTES, &text, err);
        rc = rc == 0 ? prepare(c, (const char *)text.data, text.len, err) : rc;
    } else if (is_container) {
        rc = prepare(c, file.schema, file.schema_len, err);
    } else {
        rc = err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                     "the sample has no structure in it: give --structure");
    }
    buf_fini(&text);
    if (rc < 0) {
        return -1;
    }
    rc = is_container ? check_container(c, &file, err)
         : sample->len > 0 && sample->data[0] == 0x00
             ? check_frame(c, sample->data, sample->len, err)
             : check_lines(c, buf_cstr((struct buf *)sample), sample->len, err);
    return rc < 0 || answer(c, err) < 0 ? -1 : c->bad > 0 ? OPS_NO : OPS_YES;
}

int ops_check(const struct ops_context *context, struct err *err)
{
    struct buf sample = BUF_INIT;
    struct checking *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a check");
    }
    c->context = context;
    c->arena = (struct arena)ARENA_INIT;
    c->limit = SHOWN;
    c->now_us = clock_wall_us();
    c->w = jsonw_to(&c->lines);
    if (context->json) {
        jsonw_open(&c->w, '{');
        jsonw_key(&c->w, "failures");
        jsonw_open(&c->w, '[');
    }
    int rc = ops_args_int(context->args, "limit", 0, INT32_MAX, &c->limit, err) < 0 ||
                     ops_read_text(context->args->arguments[0], "a sample", SAMPLE_MAX_BYTES,
                                   &sample, err) < 0
                 ? -1
                 : check(c, &sample, err);
    buf_fini(&sample);
    finish(c);
    return rc;
}
