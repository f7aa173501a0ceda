/* SPDX-License-Identifier: Apache-2.0
 * base/utf8.h - text from outside, and how wide it stands in a terminal. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether PostgreSQL's UTF8 encoding takes the bytes as text: well-formed as Unicode 15 table
 * 3-7 (no surrogates, nothing above U+10FFFF, no overlong form), and no U+0000. */
bool utf8_is_text(const uint8_t *bytes, size_t len);

/* Makes text of whatever bytes stand before the NUL, in place: what is no character becomes one
 * '?', one that is cut off by the end is dropped. It never grows. */
void utf8_mend(char *text);

/* Columns that the text takes in a terminal: combining marks and format characters take none,
 * wide characters two. Arabic letters take one. Bytes that are not UTF-8 count one each. */
size_t utf8_width(const char *text);

#endif
