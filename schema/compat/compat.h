/* SPDX-License-Identifier: Apache-2.0
 * schema/compat/compat.h - may a structure follow the ones before it? (Avro 1.11, "Schema
 * Resolution", with Confluent's meaning of the levels.) */
#ifndef SCHEMA_COMPAT_COMPAT_H
#define SCHEMA_COMPAT_COMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

enum sch_level {
    SCH_LEVEL_NONE = 0,
    SCH_LEVEL_BACKWARD,
    SCH_LEVEL_BACKWARD_TRANSITIVE,
    SCH_LEVEL_FORWARD,
    SCH_LEVEL_FORWARD_TRANSITIVE,
    SCH_LEVEL_FULL,
    SCH_LEVEL_FULL_TRANSITIVE
};

bool sch_level_parse(const char *text, enum sch_level *level); /* exact upper-case words */
const char *sch_level_name(enum sch_level level);

/* One reason why a reader cannot read what a writer wrote. */
struct sch_fault {
    const char *type; /* "TYPE_MISMATCH", "READER_FIELD_MISSING_DEFAULT_VALUE", "NAME_MISMATCH",
                         "FIXED_SIZE_MISMATCH", "MISSING_ENUM_SYMBOLS", "MISSING_UNION_BRANCH";
                         and, where Avro's library gives up, "READER_FIELD_AMBIGUOUS" */
    const char *path; /* "/fields/3/type": a JSON pointer into the reader; "": all of it */
    const char *text; /* "reader int cannot read writer string" */
    size_t earlier;   /* which of sch_compatible's schemas it is about */
    bool backward;    /* true: the new one reads the earlier; false: the earlier reads the new */
};

enum { SCH_MAX_FAULTS = 1000 };

/* Starts as {0}. */
struct sch_faults {
    struct sch_fault *items;
    size_t count;
    bool more;          /* there were more, which are not kept; the text of the last one says so */
    uint64_t steps;     /* of comparing, spent by all calls with it */
    struct arena arena; /* owns them */
};
void sch_faults_fini(struct sch_faults *faults);

/* Appends every reason why `reader` cannot read all that `writer` writes; none: it can. FATAL
 * ERR_NO_MEMORY; FATAL ERR_SCHEMA_TOO_LARGE for schemas that take too much stack, memory or time
 * to compare; all calls with the same faults share the time. A pair of types is walked once, and
 * at most SCH_MAX_FAULTS reasons are kept. */
MUST_CHECK int sch_read_check(const struct sch_schema *reader, const struct sch_schema *writer,
                              struct sch_faults *faults, struct err *err);

/* Checks `next` by the level against the live schemas before it, which are given oldest first. A
 * level that is not transitive checks the last one alone, a transitive one checks all, from the
 * last to the first. At a FULL level the faults of the earlier one reading `next` come first. */
MUST_CHECK int sch_compatible(enum sch_level level, const struct sch_schema *next,
                              struct sch_schema *const *earlier, size_t count,
                              struct sch_faults *faults, struct err *err);

#endif
