/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/control.c - nrc control: what an agency says that it sent for a period, and what is here (NRL-10, DSP-7.4.5). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/quality/control.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { KEYS_FILE_MAX_BYTES = 16 * 1024 * 1024 };
static const char digest_prefix[] = "sha256:";

/* ---- the keys' file ---- */

struct key_lists {
    struct buf keys; /* arrays of JSON */
    struct buf digests;
};

/* A line without its end. Blank ones are none: a key that is an empty text can be given by its digest. */
static void put_line(const char *line, size_t len, struct jsonw *keys, struct jsonw *digests)
{
    const size_t prefix = sizeof(digest_prefix) - 1;
    if (len > 0 && line[len - 1] == '\r') {
        len--;
    }
    if (len > prefix && memcmp(line, digest_prefix, prefix) == 0) {
        jsonw_str_n(digests, line + prefix, len - prefix);
    } else if (len > 0) {
        jsonw_str_n(keys, line, len);
    }
}

static int read_lines(const struct buf *file, struct key_lists *out, struct err *err)
{
    const char *at = (const char *)file->data;
    const char *end = at + file->len;
    struct jsonw keys = jsonw_to(&out->keys);
    struct jsonw digests = jsonw_to(&out->digests);
    size_t count = 0;
    jsonw_open(&keys, '[');
    jsonw_open(&digests, '[');
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        if (++count > STO_CONTROL_KEYS_MAX) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "a list has at most %d keys",
                           STO_CONTROL_KEYS_MAX);
        }
        put_line(at, (size_t)(stop - at), &keys, &digests);
        at = stop + 1;
    }
    jsonw_close(&keys, ']');
    jsonw_close(&digests, ']');
    (void)buf_cstr(&out->keys);
    (void)buf_cstr(&out->digests);
    return buf_failed(&out->keys) || buf_failed(&out->digests)
               ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a list of keys")
               : 0;
}

static int read_keys(const char *path, struct key_lists *out, struct err *err)
{
    struct buf file = BUF_INIT;
    int rc = ops_read_text(path, "a list of keys", KEYS_FILE_MAX_BYTES, &file, err);
    if (rc == 0 && memchr(file.data, '\0', file.len) != NULL) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_USAGE, "a key has no byte 0");
    }
    if (rc == 0) {
        rc = read_lines(&file, out, err);
    }
    if (rc != 0) {
        err_add(err, "reading %.256s", path);
    }
    buf_fini(&file);
    return rc;
}

/* ---- commands ---- */

static int say(const struct ops_context *context, const struct sto_control_stated *stated,
               struct err *err)
{
    char line[160];
    char json[160];
    char more[64] = "";
    char other[32] = "null";
    if (stated->contradicts != 0) {
        snprintf(more, sizeof(more), ", which contradicts %" PRId64, stated->contradicts);
        snprintf(other, sizeof(other), "%" PRId64, stated->contradicts);
    }
    snprintf(line, sizeof(line), "control total %" PRId64 " %s%s", stated->id,
             stated->is_new ? "stated" : "says that already", more);
    snprintf(json, sizeof(json), "{\"stated\":%" PRId64 ",\"changed\":%s,\"contradicts\":%s}",
             stated->id, stated->is_new ? "true" : "false", other);
    return ops_say(context, line, json, err);
}

int ops_control_add(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *path = ops_args_get(args, "keys-file");
    struct key_lists lists = {BUF_INIT, BUF_INIT};
    struct sto_control_stated stated = {0};
    int rc = path != NULL ? read_keys(path, &lists, err) : 0;
    if (rc == 0) {
        const struct sto_control_spec spec = {
            .dataset = args->arguments[0],
            .from = ops_args_get(args, "from"),
            .until = ops_args_get(args, "until"),
            .events = ops_args_get(args, "events"),
            .keys = ops_args_get(args, "keys"),
            .checksum = ops_args_get(args, "checksum"),
            .statement_id = ops_args_get(args, "statement-id"),
            .grace_s = ops_args_get(args, "grace"),
            .key_list = path != NULL ? buf_cstr(&lists.keys) : NULL,
            .digest_list = path != NULL ? buf_cstr(&lists.digests) : NULL,
        };
        struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
        rc = conn != NULL ? sto_control_state(conn, &spec, NULL, &stated, err) : -1;
        sto_conn_close(&conn);
    }
    buf_fini(&lists.keys);
    buf_fini(&lists.digests);
    return rc == 0 ? say(context, &stated, err) : -1;
}

static int check_state(const char *state, struct err *err)
{
    static const char *const states[] = {"open", "equal", "different", "contradicted"};
    for (size_t i = 0; state != NULL && i < COUNT_OF(states); i++) {
        if (strcmp(states[i], state) == 0) {
            return 0;
        }
    }
    return state == NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                         "--state is open, equal, different or contradicted, not %.32s", state);
}

static int list_refused(const struct ops_context *context, const struct ops_limit *limit,
                        struct err *err)
{
    const char *agency = ops_args_get(context->args, "agency");
    const char *const params[] = {NULL, agency, limit->text};
    if (ops_args_has(context->args, "dataset") || ops_args_has(context->args, "state")) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_USAGE,
            "--refused has no --dataset and no --state: nobody knows what such a message "
            "is about");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_CONTROLS_REFUSED, params, COUNT_OF(params), err)
                     : NULL;
    if (grid != NULL && grid->rows == 0 && agency != NULL &&
        ops_check_there(conn, STO_REPORT_AGENCY, "agency", agency, err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_newest(context, &grid, limit, err) : -1;
}

int ops_control_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0 ||
        check_state(ops_args_get(args, "state"), err) != 0) {
        return -1;
    }
    if (ops_args_has(args, "refused")) {
        return list_refused(context, &limit, err);
    }
    if (ops_args_has(args, "agency")) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "--agency goes with --refused");
    }
    const char *const params[] = {ops_args_get(args, "dataset"), ops_args_get(args, "state"),
                                  limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_CONTROLS, params, COUNT_OF(params), &limit,
                           err);
}

static void print(const struct ops_context *context, const struct sto_grid *control,
                  const struct sto_grid *keys, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        sto_grid_json_members(control, 0, &w);
        if (keys != NULL) {
            jsonw_key(&w, "differing_keys");
            sto_grid_json(keys, &w);
        }
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
        return;
    }
    ops_table_print_record(control, 0, context->terminal, out);
    if (keys != NULL) {
        buf_put_u8(out, '\n');
        ops_table_print(keys, context->terminal, out);
    }
}

int ops_control_show(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    const bool with_keys = ops_args_has(context->args, "differing-keys");
    struct sto_grid *keys = NULL;
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (ops_parse_int(id_text, "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    /* The keys are the agency's data: those who may look at them look at the whole with one role. */
    struct sto_conn *conn =
        ops_connect(context, with_keys ? STO_ROLE_STEWARD : STO_ROLE_MONITOR, err);
    struct sto_grid *control =
        conn != NULL ? sto_report(conn, STO_REPORT_CONTROL, &id_text, 1, err) : NULL;
    if (control == NULL || (with_keys && (keys = sto_report(conn, STO_REPORT_CONTROL_KEYS, &id_text,
                                                            1, err)) == NULL)) {
        goto out;
    }
    if (control->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no control total %s", id_text);
        goto out;
    }
    print(context, control, keys, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&keys);
    sto_grid_free(&control);
    sto_conn_close(&conn);
    return rc;
}
