/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/misfit.h - stored values that would not read or convert under a newer structure.
 *
 * A value is as the register prints it: a scalar's text, or JSON of a nested one. It was written with the older type,
 * so nothing is guessed. A value fits when it becomes one of the newer type with nothing lost, as
 * Avro resolves it or as its text says it.
 *
 * Thread: any. */
#ifndef SCHEMA_DIFF_MISFIT_H
#define SCHEMA_DIFF_MISFIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "schema/model/model.h"

/* X(symbol, id, English, Arabic) */
/* clang-format off */
#define SCH_MISFITS(X)                                                                             \
    X(MISFIT_NULL, "null", "null, and the field is required", "القيمة خالية والحقل إلزامي")         \
    X(MISFIT_MISSING, "missing", "the event had no such field, and it has no default",             \
      "لا حقل كهذا في الحدث ولا قيمة افتراضية له")                                                  \
    X(MISFIT_SYMBOL, "unknown-symbol", "the enum has no such symbol", "ليس في التعداد رمز كهذا")    \
    X(MISFIT_RANGE, "out-of-range", "the number is too large", "العدد أكبر من اللازم")              \
    X(MISFIT_DIGITS, "loses-digits", "digits would be lost", "ستُفقد خانات")                        \
    X(MISFIT_SIZE, "wrong-size", "another number of bytes", "عدد البايتات مختلف")                   \
    X(MISFIT_TYPE, "not-of-type", "it does not read as the new type", "لا تُقرأ بالنوع الجديد")     \
    X(MISFIT_NONE, "no-conversion", "nothing of the old type becomes the new one",                 \
      "لا يتحول النوع القديم إلى الجديد")
/* clang-format on */

enum sch_misfit {
    SCH_FITS = 0,
#define X(symbol, id, en, ar) SCH_##symbol,
    SCH_MISFITS(X)
#undef X
        SCH_MISFIT_COUNT
};

struct sch_misfit_row {
    const char *id;
    const char *en;
    const char *ar;
};
const struct sch_misfit_row *sch_misfit_row(enum sch_misfit misfit); /* not of SCH_FITS */

/* The first thing that does not fit. text NULL: null. path: of the field, to which the place inside it is added as in
 * sch_finding.path; left as it was when the value fits. Failure is the path's. */
enum sch_misfit sch_misfit_of(const struct sch_type *older, const struct sch_type *newer,
                              const char *text, size_t len, struct buf *path);

/* A top-level field of the newer structure that values of the older one may not fit. */
struct sch_suspect {
    const struct sch_field *newer;
    size_t
        older; /* the index of the older field; SCH_NO_FIELD: there was none, so that every row misses it */
};
#define SCH_NO_FIELD ((size_t)-1)

/* The suspects, malloc'ed; all others' values fit. Both are records. FATAL as sch_diff. */
MUST_CHECK int sch_suspects(const struct sch_schema *older, const struct sch_schema *newer,
                            struct sch_suspect **out, size_t *count, struct err *err);

#endif
