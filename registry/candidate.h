/* SPDX-License-Identifier: Apache-2.0
 * registry/candidate.h - a schema that a client brought, with all that it will be compared by. */
#ifndef REGISTRY_CANDIDATE_H
#define REGISTRY_CANDIDATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "registry/identity.h"
#include "registry/json_body.h"
#include "registry/references.h"

/* One of the two ways to print it: as it is, or normalized. */
struct reg_form {
    struct buf text;
    struct sto_reference *references;
    uint8_t sha256[SHA256_BYTES];
};

struct reg_candidate {
    struct sch_schema *schema; /* NULL: nothing made yet */
    struct reg_form plain;
    struct reg_form normalized; /* references in order too */
    size_t reference_count;
    struct buf resolved; /* empty without references: plain parses alone */
    const char *metadata;
    const char *rule_set;
};

/* `body->schema` must be there. FATAL ERR_SCHEMA_TOO_LARGE, ERR_BAD_SCHEMA. */
MUST_CHECK int reg_candidate_make(struct sto_conn *conn, const char *subject,
                                  const struct reg_body *body, bool deleted_references,
                                  struct arena *arena, struct reg_candidate *out, struct err *err);
/* Metadata and rule set that the client did not send are those of the version before. *changed: the
 * version before has some. */
MUST_CHECK int reg_candidate_inherit(struct reg_candidate *candidate,
                                     const struct sto_registered *last, struct arena *arena,
                                     bool *changed, struct err *err);
void reg_candidate_fini(struct reg_candidate *candidate);

/* A version of the register, parsed; NULL with err set. */
MUST_CHECK struct sch_schema *reg_parse_registered(const struct sto_registered *row,
                                                   struct err *err);

#endif
