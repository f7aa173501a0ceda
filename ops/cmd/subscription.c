/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/subscription.c - nrc subscription: who is told of what, and by which way.
 *
 * A webhook's secret is made in the register and printed once; one of the subscriber's own is read from a file. It is never
 * taken from the command line, which other users of the machine can read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/secret.h"
#include "base/sign.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "ops/tell/address.h"
#include "ops/tell/mailbox.h"
#include "storage/admin/subscription.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { LIST_MAX = 32, FILE_MAX_BYTES = 4096, OUTPUT_BYTES = 4096 };

/* ---- secrets ---- */

struct keys {
    char own[SIGN_SECRET_SIZE];        /* "": the register makes one */
    char public_key[SIGN_PUBLIC_SIZE]; /* "": the subscriber has the secret itself */
};

static int read_own(struct keys *keys, const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    struct sign_key key;
    int rc = -1;
    (void)buf_reserve(&text, FILE_MAX_BYTES +
                                 1); /* a buffer that moves would leave the secret where it was */
    if (ops_read_text(path, "a secret", FILE_MAX_BYTES, &text, err) != 0) {
        goto out;
    }
    const char *secret = buf_cstr(&text);
    size_t len = strcspn(secret, " \t\r\n");
    if (len >= sizeof(keys->own) || secret[len + strspn(secret + len, " \t\r\n")] != '\0') {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%s: one secret, whsec_ or whsk_, and no more",
                path);
        goto out;
    }
    memcpy(keys->own, secret, len);
    if (sign_key_read(&key, keys->own, err) == 0) {
        rc = key.scheme == SIGN_ED25519 ? sign_public_key(&key, keys->public_key, err) : 0;
        sign_key_wipe(&key);
    }
out:
    if (text.data != NULL) {
        secret_wipe(text.data, text.cap);
    }
    buf_fini(&text);
    return rc;
}

static int make_pair(struct keys *keys, struct err *err)
{
    struct sign_key key;
    if (sign_secret_make(SIGN_ED25519, keys->own, err) != 0 ||
        sign_key_read(&key, keys->own, err) != 0) {
        return -1;
    }
    int rc = sign_public_key(&key, keys->public_key, err);
    sign_key_wipe(&key);
    return rc;
}

/* --secret FILE, --ed25519, or neither. */
static int take_keys(struct keys *keys, const struct ops_args *args, struct err *err)
{
    const char *path = ops_args_get(args, "secret");
    *keys = (struct keys){.own = ""};
    if (path != NULL && ops_args_has(args, "ed25519")) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "give --secret or --ed25519, not both");
    }
    if (path != NULL) {
        return read_own(keys, path, err);
    }
    return ops_args_has(args, "ed25519") ? make_pair(keys, err) : 0;
}

static const char *own_of(const struct keys *keys)
{
    return *keys->own != '\0' ? keys->own : NULL;
}

/* What the subscriber needs to verify: the public key, or the secret that was made for it. */
static int say_keys(const struct ops_context *context, const char *what, const struct keys *keys,
                    const char *secret, struct err *err)
{
    const char *name = context->args->arguments[0];
    bool is_made = own_of(keys) == NULL && *secret != '\0';
    struct buf out = BUF_INIT;
    (void)buf_reserve(&out, OUTPUT_BYTES);
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "name");
        jsonw_str(&w, name);
        if (*keys->public_key != '\0' || is_made) {
            jsonw_key(&w, is_made ? "secret" : "public_key");
            jsonw_str(&w, is_made ? secret : keys->public_key);
        }
        jsonw_close(&w, '}');
        buf_put_u8(&out, '\n');
    } else {
        buf_printf(&out, "subscription %s %s\n", name, what);
        if (*keys->public_key != '\0') {
            buf_printf(&out, "public key: %s\n", keys->public_key);
        } else if (is_made) {
            buf_printf(&out, "secret: %s\nIt is shown only once: hand it over by a safe channel.\n",
                       secret);
        }
    }
    int rc = ops_print(&out, err);
    if (rc != 0 && is_made) {
        err_add(
            err,
            "printing the secret, which is lost now: `nrc subscription rotate %s` makes another",
            name);
    }
    if (out.data != NULL) {
        secret_wipe(out.data, out.cap);
    }
    buf_fini(&out);
    return rc;
}

