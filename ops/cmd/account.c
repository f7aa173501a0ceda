/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/account.c - nrc account: named people and services, by written decision, until a day,
 * reviewed yearly (SMP), never deleted (NRL-18).
 *
 * A secret is made here, printed once and wiped; the register gets its hash. It is never taken from
 * the command line, which other users of the machine can read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/secret.h"
#include "ops/cli/command.h"
#include "ops/cli/person.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/account.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { OUTPUT_BYTES = 4096, KEEP_MAX_HOURS = 2160 };

/* -- commands that print a secret */

struct said {
    const char *name;
    const char *secret;
    const char *what; /* "has a new secret; …", then the value */
    const char *key;
    const char *value;
    bool is_number;
};

static void put_json(const struct said *said, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "name");
    jsonw_str(&w, said->name);
    jsonw_key(&w, "secret");
    jsonw_str(&w, said->secret);
    jsonw_key(&w, said->key);
    if (said->is_number) {
        jsonw_raw(&w, said->value);
    } else {
        jsonw_str(&w, said->value);
    }
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

/* Room beforehand: a buffer that moves would leave the secret where it was. */
static int say_secret(const struct ops_context *context, const struct said *said, struct err *err)
{
    struct buf out = BUF_INIT;
    (void)buf_reserve(&out, OUTPUT_BYTES);
    if (context->json) {
        put_json(said, &out);
    } else {
        buf_printf(&out,
                   "account %s %s %s\n"
                   "secret: %s\n"
                   "It is shown only once and not stored: hand it over by a safe channel.\n",
                   said->name, said->what, said->value, said->secret);
    }
    int rc = ops_print(&out, err);
    if (rc != 0) {
        err_add(err,
                "printing the secret, which is lost now: `nrc account rotate %s` generates another",
                said->name);
    }
    if (out.data != NULL) {
        secret_wipe(out.data, out.cap);
    }
    buf_fini(&out);
    return rc;
}

int ops_account_add(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *roles[STO_ACCOUNT_ROLES_MAX];
    char *memory = NULL;
    char who[OPS_PERSON_SIZE];
    char secret[SECRET_TEXT_SIZE] = "";
    char expires_on[STO_DATE_SIZE] = "";
    struct secret_hash hash;
    struct sto_conn *conn = NULL;
    int rc = -1;
    int count = ops_args_list(args, "role", &memory, roles, STO_ACCOUNT_ROLES_MAX, err);
    const struct sto_account_spec spec = {
        .name = args->arguments[0],
        .person = ops_args_get(args, "person"),
        .person_ar = ops_args_get(args, "person-ar"),
        .is_service = ops_args_has(args, "service"),
        .agency = ops_args_get(args, "agency"),
        .scope = ops_args_get(args, "scope"),
        .decision = ops_args_get(args, "decision"),
        .expires_on = ops_args_get(args, "expires"),
        .roles = roles,
        .role_count = count > 0 ? (size_t)count : 0,
        .by = ops_person(who, sizeof(who)),
    };
    if (count < 0 || (conn = ops_connect(context, STO_ROLE_STEWARD, err)) == NULL ||
        secret_generate(secret, err) != 0 ||
        secret_hash_make(&hash, NULL, secret, strlen(secret), err) != 0 ||
        sto_account_add(conn, &spec, &hash, expires_on, err) != 0) {
        goto out;
    }
    rc = say_secret(context,
                    &(struct said){.name = spec.name,
                                   .secret = secret,
                                   .what = "added, valid until",
                                   .key = "expires_on",
                                   .value = expires_on},
                    err);
out:
    secret_wipe(secret, sizeof(secret));
    sto_conn_close(&conn);
    free(memory);
    return rc;
}

int ops_account_rotate(const struct ops_context *context, struct err *err)
{
    const char *name = context->args->arguments[0];
    int64_t keep_hours = 0;
    char who[OPS_PERSON_SIZE];
    char secret[SECRET_TEXT_SIZE] = "";
    char hours[16];
    struct secret_hash hash;
    const struct secret_cost cost = secret_cost_now();
    uint8_t salt[SECRET_SALT_BYTES];
    bool has_salt;
    struct sto_conn *conn = NULL;
    int rc = -1;
    if (ops_args_int(context->args, "keep-old", 0, KEEP_MAX_HOURS, &keep_hours, err) != 0 ||
        (conn = ops_connect(context, STO_ROLE_STEWARD, err)) == NULL ||
        sto_account_salt(conn, name, &cost, salt, &has_salt, err) != 0 ||
        secret_generate(secret, err) != 0 ||
        secret_hash_make(&hash, has_salt ? salt : NULL, secret, strlen(secret), err) != 0 ||
        sto_account_rotate(conn, name, (int)keep_hours, &hash, ops_person(who, sizeof(who)), err) !=
            0) {
        goto out;
    }
    snprintf(hours, sizeof(hours), "%d", (int)keep_hours);
    rc = say_secret(
        context,
        &(struct said){.name = name,
                       .secret = secret,
                       .what = "has a new secret; the old one stays valid for this many hours:",
                       .key = "keep_old_hours",
                       .value = hours,
                       .is_number = true},
        err);
out:
    secret_wipe(secret, sizeof(secret));
    sto_conn_close(&conn);
    return rc;
}

