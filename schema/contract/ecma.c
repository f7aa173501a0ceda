/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/ecma.c - see the header.
 *
 * Both dialects write most things alike, and some alike with another meaning: $ and \s and the dot, \v, a bracket within
 * brackets, {,3}. What is not known to mean the same is written anew, or refused; nothing is passed on unread. */
#include "schema/contract/ecma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MOST_REPEATS = 1000, MOST_GROUPS = 100 };

#define DIGITS "0123456789"
/* ECMA-262, WhiteSpace and LineTerminator: \s; and the rest. */
#define SPACES                                                                                     \
    "\\x{9}-\\x{D} \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}"        \
    "\\x{3000}\\x{FEFF}"
#define NO_SPACES                                                                                  \
    "\\x{0}-\\x{8}\\x{E}-\\x{1F}!-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}"  \
    "\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}\\x{3001}-\\x{D7FF}"                 \
    "\\x{E000}-\\x{FEFE}\\x{FF00}-\\x{10FFFF}"

struct scan {
    const char *text;
    size_t len;
    size_t at;
    struct buf *out;
    const char *why;
    bool may_repeat; /* a quantifier may stand here */
    size_t depth;    /* of groups */
    bool is_assertion[MOST_GROUPS];
};

static bool refuse(struct scan *s, const char *why)
{
    s->why = s->why == NULL ? why : s->why;
    return false;
}

static char peek(const struct scan *s, size_t ahead)
{
    if (s->at + ahead >= s->len) {
        return '\0';
    }
    return s->text[s->at + ahead];
}

static bool starts(const struct scan *s, const char *with)
{
    size_t n = strlen(with);
    return s->len - s->at >= n && memcmp(s->text + s->at, with, n) == 0;
}

/* ---- escapes ---- */

static long hex(const char *p, size_t count)
{
    char digits[9] = "";
    memcpy(digits, p, count < 8 ? count : 8);
    return strspn(digits, DIGITS "abcdefABCDEF") == count && count > 0 && count <= 8
               ? strtol(digits, NULL, 16)
               : -1;
}

/* \u0041, \u{41}, a pair of surrogates: the character; -1: it is none. */
static long unicode(struct scan *s)
{
    long c = -1;
    if (peek(s, 0) == '{') {
        const char *end = memchr(s->text + s->at, '}', s->len - s->at);
        size_t count = end != NULL ? (size_t)(end - s->text) - s->at - 1 : 0;
        c = end != NULL ? hex(s->text + s->at + 1, count) : -1;
        s->at += c >= 0 ? count + 2 : 0;
    } else if (s->len - s->at >= 4) {
        c = hex(s->text + s->at, 4);
        s->at += 4;
        if (c >= 0xD800 && c <= 0xDBFF && s->len - s->at >= 6 && starts(s, "\\u")) {
            long low = hex(s->text + s->at + 2, 4);
            c = low >= 0xDC00 && low <= 0xDFFF ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00)
                                               : -1;
            s->at += 6;
        }
    }
    return c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? -1 : c;
}

static bool put_character(struct scan *s, long c)
{
    if (c < 0) {
        return refuse(s, "this is no character");
    }
    buf_printf(s->out, "\\x{%lX}", (unsigned long)c);
    return true;
}

/* \p{L}, \p{Lu}, \p{Script=Arabic} */
static bool put_property(struct scan *s, char letter)
{
    char name[40] = "";
    const char *end = memchr(s->text + s->at, '}', s->len - s->at);
    size_t count = end != NULL ? (size_t)(end - s->text) - s->at : 0;
    if (peek(s, 0) != '{' || count < 2 || count > sizeof(name) - 1) {
        return refuse(s, "\\p is written \\p{L}, \\p{Lu} or \\p{Script=Arabic}");
    }
    memcpy(name, s->text + s->at + 1, count - 1);
    const char *word = strncmp(name, "Script=", 7) == 0 ? name + 7
                       : strncmp(name, "sc=", 3) == 0   ? name + 3
                                                        : name;
    size_t letters = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    bool is_category = word == name && count - 1 <= 2 && strchr("CLMNPSZ", *word) != NULL;
    if (word[letters] != '\0' || letters == 0 || (word == name && !is_category)) {
        return refuse(s,
                      "of properties of characters there are general categories, such as L or Lu, "
                      "and Script=…");
    }
    buf_printf(s->out, "\\%c{%s}", letter, word);
    s->at += count + 1;
    return true;
}

