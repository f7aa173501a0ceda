/* SPDX-License-Identifier: Apache-2.0
 * registry/registration.h - putting a schema under a subject: the one way, for HTTP and for
 * `nrc structure register`. */
#ifndef REGISTRY_REGISTRATION_H
#define REGISTRY_REGISTRATION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "registry/json_body.h"
#include "registry/meaning.h"
#include "storage/subject/write.h"

struct reg_ask {
    const char *subject; /* in its one form (registry/context.h) */
    const struct reg_body *body;
    bool normalize;
    const char *by;  /* who asks, for the record; NULL: the database's login */
    bool force;      /* whatever the level says; a dataset's tables still decide */
    bool may_import; /* a steward, who answers for the ids that are brought along */
    /* NULL, or what the body is found to mean; not known where its bytes alone do not say. */
    struct reg_meaning *meaning;
};

struct reg_outcome {
    struct sto_registered row; /* as it is stored now */
    bool is_new;
    const char
        *message; /* after ERR_INCOMPATIBLE: all of it, as err holds its beginning; or NULL */
    const char *const *reasons; /* what it was made of; NULL: err says it all */
    size_t reason_count;
};

/* The version of the subject that has this meaning now, by one indexed read: the first step of
 * reg_register (attached) and of reg_look_up, which take all others. Of `ask`: subject, normalize. */
MUST_CHECK int reg_find_meant(struct sto_conn *conn, const struct reg_ask *ask,
                              const struct reg_meaning *meaning, bool deleted, bool attached,
                              struct arena *arena, struct sto_registered *row, bool *found,
                              struct err *err);

/* A schema that the subject has already is found by one indexed read, without a lock. Everything in
 * `out` belongs to the arena. FATAL ERR_BAD_SCHEMA, ERR_SCHEMA_TOO_LARGE, ERR_BAD_RULE_SET,
 * ERR_INCOMPATIBLE, ERR_NOT_PERMITTED (mode, a number that is taken or too great), ERR_FORBIDDEN
 * (an id without may_import), ERR_STRUCTURE_PENDING, ERR_ID_MISMATCH; RETRY ERR_REGISTER_TIMEOUT,
 * ERR_REGISTER_BUSY after 10 s; RETRY ERR_COMMIT_UNKNOWN: the same again, over another connection,
 * finds out. */
MUST_CHECK int reg_register(struct sto_conn *conn, const struct reg_ask *ask, struct arena *arena,
                            struct reg_outcome *out, struct err *err);

/* What POST /subjects/{subject} asks; deleted: soft-deleted versions too. */
MUST_CHECK int reg_look_up(struct sto_conn *conn, const struct reg_ask *ask, bool deleted,
                           struct arena *arena, struct sto_registered *row, bool *found,
                           struct err *err);

#endif
