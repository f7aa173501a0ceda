/* SPDX-License-Identifier: Apache-2.0
 * registry/registration.h - putting a schema under a subject: the one way, for HTTP and for
 * `nrc structure register`. */
#ifndef REGISTRY_REGISTRATION_H
#define REGISTRY_REGISTRATION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "registry/lookup.h"
#include "storage/subject/write.h"

struct reg_outcome {
    struct sto_registered row;  /* as it is stored now */
    bool is_new;                /* also after ERR_NOT_YET_ACTIVE: a request was filed */
    int32_t dataset_id;         /* that was declared */
    int64_t request;            /* that was filed; 0: none */
    int people;                 /* who must approve it */
    const char *class;          /* of the change, with a request */
    const char *message;        /* after an error: all of it, as err holds its beginning; or NULL */
    const char *const *reasons; /* what it was made of; NULL: err says it all */
    size_t reason_count;
};

/* A schema that the subject has already is found by one indexed read, without a lock. Everything in
 * `out` belongs to the arena. FATAL ERR_BAD_SCHEMA, ERR_SCHEMA_TOO_LARGE, ERR_BAD_RULE_SET,
 * ERR_INCOMPATIBLE, ERR_NOT_PERMITTED (mode, a number that is taken or too great), ERR_FORBIDDEN
 * (an id without may_import), ERR_NOT_YET_ACTIVE (people must agree: a client's schema is filed as a request by that, or was
 * before), ERR_STRUCTURE_RETIRED, ERR_STRUCTURE_REJECTED, ERR_ID_MISMATCH; RETRY ERR_REGISTER_TIMEOUT,
 * ERR_REGISTER_BUSY after 10 s; with `declares` those of sto_dataset_add, and ERR_REFUSED; RETRY
 * ERR_COMMIT_UNKNOWN: the same again, over another connection, finds out. */
MUST_CHECK int reg_register(struct sto_conn *conn, const struct reg_submission *submission,
                            struct arena *arena, struct reg_outcome *out, struct err *err);

#endif
