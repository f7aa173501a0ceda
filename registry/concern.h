/* SPDX-License-Identifier: Apache-2.0
 * registry/concern.h - whom a change of a dataset's structure concerns: what others made from its view and tables, who
 * asked for the structure in the last 90 days, and which subscriptions are told of such a change.
 *
 * Thread: any; a value that its caller owns. */
#ifndef REGISTRY_CONCERN_H
#define REGISTRY_CONCERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "schema/diff/diff.h"

struct sto_conn;
struct sto_grid;

/* Starts as {0}; grids NULL: nobody was asked. */
struct reg_concern {
    struct sto_grid *dependents;  /* STO_REPORT_FIELD_DEPENDENTS */
    struct sto_grid *users;       /* STO_REPORT_STRUCTURE_USERS */
    struct sto_grid *subscribers; /* STO_REPORT_STRUCTURE_SUBSCRIBERS */
};

struct reg_concern_asked {
    const char *dataset;         /* full name */
    int32_t schema_id;           /* of the older structure; 0: it is not registered */
    const struct sch_diff *diff; /* its worst class decides who is told */
    bool with_accounts;          /* the reader may see names of accounts */
};

/* The connection has the role of the monitor or of the registry. */
MUST_CHECK int reg_concern_load(struct sto_conn *conn, const struct reg_concern_asked *asked,
                                struct reg_concern *out, struct err *err);
void reg_concern_fini(struct reg_concern *concern);

/* The row of dependents uses the field that the finding is about. One that uses the table as a whole is about none. */
bool reg_concern_meets(const struct reg_concern *concern, size_t row, const struct sch_diff *diff,
                       const struct sch_finding *finding);
/* One that uses the table as a whole. */
bool reg_concern_is_whole(const struct reg_concern *concern, size_t row);

/* "dependents":[{"path":"weight"|null,"kind","name","through":null|…}],"asked_by":[{"account","agency","days","count",
 * "last_at"}],"subscribers":[{"subscription","account","agency","channel"}]; null instead of a list: nobody was asked. A dependent stands once for each finding that it meets, and one
 * of the table as a whole once, if there is any finding. */
void reg_concern_json_members(const struct reg_concern *concern, const struct sch_diff *diff,
                              struct jsonw *w);

#endif
