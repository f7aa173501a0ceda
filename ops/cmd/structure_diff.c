/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_diff.c - nrc structure diff: what changed between two structures, from files or from the
 * register. The register is asked only for what the files do not say. */
#include "ops/cmd/structure_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cmd/handlers.h"
#include "schema/parse/parse.h"
#include "schema/plan/role.h"
#include "storage/catalogue/catalogue.h"

enum { KEY_FIELDS_MAX = 64 };

struct asked {
    const struct ops_args *args;
    bool is_key;
    struct ops_diff_shown shown;
    struct sto_conn *conn;           /* NULL: no dataset is named */
    struct sto_catalogue *catalogue; /* likewise */
    const struct sto_dataset *dataset;
    struct sch_schema *from;
    struct sch_schema *to;
    struct sch_roles roles;
    char *key_memory;
    const char *key_fields[KEY_FIELDS_MAX];
};

static bool is_version(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* ---- the dataset ---- */

static int find_dataset(const struct ops_context *context, struct asked *asked, struct err *err)
{
    const char *name = asked->shown.dataset;
    asked->conn = ops_connect(context, STO_ROLE_MONITOR, err);
    asked->catalogue = asked->conn != NULL ? sto_catalogue_load(asked->conn, err) : NULL;
    if (asked->catalogue != NULL) {
        asked->dataset = sto_catalogue_find(asked->catalogue, name, err);
    }
    return asked->dataset != NULL ? 0 : -1;
}

/* Whom the change of the older structure concerns. A structure of keys has no columns of its own. */
static int find_concern(struct asked *asked, struct err *err)
{
    int32_t schema_id = 0;
    if (asked->dataset == NULL) {
        return 0;
    }
    for (size_t i = 0; i < asked->dataset->structure_count; i++) {
        const struct sto_structure *structure = &asked->dataset->structures[i];
        if (structure->is_key == asked->is_key && structure->version == asked->shown.from.version) {
            schema_id = structure->schema_id;
        }
    }
    const struct reg_concern_asked whom = {.dataset = asked->dataset->full_name,
                                           .schema_id = schema_id,
                                           .diff = asked->shown.diff,
                                           .with_accounts = true};
    return reg_concern_load(asked->conn, &whom, &asked->shown.concern, err);
}

/* Without a dataset the command line says which fields have a role. */
static int find_roles(struct asked *asked, struct err *err)
{
    const struct sto_dataset *dataset = asked->dataset;
    if (dataset != NULL) {
        asked->roles = (struct sch_roles){.dataset = dataset->full_name,
                                          .key_fields = dataset->key_fields,
                                          .key_field_count = dataset->key_field_count,
                                          .order_field = dataset->order_field};
        return 0;
    }
    int count = ops_args_list(asked->args, "key-field", &asked->key_memory, asked->key_fields,
                              KEY_FIELDS_MAX, err);
    asked->roles = (struct sch_roles){.dataset = "",
                                      .key_fields = asked->key_fields,
                                      .key_field_count = count > 0 ? (size_t)count : 0,
                                      .order_field = ops_args_get(asked->args, "order")};
    return count < 0 ? -1 : 0;
}

/* ---- the structures ---- */

/* The newest version below the bound; 0: there is none. */
static int32_t newest_below(const struct asked *asked, int32_t bound)
{
    int32_t newest = 0;
    for (size_t i = 0; i < asked->dataset->structure_count; i++) {
        const struct sto_structure *structure = &asked->dataset->structures[i];
        if (structure->is_key == asked->is_key && structure->version < bound &&
            structure->version > newest) {
            newest = structure->version;
        }
    }
    return newest;
}

static struct sch_schema *parse_version(const struct asked *asked, int32_t version, struct err *err)
{
    for (size_t i = 0; i < asked->dataset->structure_count; i++) {
        const struct sto_structure *structure = &asked->dataset->structures[i];
        if (structure->is_key == asked->is_key && structure->version == version) {
            return sch_parse(structure->text, structure->text_len, err);
        }
    }
    err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "%.128s has no %s structure of version %d",
            asked->dataset->full_name, asked->is_key ? "key" : "value", (int)version);
    return NULL;
}

static struct sch_schema *parse_file(const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    struct sch_schema *schema = NULL;
    if (ops_read_text(path, "a structure", SCH_MAX_TEXT_BYTES, &text, err) == 0) {
        schema = sch_parse((const char *)text.data, text.len, err);
        if (schema == NULL) {
            err_add(err, "%.256s", path);
        }
    }
    buf_fini(&text);
    return schema;
}

/* option: what the command line says, or NULL: the newest version below the bound. */
static struct sch_schema *load_side(const struct asked *asked, const char *option, int32_t bound,
                                    struct ops_diff_side *side, struct err *err)
{
    int64_t version;
    if (option != NULL && !is_version(option)) {
        *side = (struct ops_diff_side){.file = option};
        return parse_file(option, err);
    }
    if (option != NULL) {
        if (ops_parse_int(option, "VERSION", 1, INT32_MAX, &version, err) != 0) {
            return NULL;
        }
        *side = (struct ops_diff_side){.version = (int32_t)version};
        return parse_version(asked, side->version, err);
    }
    *side = (struct ops_diff_side){.version = newest_below(asked, bound)};
    if (side->version == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                "%.128s has no earlier %s structure to compare with", asked->dataset->full_name,
                asked->is_key ? "key" : "value");
        return NULL;
    }
    return parse_version(asked, side->version, err);
}

