/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/dataset.c - nrc dataset: kinds of records, declared before their first structure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "ops/cmd/dataset.h"
#include "ops/cmd/fact.h"
#include "ops/cmd/handlers.h"
#include "ops/cmd/registered.h"
#include "registry/registration_command.h"
#include "schema/parse/parse.h"
#include "storage/admin/admin.h"
#include "storage/admin/request.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { KEYS_MAX = 8, EXEMPT_VALUES_MAX = OPS_VALUES_MAX };

int ops_dataset_split_name(char *full, const char **agency, const char **name, struct err *err)
{
    char *dot = strchr(full, '.');
    if (dot == NULL || dot == full || dot[1] == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "a dataset's name is AGENCY.NAME, like moh.births, not \"%.64s\"", full);
    }
    *dot = '\0';
    *agency = full;
    *name = dot + 1;
    return 0;
}

static int say_added(const struct ops_context *context, const struct sto_dataset_spec *spec,
                     const struct reg_registered *registered, bool has_structure, struct err *err)
{
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    const char *dataset = context->args->arguments[0];
    buf_printf(&line, "dataset %s added%s%s", dataset,
               spec->topic != NULL ? ", topic " : ", without a topic",
               spec->topic != NULL ? spec->topic : "");
    jsonw_open(&w, '{');
    jsonw_key(&w, "id");
    jsonw_int(&w, registered->dataset_id);
    jsonw_text(&w, "dataset", dataset);
    if (has_structure) {
        buf_put_u8(&line, '\n');
        ops_registered_put(dataset, false, registered, &line, &w);
    }
    jsonw_close(&w, '}');
    return ops_registered_say(context, &line, &json, err);
}

enum { PEOPLE_MAX = 3 };

struct policy_room {
    char review[4];
    char breaking[4];
};

/* NULL: the option is not there. */
static int read_people(const struct ops_args *args, const char *name, char room[4],
                       const char **out, struct err *err)
{
    int64_t people = 0;
    *out = NULL;
    if (!ops_args_has(args, name)) {
        return 0;
    }
    if (ops_args_int(args, name, 0, PEOPLE_MAX, &people, err) != 0) {
        return -1;
    }
    snprintf(room, 4, "%d", (int)people);
    *out = room;
    return 0;
}

static int read_policy(const struct ops_args *args, struct policy_room *room,
                       struct sto_policy *policy, struct err *err)
{
    const char *notice = ops_args_get(args, "breaking-notice");
    if (notice != NULL && strcmp(notice, "yes") != 0 && strcmp(notice, "no") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--breaking-notice takes yes or no, not \"%.40s\"", notice);
    }
    policy->breaking_notice = notice == NULL ? NULL : notice[0] == 'y' ? "true" : "false";
    return read_people(args, "review-people", room->review, &policy->review_people, err) != 0 ||
                   read_people(args, "breaking-people", room->breaking, &policy->breaking_people,
                               err) != 0
               ? -1
               : 0;
}

int ops_dataset_policy(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *dataset = args->arguments[0];
    struct sto_policy policy;
    struct policy_room room;
    char line[192];
    struct sto_conn *conn = read_policy(args, &room, &policy, err) == 0
                                ? ops_connect(context, STO_ROLE_REGISTRY, err)
                                : NULL;
    int rc = conn != NULL
                 ? sto_policy_set(conn, dataset, &policy, ops_args_get(args, "reason"), err)
                 : -1;
    sto_conn_close(&conn);
    snprintf(line, sizeof(line), "%.128s: policy changed", dataset);
    return rc == 0 ? ops_say(context, line, "{}", err) : -1;
}

int ops_dataset_declare(const struct ops_context *context, struct sto_conn *conn,
                        const char *dataset, const struct sto_dataset_spec *spec, const char *text,
                        size_t len, struct arena *arena, struct reg_registered *out,
                        struct err *err)
{
    if (text == NULL) {
        return sto_dataset_add(conn, spec, &out->dataset_id, err);
    }
    int rc = reg_dataset_declare(conn, spec, text, len, arena, out, err);
    if (rc != 0) {
        ops_registered_reasons(context, dataset, out, err);
    }
    return rc;
}

