/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/bind.h - reading an event's cells as CEL values.
 *
 * A cell becomes a value by the type that the structure has for it (schema/rules/type.h, cel_type_of_avro). Lists, maps and
 * records stay cells on their tape until an item is asked for. */
#ifndef SCHEMA_RULES_BIND_H
#define SCHEMA_RULES_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cell.h"
#include "schema/model/model.h"
#include "schema/rules/run.h"
#include "schema/rules/value.h"

/* The top level of an event. */
struct cel_row {
    const struct cell *cells;             /* one for each column of the dataset */
    const int32_t *column_of;             /* of each field of the record, or -1 */
    const enum column_type *column_types; /* of each column */
    const struct sch_type *record;
};

/* cell: at the top level of a row (its own type says what it is), or on a tape. column: of the top level; on a tape the
 * cell's own. A cell that is UNCHANGED is an ERROR, CEL_UNKNOWN_VALUE. */
void cel_from_cell(struct cel_run *run, const struct cell *cell, enum column_type column,
                   const struct sch_type *type, struct cel_value *out);

/* The value's cell itself: on its tape, of the branch that a union's value has, which *type is then; NULL: it is null there. */
const struct cell *cel_unwrap(const struct cell *cell, const struct sch_type **type);

/* The number of items of a LIST, of entries of a MAP, whatever their shape. */
uint32_t cel_size(const struct cel_value *value);

/* Walks over a LIST or MAP of any shape: key (the index for a list) and value of each, in order. */
struct cel_walk {
    const struct cel_value *of;
    uint32_t at;
    const struct cell *cell;
};
void cel_walk_begin(struct cel_walk *walk, const struct cel_value *of);
bool cel_walk_next(struct cel_walk *walk, struct cel_run *run, struct cel_value *key,
                   struct cel_value *value);

/* ERROR when it is not there. A key of a map may be of another numeric type with the same value. */
void cel_list_at(struct cel_run *run, const struct cel_value *list, int64_t index,
                 struct cel_value *out);
void cel_map_at(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
                struct cel_value *out);

/* A field of a record by its number; of a MAP or RECORD by its name (dyn). present: for has(): a field that is null,
 * or a key that is not there, is absent. */
void cel_field_at(struct cel_run *run, const struct cel_value *record, uint32_t field,
                  struct cel_value *out);
void cel_field_named(struct cel_run *run, const struct cel_value *of, const char *name,
                     uint32_t len, struct cel_value *out);
void cel_field_present(struct cel_run *run, const struct cel_value *of, const char *name,
                       uint32_t len, struct cel_value *out);

#endif
