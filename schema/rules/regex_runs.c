/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/regex_runs.c - patterns that are rows of classes (schema/rules/regex_runs.h).
 *
 * Invariant: what is read here means here what it means to PCRE2 without (*UCP); a pattern with anything else in it is not
 * read. A run may take all that is in its class without a thought of what follows: either it takes a fixed number, or
 * nothing that may follow is in its class. */
#include "schema/rules/regex_runs.h"

#include <string.h>

enum { ASCII = 128, COUNT_DIGITS = 4 };

struct class
{
    bool ascii[ASCII];
    bool wide;
};

struct reader {
    const uint8_t *p;
    const uint8_t *end;
};

static bool at(const struct reader *r, uint8_t byte)
{
    return r->p < r->end && *r->p == byte;
}

static bool take(struct reader *r, uint8_t byte)
{
    bool there = at(r, byte);
    r->p += there;
    return there;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_alnum(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* ---- classes ---- */

/* \d \w \s; of upper case: all others. */
static bool add_shorthand(struct class *class, uint8_t letter)
{
    uint8_t lower = letter | 0x20;
    bool negated = letter != lower;
    if (lower != 'd' && lower != 'w' && lower != 's') {
        return false;
    }
    for (uint32_t byte = 0; byte < ASCII; byte++) {
        bool in = lower == 'd'   ? is_digit((uint8_t)byte)
                  : lower == 'w' ? is_alnum((uint8_t)byte) || byte == '_'
                                 : byte == ' ' || (byte >= '\t' && byte <= '\r');
        class->ascii[byte] = class->ascii[byte] || in != negated;
    }
    class->wide = class->wide || negated;
    return true;
}

/* One character by itself, or with a backslash where it is a mark. *byte stays ASCII for a shorthand, which is added. */
static bool read_character(struct reader *r, struct class *class, uint8_t *byte)
{
    *byte = ASCII;
    if (r->p == r->end || *r->p >= ASCII) {
        return false;
    }
    *byte = *r->p++;
    if (*byte != '\\') {
        return true;
    }
    if (r->p == r->end || *r->p >= ASCII) {
        return false;
    }
    *byte = *r->p++;
    if (!is_alnum(*byte)) {
        return true;
    }
    uint8_t letter = *byte;
    *byte = ASCII;
    return add_shorthand(class, letter);
}

/* Behind a bracket. */
static bool read_class(struct reader *r, struct class *class)
{
    bool negated = take(r, '^');
    if (at(r, ']')) { /* itself, when it comes first */
        return false;
    }
    while (!take(r, ']')) {
        uint8_t first;
        uint8_t last;
        if (at(r, '[') || !read_character(r, class, &first)) {
            return false;
        }
        bool range = r->end - r->p >= 2 && r->p[0] == '-' && r->p[1] != ']';
        if (first == ASCII) {
            if (range) {
                return false;
            }
            continue;
        }
        last = first;
        r->p += range;
        if (range && (at(r, '[') || !read_character(r, class, &last) || last == ASCII)) {
            return false;
        }
        for (uint32_t byte = first; byte <= last; byte++) {
            class->ascii[byte] = true;
        }
    }
    for (uint32_t byte = 0; negated && byte < ASCII; byte++) {
        class->ascii[byte] = !class->ascii[byte];
    }
    class->wide = class->wide != negated;
    return true;
}

static bool read_item(struct reader *r, struct class *class)
{
    uint8_t byte;
    *class = (struct class){.wide = false};
    if (take(r, '[')) {
        return read_class(r, class);
    }
    if (r->p < r->end && strchr("^$.|?*+(){}", *r->p) != NULL) { /* and U+0000 */
        return false;
    }
    if (!read_character(r, class, &byte)) {
        return false;
    }
    if (byte != ASCII) {
        class->ascii[byte] = true;
    }
    return true;
}

/* ---- how often ---- */

static bool read_number(struct reader *r, uint32_t *number)
{
    int digits = 0;
    for (*number = 0; r->p < r->end && is_digit(*r->p) && digits < COUNT_DIGITS; digits++) {
        *number = *number * 10 + (uint32_t)(*r->p++ - '0');
    }
    return digits > 0;
}

static bool read_quantifier(struct reader *r, struct cel_run_of *run)
{
    run->min = run->max = 1;
    if (take(r, '{')) {
        if (!read_number(r, &run->min)) {
            return false;
        }
        run->max = run->min;
        if (take(r, ',') && !read_number(r, &run->max)) {
            run->max = UINT32_MAX;
        }
        if (!take(r, '}')) {
            return false;
        }
    } else if (take(r, '+')) {
        run->max = UINT32_MAX;
    } else if (take(r, '*')) {
        run->min = 0;
        run->max = UINT32_MAX;
    } else if (take(r, '?')) {
        run->min = 0;
    }
    return !at(r, '+') && !at(r, '?'); /* possessive, or lazy; {2}* is no better */
}

/* ---- the whole ---- */

static bool disjoint(const struct class *a, const struct class *b)
{
    for (uint32_t byte = 0; byte < ASCII; byte++) {
        if (a->ascii[byte] && b->ascii[byte]) {
            return false;
        }
    }
    return !(a->wide && b->wide);
}

/* Whether no run has to give back what it took. */
static bool is_settled(const struct class *classes, const struct cel_runs *runs)
{
    for (uint32_t i = 0; i < runs->count; i++) {
        bool fixed = runs->runs[i].min == runs->runs[i].max;
        for (uint32_t next = i + 1; !fixed && next < runs->count; next++) {
            if (!disjoint(&classes[i], &classes[next])) {
                return false;
            }
            if (runs->runs[next].min > 0) {
                break;
            }
        }
    }
    return true;
}

static void put(struct cel_runs *runs, uint32_t n, const struct class *class)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        bool in = byte < ASCII ? class->ascii[byte] : class->wide;
        runs->classes[byte] |= (uint8_t)(in << n);
    }
    runs->runs[n].wide = class->wide;
}

