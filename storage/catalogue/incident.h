/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/incident.h - an incident has a kind and an owner, counts how often its cause was seen, and closes
 * when the cause is gone.
 *
 * When an open incident is seen again, it is counted. One that was closed within the last day opens again,
 * with its history. A batch writes its signs by storage/commit/sign.c, in its own transaction. */
#ifndef STORAGE_CATALOGUE_INCIDENT_H
#define STORAGE_CATALOGUE_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/catalogue/incident_table.h"

struct jsonw;
struct sto_conn;

enum sto_incident_owner {
    STO_OWNER_DATASET,
    STO_OWNER_PARTITION, /* and its dataset */
    STO_OWNER_ENGINE,    /* by its instance name */
    STO_OWNER_REGISTER,
    STO_OWNER_SUBSCRIPTION, /* by its name, where an engine's is */
    STO_OWNER_TOPIC,        /* of notifications; likewise */
    STO_OWNER_RULE          /* of a dataset; likewise, by its name */
};

enum sto_closes {
#define X(id, token, sentence) id,
    STO_CLOSES_TABLE(X)
#undef X
        STO_CLOSES_COUNT
};

/* How urgent it is; an account of what is late or lost has the same numbers, with 0 for "all is well". */
enum sto_severity { STO_SEVERITY_LOOK = 1, STO_SEVERITY_ACT = 2, STO_SEVERITY_NOW = 3 };

enum sto_incident_kind {
#define X(id, token, owner, closes, opens, remedy) id,
    STO_INCIDENT_TABLE(X)
#undef X
        STO_INCIDENT_COUNT
};

struct sto_incident_row {
    const char *token;
    enum sto_incident_owner owner;
    enum sto_closes closes;
    const char *opens;  /* "an event has …": when it opens */
    const char *remedy; /* what a person can do */
    enum sto_severity severity;
    const char *opens_ar;
    const char *remedy_ar;
};

const struct sto_incident_row *sto_incident_row(enum sto_incident_kind kind);
const char *sto_incident_owner_name(enum sto_incident_owner owner);
const char *sto_closes_token(enum sto_closes closes);
const char *sto_closes_sentence(enum sto_closes closes);

/* What people are told of a kind, as members of an object: owner, opens_when, closes_when, what_to_do, and the first and the last
 * of these in Arabic. A token that no kind has, of a newer program: each is null. */
void sto_incident_put_words(const char *token, struct jsonw *w);

/* False: no kind has this token. */
bool sto_incident_find(const char *token, enum sto_incident_kind *kind);

/* False: the reason for which an event is quarantined concerns that event alone. True: it concerns the
 * dataset (the agency and the Center do not agree on a structure), and opens this incident of it. */
bool sto_incident_of_quarantine(enum err_code reason, enum sto_incident_kind *kind);

/* The incident of a partition that this error halts. */
enum sto_incident_kind sto_incident_of_halt(enum err_code code);

struct sto_incident {
    enum sto_incident_kind kind;
    int32_t dataset_id;  /* 0: none */
    int32_t position_id; /* 0: none */
    const char *engine;  /* its instance; NULL: none */
    const char *detail;  /* carries no value of an event */
    int64_t age_ms;      /* since it was seen: an end after that counts */
};

/* Seen once more, in a transaction of its own. */
MUST_CHECK int sto_incident_open(struct sto_conn *conn, const struct sto_incident *incident,
                                 struct err *err);

/* Closes the incidents that end in this way, of this engine (NULL: none) and position (0: none). */
MUST_CHECK int sto_incident_end(struct sto_conn *conn, enum sto_closes closes, const char *engine,
                                int32_t position_id, struct err *err);

/* Makes incidents of signs, and closes those whose end is visible in the register. Cheap when there is
 * nothing to do; skips what another engine is doing at this moment. */
MUST_CHECK int sto_incident_tend(struct sto_conn *conn, struct err *err);

/* Closed by a steward, with the reason. FATAL ERR_NOT_FOUND; ERR_REFUSED: it is closed, or its partition is
 * halted. */
MUST_CHECK int sto_incident_close(struct sto_conn *conn, const char *id, const char *reason,
                                  struct err *err);

#endif
