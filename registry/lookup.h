/* SPDX-License-Identifier: Apache-2.0
 * registry/lookup.h - does a subject have this schema already?
 *
 * By one indexed read on (subject, hash), without a lock: most registrations end here. */
#ifndef REGISTRY_LOOKUP_H
#define REGISTRY_LOOKUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "registry/candidate.h"
#include "registry/json_body.h"
#include "registry/lookup_cache.h"

/* What a client sends for a subject, to be looked up or registered. */
struct reg_request;
struct sto_dataset_spec;
struct reg_submission {
    const char *subject; /* in its one form (registry/context.h) */
    const struct reg_body *body;
    bool normalize;
    const char *by;  /* the account, for the record; NULL: the database's login */
    bool force;      /* whatever the level says; a dataset's tables still decide */
    bool may_import; /* a steward, who answers for the ids that are brought along */
    const struct reg_request
        *request; /* a person asks, and people decide whatever the level says; NULL: a client */
    const struct sto_dataset_spec
        *declares; /* a dataset that is added in the same transaction, the subject's; NULL: none */
    /* NULL, or filled with the body's key; left unknown where the body's bytes alone do not give
     * it. */
    struct reg_lookup_key *key;
};

struct reg_lookup {
    struct sto_conn *conn;
    const struct reg_submission *submission;
    struct arena *arena; /* rows belong to it */
    bool deleted;        /* soft-deleted versions too */
    bool attached;       /* as registering asks: as sto_lookup, and with the id and version sent */
    bool is_merged;      /* the candidate has what settings add (reg_lookup_merge) */
};

/* Of the submission: subject, normalize. */
MUST_CHECK int reg_lookup_by_key(const struct reg_lookup *lookup, const struct reg_lookup_key *key,
                                 struct sto_registered *row, bool *found, struct err *err);
MUST_CHECK int reg_lookup_candidate(const struct reg_lookup *lookup,
                                    const struct reg_candidate *candidate,
                                    struct sto_registered *row, bool *found, struct err *err);
/* A client that writes references out finds the version that has them as references. */
MUST_CHECK int reg_lookup_resolved(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                                   struct sto_registered *row, bool *found, struct err *err);

/* Gives the candidate what registering it now would. *changed: it is not as it was sent. */
MUST_CHECK int reg_lookup_merge(const struct reg_lookup *lookup, struct reg_candidate *candidate,
                                const struct sto_scope *scope, bool *changed, struct err *err);

/* Does the version that was found by its text have the numbers that the client sent? A version is
 * sent together with its id: alone it asks for the next. */
bool reg_numbers_match(int32_t id, int32_t version, const struct sto_registered *row);

/* Fills submission->key. A body with references has none: they mean what the register has under
 * them now. A rule set must be checked before. */
void reg_lookup_key_set(const struct reg_submission *submission,
                        const struct reg_candidate *candidate, bool rules_are_checked);

/* What POST /subjects/{subject} asks. FATAL as reg_candidate_make. */
MUST_CHECK int reg_look_up(const struct reg_lookup *lookup, struct sto_registered *row, bool *found,
                           struct err *err);

#endif