bool cel_runs_read(const char *text, size_t len, bool full, struct cel_runs *out)
{
    struct class classes[CEL_RUNS_MOST] = {0};
    struct reader r = {(const uint8_t *)text, (const uint8_t *)text + len};
    *out = (struct cel_runs){.count = 0};
    bool begins = take(&r, '^') || full;
    bool ends = full;
    while (r.p < r.end) {
        if (r.end - r.p == 1 && take(&r, '$')) {
            ends = true;
            break;
        }
        if (out->count == CEL_RUNS_MOST || !read_item(&r, &classes[out->count]) ||
            !read_quantifier(&r, &out->runs[out->count])) {
            return false;
        }
        put(out, out->count, &classes[out->count]);
        out->count++;
    }
    return begins && ends && is_settled(classes, out);
}

/* All that is in the class, up to the most; NULL: fewer than the least. Bytes that go on belong to the character before. */
static const uint8_t *run_over(const struct cel_runs *runs, uint32_t n, const uint8_t *p,
                               const uint8_t *end)
{
    const struct cel_run_of *run = &runs->runs[n];
    const uint8_t bit = (uint8_t)(1U << n);
    const uint8_t *begin = p;
    bool bounded = run->max != UINT32_MAX || run->min > 1;
    if (!bounded || !run->wide) { /* no need to tell characters from bytes */
        end = (size_t)(end - p) > run->max ? p + run->max : end;
        while (p < end && (runs->classes[*p] & bit) != 0) {
            p++;
        }
        return (size_t)(p - begin) >= run->min ? p : NULL;
    }
    uint32_t count = 0;
    for (; p < end && (runs->classes[*p] & bit) != 0; p++) {
        bool starts = (*p & 0xC0) != 0x80;
        if (starts && count == run->max) {
            break;
        }
        count += starts;
    }
    return count >= run->min ? p : NULL;
}

bool cel_runs_match(const struct cel_runs *runs, const uint8_t *p, uint32_t len)
{
    const uint8_t *end = p + len;
    for (uint32_t n = 0; n < runs->count; n++) {
        p = run_over(runs, n, p, end);
        if (p == NULL) {
            return false;
        }
    }
    return p == end;
}