static int load_structures(struct asked *asked, struct err *err)
{
    struct ops_diff_shown *shown = &asked->shown;
    asked->to = load_side(asked, ops_args_get(asked->args, "to"), INT32_MAX, &shown->to, err);
    if (asked->to == NULL) {
        return -1;
    }
    int32_t bound = shown->to.file != NULL ? INT32_MAX : shown->to.version;
    asked->from = load_side(asked, ops_args_get(asked->args, "from"), bound, &shown->from, err);
    return asked->from != NULL ? 0 : -1;
}

/* ---- the command ---- */

static int read_fail_on(struct asked *asked, struct err *err)
{
    const char *word = ops_args_get(asked->args, "fail-on");
    struct ops_diff_shown *shown = &asked->shown;
    shown->fails = word == NULL || strcmp(word, "never") != 0;
    shown->fail_on = SCH_BREAKING;
    if (word == NULL || !shown->fails) {
        return 0;
    }
    if (!sch_class_parse(word, &shown->fail_on) || shown->fail_on == SCH_SAFE) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--fail-on takes review, breaking or never, not \"%.40s\"", word);
    }
    return 0;
}

static int check_stored_usage(const struct asked *asked, struct err *err)
{
    const struct ops_args *args = asked->args;
    if (!ops_args_has(args, "stored")) {
        return ops_args_has(args, "since") || ops_args_has(args, "sample")
                   ? err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                             "--since and --sample go with --stored")
                   : 0;
    }
    if (asked->shown.dataset == NULL || asked->is_key || ops_args_has(args, "junit")) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--stored needs a dataset, and goes with neither --key nor --junit");
    }
    return 0;
}

static int check_usage(struct asked *asked, struct err *err)
{
    const struct ops_args *args = asked->args;
    const char *from = ops_args_get(args, "from");
    const char *to = ops_args_get(args, "to");
    bool are_files = from != NULL && to != NULL && !is_version(from) && !is_version(to);
    if (asked->shown.dataset == NULL && !are_files) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "name a dataset, or two files with --from and --to");
    }
    if (asked->shown.dataset != NULL &&
        (ops_args_has(args, "key-field") || ops_args_has(args, "order"))) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--key-field and --order are for files without a dataset: the register "
                       "knows those of %.128s",
                       asked->shown.dataset);
    }
    if (check_stored_usage(asked, err) != 0) {
        return -1;
    }
    if (from != NULL && to != NULL && strcmp(from, "-") == 0 && strcmp(to, "-") == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "only one of --from and --to can be standard input");
    }
    return read_fail_on(asked, err);
}

static int accept_all(const struct ops_args *args, struct sch_diff *diff, struct err *err)
{
    for (size_t i = 0; i < args->value_count; i++) {
        if (strcmp(args->names[i], "accept") == 0 &&
            sch_diff_accept(diff, args->values[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int check_stored(const struct ops_context *context, struct asked *asked,
                        struct ops_stored *stored, struct err *err)
{
    if (!ops_args_has(context->args, "stored")) {
        return 0;
    }
    asked->shown.stored = stored;
    return ops_stored_check(context, asked->dataset, asked->to, stored, err);
}

static int answer(const struct asked *asked)
{
    enum sch_class worst = sch_diff_worst(asked->shown.diff);
    if (!asked->shown.fails || worst < asked->shown.fail_on) {
        return OPS_YES;
    }
    return worst == SCH_BREAKING ? OPS_WORSE : OPS_NO;
}

static int show(const struct ops_context *context, const struct asked *asked, struct err *err)
{
    struct buf out = BUF_INIT;
    if (ops_args_has(context->args, "junit")) {
        ops_diff_junit(&asked->shown, &out);
    } else if (context->json) {
        ops_diff_json(&asked->shown, &out);
    } else {
        ops_diff_print(&asked->shown, context->terminal, &out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_structure_diff(const struct ops_context *context, struct err *err)
{
    struct sch_diff diff = {.count = 0};
    struct ops_stored stored = {.rows = 0};
    struct asked asked = {.args = context->args,
                          .is_key = ops_args_has(context->args, "key"),
                          .shown = {.dataset = context->args->arguments[0], .diff = &diff}};
    int rc = -1;
    if (check_usage(&asked, err) == 0 &&
        (asked.shown.dataset == NULL || find_dataset(context, &asked, err) == 0) &&
        find_roles(&asked, err) == 0 && load_structures(&asked, err) == 0 &&
        sch_diff(asked.from, asked.to, &asked.roles, asked.is_key, &diff, err) == 0 &&
        accept_all(context->args, &diff, err) == 0 && find_concern(&asked, err) == 0 &&
        check_stored(context, &asked, &stored, err) == 0 && show(context, &asked, err) == 0) {
        rc = answer(&asked);
    }
    ops_stored_fini(&stored);
    sch_schema_unref(&asked.from);
    sch_schema_unref(&asked.to);
    sto_catalogue_free(&asked.catalogue);
    sto_conn_close(&asked.conn);
    reg_concern_fini(&asked.shown.concern);
    free(asked.key_memory);
    sch_diff_fini(&diff);
    return rc;
}

int ops_structure_rules(const struct ops_context *context, struct err *err)
{
    struct buf out = BUF_INIT;
    ops_diff_rules(context->json, &out);
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}
