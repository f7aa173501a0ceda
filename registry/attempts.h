/* SPDX-License-Identifier: Apache-2.0
 * registry/attempts.h - trying a change of the register again while others hold its locks, for ten seconds.
 *
 *   struct reg_attempts attempts = reg_attempts_begin();
 *   do { rc = try(attempts.patient); } while (rc != 0 && reg_attempts_again(&attempts, conn, err)); */
#ifndef REGISTRY_ATTEMPTS_H
#define REGISTRY_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sto_conn;

struct reg_attempts {
    int64_t began_ms;
    int pause_ms;
    size_t patient_tries;
    bool patient; /* this try waits for tables, as sto_version_spec has it */
};

struct reg_attempts reg_attempts_begin(void);
/* After a failure: waits, and true: try again. */
bool reg_attempts_again(struct reg_attempts *attempts, const struct sto_conn *conn,
                        const struct err *err);

#endif