/* Behind a backslash. */
static bool put_escape(struct scan *s, bool in_class)
{
    char c = peek(s, 0);
    if (s->at >= s->len) {
        return refuse(s, "a backslash stands at the end");
    }
    s->at++;
    switch (c) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 't':
    case 'n':
    case 'f':
    case 'r': buf_printf(s->out, "\\%c", c); return true;
    case 'v': return put_character(s, 0x0B);
    case 's': buf_put_str(s->out, in_class ? SPACES : "[" SPACES "]"); return true;
    case 'S': buf_put_str(s->out, in_class ? NO_SPACES : "[" NO_SPACES "]"); return true;
    case 'b':
    case 'B':
        if (in_class) {
            return c == 'b' ? put_character(s, 8) : refuse(s, "\\B stands outside of brackets");
        }
        buf_printf(s->out, "\\%c", c);
        s->may_repeat = false;
        return true;
    case 'u': return put_character(s, unicode(s));
    case 'x':
        s->at += 2;
        return put_character(s, s->at <= s->len ? hex(s->text + s->at - 2, 2) : -1);
    case 'p':
    case 'P': return put_property(s, c);
    case '0':
        return put_character(s, strchr(DIGITS, peek(s, 0)) == NULL || peek(s, 0) == '\0' ? 0 : -1);
    default: break;
    }
    if (strchr("123456789k", c) != NULL) {
        return refuse(s, "a reference back to a group: such patterns are not run");
    }
    if (strchr("^$\\.*+?()[]{}|/", c) == NULL && !(in_class && c == '-')) {
        return refuse(s, "the escape is not of ECMA-262");
    }
    buf_printf(s->out, "\\%c", c);
    return true;
}

/* ---- brackets ---- */

static bool is_set(const struct scan *s)
{
    return peek(s, 0) == '\\' && strchr("dDwWsSpP", peek(s, 1)) != NULL && peek(s, 1) != '\0';
}

static bool put_member(struct scan *s)
{
    char c = peek(s, 0);
    s->at++;
    if (c == '\\') {
        return put_escape(s, true);
    }
    if (c == '[') { /* of POSIX's [:alpha:] to the other dialect */
        buf_put_str(s->out, "\\[");
        return true;
    }
    buf_put_u8(s->out, (uint8_t)c);
    return true;
}

static bool put_class(struct scan *s)
{
    s->at++;
    buf_put_str(s->out, "[");
    if (peek(s, 0) == '^') {
        s->at++;
        buf_put_str(s->out, "^");
    }
    if (peek(s, 0) == ']') {
        return refuse(s, "brackets with nothing in them match nothing, or anything: say which");
    }
    while (s->at < s->len && peek(s, 0) != ']') {
        bool set = is_set(s);
        if (peek(s, 0) == '-') { /* itself, at either end */
            s->at++;
            buf_put_str(s->out, "\\-");
            continue;
        }
        if (!put_member(s)) {
            return false;
        }
        while ((peek(s, 0) & 0xC0) == 0x80) { /* the rest of a character */
            buf_put_u8(s->out, (uint8_t)s->text[s->at++]);
        }
        if (peek(s, 0) == '-' && peek(s, 1) != ']' && peek(s, 1) != '\0') {
            s->at++;
            if (set || is_set(s) || peek(s, 0) == '-') {
                return refuse(s, "a range is from one character to another");
            }
            buf_put_str(s->out, "-");
            if (!put_member(s)) {
                return false;
            }
            while ((peek(s, 0) & 0xC0) == 0x80) {
                buf_put_u8(s->out, (uint8_t)s->text[s->at++]);
            }
        }
    }
    if (s->at >= s->len) {
        return refuse(s, "the bracket is not closed");
    }
    s->at++;
    buf_put_str(s->out, "]");
    return true;
}

/* ---- groups and quantifiers ---- */

