/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/quarantine.c - nrc quarantine: events that could not be stored, with the reason. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/jsonw.h"
#include "ingest/judge.h"
#include "ops/cli/command.h"
#include "ops/cli/progress.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "registry/case_json.h"
#include "storage/admin/case.h"
#include "storage/report/case.h"
#include "storage/report/report.h"

enum { DUMP_MAX_BYTES = 4096, DUMP_LINE_BYTES = 16 };

static int list(const struct ops_context *context, enum sto_report report, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_get(args, "dataset"),
                                  ops_args_get(args, "reason"),
                                  ops_args_get(args, "rule"),
                                  ops_args_get(args, "path"),
                                  ops_args_get(args, "status"),
                                  ops_args_get(args, "assigned-to"),
                                  limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, report, params, COUNT_OF(params), &limit, err);
}

int ops_quarantine_list(const struct ops_context *context, struct err *err)
{
    return list(context, STO_REPORT_QUARANTINE, err);
}

int ops_quarantine_groups(const struct ops_context *context, struct err *err)
{
    return list(context, STO_REPORT_QUARANTINE_GROUPS, err);
}

/* "00000010  48 65 6c 6c 6f …  Hello". */
static void dump_line(const unsigned char *bytes, size_t len, size_t at, struct buf *out)
{
    buf_printf(out, "%08zx ", at);
    for (size_t i = 0; i < DUMP_LINE_BYTES; i++) {
        if (at + i < len) {
            buf_printf(out, " %02x", bytes[at + i]);
        } else {
            buf_put_str(out, "   ");
        }
    }
    buf_put_str(out, "  ");
    for (size_t i = 0; i < DUMP_LINE_BYTES && at + i < len; i++) {
        unsigned char c = bytes[at + i];
        buf_put_u8(out, c >= 0x20 && c < 0x7f ? c : '.');
    }
    buf_put_u8(out, '\n');
}

static void dump(const unsigned char *bytes, size_t len, struct buf *out)
{
    size_t shown = len < DUMP_MAX_BYTES ? len : DUMP_MAX_BYTES;
    for (size_t at = 0; at < shown; at += DUMP_LINE_BYTES) {
        dump_line(bytes, shown, at, out);
    }
    if (shown < len) {
        buf_printf(out, "… and %zu more bytes; --json shows all\n", len - shown);
    }
}

static void put_hex(const unsigned char *bytes, size_t len, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    buf_put_u8(out, '"');
    for (size_t i = 0; i < len; i++) {
        buf_put_u8(out, (uint8_t)digits[bytes[i] >> 4]);
        buf_put_u8(out, (uint8_t)digits[bytes[i] & 15]);
    }
    buf_put_u8(out, '"');
}

static void print_decoded(const char *name, struct reg_decoded *d, struct buf *out)
{
    buf_printf(out, "\n%s: %s\n", name,
               d->json.len > 0 ? buf_cstr(&d->json) : "(not to be decoded)");
    if (d->fault != NULL) {
        buf_printf(out, "  it ends at byte %" PRId64 ": %s\n", d->ends_at_byte, d->fault);
    }
}

static int print_for_people(const struct ops_context *context, struct sto_case *shown,
                            struct buf *out, struct err *err)
{
    struct reg_decoded key;
    struct reg_decoded value;
    int rc = reg_case_decode(shown, &key, &value, err);
    if (rc == 0) {
        sto_grid_cut_before(shown->grid, "sees_all");
        ops_table_print_record(shown->grid, 0, context->terminal, out);
        if (shown->key != NULL) {
            print_decoded("key", &key, out);
        }
        if (shown->payload != NULL) {
            print_decoded("value", &value, out);
        }
        if (shown->payload != NULL && value.fault != NULL) {
            buf_put_u8(out, '\n');
            dump(shown->payload, shown->payload_len, out);
        }
    }
    buf_fini(&key.json);
    buf_fini(&value.json);
    return rc;
}

