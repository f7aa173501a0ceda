/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/holiday.c - nrc holiday: public holidays, on which no source is late.
 *
 * Every fault of a file is found before anything is written, and is named by file and line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/day.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cmd/handlers.h"
#include "ops/monitor/holiday.h"
#include "storage/admin/holiday.h"

static int day_given(const char *given, const char *what, int64_t *day, struct err *err)
{
    *day = -1;
    return given == NULL || day_parse(given, strlen(given), false, day)
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                         "%s: a day is written YYYY-MM-DD, and is between 1970 and 2200", what);
}

static int store(const struct ops_context *context, const struct ops_holiday_list *list,
                 bool try_only, struct err *err)
{
    struct sto_holidays_loaded loaded = {0};
    struct buf json = BUF_INIT;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    ops_holiday_json(list, &json);
    int rc = conn != NULL ? sto_holidays_load(conn, buf_cstr(&json), try_only, &loaded, err) : -1;
    sto_conn_close(&conn);
    buf_fini(&json);
    if (rc != 0) {
        return -1;
    }
    char line[160];
    char said[160];
    snprintf(line, sizeof(line),
             "%s: %" PRId64 " added, %" PRId64 " replaced, %" PRId64 " kept as they are",
             try_only ? "nothing changed; it would be" : "holidays", loaded.added, loaded.replaced,
             loaded.kept);
    snprintf(said, sizeof(said),
             "{\"added\":%" PRId64 ",\"replaced\":%" PRId64 ",\"kept\":%" PRId64 ",\"dry_run\":%s}",
             loaded.added, loaded.replaced, loaded.kept, try_only ? "true" : "false");
    return ops_say(context, line, said, err);
}

int ops_holiday_load(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *path = args->arguments[0];
    struct ops_holiday_list list = OPS_HOLIDAY_LIST_INIT;
    struct buf file = BUF_INIT;
    int64_t dated;
    int rc = day_given(ops_args_get(args, "dated"), "--dated", &dated, err);
    if (rc == 0) {
        rc = ops_read_text(path, "a list of holidays", OPS_HOLIDAY_FILE_MAX_BYTES, &file, err);
    }
    if (rc == 0) {
        rc = ops_holidays_read((char *)file.data, file.len, &list, err);
        if (rc == 0) {
            rc = ops_holiday_list_instrument(&list, ops_args_get(args, "instrument"), dated, err);
        }
        if (rc != 0) {
            err_add(err, "reading %.256s", path);
        }
    }
    if (rc == 0) {
        rc = store(context, &list, ops_args_has(args, "dry-run"), err);
    }
    ops_holiday_list_fini(&list);
    buf_fini(&file);
    return rc;
}

int ops_holiday_announce(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *until = ops_args_get(args, "until");
    struct ops_holiday_list list = OPS_HOLIDAY_LIST_INIT;
    struct ops_holiday holiday = {.name_ar = (char *)ops_args_get(args, "name-ar"),
                                  .name_en = (char *)ops_args_get(args, "name"),
                                  .instrument = (char *)ops_args_get(args, "instrument"),
                                  .line = 1};
    if (day_given(args->arguments[0], "DAY", &holiday.first, err) != 0 ||
        day_given(until != NULL ? until : args->arguments[0], "--until", &holiday.last, err) != 0 ||
        day_given(ops_args_get(args, "dated"), "--dated", &holiday.instrument_day, err) != 0) {
        return -1;
    }
    int rc = ops_holiday_add(&list, &holiday, err) == 0 ? store(context, &list, false, err) : -1;
    ops_holiday_list_fini(&list);
    return rc;
}

int ops_holiday_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    int64_t year = 0;
    if (ops_limit_read(args, &limit, err) != 0 ||
        ops_args_int(args, "year", 1970, 2200, &year, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_get(args, "year"),
                                  ops_args_has(args, "all") ? "all" : NULL, limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_HOLIDAYS, params, COUNT_OF(params), &limit,
                           err);
}

int ops_holiday_withdraw(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t id;
    if (ops_parse_int(args->arguments[0], "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_holiday_withdraw(conn, id, ops_args_get(args, "why"), err) : -1;
    sto_conn_close(&conn);
    char line[64];
    char json[64];
    snprintf(line, sizeof(line), "holiday %" PRId64 " withdrawn", id);
    snprintf(json, sizeof(json), "{\"withdrawn\":%" PRId64 "}", id);
    return rc == 0 ? ops_say(context, line, json, err) : -1;
}
