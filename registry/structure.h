/* SPDX-License-Identifier: Apache-2.0
 * registry/structure.h - may a schema be the structure of a dataset, and which columns has it then? */
#ifndef REGISTRY_STRUCTURE_H
#define REGISTRY_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/plan/role.h"

struct sch_schema;
struct sto_conn;

struct reg_case {
    int32_t dataset_id;
    bool is_key;
    struct sch_schema *schema;
    const uint8_t *sha256; /* 32 bytes: the hash of the schema as it will be stored */
    bool may_change_types; /* of fields that have no role: they get further columns */
};

struct reg_judge;
struct reg_judgement {
    const struct column *columns; /* all that the dataset must have afterwards; a key's: none */
    size_t column_count;
    const int32_t *column_of; /* of each field of the structure, the index of its column */
    const char *const *names; /* of each field: of its column, as readers are to see it */
    size_t field_count;
    struct sch_roles roles; /* the dataset's; set also when it may not be the structure */
    struct reg_judge *held;
};
/* Settles which columns the dataset has afterwards and which of them each field fills
 * (schema/plan/layout.h), checks key, order, event-time and exempt fields, and compiles the plan. A
 * structure that the dataset had before, and that was deleted softly, gets the columns that it had.
 * Where it counts, in the transaction that holds the dataset's row. out: to be ended in any case.
 * FATAL ERR_BAD_SCHEMA, ERR_INCOMPATIBLE. */
MUST_CHECK int reg_structure_judge(struct sto_conn *conn, const struct reg_case *asked,
                                   struct reg_judgement *out, struct err *err);
void reg_judgement_fini(struct reg_judgement *judgement);

#endif