/* With all of the payload. */
static int print_json(struct sto_conn *conn, struct sto_case *shown, const char *id,
                      struct buf *out, struct err *err)
{
    unsigned char *payload = NULL;
    size_t len = 0;
    struct buf hex = BUF_INIT;
    struct jsonw w = jsonw_to(out);
    if (sto_quarantine_payload(conn, id, &payload, &len, err) != 0) {
        return -1;
    }
    jsonw_open(&w, '{');
    int rc = reg_case_json(shown, &w, err);
    jsonw_key(&w, "payload_hex");
    if (payload != NULL) {
        put_hex(payload, len, &hex);
        jsonw_raw(&w, buf_cstr(&hex));
        out->failed = out->failed || hex.failed;
    } else {
        jsonw_null(&w);
    }
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
    buf_fini(&hex);
    free(payload);
    return rc;
}

int ops_quarantine_show(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    struct sto_case shown = {0};
    struct buf out = BUF_INIT;
    int64_t id;
    if (ops_parse_int(id_text, "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc = conn != NULL ? sto_case_read(conn, NULL, id, &shown, err) : -1;
    if (rc == 0) {
        rc = context->json ? print_json(conn, &shown, id_text, &out, err)
                           : print_for_people(context, &shown, &out, err);
    }
    rc = rc == 0 ? ops_print(&out, err) : rc;
    buf_fini(&out);
    sto_case_fini(&shown);
    sto_conn_close(&conn);
    return rc;
}

/* ---- cases ---- */

static int read_selection(const struct ops_args *args, struct sto_case_selection *s,
                          struct err *err)
{
    *s = (struct sto_case_selection){.ids = args->arguments,
                                     .id_count = (size_t)args->argument_count,
                                     .dataset = ops_args_get(args, "dataset"),
                                     .reason = ops_args_get(args, "reason"),
                                     .rule = ops_args_get(args, "rule"),
                                     .path = ops_args_get(args, "path"),
                                     .assigned_to = ops_args_get(args, "assigned-to"),
                                     .before = ops_args_get(args, "before")};
    for (size_t i = 0; i < s->id_count; i++) {
        int64_t id;
        if (ops_parse_int(s->ids[i], "ID", 1, INT64_MAX, &id, err) != 0) {
            return -1;
        }
    }
    bool is_all = s->id_count == 0 && s->dataset == NULL && s->reason == NULL && s->rule == NULL &&
                  s->path == NULL && s->assigned_to == NULL && s->before == NULL;
    if (is_all && !ops_args_has(args, "all")) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_USAGE,
            "say which events: IDs, --dataset, --reason, --rule, --path or --before; or --all");
    }
    return 0;
}

static int say_changed(const struct ops_context *context, const struct sto_case_change *change,
                       const struct sto_case_changed *found, const char *done, struct err *err)
{
    char line[200];
    char json[160];
    char withheld[80] = "";
    int64_t count = change->is_dry ? found->selected - found->withheld : found->changed;
    if (found->withheld > 0) {
        snprintf(withheld, sizeof(withheld), "; %" PRId64 " have no payload and stay",
                 found->withheld);
    }
    snprintf(line, sizeof(line), "%s%" PRId64 " event%s %s%s", change->is_dry ? "would be: " : "",
             count, count == 1 ? "" : "s", done, withheld);
    snprintf(json, sizeof(json),
             "{\"selected\":%" PRId64 ",\"withheld\":%" PRId64 ",\"changed\":%" PRId64 "}",
             found->selected, found->withheld, found->changed);
    return ops_say(context, line, json, err);
}

/* ---- a replay that is only tried ---- */

struct trial {
    struct buf lines;
    struct jsonw list;
    struct buf json;
};

static void take_judged(void *arg, const struct ing_judged *one)
{
    struct trial *t = arg;
    buf_printf(&t->lines, "%" PRId64 ": %s%s%s%s%s%s%s\n", one->id, one->would,
               one->reason != NULL ? ": " : "", one->reason != NULL ? one->reason : "",
               one->rule != NULL ? " by " : "", one->rule != NULL ? one->rule : "",
               one->path != NULL ? " at " : "", one->path != NULL ? one->path : "");
    jsonw_open(&t->list, '{');
    jsonw_number(&t->list, "id", one->id);
    jsonw_text(&t->list, "would", one->would);
    jsonw_text(&t->list, "reason", one->reason);
    jsonw_text(&t->list, "rule", one->rule);
    jsonw_text(&t->list, "path", one->path);
    jsonw_close(&t->list, '}');
}

