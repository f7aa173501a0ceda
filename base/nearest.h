/* SPDX-License-Identifier: Apache-2.0
 * base/nearest.h - how far a word is from one that was meant, for "did you mean …?". */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* Insertions, deletions and replacements from one to the other; at most 127 bytes of each count. */
size_t nearest_distance(const char *a, const char *b);

#endif
