/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/topic.c - the calls of a relay that publishes, each one function of the register. */
#include "storage/notify/topic.h"

#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/notify/columns_priv.h"

int sto_topic_open(struct sto_conn *conn, const char *topic, const char *readers,
                   struct sto_topic_structure *out, struct err *err)
{
    const char *const values[] = {topic, readers};
    *out = (struct sto_topic_structure){0};
    PGresult *res =
        sto_exec(conn, "SELECT schema_id, structure FROM nrc.open_topic($1, $2)", values, 2, err);
    if (res == NULL) {
        return err_add(err, "opening the topic of [relay] topic");
    }
    out->schema_id = sto_text_int(res, 0, 0);
    out->text = strdup(PQgetvalue(res, 0, 1));
    PQclear(res);
    return out->text != NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure");
}

/* ---- claims ---- */

/* The columns of the query below. */
enum { C_CLAIM, C_ATTEMPTS, C_ORDINAL, C_KEY, C_NOTIFICATION };

static const char claim_sql[] =
    "SELECT claim, attempts, ordinal, key, " STO_NOTIFICATION_COLUMNS
    " FROM nrc.claim_topic($1, $2, $3::bigint * interval '1 ms', $4::int)";

static bool take_all(struct sto_topic_claim *out, const PGresult *res, size_t count)
{
    bool failed = false;
    out->list = arena_calloc(&out->arena, count, sizeof(*out->list));
    for (size_t i = 0; out->list != NULL && i < count; i++) {
        int row = (int)i;
        out->list[i] = (struct sto_topic_message){
            .ordinal = sto_number_at(res, row, C_ORDINAL),
            .key = sto_text_copy(&out->arena, res, row, C_KEY, &failed),
            .notification = sto_notification_take(&out->arena, res, row, C_NOTIFICATION, &failed),
        };
    }
    return out->list != NULL && !failed;
}

int sto_topic_claim_next(struct sto_conn *conn, const char *topic, const char *relay,
                         int64_t lease_ms, int most, struct sto_topic_claim *out, struct err *err)
{
    char lease[STO_NUMBER_SIZE];
    char limit[STO_NUMBER_SIZE];
    const char *const values[] = {topic, relay, sto_number_text(lease, lease_ms),
                                  sto_number_text(limit, most)};
    *out = (struct sto_topic_claim){.arena = ARENA_INIT};
    PGresult *res = sto_exec_prepared(conn, claim_sql, values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "claiming what waits for the topic");
    }
    size_t count = (size_t)PQntuples(res);
    bool taken = count == 0 || take_all(out, res, count);
    if (count > 0 && taken) {
        out->claim = sto_number_at(res, 0, C_CLAIM);
        out->attempts = sto_text_int(res, 0, C_ATTEMPTS);
        out->count = count;
    }
    PQclear(res);
    if (!taken) {
        sto_topic_claim_fini(out);
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for notifications");
    }
    return 0;
}

void sto_topic_claim_fini(struct sto_topic_claim *claim)
{
    arena_fini(&claim->arena);
    *claim = (struct sto_topic_claim){.arena = ARENA_INIT};
}

/* ---- the position ---- */

int sto_topic_record(struct sto_conn *conn, const char *topic, const struct sto_topic_claim *claim,
                     const struct sto_topic_outcome *outcome, bool *held, struct err *err)
{
    struct buf places = BUF_INIT;
    struct jsonw w = jsonw_to(&places);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < outcome->taken_count; i++) {
        sto_place_put(&w, claim->list[i].ordinal, &outcome->taken[i]);
    }
    jsonw_close(&w, ']');
    return sto_published_record(conn,
                                "SELECT nrc.record_topic($1, $2::bigint, $3::jsonb, $4,"
                                " $5::bigint * interval '1 ms')",
                                topic, claim->claim, &places, outcome, held, err);
}
