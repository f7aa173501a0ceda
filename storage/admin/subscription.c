/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/subscription.c - subscriptions, changed by the functions of nrc_owner (0016_notifications.sql), which judge
 * whose they are. */
#include "storage/admin/subscription.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/text.h"

enum { NUMBER_SIZE = 24, URL_MAX_BYTES = 2000 };

/* The ways to be told. */
enum { WEBHOOK, MAILTO, ALERTMANAGER, PG_NOTIFY };
static const struct {
    const char *kind;
    bool has_url;
    const char *wants;
} ways[] = {
    [WEBHOOK] = {"webhook", true, "a webhook has a URL, of http:// or https://"},
    [MAILTO] = {"mailto", true, "mail has the URL mailto:ADDRESS"},
    [ALERTMANAGER] = {"alertmanager", true, "an Alertmanager has a URL, of http:// or https://"},
    [PG_NOTIFY] = {"pg_notify", false, "pg_notify has no URL: it is a channel"},
};

static int check_spec(const struct sto_subscription_spec *spec, struct err *err)
{
    if (sto_given_text(spec->name, true, "the name", err) != 0 ||
        sto_given_text(spec->account, true, "the account", err) != 0) {
        return -1;
    }
    size_t i = 0;
    while (i < COUNT_OF(ways) && (spec->kind == NULL || strcmp(spec->kind, ways[i].kind) != 0)) {
        i++;
    }
    if (i == COUNT_OF(ways)) {
        return sto_given_wrong(err, "the kind is webhook, mailto, alertmanager or pg_notify");
    }
    bool is_mailto = spec->url != NULL && strncmp(spec->url, "mailto:", 7) == 0;
    if (ways[i].has_url != (spec->url != NULL) || is_mailto != (i == MAILTO)) {
        return sto_given_wrong(err, ways[i].wants);
    }
    if (i == ALERTMANAGER && spec->url != NULL && strpbrk(spec->url, "?#") != NULL) {
        return sto_given_wrong(err,
                               "an Alertmanager's URL has no query: /api/v2/alerts follows it");
    }
    if (spec->url != NULL && strlen(spec->url) > URL_MAX_BYTES) {
        return sto_given_wrong(err, "a URL has at most 2,000 bytes");
    }
    return spec->secret != NULL && i != WEBHOOK
               ? sto_given_wrong(err, "only a webhook has a secret: nothing else is signed")
               : 0;
}

/* A list of texts as JSON; NULL: there is none. */
static const char *list_of(struct buf *out, const char *const *texts, size_t count)
{
    if (count == 0) {
        return NULL;
    }
    sto_text_list(out, texts, count);
    return buf_cstr(out);
}

int sto_subscription_add(struct sto_conn *conn, const struct sto_subscription_spec *spec,
                         char secret[STO_WEBHOOK_SECRET_SIZE], struct err *err)
{
    *secret = '\0';
    if (check_spec(spec, err) != 0) {
        return -1;
    }
    struct buf classes = BUF_INIT;
    struct buf types = BUF_INIT;
    const char *const values[] = {spec->name,
                                  spec->account,
                                  spec->kind,
                                  spec->url,
                                  spec->agency,
                                  spec->dataset,
                                  list_of(&classes, spec->classes, spec->class_count),
                                  list_of(&types, spec->types, spec->type_count),
                                  spec->secret};
    int rc = sto_given_call(
        conn, "SELECT nrc.add_subscription($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9)",
        values, COUNT_OF(values), secret, STO_WEBHOOK_SECRET_SIZE, err);
    buf_fini(&classes);
    buf_fini(&types);
    return rc;
}

int sto_subscription_disable(struct sto_conn *conn, const char *name, const char *why,
                             const char *account, struct err *err)
{
    const char *const values[] = {name, why, account};
    return sto_given_text(why, true, "the reason", err) != 0
               ? -1
               : sto_given_call(conn, "SELECT nrc.disable_subscription($1, $2, $3)", values,
                                COUNT_OF(values), NULL, 0, err);
}

static int call_count(struct sto_conn *conn, const char *sql, const char *const *values,
                      int value_count, int *count, struct err *err)
{
    char text[NUMBER_SIZE];
    if (sto_given_call(conn, sql, values, value_count, text, sizeof(text), err) != 0) {
        return -1;
    }
    *count = (int)strtol(text, NULL, 10);
    return 0;
}

int sto_subscription_enable(struct sto_conn *conn, const char *name, bool replay,
                            const char *account, int *count, struct err *err)
{
    const char *const values[] = {name, replay ? "true" : "false", account};
    return call_count(conn, "SELECT nrc.enable_subscription($1, $2::boolean, $3)", values,
                      COUNT_OF(values), count, err);
}

int sto_subscription_replay(struct sto_conn *conn, const char *name, const char *since,
                            bool also_delivered, const char *account, int *count, struct err *err)
{
    char room[STO_TIME_SIZE];
    if (since != NULL && sto_given_time(since, false, room, err) != 0) {
        return -1;
    }
    const char *const values[] = {name, since != NULL ? room : NULL,
                                  also_delivered ? "true" : "false", account};
    return call_count(conn, "SELECT nrc.replay_subscription($1, $2::timestamptz, $3::boolean, $4)",
                      values, COUNT_OF(values), count, err);
}

int sto_subscription_rotate(struct sto_conn *conn, const char *name, int keep_hours,
                            const char *own, const char *account,
                            char secret[STO_WEBHOOK_SECRET_SIZE], struct err *err)
{
    char hours[NUMBER_SIZE];
    snprintf(hours, sizeof(hours), "%d", keep_hours);
    const char *const values[] = {name, hours, own, account};
    *secret = '\0';
    if (keep_hours < 0 || keep_hours > STO_KEEP_HOURS_MAX) {
        return sto_given_wrong(err, "the old secret is kept for 0 to 720 hours");
    }
    return sto_given_call(conn, "SELECT nrc.rotate_subscription($1, $2::int, $3, $4)", values,
                          COUNT_OF(values), secret, STO_WEBHOOK_SECRET_SIZE, err);
}

int sto_subscription_test(struct sto_conn *conn, const char *name, const char *account,
                          char guid[STO_GUID_SIZE], struct err *err)
{
    const char *const values[] = {name, account};
    return sto_given_call(conn, "SELECT nrc.test_subscription($1, $2)", values, COUNT_OF(values),
                          guid, STO_GUID_SIZE, err);
}

int sto_notification_acknowledge(struct sto_conn *conn, const char *ref, const char *account,
                                 char guid[STO_GUID_SIZE], struct err *err)
{
    const char *const values[] = {ref, account};
    return sto_given_call(conn, "SELECT nrc.acknowledge($1, $2)", values, COUNT_OF(values), guid,
                          STO_GUID_SIZE, err);
}
