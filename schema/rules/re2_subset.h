/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/re2_subset.h - which of PCRE2's patterns RE2 has too, with the same meaning. */
#ifndef SCHEMA_RULES_RE2_SUBSET_H
#define SCHEMA_RULES_RE2_SUBSET_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

/* FATAL ERR_BAD_RULE that names the construct: back-references, look-around, atomic groups, possessive quantifiers,
 * conditions, recursion, callouts, verbs, \C \G \K \R \X \Z and the like, a repetition of more than 1000, (?x). */
MUST_CHECK int cel_re2_check(const char *text, size_t len, struct err *err);

#endif