/* ---- changes ---- */

static int check_url(const struct ops_context *context, const char *url, struct err *err)
{
    struct ops_address_rules *rules = ops_address_rules_parse(context->conf->relay.allow, err);
    int rc = rules != NULL ? ops_address_check_url(rules, url, err) : -1;
    ops_address_rules_free(&rules);
    return rc;
}

static int add(const struct ops_context *context, const struct sto_subscription_spec *spec,
               char secret[STO_WEBHOOK_SECRET_SIZE], struct err *err)
{
    if (spec->url != NULL && check_url(context, spec->url, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_subscription_add(conn, spec, secret, err) : -1;
    sto_conn_close(&conn);
    return rc;
}

/* ---- the way ---- */

struct way {
    const char *kind;
    const char *url; /* NULL: of NOTIFY */
    char mailto[sizeof("mailto:") + OPS_MAILBOX_SIZE];
};

static int take_mailbox(struct way *way, const char *address, struct err *err)
{
    struct ops_mailbox mailbox;
    if (ops_mailbox_read(&mailbox, address, err) != 0) {
        return -1;
    }
    snprintf(way->mailto, sizeof(way->mailto), "mailto:%s", mailbox.text);
    way->url = way->mailto;
    return 0;
}

/* The one that is given. `way` must not move. */
static int take_way(struct way *way, const struct ops_args *args, struct err *err)
{
    static const struct {
        const char *option;
        const char *kind;
    } ways[] = {{"webhook", "webhook"},
                {"mail", "mailto"},
                {"alertmanager", "alertmanager"},
                {"notify", "pg_notify"}};
    *way = (struct way){.kind = NULL};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        if (!ops_args_has(args, ways[i].option)) {
            continue;
        }
        if (way->kind != NULL) {
            way->kind = NULL;
            break;
        }
        way->kind = ways[i].kind;
        bool has_url = strcmp(ways[i].option, "notify") != 0;
        way->url = has_url ? ops_args_get(args, ways[i].option) : NULL;
    }
    if (way->kind == NULL) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_USAGE,
            "give one of --webhook URL, --mail ADDRESS, --alertmanager URL and --notify");
    }
    return strcmp(way->kind, "mailto") == 0 ? take_mailbox(way, way->url, err) : 0;
}

int ops_subscription_add(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *classes[LIST_MAX];
    const char *types[LIST_MAX];
    char *class_memory = NULL;
    char *type_memory = NULL;
    char secret[STO_WEBHOOK_SECRET_SIZE] = "";
    struct keys keys = {.own = ""};
    int rc = -1;
    int class_count = ops_args_list(args, "class", &class_memory, classes, LIST_MAX, err);
    int type_count =
        class_count >= 0 ? ops_args_list(args, "type", &type_memory, types, LIST_MAX, err) : -1;
    struct way way;
    if (type_count < 0 || take_way(&way, args, err) != 0 || take_keys(&keys, args, err) != 0) {
        goto out;
    }
    const struct sto_subscription_spec spec = {
        .name = args->arguments[0],
        .account = ops_args_get(args, "account"),
        .kind = way.kind,
        .url = way.url,
        .agency = ops_args_get(args, "agency"),
        .dataset = ops_args_get(args, "dataset"),
        .classes = classes,
        .class_count = (size_t)class_count,
        .types = types,
        .type_count = (size_t)type_count,
        .secret = own_of(&keys),
    };
    rc =
        add(context, &spec, secret, err) == 0 ? say_keys(context, "added", &keys, secret, err) : -1;
out:
    secret_wipe(&keys, sizeof(keys));
    secret_wipe(secret, sizeof(secret));
    free(class_memory);
    free(type_memory);
    return rc;
}