/* -- other changes of accounts */

/* key NULL: nothing besides the name. */
static int say_done(const struct ops_context *context, const char *what, const char *key,
                    const char *value, struct err *err)
{
    const char *name = context->args->arguments[0];
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    buf_printf(&line, "account %s %s%s%s", name, what, key != NULL ? " " : "",
               key != NULL ? value : "");
    jsonw_open(&w, '{');
    jsonw_key(&w, "name");
    jsonw_str(&w, name);
    if (key != NULL) {
        jsonw_key(&w, key);
        jsonw_str(&w, value);
    }
    jsonw_close(&w, '}');
    int rc = ops_say(context, buf_cstr(&line), buf_cstr(&json), err);
    buf_fini(&line);
    buf_fini(&json);
    return rc;
}

int ops_account_disable(const struct ops_context *context, struct err *err)
{
    char who[OPS_PERSON_SIZE];
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc = conn != NULL ? sto_account_disable(conn, context->args->arguments[0],
                                                ops_args_get(context->args, "reason"),
                                                ops_person(who, sizeof(who)), err)
                          : -1;
    sto_conn_close(&conn);
    return rc != 0 ? -1 : say_done(context, "disabled", NULL, NULL, err);
}

static int list_overdue(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_ACCOUNTS_OVERDUE, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

int ops_account_review(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    char who[OPS_PERSON_SIZE];
    char expires_on[STO_DATE_SIZE] = "";
    bool is_list = ops_args_has(args, "overdue");
    if (is_list == (args->argument_count == 1) || (is_list && ops_args_has(args, "expires"))) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "give NAME, the reviewed account, or --overdue alone");
    }
    if (is_list) {
        return list_overdue(context, err);
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc = conn != NULL
                 ? sto_account_review(conn, args->arguments[0], ops_args_get(args, "expires"),
                                      ops_person(who, sizeof(who)), expires_on, err)
                 : -1;
    sto_conn_close(&conn);
    return rc != 0 ? -1 : say_done(context, "reviewed; valid until", "expires_on", expires_on, err);
}

int ops_account_delegate(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *roles[STO_ACCOUNT_ROLES_MAX];
    char *memory = NULL;
    char who[OPS_PERSON_SIZE];
    char lent[STO_ROLE_LIST_SIZE] = "";
    int count = ops_args_list(args, "role", &memory, roles, STO_ACCOUNT_ROLES_MAX, err);
    const struct sto_delegation_spec spec = {
        .name = args->arguments[0],
        .to = ops_args_get(args, "to"),
        .roles = roles,
        .role_count = count > 0 ? (size_t)count : 0,
        .from = ops_args_get(args, "from"),
        .until = ops_args_get(args, "until"),
        .reason = ops_args_get(args, "reason"),
        .by = ops_person(who, sizeof(who)),
    };
    struct sto_conn *conn = count >= 0 ? ops_connect(context, STO_ROLE_STEWARD, err) : NULL;
    int rc = conn != NULL ? sto_account_delegate(conn, &spec, lent, err) : -1;
    sto_conn_close(&conn);
    free(memory);
    return rc != 0 ? -1 : say_done(context, "delegates", "roles", lent, err);
}

/* -- reports */

int ops_account_list(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_ACCOUNTS, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

static int print_account(const struct ops_context *context, const struct sto_grid *account,
                         const struct sto_grid *delegations, const struct sto_grid *events,
                         struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "account");
        sto_grid_json_record(account, 0, &w);
        jsonw_key(&w, "delegations");
        sto_grid_json(delegations, &w);
        jsonw_key(&w, "events");
        sto_grid_json(events, &w);
        jsonw_close(&w, '}');
        buf_put_u8(&out, '\n');
    } else {
        ops_table_print_record(account, 0, context->terminal, &out);
        if (delegations->rows > 0) {
            buf_put_u8(&out, '\n');
            ops_table_print(delegations, context->terminal, &out);
        }
        buf_put_u8(&out, '\n');
        ops_table_print(events, context->terminal, &out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_account_show(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct sto_grid *account = NULL;
    struct sto_grid *delegations = NULL;
    struct sto_grid *events = NULL;
    int rc = -1;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    account = conn != NULL ? sto_report(conn, STO_REPORT_ACCOUNT, params, 1, err) : NULL;
    delegations = account != NULL ? sto_report(conn, STO_REPORT_DELEGATIONS, params, 1, err) : NULL;
    events =
        delegations != NULL ? sto_report(conn, STO_REPORT_ACCOUNT_EVENTS, params, 1, err) : NULL;
    if (events == NULL) {
        goto out;
    }
    if (account->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "account %.64s not found", params[0]);
        goto out;
    }
    rc = print_account(context, account, delegations, events, err);
out:
    sto_grid_free(&account);
    sto_grid_free(&delegations);
    sto_grid_free(&events);
    sto_conn_close(&conn);
    return rc;
}
