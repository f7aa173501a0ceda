/* SPDX-License-Identifier: Apache-2.0
 * schema/model/names.h - names, as structures are compared by. */
#ifndef SCHEMA_MODEL_NAMES_H
#define SCHEMA_MODEL_NAMES_H

#include <stdbool.h>

#include "schema/model/model.h"

struct buf;
struct sch_nameset;

enum { SCH_MAX_NAME_BYTES = 512 };

/* "Place" of "ncsi.Place"; whether a name is in a list; whether a reader's named type matches a
 * writer's: the last parts are the same, as in the Java implementation, or the writer's full name
 * is one of the reader's aliases. */
const char *sch_last_part(const char *full_name);
bool sch_names_have(const struct sch_names *names, const char *name);
bool sch_names_match(const struct sch_type *reader, const struct sch_type *writer);

/* Those of the names that `without` has not (NULL: all), as a list for people: at most ten, each of at most
 * most_bytes, and how many more. Returns how many there are. */
size_t sch_names_list(const struct sch_names *names, const struct sch_nameset *without,
                      size_t most_bytes, struct buf *out);

#endif
