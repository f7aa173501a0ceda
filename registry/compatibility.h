/* SPDX-License-Identifier: Apache-2.0
 * registry/compatibility.h - may a schema follow the versions of a subject, and if not, for which
 * reasons? */
#ifndef REGISTRY_COMPATIBILITY_H
#define REGISTRY_COMPATIBILITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "registry/candidate.h"
#include "registry/reasons.h"

/* Neither soft-deleted nor pending nor retired. */
bool reg_in_force(const struct sto_registered *row);
bool reg_level_is_transitive(const char *level);

/* What the level has no say in: fields that are reserved, where the settings ask for it. */
MUST_CHECK int reg_reserved(const struct sto_scope *scope, const struct reg_candidate *candidate,
                            const struct sto_registered *rows, size_t count,
                            struct reg_reasons *reasons, struct err *err);
/* The same, and the level. rows: a subject's, oldest first; those in force that the level looks at have their texts. Appends
 * to reasons. FATAL ERR_NO_MEMORY, ERR_SCHEMA_TOO_LARGE; ERR_BUG: a stored text cannot be read. */
MUST_CHECK int reg_compatible(const struct sto_scope *scope, const struct reg_candidate *candidate,
                              const struct sto_registered *rows, size_t count,
                              struct reg_reasons *reasons, struct err *err);

#endif