int ops_subscription_rotate(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t keep_hours = 24;
    char secret[STO_WEBHOOK_SECRET_SIZE] = "";
    struct keys keys = {.own = ""};
    struct sto_conn *conn = NULL;
    int rc = -1;
    if (ops_args_int(args, "keep-old", 0, STO_KEEP_HOURS_MAX, &keep_hours, err) == 0 &&
        take_keys(&keys, args, err) == 0 &&
        (conn = ops_connect(context, STO_ROLE_REGISTRY, err)) != NULL &&
        sto_subscription_rotate(conn, args->arguments[0], (int)keep_hours, own_of(&keys), NULL,
                                secret, err) == 0) {
        rc = say_keys(context, "has a new secret", &keys, secret, err);
    }
    sto_conn_close(&conn);
    secret_wipe(&keys, sizeof(keys));
    secret_wipe(secret, sizeof(secret));
    return rc;
}

/* "subscription NAME enabled", or with a count: ", 3 deliveries wait". key NULL: no count. */
static int say_done(const struct ops_context *context, const char *what, const char *key, int count,
                    struct err *err)
{
    const char *name = context->args->arguments[0];
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    buf_printf(&line, "subscription %s %s", name, what);
    jsonw_open(&w, '{');
    jsonw_key(&w, "name");
    jsonw_str(&w, name);
    if (key != NULL) {
        buf_printf(&line, "; deliveries to be made again: %d", count);
        jsonw_number(&w, key, count);
    }
    jsonw_close(&w, '}');
    int rc = ops_say(context, buf_cstr(&line), buf_cstr(&json), err);
    buf_fini(&line);
    buf_fini(&json);
    return rc;
}

int ops_subscription_disable(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_subscription_disable(conn, args->arguments[0],
                                                     ops_args_get(args, "reason"), NULL, err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say_done(context, "disabled", NULL, 0, err) : -1;
}

int ops_subscription_enable(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int count = 0;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_subscription_enable(conn, args->arguments[0],
                                                    ops_args_has(args, "replay"), NULL, &count, err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say_done(context, "enabled", "replayed", count, err) : -1;
}

int ops_subscription_replay(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int count = 0;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_subscription_replay(conn, args->arguments[0], ops_args_get(args, "since"),
                                           ops_args_has(args, "delivered"), NULL, &count, err)
                 : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say_done(context, "replayed", "replayed", count, err) : -1;
}

int ops_subscription_test(const struct ops_context *context, struct err *err)
{
    const char *name = context->args->arguments[0];
    char guid[STO_GUID_SIZE] = "";
    char line[256];
    char json[128];
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_subscription_test(conn, name, NULL, guid, err) : -1;
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    snprintf(line, sizeof(line), "test %s waits for a relay: see `nrc subscription show %s`", guid,
             name);
    snprintf(json, sizeof(json), "{\"guid\":\"%s\"}", guid);
    return ops_say(context, line, json, err);
}

/* ---- reports ---- */

int ops_subscription_list(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {ops_args_get(context->args, "account")};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SUBSCRIPTIONS, params, 1, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

static void print(const struct ops_context *context, const struct sto_grid *subscription,
                  const struct sto_grid *deliveries, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        sto_grid_json_members(subscription, 0, &w);
        jsonw_key(&w, "deliveries");
        sto_grid_json(deliveries, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
        return;
    }
    ops_table_print_record(subscription, 0, context->terminal, out);
    if (deliveries->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(deliveries, context->terminal, out);
    }
}

int ops_subscription_show(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *const of_name[] = {args->arguments[0], NULL};
    struct ops_limit limit;
    struct sto_grid *subscription = NULL;
    struct sto_grid *deliveries = NULL;
    struct buf out = BUF_INIT;
    int rc = -1;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {args->arguments[0],
                                  ops_args_has(args, "missed") ? "missed" : NULL, limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn == NULL ||
        (subscription = sto_report(conn, STO_REPORT_SUBSCRIPTION, of_name, 2, err)) == NULL ||
        (deliveries = sto_report(conn, STO_REPORT_DELIVERIES, params, 3, err)) == NULL) {
        goto out;
    }
    if (subscription->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no subscription %.64s",
                args->arguments[0]);
        goto out;
    }
    if (deliveries->rows > (size_t)limit.rows) {
        deliveries->rows = (size_t)limit.rows;
    }
    print(context, subscription, deliveries, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&deliveries);
    sto_grid_free(&subscription);
    sto_conn_close(&conn);
    return rc;
}
