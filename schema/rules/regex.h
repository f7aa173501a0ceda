/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/regex.h - regular expressions by PCRE2, with a bound on what one match may cost.
 *
 * Thread: a pattern is made by one and read by any; what a match needs besides belongs to the run. */
#ifndef SCHEMA_RULES_REGEX_H
#define SCHEMA_RULES_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "schema/rules/run.h"

struct cel_pattern;

/* text: UTF-8. re2: what RE2 does not know (back-references, look-around, atomic groups, possessive quantifiers, …) is
 * refused. full: it is to match the whole text. FATAL ERR_BAD_RULE with the place in the pattern; ERR_NO_MEMORY. */
MUST_CHECK struct cel_pattern *cel_pattern_compile(const char *text, size_t len, bool re2,
                                                   bool full, struct err *err);
void cel_pattern_free(struct cel_pattern **taken);

/* BOOL, or ERROR CEL_COST when the match limit is reached. */
void cel_pattern_match(struct cel_run *run, const struct cel_pattern *pattern,
                       const struct cel_value *text, struct cel_value *out);

/* Patterns that are known only at run time: a small cache, the least used goes. NULL: no memory. */
struct cel_regex_cache *cel_regex_cache_new(void);
void cel_regex_cache_free(struct cel_regex_cache **taken);

/* The pattern of a text, by the run's settings; NULL: *out is the ERROR. Good until the next that is asked for. */
const struct cel_pattern *cel_regex_find(struct cel_run *run, const struct cel_value *text,
                                         struct cel_value *out);

#endif