/* With its first structure, if one is given. */
static int declare(const struct ops_context *context, const struct sto_dataset_spec *spec,
                   struct err *err)
{
    const char *path = ops_args_get(context->args, "structure");
    struct reg_registered registered = {0};
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    struct sto_conn *conn = NULL;
    int rc = path != NULL ? ops_read_text(path, "a structure", SCH_MAX_TEXT_BYTES, &text, err) : 0;
    if (rc == 0) {
        conn = ops_connect(context, STO_ROLE_REGISTRY, err);
        rc = conn != NULL ? 0 : -1;
    }
    if (rc == 0) {
        rc = ops_dataset_declare(context, conn, context->args->arguments[0], spec,
                                 (const char *)text.data, text.len, &arena, &registered, err);
    }
    if (rc == 0) {
        rc = say_added(context, spec, &registered, path != NULL, err);
    }
    sto_conn_close(&conn);
    buf_fini(&text);
    arena_fini(&arena);
    return rc;
}

int ops_dataset_add(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *keys[KEYS_MAX];
    const char *exempts[EXEMPT_VALUES_MAX];
    char *key_memory = NULL;
    char *full = strdup(args->arguments[0]);
    struct sto_dataset_spec spec = {
        .topic = ops_args_get(args, "topic"),
        .key_fields = keys,
        .key_format = ops_args_get(args, "key-format"),
        .order_field = ops_args_get(args, "order"),
        .event_time_field = ops_args_get(args, "event-time"),
        .exempt = ops_args_has(args, "exempt"),
        .exempt_field = ops_args_get(args, "exempt-field"),
        .exempt_values = exempts,
        .exempt_value_count = ops_args_values(args, "exempt-value", exempts),
    };
    struct policy_room room;
    int64_t leaves = 0;
    int rc = -1;
    if (full == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the command line");
        goto out;
    }
    int key_count = ops_args_list(args, "key", &key_memory, keys, KEYS_MAX, err);
    if (key_count < 0 || ops_dataset_split_name(full, &spec.agency, &spec.name, err) != 0 ||
        ops_args_int(args, "leaves", 1, 256, &leaves, err) != 0 ||
        read_policy(args, &room, &spec.policy, err) != 0) {
        goto out;
    }
    spec.key_field_count = (size_t)key_count;
    spec.leaves = (int)leaves;
    if (spec.key_format == NULL) {
        spec.key_format = "auto";
    }
    rc = declare(context, &spec, err);
out:
    free(key_memory);
    free(full);
    return rc;
}

static int say_removed(const struct ops_context *context, const char *agency, const char *name,
                       int versions, struct err *err)
{
    char line[256];
    char json[256];
    int len = snprintf(line, sizeof(line), "dataset %s.%s removed", agency, name);
    if (versions > 0) {
        snprintf(
            line + len, sizeof(line) - (size_t)len,
            "; its structures (%d) stay in the registry: if you add the dataset again, register "
            "them again too",
            versions);
    }
    snprintf(json, sizeof(json), "{\"dataset\":\"%s.%s\",\"structures_kept\":%d}", agency, name,
             versions);
    return ops_say(context, line, json, err);
}

int ops_dataset_remove(const struct ops_context *context, struct err *err)
{
    char *full = strdup(context->args->arguments[0]);
    const char *agency = NULL;
    const char *name = NULL;
    struct sto_conn *conn = NULL;
    int versions = 0;
    int rc = -1;
    if (full == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the command line");
    } else if (ops_dataset_split_name(full, &agency, &name, err) == 0 &&
               (conn = ops_connect(context, STO_ROLE_REGISTRY, err)) != NULL &&
               sto_dataset_remove(conn, agency, name, &versions, err) == 0) {
        rc = say_removed(context, agency, name, versions, err);
    }
    sto_conn_close(&conn);
    free(full);
    return rc;
}

