/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/turn_priv.h - a turn: a list of ids, and a function that is called with each, until time is up. */
#ifndef STORAGE_QUALITY_TURN_PRIV_H
#define STORAGE_QUALITY_TURN_PRIV_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct turn {
    const char *what;     /* for errors: "control total" */
    const char *list_sql; /* without parameters; a column of ids */
    const char *step_sql; /* $1: an id; true: this id again */
    const char *fail_sql; /* $1: an id, whose step failed */
};

MUST_CHECK int turn_run(struct sto_conn *conn, const struct turn *turn, struct err *err);

#endif
