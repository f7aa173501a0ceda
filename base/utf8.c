/* SPDX-License-Identifier: Apache-2.0
 * base/utf8.c - UTF-8 checked eight bytes at a time, characters and their kinds, display width.
 *
 * Every string of every event passes utf8_is_text, so it has two gears. The fast one takes a word
 * of eight bytes that holds only ASCII and two-byte sequences, mixed in any way, without a branch
 * on their kind: Arabic text with its spaces and digits stays in it. A word with a longer sequence
 * goes through the scalar decoder, character by character. That one also checks the last few
 * bytes of short strings. Both accept exactly table 3-7 of Unicode 15, less U+0000. */
#include "base/utf8.h"

#include <endian.h>
#include <string.h>

#include "base/attr.h"
#include "base/utf8_letter.h"
#include "base/utf8_width.h"

#define EACH(byte) ((uint64_t)(byte)*UINT64_C(0x0101010101010101))

/* The bytes of the character at p that are well-formed, at most `left`; 0: none are. */
static size_t char_len(const uint8_t *p, size_t left)
{
    uint8_t lead = p[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    size_t len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (left < len) {
        return 0;
    }
    /* The second byte excludes overlong forms, surrogates and code points above U+10FFFF. */
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

static bool check_scalar(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        size_t len = *p != 0 ? char_len(p, (size_t)(end - p)) : 0;
        if (len == 0) {
            return false;
        }
        p += len;
    }
    return true;
}

static bool is_follower(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

void utf8_mend(char *text)
{
    const uint8_t *from = (const uint8_t *)text;
    const uint8_t *end = from + strlen(text);
    uint8_t *to = (uint8_t *)text;
    while (from < end) {
        size_t len = char_len(from, (size_t)(end - from));
        if (len > 0) {
            memmove(to, from, len);
            to += len;
            from += len;
            continue;
        }
        const uint8_t *lead = from++;
        while (from < end && is_follower(*from)) {
            from++;
        }
        size_t want = *lead < 0xC2 || *lead > 0xF4 ? 1 : *lead < 0xE0 ? 2 : *lead < 0xF0 ? 3 : 4;
        if (from < end || (size_t)(end - lead) >= want) {
            *to++ = '?';
        }
    }
    *to = '\0';
}

/* Whether the eight bytes, the first of them lowest, are ASCII without NUL and two-byte sequences.
 * *open: 0x80 if the byte before them was a lead, and on return if the last of them is. */
static inline bool is_simple(uint64_t word, uint64_t *open)
{
    uint64_t high = word & EACH(0x80);
    uint64_t zero = ~((((word & EACH(0x7F)) + EACH(0x7F)) | word)) & EACH(0x80);
    uint64_t lead = high & (word << 1);
    uint64_t follow = high ^ lead;
    uint64_t longer = lead & (word << 2);                           /* E0 and above */
    uint64_t overlong = lead & ~((word & EACH(0x1E)) + EACH(0x7E)); /* C0 and C1 */
    uint64_t expected = lead << 8 | *open;
    *open = lead >> 56;
    return (zero | longer | overlong | (follow ^ expected)) == 0;
}

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

static inline uint64_t load32(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return le32toh(word);
}

/* The 1 to 7 bytes before end, spaces after them, without reading outside of the text, which
 * begins at `bytes`. */
static inline uint64_t load_tail(const uint8_t *bytes, const uint8_t *end, size_t left)
{
    uint64_t spaces = EACH(' ') << (8 * left);
    if (end - bytes >= 8) {
        return load64(end - 8) >> (8 * (8 - left)) | spaces;
    }
    const uint8_t *p = end - left;
    if (left >= 4) {
        return load32(p) | load32(end - 4) << (8 * (left - 4)) | spaces;
    }
    return p[0] | (uint64_t)p[left / 2] << (8 * (left / 2)) |
           (uint64_t)p[left - 1] << (8 * (left - 1)) | spaces;
}

bool utf8_is_text(const uint8_t *bytes, size_t len)
{
    const uint8_t *p = bytes;
    const uint8_t *end = bytes + len;
    uint64_t open = 0;
    while (end - p >= 8) {
        uint64_t before = open;
        if (LIKELY(is_simple(load64(p), &open))) {
            p += 8;
            continue;
        }
        /* The characters of this word one by one, from the one that began before it. */
        const uint8_t *stop = p + 8;
        p -= before != 0;
        open = 0;
        while (p < stop) {
            size_t n = *p != 0 ? char_len(p, (size_t)(end - p)) : 0;
            if (n == 0) {
                return false;
            }
            p += n;
        }
    }
    uint64_t before = open;
    if (p < end && is_simple(load_tail(bytes, end, (size_t)(end - p)), &open)) {
        return true;
    }
    return check_scalar(p - (before != 0), end);
}

static uint32_t decode(const uint8_t *p, size_t len)
{
    static const uint8_t lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = p[0] & lead_bits[len];
    for (size_t i = 1; i < len; i++) {
        code = code << 6 | (p[i] & 0x3F);
    }
    return code;
}

uint32_t utf8_next(const char **at)
{
    const uint8_t *p = (const uint8_t *)*at;
    size_t len = *p != 0 ? char_len(p, strnlen(*at, 4)) : 0;
    *at += len > 0 || *p == 0 ? len : 1;
    return decode(p, len);
}

size_t utf8_cut(const char *text, size_t most)
{
    size_t len = strnlen(text, most + 1);
    if (len <= most) {
        return len;
    }
    len = most;
    while (len > 0 && is_follower((uint8_t)text[len])) {
        len--;
    }
    return len;
}

static bool is_in(const uint32_t (*ranges)[2], size_t count, uint32_t code)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = (low + count) / 2;
        if (code > ranges[middle][1]) {
            low = middle + 1;
        } else if (code < ranges[middle][0]) {
            count = middle;
        } else {
            return true;
        }
    }
    return false;
}

bool utf8_is_letter(uint32_t code)
{
    if (code < 0x80) {
        uint32_t lower = code | 0x20;
        return lower >= 'a' && lower <= 'z';
    }
    return is_in(utf8_letters, COUNT_OF(utf8_letters), code);
}

bool utf8_is_digit(uint32_t code)
{
    return code < 0x80 ? code >= '0' && code <= '9'
                       : is_in(utf8_digits, COUNT_OF(utf8_digits), code);
}

bool utf8_is_composed(uint32_t code)
{
    return !is_in(utf8_uncomposed, COUNT_OF(utf8_uncomposed), code);
}

bool utf8_is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

static size_t code_width(uint32_t code)
{
    if (code < utf8_zero_width[0][0]) {
        return 1;
    }
    if (is_in(utf8_zero_width, COUNT_OF(utf8_zero_width), code)) {
        return 0;
    }
    return is_in(utf8_double_width, COUNT_OF(utf8_double_width), code) ? 2 : 1;
}

size_t utf8_width(const char *text)
{
    size_t width = 0;
    while (*text != '\0') {
        uint32_t code = utf8_next(&text);
        width += code != 0 ? code_width(code) : 1;
    }
    return width;
}

/* Spaces, and the letters of Hangul that are shown as nothing. */
static bool is_space(uint32_t code)
{
    return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 ||
           code == 0xAD || code == 0x115F || code == 0x1160 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
           code == 0x3000 || code == 0x3164 || code == 0xFFA0;
}

bool utf8_is_blank(const char *text)
{
    while (*text != '\0') {
        uint32_t code = utf8_next(&text);
        if (code == 0 || (!is_space(code) && code_width(code) > 0)) {
            return false;
        }
    }
    return true;
}
