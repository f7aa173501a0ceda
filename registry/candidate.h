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
/* Other metadata and rules, in their one form; with them its hashes change. */
MUST_CHECK int reg_candidate_set(struct reg_candidate *candidate, const char *metadata,
                                 const char *rule_set, struct err *err);
/* The row's text is the candidate's; exactly: in that form, else it may only mean the same. */
bool reg_candidate_is(const struct reg_candidate *candidate, const struct reg_form *form,
                      const struct sto_registered *row, bool exactly);
void reg_candidate_fini(struct reg_candidate *candidate);

/* A version of the register, parsed; NULL with err set. */
MUST_CHECK struct sch_schema *reg_parse_registered(const struct sto_registered *row,
                                                   struct err *err);

#endif
