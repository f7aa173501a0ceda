/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/incident.c - the table of kinds, and the calls of storage/migrations/0012_incidents.sql. */
#include "storage/catalogue/incident.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "storage/catalogue/incident_words.h"
#include "storage/conn/statement.h"

/* The words of a kind are a table of their own; a kind without them does not compile. */
#define X(id, severity, opens_ar, remedy_ar)                                                       \
    enum { id##_SEVERITY = severity };                                                             \
    static const char id##_OPENS_AR[] = opens_ar;                                                  \
    static const char id##_REMEDY_AR[] = remedy_ar;
STO_INCIDENT_WORDS(X)
#undef X

static const struct sto_incident_row rows[STO_INCIDENT_COUNT] = {
#define X(id, token, owner, closes, opens, remedy)                                                 \
    [id] = {token,         owner,         closes, opens, remedy, (enum sto_severity)id##_SEVERITY, \
            id##_OPENS_AR, id##_REMEDY_AR},
    STO_INCIDENT_TABLE(X)
#undef X
};

static const struct {
    const char *token;
    const char *sentence;
} endings[STO_CLOSES_COUNT] = {
#define X(id, token, sentence) [id] = {token, sentence},
    STO_CLOSES_TABLE(X)
#undef X
};

static const char *const owner_names[] = {
    [STO_OWNER_DATASET] = "dataset",
    [STO_OWNER_PARTITION] = "partition",
    [STO_OWNER_ENGINE] = "engine",
    [STO_OWNER_REGISTER] = "register",
    [STO_OWNER_SUBSCRIPTION] = "subscription",
    [STO_OWNER_TOPIC] = "topic",
    [STO_OWNER_RULE] = "rule",
};

const struct sto_incident_row *sto_incident_row(enum sto_incident_kind kind)
{
    return &rows[kind];
}

const char *sto_incident_owner_name(enum sto_incident_owner owner)
{
    return owner_names[owner];
}

const char *sto_closes_token(enum sto_closes closes)
{
    return endings[closes].token;
}

const char *sto_closes_sentence(enum sto_closes closes)
{
    return endings[closes].sentence;
}

bool sto_incident_find(const char *token, enum sto_incident_kind *kind)
{
    for (int i = 0; i < STO_INCIDENT_COUNT; i++) {
        if (strcmp(rows[i].token, token) == 0) {
            *kind = (enum sto_incident_kind)i;
            return true;
        }
    }
    return false;
}

void sto_incident_put_words(const char *token, struct jsonw *w)
{
    enum sto_incident_kind kind;
    const struct sto_incident_row *row =
        token != NULL && sto_incident_find(token, &kind) ? &rows[kind] : NULL;
    jsonw_text(w, "owner", row != NULL ? owner_names[row->owner] : NULL);
    jsonw_text(w, "opens_when", row != NULL ? row->opens : NULL);
    jsonw_text(w, "opens_when_ar", row != NULL ? row->opens_ar : NULL);
    jsonw_text(w, "closes_when", row != NULL ? endings[row->closes].sentence : NULL);
    jsonw_text(w, "what_to_do", row != NULL ? row->remedy : NULL);
    jsonw_text(w, "what_to_do_ar", row != NULL ? row->remedy_ar : NULL);
}

bool sto_incident_of_quarantine(enum err_code reason, enum sto_incident_kind *kind)
{
    if (reason == ERR_REGISTER_REFUSED) {
        *kind = STO_INCIDENT_REFUSALS; /* register_refused is the kind of a halted partition */
        return true;
    }
    return sto_incident_find(err_token(reason), kind) &&
           rows[*kind].closes == STO_CLOSES_GOOD_EVENT;
}

enum sto_incident_kind sto_incident_of_halt(enum err_code code)
{
    switch (code) {
    case ERR_REGISTER_REFUSED: return STO_INCIDENT_REGISTER_REFUSED;
    case ERR_REGISTER_SQL: return STO_INCIDENT_REGISTER_SQL;
    default: return STO_INCIDENT_DATASET_FAILED;
    }
}

static const char *number(char out[16], int32_t id)
{
    snprintf(out, 16, "%d", id);
    return id != 0 ? out : NULL;
}

/* A function of the register whose result is not needed. */
static int call(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                struct err *err)
{
    PGresult *result = sto_exec(conn, sql, values, count, err);
    PQclear(result);
    return result != NULL ? 0 : -1;
}

int sto_incident_open(struct sto_conn *conn, const struct sto_incident *incident, struct err *err)
{
    const struct sto_incident_row *row = sto_incident_row(incident->kind);
    char dataset[16];
    char position[16];
    char age[24];
    snprintf(age, sizeof(age), "%lld", (long long)incident->age_ms);
    const char *const values[] = {
        row->token,
        sto_closes_token(row->closes),
        number(dataset, incident->dataset_id),
        number(position, incident->position_id),
        incident->engine,
        incident->detail,
        age,
    };
    if (call(conn,
             "SELECT nrc.see_incident($1, $2, $3::int, $4::int, $5, $6, 1,"
             " now() - $7::bigint * interval '1 ms')",
             values, COUNT_OF(values), err) < 0) {
        return err_add(err, "opening an incident of kind %s", row->token);
    }
    return 0;
}

int sto_incident_end(struct sto_conn *conn, enum sto_closes closes, const char *engine,
                     int32_t position_id, struct err *err)
{
    char position[16];
    const char *const values[] = {sto_closes_token(closes), engine, number(position, position_id)};
    if (call(conn, "SELECT nrc.end_incidents($1, $2, $3::int)", values, COUNT_OF(values), err) <
        0) {
        return err_add(err, "ending incidents that end by %s", sto_closes_token(closes));
    }
    return 0;
}

int sto_incident_tend(struct sto_conn *conn, struct err *err)
{
    return call(conn, "SELECT nrc.tend_incidents()", NULL, 0, err) == 0
               ? 0
               : err_add(err, "tending incidents");
}

int sto_incident_close(struct sto_conn *conn, const char *id, const char *reason, struct err *err)
{
    const char *const values[] = {id, reason};
    return call(conn, "SELECT nrc.close_incident($1::bigint, $2)", values, COUNT_OF(values), err);
}
