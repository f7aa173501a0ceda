/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/misfit_priv.h - scalars, for the walk through a value. */
#ifndef SCHEMA_DIFF_MISFIT_PRIV_H
#define SCHEMA_DIFF_MISFIT_PRIV_H

#include "schema/diff/misfit.h"

/* Both are scalars. text: of PostgreSQL (bytes begin with \x) or from JSON (base64). */
enum sch_misfit sch_scalar_misfit(const struct sch_type *older, const struct sch_type *newer,
                                  const char *text, size_t len);

#endif
