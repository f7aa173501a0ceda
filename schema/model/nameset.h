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

/* 0; -1: memory is out; 1: the name is there already, and `*existing` gets its value (existing may
 * be NULL). */
MUST_CHECK int sch_nameset_put(struct sch_nameset *set, const char *name, void *value,
                               void **existing);

#endif
