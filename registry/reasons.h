/* SPDX-License-Identifier: Apache-2.0
 * registry/reasons.h - why a schema may not follow the versions of a subject, one text for each reason. */
#ifndef REGISTRY_REASONS_H
#define REGISTRY_REASONS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

/* Texts in the arena. None: compatible. */
struct reg_reasons {
    struct arena *arena;
    const char **items;
    size_t count;
    size_t room;
};
MUST_CHECK int reg_reason_add(struct reg_reasons *reasons, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
