/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/pause.c - nrc dataset pause and resume: a source stands still for a while. */
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/pause.h"

static int say(const struct ops_context *context, const char *dataset, bool is_paused,
               struct err *err)
{
    char line[200];
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '{');
    jsonw_text(&w, "dataset", dataset);
    jsonw_key(&w, "paused");
    jsonw_bool(&w, is_paused);
    jsonw_close(&w, '}');
    snprintf(line, sizeof(line), "%.120s %s", dataset,
             is_paused ? "is paused: no engine takes its events" : "goes on");
    int rc = ops_say(context, line, buf_cstr(&json), err);
    buf_fini(&json);
    return rc;
}

static int change(const struct ops_context *context, bool pauses, struct err *err)
{
    const struct ops_args *args = context->args;
    const struct sto_pausing pausing = {.dataset = args->arguments[0],
                                        .why = ops_args_get(args, "why"),
                                        .until = pauses ? ops_args_get(args, "until") : NULL};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc = conn == NULL ? -1
             : pauses     ? sto_source_pause(conn, &pausing, err)
                          : sto_source_resume(conn, &pausing, err);
    sto_conn_close(&conn);
    return rc == 0 ? say(context, pausing.dataset, pauses, err) : -1;
}

int ops_dataset_pause(const struct ops_context *context, struct err *err)
{
    return change(context, true, err);
}

int ops_dataset_resume(const struct ops_context *context, struct err *err)
{
    return change(context, false, err);
}
