/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/outbox.c - the calls of the relay, each one function of the register. */
#include "storage/notify/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/notify/columns_priv.h"

/* A function that answers one integer; SQL's null is `otherwise`. */
static int call(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                int64_t otherwise, int64_t *out, struct err *err)
{
    PGresult *res = sto_exec_prepared(conn, sql, values, count, err);
    if (res == NULL) {
        return -1;
    }
    *out = PQgetisnull(res, 0, 0) ? otherwise : strtoll(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return 0;
}

int sto_outbox_listen(struct sto_conn *conn, struct err *err)
{
    return sto_run(conn, "LISTEN nrc_notification", err);
}

int sto_outbox_heard(struct sto_conn *conn, bool *heard, struct err *err)
{
    *heard = false;
    if (conn->broken || PQconsumeInput(conn->pg) == 0) {
        return sto_lost(conn, err);
    }
    for (PGnotify *n = PQnotifies(conn->pg); n != NULL; n = PQnotifies(conn->pg)) {
        *heard = true;
        PQfreemem(n);
    }
    return 0;
}

int sto_outbox_fan_out(struct sto_conn *conn, int most, int *count, struct err *err)
{
    char limit[STO_NUMBER_SIZE];
    const char *const values[] = {sto_number_text(limit, most)};
    int64_t done;
    if (call(conn, "SELECT nrc.fan_out($1::int)", values, 1, 0, &done, err) != 0) {
        return err_add(err, "fanning notifications out");
    }
    *count = (int)done;
    return 0;
}

int sto_outbox_next_ms(struct sto_conn *conn, int64_t *ms, struct err *err)
{
    return call(conn, "SELECT nrc.next_delivery_ms()", NULL, 0, -1, ms, err);
}

int sto_outbox_tend(struct sto_conn *conn, int64_t before_ms, int *escalated, struct err *err)
{
    char before[STO_NUMBER_SIZE];
    const char *const values[] = {sto_number_text(before, before_ms)};
    int64_t count;
    PGresult *res = sto_exec_prepared(conn, "SELECT nrc.tend_subscriptions()", NULL, 0, err);
    if (res == NULL || call(conn, "SELECT nrc.escalate($1::bigint * interval '1 ms')", values, 1, 0,
                            &count, err) != 0) {
        PQclear(res);
        return err_add(err, "tending subscriptions");
    }
    PQclear(res);
    *escalated = (int)count;
    return 0;
}

int sto_outbox_condense(struct sto_conn *conn, int64_t keep_days, int most, int *count,
                        struct err *err)
{
    char days[STO_NUMBER_SIZE];
    char limit[STO_NUMBER_SIZE];
    const char *const values[] = {sto_number_text(days, keep_days), sto_number_text(limit, most)};
    int64_t done;
    if (call(conn, "SELECT nrc.condense_deliveries(make_interval(days => $1::int), $2::int)",
             values, 2, 0, &done, err) != 0) {
        return err_add(err, "condensing old deliveries");
    }
    *count = (int)done;
    return 0;
}

/* ---- claims ---- */

/* The columns of the query below. */
enum {
    C_SUBSCRIPTION_ID,
    C_SUBSCRIPTION,
    C_CLAIM,
    C_KIND,
    C_URL,
    C_FAILING,
    C_ATTEMPTS,
    C_NOTIFICATION_ID,
    C_NOTIFICATION,                                            /* and what follows */
    C_SECRET = C_NOTIFICATION + STO_NOTIFICATION_COLUMN_COUNT, /* and the next ones */
    C_ABOUT = C_SECRET + STO_CLAIM_SECRETS_MAX                 /* likewise */
};

static const char claim_sql[] =
    "SELECT subscription_id, subscription, claim, kind, url, failing, attempts, notification_id,"
    " " STO_NOTIFICATION_COLUMNS ", secrets->>0, secrets->>1, secrets->>2, secrets->>3"
#define X(member) ", about->>'" #member "'"
    STO_ABOUT_TABLE(X)
#undef X
        " FROM nrc.claim_deliveries($1, $2::bigint * interval '1 ms', $3::int, $4::int)";

static enum sto_way way_of(const char *kind)
{
    return strcmp(kind, "webhook") == 0        ? STO_WAY_WEBHOOK
           : strcmp(kind, "mailto") == 0       ? STO_WAY_MAIL
           : strcmp(kind, "alertmanager") == 0 ? STO_WAY_ALERTMANAGER
                                               : STO_WAY_NOTIFY;
}

/* Behind C_ABOUT, in this order. */
enum {
#define X(member) ABOUT_##member,
    STO_ABOUT_TABLE(X)
#undef X
};

static struct sto_about take_about(struct arena *arena, const PGresult *res, int row, bool *failed)
{
    return (struct sto_about){
#define X(member) .member = sto_text_copy(arena, res, row, C_ABOUT + ABOUT_##member, failed),
        STO_ABOUT_TABLE(X)
#undef X
    };
}

static void take(struct sto_claims *out, const PGresult *res, int row, bool *failed)
{
    struct arena *arena = &out->arena;
    struct sto_claim *claim = &out->list[row];
    *claim = (struct sto_claim){
        .subscription_id = sto_text_int(res, row, C_SUBSCRIPTION_ID),
        .subscription = sto_text_copy(arena, res, row, C_SUBSCRIPTION, failed),
        .claim = sto_number_at(res, row, C_CLAIM),
        .notification_id = sto_number_at(res, row, C_NOTIFICATION_ID),
        .way = way_of(PQgetvalue(res, row, C_KIND)),
        .is_failing = PQgetvalue(res, row, C_FAILING)[0] == 't',
        .attempts = sto_text_int(res, row, C_ATTEMPTS),
        .url = sto_text_copy(arena, res, row, C_URL, failed),
        .notification = sto_notification_take(arena, res, row, C_NOTIFICATION, failed),
        .about = take_about(arena, res, row, failed),
    };
    for (int i = 0; i < STO_CLAIM_SECRETS_MAX; i++) {
        if (!PQgetisnull(res, row, C_SECRET + i)) {
            char *secret = arena_strdup(arena, PQgetvalue(res, row, C_SECRET + i));
            *failed = *failed || secret == NULL;
            claim->secrets[claim->secret_count] = secret;
            claim->secret_count += secret != NULL;
        }
    }
}

static const char incidents_sql[] = "SELECT id, kind, dataset, agency, " STO_ISO(
    "began_at") ", " STO_ISO("closed_at") " FROM nrc.incidents_of_notification($1::bigint)";

static int take_incidents(struct sto_conn *conn, struct arena *arena, struct sto_claim *claim,
                          struct err *err)
{
    char id[STO_NUMBER_SIZE];
    const char *const values[] = {sto_number_text(id, claim->notification_id)};
    PGresult *res = sto_exec_prepared(conn, incidents_sql, values, 1, err);
    if (res == NULL) {
        return err_add(err, "reading the incidents of a notification");
    }
    size_t count = (size_t)PQntuples(res);
    claim->incidents = arena_calloc(arena, count, sizeof(*claim->incidents));
    bool failed = claim->incidents == NULL;
    for (int i = 0; i < (int)count && !failed; i++) {
        claim->incidents[claim->incident_count++] = (struct sto_told_incident){
            .id = sto_text_copy(arena, res, i, 0, &failed),
            .kind = sto_text_copy(arena, res, i, 1, &failed),
            .dataset = sto_text_copy(arena, res, i, 2, &failed),
            .agency = sto_text_copy(arena, res, i, 3, &failed),
            .began_at = sto_text_copy(arena, res, i, 4, &failed),
            .closed_at = sto_text_copy(arena, res, i, 5, &failed),
        };
    }
    PQclear(res);
    return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for incidents") : 0;
}

static int take_all_incidents(struct sto_conn *conn, struct sto_claims *claims, struct err *err)
{
    for (size_t i = 0; i < claims->count; i++) {
        struct sto_claim *claim = &claims->list[i];
        if (claim->way == STO_WAY_ALERTMANAGER &&
            take_incidents(conn, &claims->arena, claim, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int sto_outbox_claim(struct sto_conn *conn, const struct sto_claim_options *options,
                     struct sto_claims *out, struct err *err)
{
    char lease[STO_NUMBER_SIZE];
    char most[STO_NUMBER_SIZE];
    char most_failing[STO_NUMBER_SIZE];
    const char *const values[] = {options->relay, sto_number_text(lease, options->lease_ms),
                                  sto_number_text(most, options->most),
                                  sto_number_text(most_failing, options->most_failing)};
    *out = (struct sto_claims){.arena = ARENA_INIT};
    PGresult *res = sto_exec_prepared(conn, claim_sql, values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "claiming deliveries");
    }
    size_t count = (size_t)PQntuples(res);
    out->list = arena_calloc(&out->arena, count, sizeof(*out->list));
    bool failed = out->list == NULL;
    for (size_t i = 0; i < count && !failed; i++) {
        take(out, res, (int)i, &failed);
        out->count++;
    }
    PQclear(res);
    if (failed) {
        sto_claims_fini(out);
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for claimed deliveries");
    }
    if (take_all_incidents(conn, out, err) != 0) {
        sto_claims_fini(out); /* others have them when the claims are over */
        return -1;
    }
    return 0;
}

void sto_claims_fini(struct sto_claims *claims)
{
    for (size_t i = 0; claims->list != NULL && i < claims->count; i++) {
        for (size_t k = 0; k < claims->list[i].secret_count; k++) {
            explicit_bzero(claims->list[i].secrets[k], strlen(claims->list[i].secrets[k]));
        }
    }
    arena_fini(&claims->arena);
    *claims = (struct sto_claims){.arena = ARENA_INIT};
}

/* ---- outcomes ---- */

static void put_outcome(struct jsonw *w, const struct sto_outcome *outcome)
{
    static const char *const words[] = {[STO_DELIVERED] = "delivered",
                                        [STO_DELIVERY_RETRY] = "retry",
                                        [STO_DELIVERY_REJECTED] = "rejected",
                                        [STO_DELIVERY_GONE] = "gone"};
    jsonw_open(w, '{');
    jsonw_number(w, "s", outcome->subscription_id);
    jsonw_number(w, "c", outcome->claim);
    jsonw_number(w, "n", outcome->notification_id);
    jsonw_key(w, "o");
    jsonw_str(w, words[outcome->what]);
    if (outcome->status != 0) {
        jsonw_number(w, "status", outcome->status);
    }
    jsonw_key(w, "error");
    jsonw_str(w, outcome->error);
    jsonw_number(w, "wait_ms", outcome->wait_ms);
    jsonw_key(w, "say");
    jsonw_str(w, outcome->say);
    jsonw_close(w, '}');
}

int sto_outbox_record(struct sto_conn *conn, const struct sto_outcome *outcomes, size_t count,
                      int64_t give_up_ms, int *counted, struct err *err)
{
    char give_up[STO_NUMBER_SIZE];
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        put_outcome(&w, &outcomes[i]);
    }
    jsonw_close(&w, ']');
    const char *const values[] = {buf_cstr(&json), sto_number_text(give_up, give_up_ms)};
    int64_t held = 0;
    int rc =
        buf_failed(&json)
            ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for outcomes")
            : call(conn, "SELECT nrc.record_deliveries($1::jsonb, $2::bigint * interval '1 ms')",
                   values, COUNT_OF(values), 0, &held, err);
    buf_fini(&json);
    *counted = (int)held;
    return rc == 0 ? 0 : err_add(err, "recording what became of deliveries");
}
