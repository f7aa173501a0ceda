/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/fact.c - see the header. */
#include "ops/cmd/fact.h"

#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"

enum { OPTION_SIZE = 32 };

static const char *const kinds[] = {
    [STO_AGENCY] = "agency", [STO_SYSTEM] = "system", [STO_DATASET] = "dataset"};

int ops_fact_say(const struct ops_context *context, enum sto_source kind, const char *name,
                 const char *done, struct err *err)
{
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    buf_printf(&line, "%s %s: %s", kinds[kind], name, done);
    jsonw_open(&w, '{');
    jsonw_key(&w, kinds[kind]);
    jsonw_str(&w, name);
    jsonw_key(&w, "done");
    jsonw_str(&w, done);
    jsonw_close(&w, '}');
    int rc = ops_say(context, buf_cstr(&line), buf_cstr(&json), err);
    buf_fini(&line);
    buf_fini(&json);
    return rc;
}

/* legal_basis is --legal-basis. */
static const char *option_of(const char *fact, char out[OPTION_SIZE])
{
    snprintf(out, OPTION_SIZE, "%s", fact);
    for (char *at = out; *at != '\0'; at++) {
        if (*at == '_') {
            *at = '-';
        }
    }
    return out;
}

static size_t read_changes(const struct ops_args *args, enum sto_source kind,
                           struct sto_edit changes[STO_EDITS_MAX])
{
    char option[OPTION_SIZE];
    size_t count = 0;
    const char *fact;
    for (size_t i = 0; (fact = sto_fact(kind, i)) != NULL && count < STO_EDITS_MAX; i++) {
        const char *value = ops_args_get(args, option_of(fact, option));
        if (value != NULL) {
            changes[count++] =
                (struct sto_edit){.fact = fact, .value = *value != '\0' ? value : NULL};
        }
    }
    return count;
}

int ops_fact_edit(const struct ops_context *context, enum sto_source kind, struct err *err)
{
    const struct ops_args *args = context->args;
    struct sto_edit changes[STO_EDITS_MAX];
    size_t count = read_changes(args, kind, changes);
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_source_edit(conn, kind, args->arguments[0], changes, count,
                                            ops_args_get(args, "reason"), err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? ops_fact_say(context, kind, args->arguments[0], "edited", err) : -1;
}

int ops_fact_retire(const struct ops_context *context, enum sto_source kind, struct err *err)
{
    const struct ops_args *args = context->args;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc =
        conn != NULL
            ? sto_source_retire(conn, kind, args->arguments[0], ops_args_get(args, "on"),
                                ops_args_get(args, "successor"), ops_args_get(args, "reason"), err)
            : -1;
    sto_conn_close(&conn);
    return rc == 0 ? ops_fact_say(context, kind, args->arguments[0], "retired", err) : -1;
}