int ops_dataset_list(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {ops_args_get(context->args, "agency")};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_DATASETS, params, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && params[0] != NULL &&
        ops_check_there(conn, STO_REPORT_AGENCY, "agency", params[0], err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

/* What is shown of a dataset: the first one's record, and a table of each other. */
struct shown {
    const char *name; /* in JSON */
    enum sto_report report;
    size_t param_count;
    size_t least; /* rows that are worth a table */
    struct sto_grid *grid;
};

static void print_shown(const struct ops_context *context, const struct shown *shown, size_t count,
                        struct buf *out)
{
    ops_table_print_record(shown[0].grid, 0, context->terminal, out);
    for (size_t i = 1; i < count; i++) {
        if (shown[i].grid->rows >= shown[i].least) {
            buf_put_u8(out, '\n');
            ops_table_print(shown[i].grid, context->terminal, out);
        }
    }
}

static void json_shown(const struct shown *shown, size_t count, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, shown[0].name);
    sto_grid_json_record(shown[0].grid, 0, &w);
    for (size_t i = 1; i < count; i++) {
        jsonw_key(&w, shown[i].name);
        sto_grid_json(shown[i].grid, &w);
    }
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

static int load_shown(const struct ops_context *context, const char *const *params,
                      struct shown *shown, size_t count, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    int rc = conn != NULL ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        shown[i].grid = sto_report(conn, shown[i].report, params, shown[i].param_count, err);
        rc = shown[i].grid != NULL ? 0 : -1;
    }
    if (rc == 0 && shown[0].grid->rows == 0) {
        rc = params[1] == NULL
                 ? err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "dataset %.64s not found", params[0])
                 : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "%.64s has no generation %s",
                           params[0], params[1]);
    }
    sto_conn_close(&conn);
    return rc;
}

static int show(const struct ops_context *context, const char *const *params, struct shown *shown,
                size_t count, struct err *err)
{
    struct buf out = BUF_INIT;
    int rc = load_shown(context, params, shown, count, err);
    if (rc == 0) {
        context->json ? json_shown(shown, count, &out) : print_shown(context, shown, count, &out);
        rc = ops_print(&out, err);
    }
    buf_fini(&out);
    for (size_t i = 0; i < count; i++) {
        sto_grid_free(&shown[i].grid);
    }
    return rc;
}

int ops_dataset_show(const struct ops_context *context, struct err *err)
{
    const char *asked = context->args->arguments[0];
    const char *at = strchr(asked, '@');
    if (at == NULL) {
        const char *const params[] = {asked, NULL};
        struct shown shown[] = {
            {"dataset", STO_REPORT_DATASET, 1, 1, NULL},
            {"columns", STO_REPORT_COLUMNS, 1, 1, NULL},
            {"generations", STO_REPORT_GENERATIONS, 2, 2, NULL},
            {"structures", STO_REPORT_STRUCTURES, 1, 1, NULL},
        };
        return show(context, params, shown, COUNT_OF(shown), err);
    }
    char name[128];
    int64_t number;
    if (ops_parse_int(at + 1, "the generation", 1, INT32_MAX, &number, err) != 0) {
        return -1;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(at - asked), asked);
    const char *const params[] = {name, at + 1};
    struct shown shown[] = {
        {"generation", STO_REPORT_GENERATIONS, 2, 1, NULL},
        {"columns", STO_REPORT_GENERATION_COLUMNS, 2, 1, NULL},
    };
    return show(context, params, shown, COUNT_OF(shown), err);
}

int ops_dataset_edit(const struct ops_context *context, struct err *err)
{
    return ops_fact_edit(context, STO_DATASET, err);
}

int ops_dataset_retire(const struct ops_context *context, struct err *err)
{
    return ops_fact_retire(context, STO_DATASET, err);
}

int ops_dataset_reopen(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_dataset_reopen(conn, args->arguments[0], ops_args_get(args, "reason"), err)
                 : -1;
    sto_conn_close(&conn);
    return rc == 0 ? ops_fact_say(context, STO_DATASET, args->arguments[0], "reopened", err) : -1;
}
