/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/check.c - nrc check: an agency tries its data against a structure and its rules, with the code of the door and with no
 * server. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/progress.h"
#include "ops/cmd/check_report.h"
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
    struct ops_check_report report;
    struct ops_progress progress; /* in bytes of the sample */
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
    c->settings = cel_settings_of(c->context->conf, err);
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
    ops_check_report_fini(&c->report);
    free(c);
}

/* ---- samples ---- */

static void run_rules(struct checking *c)
{
    struct sch_failures failures;
    if (c->checks != NULL) {
        sch_checks_run(c->checks, c->machine, c->cells, c->now_us, &c->arena, &failures);
        ops_check_report_rules(&c->report, &failures);
    }
}

/* A fault that is not the event's ends the command. */
static int refuse(struct checking *c, const struct err *bad, struct err *err)
{
    if (bad->kind != ERR_KIND_POISON) {
        *err = *bad;
        return -1;
    }
    ops_check_report_refused(&c->report, bad);
    return 0;
}

static int check_bytes(struct checking *c, const uint8_t *bytes, size_t len, struct err *err)
{
    struct err bad = ERR_INIT;
    arena_reset(&c->arena);
    if (sch_decode(c->plan, bytes, len, &c->arena, c->cells, &bad) < 0) {
        return refuse(c, &bad, err);
    }
    run_rules(c);
    return 0;
}

/* Events so far are counted with the one that begins here; false: the person has interrupted it. */
static bool begin_event(struct checking *c, size_t done_bytes, size_t of_bytes)
{
    ops_progress_step(&c->progress, done_bytes, of_bytes);
    bool goes_on = !ops_interrupted();
    c->report.events += goes_on;
    return goes_on;
}

static int check_container(struct checking *c, struct sch_container *file, const uint8_t *begin,
                           struct err *err)
{
    size_t of_bytes = (size_t)(file->end - begin);
    bool more;
    int rc;
    while ((rc = sch_container_more(file, &more, err)) == 0 && more &&
           begin_event(c, (size_t)(file->rest - begin), of_bytes)) {
        struct err bad = ERR_INIT;
        size_t used = 0;
        arena_reset(&c->arena);
        if (sch_decode_first(c->plan, file->next, file->left, &c->arena, c->cells, &used, &bad) <
            0) {
            return refuse(c, &bad, err); /* where the next event begins is not known any more */
        }
        run_rules(c);
        sch_container_took(file, used);
    }
    return rc;
}

static bool is_blank(const char *line, size_t len)
{
    return strspn(line, " \t\r") >= len; /* a newline or the text's NUL ends it */
}

static int check_lines(struct checking *c, const char *text, size_t len, struct err *err)
{
    struct buf bytes = BUF_INIT;
    const char *end = text + len;
    int rc = 0;
    for (const char *at = text, *next; rc == 0 && at < end; at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = (size_t)((newline != NULL ? newline : end) - at);
        struct err bad = ERR_INIT;
        next = at + line + 1;
        if (is_blank(at, line)) {
            continue;
        }
        if (!begin_event(c, (size_t)(at - text), len)) {
            break;
        }
        buf_reset(&bytes);
        rc = sch_json_event(c->schema, at, line, &bytes, &bad) == 0
                 ? check_bytes(c, bytes.data, bytes.len, err)
                 : refuse(c, &bad, err);
    }
    buf_fini(&bytes);
    return rc;
}

/* One event as it is sent: 0, an id in four bytes, Avro. */
static int check_frame(struct checking *c, const uint8_t *bytes, size_t len, struct err *err)
{
    struct sch_frame frame;
    struct err bad = ERR_INIT;
    c->report.events++;
    return sch_frame_read(bytes, len, NULL, 0, &frame, &bad) == 0
               ? check_bytes(c, frame.bytes, frame.len, err)
               : refuse(c, &bad, err);
}

/* ---- the command ---- */

/* The structure is --structure's, or the one in the file. file: NULL when the sample is none. */
static int read_structure(struct checking *c, const struct sch_container *file, struct err *err)
{
    const char *path = ops_args_get(c->context->args, "structure");
    struct buf text = BUF_INIT;
    if (path == NULL && file == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "the sample has no structure in it: give --structure");
    }
    if (path == NULL) {
        return prepare(c, file->schema, file->schema_len, err);
    }
    int rc = ops_read_text(path, "a structure", SCH_MAX_TEXT_BYTES, &text, err);
    rc = rc == 0 ? prepare(c, (const char *)text.data, text.len, err) : rc;
    buf_fini(&text);
    return rc;
}

static int check_sample(struct checking *c, struct buf *sample, struct sch_container *file,
                        struct err *err)
{
    return file != NULL ? check_container(c, file, sample->data, err)
           : sample->len > 0 && sample->data[0] == 0x00
               ? check_frame(c, sample->data, sample->len, err)
               : check_lines(c, buf_cstr(sample), sample->len, err);
}

static int check(struct checking *c, struct buf *sample, struct err *err)
{
    const struct conf *conf = c->context->conf;
    const struct sch_unpack_limits limits = {.block_bytes = (size_t)conf->check.block_bytes,
                                             .ratio = (size_t)conf->check.block_ratio};
    bool is_container = sch_is_container(sample->data, sample->len);
    struct sch_container file = {.block = BUF_INIT};
    int rc = is_container ? sch_container_open(sample->data, sample->len, &limits, &file, err) : 0;
    if (rc == 0 && (rc = read_structure(c, is_container ? &file : NULL, err)) == 0) {
        ops_progress_begin(&c->progress, c->context, "checking", NULL);
        rc = check_sample(c, sample, is_container ? &file : NULL, err);
        ops_progress_end(&c->progress);
    }
    sch_container_close(&file);
    if (rc < 0 || ops_check_report_print(&c->report, c->checks, ops_interrupted(), err) < 0) {
        return -1;
    }
    return c->report.refused > 0 ? OPS_NO : OPS_YES;
}

int ops_check(const struct ops_context *context, struct err *err)
{
    struct buf sample = BUF_INIT;
    struct checking *c = calloc(1, sizeof(*c));
    int64_t limit = SHOWN;
    if (c == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a check");
    }
    c->context = context;
    c->arena = (struct arena)ARENA_INIT;
    c->now_us = clock_wall_us();
    int rc = ops_args_int(context->args, "limit", 0, INT32_MAX, &limit, err) < 0 ||
                     ops_read_text(context->args->arguments[0], "a sample", SAMPLE_MAX_BYTES,
                                   &sample, err) < 0
                 ? -1
                 : 0;
    if (rc == 0) {
        ops_check_report_begin(&c->report, context->json, limit);
        rc = check(c, &sample, err);
    }
    buf_fini(&sample);
    finish(c);
    return rc;
}