static int say_trial(const struct ops_context *context, const struct sto_case_changed *found,
                     struct trial *t, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        buf_printf(&out,
                   "{\"selected\":%" PRId64 ",\"withheld\":%" PRId64
                   ",\"changed\":0,\"judged\":%s}\n",
                   found->selected, found->withheld, buf_cstr(&t->json));
    } else {
        buf_printf(&out, "%swould be replayed: %" PRId64 "; without a payload: %" PRId64 "\n",
                   buf_cstr(&t->lines), found->selected - found->withheld, found->withheld);
        if (found->selected - found->withheld > ING_JUDGED_MOST) {
            buf_printf(&out, "the first %d were judged\n", ING_JUDGED_MOST);
        }
    }
    out.failed = out.failed || buf_failed(&t->json) || buf_failed(&t->lines);
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

/* What would become of each: nothing is changed. */
static int try_replay(const struct ops_context *context, struct sto_conn *conn,
                      const struct sto_case_change *c, const struct sto_case_changed *found,
                      struct err *err)
{
    struct trial t = {.lines = BUF_INIT, .json = BUF_INIT};
    struct buf selection = BUF_INIT;
    t.list = jsonw_to(&t.json);
    jsonw_open(&t.list, '[');
    int rc = sto_case_selection_json(&c->selection, &selection, err);
    rc = rc == 0 ? ing_judge(conn, context->conf, buf_cstr(&selection), take_judged, &t, err) : rc;
    jsonw_close(&t.list, ']');
    rc = rc == 0 ? say_trial(context, found, &t, err) : rc;
    buf_fini(&selection);
    buf_fini(&t.lines);
    buf_fini(&t.json);
    return rc;
}

static int change(const struct ops_context *context, enum sto_case_action action, const char *whom,
                  const char *done, struct err *err)
{
    const struct ops_args *args = context->args;
    struct sto_case_change c = {.action = action,
                                .whom = whom,
                                .why = ops_args_get(args, "why"),
                                .is_dry = ops_args_has(args, "dry-run")};
    struct sto_case_changed found;
    if (read_selection(args, &c.selection, err) != 0) {
        return -1;
    }
    struct ops_progress progress;
    ops_progress_begin(&progress, context, "changing cases", NULL);
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_STEWARD, &progress, err);
    int rc = conn != NULL ? sto_cases_change(conn, &c, &found, err) : -1;
    ops_progress_end(&progress);
    if (rc == 0 && found.selected > 0 && c.is_dry && action == STO_CASE_REPLAY) {
        rc = try_replay(context, conn, &c, &found, err);
        sto_conn_close(&conn);
        return rc;
    }
    sto_conn_close(&conn);
    if (rc == 0 && found.selected == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                       "no quarantined event is selected that could be %s", done);
    }
    return rc == 0 ? say_changed(context, &c, &found, done, err) : -1;
}

int ops_quarantine_assign(const struct ops_context *context, struct err *err)
{
    const char *to = ops_args_get(context->args, "to");
    if ((to != NULL) == ops_args_has(context->args, "to-nobody")) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "say --to PERSON or --to-nobody");
    }
    return change(context, STO_CASE_ASSIGN, to, "assigned", err);
}

int ops_quarantine_replay(const struct ops_context *context, struct err *err)
{
    return change(context, STO_CASE_REPLAY, NULL, "to be replayed by an engine", err);
}

int ops_quarantine_discard(const struct ops_context *context, struct err *err)
{
    return change(context, STO_CASE_DISCARD, NULL, "discarded", err);
}

int ops_quarantine_reopen(const struct ops_context *context, struct err *err)
{
    return change(context, STO_CASE_REOPEN, NULL, "open again", err);
}
