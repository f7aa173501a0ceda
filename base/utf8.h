/* SPDX-License-Identifier: Apache-2.0
 * base/utf8.h - text from outside: whether it is text, its characters, and how wide it stands in a
 * terminal. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether PostgreSQL's UTF8 encoding takes the bytes as text: well-formed as Unicode 15 table
 * 3-7 (no surrogates, nothing above U+10FFFF, no overlong form), and no U+0000. */
bool utf8_is_text(const uint8_t *bytes, size_t len);

/* Makes valid text of the bytes before the NUL, in place: an invalid sequence becomes one
 * '?', a sequence cut off by the end is dropped. It never grows. */
void utf8_mend(char *text);

/* The character at *at, which moves behind it. 0: the end, where it stays; or a byte that begins no
 * character, alone. */
uint32_t utf8_next(const char **at);

/* The bytes of the text, or, of a longer one, as many up to `most` as end with a whole character. */
size_t utf8_cut(const char *text, size_t most);

/* Letters and decimal digits of every script, as Java's Character.isLetter and isDigit know those of
 * one UTF-16 unit: code points beyond U+FFFF are neither, nor are combining marks, signs and
 * invisible characters. */
bool utf8_is_letter(uint32_t code);
bool utf8_is_digit(uint32_t code);

/* Whether the letter stands as it is in text in Unicode's composed form (NFC). A word of such letters and digits has one
 * spelling. */
bool utf8_is_composed(uint32_t code);

/* What a terminal obeys, and does not show: controls, line separators, and what turns the direction of a whole line (embeddings,
 * overrides, isolates). */
bool utf8_is_control(uint32_t code);

/* Whether nobody could read a thing there: only spaces of any kind, marks and invisible characters, or nothing. */
bool utf8_is_blank(const char *text);

/* Columns that the text takes in a terminal: combining marks and format characters take none,
 * wide characters two. Arabic letters take one. Bytes that are not UTF-8 count one each. */
size_t utf8_width(const char *text);

#endif
