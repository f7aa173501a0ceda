/* SPDX-License-Identifier: Apache-2.0
 * base/nearest.c - Levenshtein's distance, a row at a time. */
#include "base/nearest.h"

#include <string.h>

enum { WORD_MAX = 127 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t nearest_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t height = strnlen(a, WORD_MAX);
    size_t width = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= height; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[width];
}
