/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/reject.c - the calls of a relay that publishes rejects, each one function of the register. */
#include "storage/notify/reject.h"

#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/notify/columns_priv.h"

int sto_reject_open(struct sto_conn *conn, struct sto_topic_structure *out, struct err *err)
{
    *out = (struct sto_topic_structure){0};
    PGresult *res =
        sto_exec(conn, "SELECT schema_id, structure FROM nrc.open_rejects()", NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "registering the structure of rejects");
    }
    out->schema_id = sto_text_int(res, 0, 0);
    out->text = strdup(PQgetvalue(res, 0, 1));
    PQclear(res);
    return out->text != NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure");
}

int sto_reject_queue(struct sto_conn *conn, int most, int *count, struct err *err)
{
    char limit[STO_NUMBER_SIZE];
    const char *const values[] = {sto_number_text(limit, most)};
    PGresult *res =
        sto_exec_prepared(conn, "SELECT nrc.queue_rejects($1::int)", values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "looking for rejects in the quarantine");
    }
    *count = sto_text_int(res, 0, 0);
    PQclear(res);
    return 0;
}

int sto_reject_condense(struct sto_conn *conn, int64_t keep_days, int most, struct err *err)
{
    char days[STO_NUMBER_SIZE];
    char limit[STO_NUMBER_SIZE];
    const char *const values[] = {sto_number_text(days, keep_days), sto_number_text(limit, most)};
    PGresult *res = sto_exec_prepared(
        conn, "SELECT nrc.condense_rejects(make_interval(days => $1::int), $2::int)", values,
        COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "forgetting rejects of long ago");
    }
    PQclear(res);
    return 0;
}

/* ---- claims ---- */

/* The columns of the query below. */
enum {
    C_AGENCY_ID,
    C_TOPIC,
    C_CLAIM,
    C_ATTEMPTS,
    C_ORDINAL,
    C_GUID,
    C_AT,
    C_DATASET,
    C_REASON,
    C_RULE,
    C_PATH,
    C_EVENT,
    C_FAILURES
};

static const char claim_sql[] =
    "SELECT agency_id, topic, claim, attempts, ordinal, guid, at, dataset, reason, rule, path,"
    " event, failures FROM nrc.claim_rejects($1, $2::bigint * interval '1 ms', $3::int, $4::bool)";

static struct sto_reject take(struct arena *arena, const PGresult *res, int row, bool *failed)
{
    return (struct sto_reject){
        .ordinal = sto_number_at(res, row, C_ORDINAL),
        .guid = sto_text_copy(arena, res, row, C_GUID, failed),
        .at = sto_text_copy(arena, res, row, C_AT, failed),
        .dataset = sto_text_copy(arena, res, row, C_DATASET, failed),
        .reason = sto_text_copy(arena, res, row, C_REASON, failed),
        .rule = sto_text_copy(arena, res, row, C_RULE, failed),
        .path = sto_text_copy(arena, res, row, C_PATH, failed),
        .event = sto_text_copy(arena, res, row, C_EVENT, failed),
        .failures = sto_text_copy(arena, res, row, C_FAILURES, failed),
    };
}

static bool take_all(struct sto_reject_claim *out, const PGresult *res)
{
    bool failed = false;
    out->count = (size_t)PQntuples(res);
    if (out->count == 0) {
        return true;
    }
    out->agency_id = sto_text_int(res, 0, C_AGENCY_ID);
    out->topic = sto_text_copy(&out->arena, res, 0, C_TOPIC, &failed);
    out->claim = sto_number_at(res, 0, C_CLAIM);
    out->attempts = sto_text_int(res, 0, C_ATTEMPTS);
    out->list = arena_calloc(&out->arena, out->count, sizeof(*out->list));
    for (size_t i = 0; out->list != NULL && i < out->count; i++) {
        out->list[i] = take(&out->arena, res, (int)i, &failed);
    }
    return out->list != NULL && !failed;
}

int sto_reject_claim_next(struct sto_conn *conn, const struct sto_reject_options *options,
                          struct sto_reject_claim *out, struct err *err)
{
    char lease[STO_NUMBER_SIZE];
    char most[STO_NUMBER_SIZE];
    const char *const values[] = {options->relay, sto_number_text(lease, options->lease_ms),
                                  sto_number_text(most, options->most),
                                  options->also_failing ? "true" : "false"};
    *out = (struct sto_reject_claim){.arena = ARENA_INIT};
    PGresult *res = sto_exec_prepared(conn, claim_sql, values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "claiming rejects");
    }
    bool taken = take_all(out, res);
    PQclear(res);
    if (!taken) {
        sto_reject_claim_fini(out);
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for rejects");
    }
    return 0;
}

void sto_reject_claim_fini(struct sto_reject_claim *claim)
{
    arena_fini(&claim->arena);
    *claim = (struct sto_reject_claim){.arena = ARENA_INIT};
}

/* ---- the position ---- */

int sto_reject_record(struct sto_conn *conn, const struct sto_reject_claim *claim,
                      const struct sto_topic_outcome *outcome, bool *held, struct err *err)
{
    char agency[STO_NUMBER_SIZE];
    struct buf places = BUF_INIT;
    struct jsonw w = jsonw_to(&places);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < outcome->taken_count; i++) {
        sto_place_put(&w, claim->list[i].ordinal, &outcome->taken[i]);
    }
    jsonw_close(&w, ']');
    return sto_published_record(conn,
                                "SELECT nrc.record_rejects($1::int, $2::bigint, $3::jsonb, $4,"
                                " $5::bigint * interval '1 ms')",
                                sto_number_text(agency, claim->agency_id), claim->claim, &places,
                                outcome, held, err);
}
