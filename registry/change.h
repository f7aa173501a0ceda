/* SPDX-License-Identifier: Apache-2.0
 * registry/change.h - what a structure changes in its dataset, for those who must agree to it.
 */
#ifndef REGISTRY_CHANGE_H
#define REGISTRY_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "registry/request.h"
#include "storage/subject/add.h"

struct sch_roles;
struct sch_schema;

struct reg_change {
    struct sto_change stored;
    int people; /* who must agree */
};

/* From the newest of the rows in force to the schema. request NULL: a client's registration. *found false: no row is in
 * force, so nothing is changed. Everything belongs to the arena. FATAL as sch_diff and sch_diff_accept. */
MUST_CHECK int reg_change_find(const struct sto_scope *scope, const struct sch_roles *roles,
                               const struct sto_registered *rows, size_t row_count,
                               const struct sch_schema *schema, const struct reg_request *request,
                               struct arena *arena, struct reg_change *out, bool *found,
                               struct err *err);

#endif
