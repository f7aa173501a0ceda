/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/regex_runs.h - the commonest regular expressions: a row of character classes, each repeated.
 *
 * [0-9]+, [A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}, \d{4}-\d{2}: of the whole text. Where each class leaves off the next begins, so
 * that one look at each byte decides; PCRE2 says the same, slower.
 *
 * Thread: any; it never changes. */
#ifndef SCHEMA_RULES_REGEX_RUNS_H
#define SCHEMA_RULES_REGEX_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CEL_RUNS_MOST = 8 };

struct cel_runs {
    uint8_t classes[256]; /* of each byte: bit n is the class of run n */
    uint32_t count;
    struct cel_run_of {
        uint32_t min;
        uint32_t max;
        bool wide; /* characters beyond ASCII are in the class, all of them */
    } runs[CEL_RUNS_MOST];
};

/* false: the pattern is another one. full: it is of the whole text without ^ and $ too. */
bool cel_runs_read(const char *text, size_t len, bool full, struct cel_runs *out);

/* text: UTF-8. */
bool cel_runs_match(const struct cel_runs *runs, const uint8_t *p, uint32_t len);

#endif