static bool open_group(struct scan *s)
{
    bool is_named = starts(s, "(?<") && peek(s, 3) != '=' && peek(s, 3) != '!';
    bool is_ahead = starts(s, "(?=") || starts(s, "(?!");
    if (s->depth == MOST_GROUPS) {
        return refuse(s, "groups are nested too deep");
    }
    if (starts(s, "(?<") && !is_named) {
        return refuse(s, "a look-behind: such patterns are not run");
    }
    if (starts(s, "(?") && !is_named && !is_ahead && !starts(s, "(?:")) {
        return refuse(s, "a group of ECMA-262 begins with (, (?:, (?=, (?! or (?<name>");
    }
    if (is_named) { /* no pattern refers to it */
        const char *end = memchr(s->text + s->at, '>', s->len - s->at);
        size_t count = end != NULL ? (size_t)(end - s->text) - s->at - 3 : 0;
        if (count == 0) {
            return refuse(s, "the group's name does not end");
        }
        s->at += count + 4;
        buf_put_str(s->out, "(?:");
    } else {
        size_t count = starts(s, "(?") ? 3 : 1;
        buf_put_str(s->out, is_ahead ? "" : "(?:");
        if (is_ahead) {
            buf_put(s->out, s->text + s->at, count);
        }
        s->at += count;
    }
    s->is_assertion[s->depth++] = is_ahead;
    s->may_repeat = false;
    return true;
}

static bool close_group(struct scan *s)
{
    if (s->depth == 0) {
        return refuse(s, "a parenthesis is closed that is not open");
    }
    buf_put_str(s->out, ")");
    s->at++;
    s->may_repeat = !s->is_assertion[--s->depth];
    return true;
}

/* "{2}", "{2,}", "{2,5}": its bytes; 0: it is none. */
static size_t braces(const struct scan *s, unsigned long *low, unsigned long *high)
{
    size_t first = 0;
    while (strchr(DIGITS, peek(s, 1 + first)) != NULL && peek(s, 1 + first) != '\0') {
        first++;
    }
    size_t n = 1 + first;
    *low = *high =
        first > 0 && first < 9 ? strtoul(s->text + s->at + 1, NULL, 10) : MOST_REPEATS + 1;
    if (first > 0 && peek(s, n) == ',') {
        size_t second = 0;
        n++;
        while (strchr(DIGITS, peek(s, n + second)) != NULL && peek(s, n + second) != '\0') {
            second++;
        }
        *high = second == 0  ? *low
                : second < 9 ? strtoul(s->text + s->at + n, NULL, 10)
                             : MOST_REPEATS + 1;
        n += second;
    }
    return first > 0 && peek(s, n) == '}' ? n + 1 : 0;
}

static bool put_quantifier(struct scan *s)
{
    unsigned long low = 0;
    unsigned long high = 0;
    size_t n = peek(s, 0) == '{' ? braces(s, &low, &high) : 1;
    if (n == 0) {
        return refuse(s, "a brace that is no {2}, {2,} or {2,5} is written \\{");
    }
    if (!s->may_repeat) {
        return refuse(s, "there is nothing to repeat");
    }
    if (low > MOST_REPEATS || high > MOST_REPEATS || low > high) {
        return refuse(s,
                      "something is repeated more than 1000 times, or more often at least than at "
                      "most");
    }
    buf_put(s->out, s->text + s->at, n);
    s->at += n;
    if (peek(s, 0) == '?' && s->at < s->len) {
        buf_put_str(s->out, "?");
        s->at++;
    }
    s->may_repeat = false;
    return true;
}

static bool put_one(struct scan *s)
{
    char c = peek(s, 0);
    switch (c) {
    case '(': return open_group(s);
    case ')': return close_group(s);
    case '*':
    case '+':
    case '?':
    case '{': return put_quantifier(s);
    case '[': s->may_repeat = true; return put_class(s);
    case ']':
    case '}': return refuse(s, "a bracket or brace by itself is written \\] or \\}");
    case '\\':
        s->may_repeat = true;
        s->at++;
        return put_escape(s, false);
    case '|':
    case '^':
    case '$':
        s->may_repeat = false;
        buf_put_str(s->out, c == '$' ? "\\z" : c == '^' ? "\\A" : "|");
        break;
    case '.':
        s->may_repeat = true;
        buf_put_str(s->out, "[^\\n\\r\\x{2028}\\x{2029}]");
        break;
    default: s->may_repeat = true; buf_put_u8(s->out, (uint8_t)c);
    }
    s->at++;
    return true;
}

bool ecma_translate(const char *text, size_t len, struct buf *out, size_t *at, const char **why)
{
    struct scan s = {.text = text, .len = len, .out = out};
    bool good = true;
    size_t begun = 0;
    while (good && s.at < len) {
        begun = s.at;
        good = put_one(&s);
    }
    if (good && s.depth > 0) {
        good = refuse(&s, "a parenthesis is not closed");
        begun = len;
    }
    *at = begun;
    *why = s.why;
    return good;
}
