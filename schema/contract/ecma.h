/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/ecma.h - the regular expressions of JSON Schema, which are ECMA-262's, in the words of ours (PCRE2).
 *
 * Thread: any. */
#ifndef SCHEMA_CONTRACT_ECMA_H
#define SCHEMA_CONTRACT_ECMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct buf;

/* What matches the same texts, as ECMA-262 reads it with the flag u and no other. false: it is no such expression, or ours has no
 * words for it: *why, and *at the byte where it says so. */
MUST_CHECK bool ecma_translate(const char *text, size_t len, struct buf *out, size_t *at,
                               const char **why);

#endif
