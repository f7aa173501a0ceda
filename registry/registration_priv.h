/* SPDX-License-Identifier: Apache-2.0
 * registry/registration_priv.h - one try of a registration, for the files of its steps. */
#ifndef REGISTRY_REGISTRATION_PRIV_H
#define REGISTRY_REGISTRATION_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "registry/candidate.h"
#include "registry/change.h"
#include "registry/registration.h"
#include "storage/subject/write.h"

struct sto_conn;

/* One try. */
struct reg_attempt {
    struct sto_conn *conn;
    const struct reg_submission *submission;
    struct arena *arena;
    struct reg_outcome *out;
    struct reg_candidate candidate;
    struct sto_scope scope;
    struct sto_registered *rows; /* the subject's, oldest first */
    size_t row_count;
    const struct sto_registered *last; /* live, of these; NULL: none */
    struct reg_form *form;             /* the candidate's that counts here */
    bool patient;                      /* as sto_version_spec */
    bool is_adopted;  /* registered before its dataset was declared: only the tables judge */
    int32_t known_as; /* the live version that is this schema; 0: none */
    bool changes;     /* a structure in force, so `change` is set */
    struct reg_change change;
};

/* What is brought along from another registry, with its numbers. */
bool reg_attempt_is_import(const struct reg_attempt *a);

/* Of a version that is new; 0: there is no number left. */
int32_t reg_attempt_next_version(const struct reg_attempt *a);

/* ruling.c: NRL-4, and whether the rules can be run. An error about a rule that settings brought names them. */
MUST_CHECK int reg_attempt_check_rules(struct reg_attempt *a, struct err *err);

/* settle.c: under the lock. Reads the settings and versions of the subject, takes what is left out from the version before, and
 * looks for the schema among the versions. *found: a->out has its row (its text perhaps not), and nothing is to be stored. */
MUST_CHECK int reg_attempt_settle(struct reg_attempt *a, bool *found, struct err *err);

#endif
