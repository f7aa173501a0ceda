/* SPDX-License-Identifier: Apache-2.0
 * schema/model/nameset.h - a set of names with a value each. */
#ifndef SCHEMA_MODEL_NAMESET_H
#define SCHEMA_MODEL_NAMESET_H

#include <stddef.h>

#include "base/attr.h"

/* The names are borrowed. */
struct sch_nameset {
    struct sch_nameset_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

void sch_nameset_fini(struct sch_nameset *set);
void *sch_nameset_get(const struct sch_nameset *set, const char *name); /* NULL: not there */

/* 0, -1 when memory is out, 1 when the name is there already (`*existing`, which may be NULL, gets its
 * value). */
MUST_CHECK int sch_nameset_put(struct sch_nameset *set, const char *name, void *value,
                               void **existing);

#endif
