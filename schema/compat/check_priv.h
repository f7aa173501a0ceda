/* SPDX-License-Identifier: Apache-2.0
 * schema/compat/check_priv.h - what the files of the compatibility check share: the pairs of named
 * types met so far, the place in the reader, and the check itself.
 *
 * One check serves one call of sch_read_check and lives on its stack. */
#ifndef SCHEMA_COMPAT_CHECK_PRIV_H
#define SCHEMA_COMPAT_CHECK_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/compat/compat.h"
#include "schema/model/type_pair.h"

/* The place in the reader: a chain on the C stack, from the inside out. */
struct sch_spot {
    const struct sch_spot *up; /* NULL: the root, whose key does not count */
    const char *key;           /* NULL: an index */
    size_t index;
};

struct sch_check {
    struct sch_faults *faults;
    struct err *err;
    struct sch_pairs pairs;
    int nested;
    bool stop;   /* more than can be kept, or failed: unwind */
    bool failed; /* err is set */
};

/* Whether the reader reads what the writer writes. With a spot every reason is appended; without
 * one (NULL) the first ends the check. */
bool sch_check_pair(struct sch_check *check, const struct sch_type *reader,
                    const struct sch_type *writer, const struct sch_spot *at);

/* fault.c. Each returns false, so that a caller can return it; without a spot nothing is kept. */
bool sch_fault_put(struct sch_check *check, const struct sch_spot *at, const char *type,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);
bool sch_fault_types(struct sch_check *check, const struct sch_spot *at,
                     const struct sch_type *reader, const struct sch_type *writer);
bool sch_fault_branch(struct sch_check *check, const struct sch_spot *at,
                      const struct sch_type *reader, const struct sch_type *writer);
bool sch_fault_names(struct sch_check *check, const struct sch_spot *at,
                     const struct sch_type *reader, const struct sch_type *writer);

/* The check cannot go on. */
void sch_check_fail(struct sch_check *check, enum err_code code, const char *why);

#endif
