/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_strings.c - the strings extension of cel-spec: positions count characters, not bytes. */
#include <string.h>

#include "schema/rules/functions.h"

enum { BYTES_A_UNIT = 16, UNITS_A_PIECE = 4 };

static bool pay(struct cel_run *run, uint64_t bytes, struct cel_value *out)
{
    return cel_run_charge(run, 1 + bytes / BYTES_A_UNIT, out);
}

/* Of so many pieces as many as the run can pay, and one that it cannot. */
static uint64_t within(const struct cel_run *run, uint64_t pieces)
{
    uint64_t most = run->cost_left / UNITS_A_PIECE + 1;
    return pieces < most ? pieces : most;
}

static bool begins(uint8_t byte)
{
    return (byte & 0xC0) != 0x80;
}

/* The byte at which the character with this number begins; the end for the number behind the last; -1: beyond. */
static int64_t byte_of(const struct cel_value *text, int64_t character)
{
    int64_t number = 0;
    for (uint32_t i = 0; i < text->len; i++) {
        if (begins(text->p[i]) && number++ == character) {
            return i;
        }
    }
    return number == character ? (int64_t)text->len : -1;
}

static int64_t character_of(const struct cel_value *text, uint32_t byte)
{
    int64_t number = 0;
    for (uint32_t i = 0; i < byte; i++) {
        number += begins(text->p[i]);
    }
    return number;
}

static struct cel_value outside(void)
{
    return cel_error(CEL_NO_KEY, "the position is outside the text");
}

static struct cel_value part(const struct cel_value *text, int64_t from, int64_t to)
{
    return cel_bytes(CEL_STRING, text->p + from, (size_t)(to - from));
}

void cel_fn_char_at(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (!pay(run, args[0].len, out)) {
        return;
    }
    int64_t from = args[1].i < 0 ? -1 : byte_of(&args[0], args[1].i);
    if (from < 0) {
        *out = outside();
        return;
    }
    int64_t to = from;
    while (to < args[0].len && (to == from || !begins(args[0].p[to]))) {
        to++;
    }
    *out = part(&args[0], from, to);
}

static void between(struct cel_run *run, const struct cel_value *text, int64_t first, int64_t last,
                    struct cel_value *out)
{
    if (!pay(run, text->len, out)) {
        return;
    }
    int64_t from = first < 0 ? -1 : byte_of(text, first);
    int64_t to = last < 0 ? -1 : byte_of(text, last);
    *out = from < 0 || to < 0 || first > last ? outside() : part(text, from, to);
}

void cel_fn_substring(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    between(run, &args[0], args[1].i, args[2].i, out);
}

void cel_fn_substring_from(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    between(run, &args[0], args[1].i, character_of(&args[0], args[0].len), out);
}

/* ---- searching ---- */

static void find_first(struct cel_run *run, const struct cel_value *text,
                       const struct cel_value *what, int64_t from, struct cel_value *out)
{
    if (!pay(run, text->len, out)) {
        return;
    }
    int64_t at = from < 0 ? -1 : byte_of(text, from);
    if (at < 0) {
        *out = outside();
        return;
    }
    if (what->len == 0) {
        *out = cel_int(from);
        return;
    }
    const uint8_t *found = what->len > text->len - at
                               ? NULL
                               : memmem(text->p + at, (size_t)(text->len - at), what->p, what->len);
    *out = cel_int(found == NULL ? -1 : character_of(text, (uint32_t)(found - text->p)));
}

void cel_fn_index_of(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    find_first(run, &args[0], &args[1], 0, out);
}

void cel_fn_index_of_from(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    find_first(run, &args[0], &args[1], args[2].i, out);
}

/* The last that begins at the character `from` or before it. */
static void find_last(struct cel_run *run, const struct cel_value *text,
                      const struct cel_value *what, int64_t from, struct cel_value *out)
{
    uint64_t work = (uint64_t)text->len * (what->len < 8 ? 1 : what->len / 8);
    if (!cel_run_charge(run, 1 + work, out)) { /* a look at each byte */
        return;
    }
    int64_t at = from < 0 ? -1 : byte_of(text, from);
    if (at < 0) {
        *out = outside();
        return;
    }
    for (; at >= 0; at--) {
        if (what->len <= text->len - at &&
            (what->len == 0 || memcmp(text->p + at, what->p, what->len) == 0)) {
            *out = cel_int(character_of(text, (uint32_t)at));
            return;
        }
    }
    *out = cel_int(-1);
}

void cel_fn_last_index_of(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    find_last(run, &args[0], &args[1], character_of(&args[0], args[0].len), out);
}

void cel_fn_last_index_of_from(struct cel_run *run, const struct cel_value *args,
                               struct cel_value *out)
{
    find_last(run, &args[0], &args[1], args[2].i, out);
}

/* ---- building ---- */

static void join(struct cel_run *run, const struct cel_value *list,
                 const struct cel_value *between_them, struct cel_value *out)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    uint64_t len = 0;
    cel_walk_begin(&walk, list);
    for (bool first = true; cel_walk_next(&walk, run, &key, &item); first = false) {
        if (item.kind != CEL_STRING) {
            *out = item.kind == CEL_ERROR
                       ? item
                       : cel_error(CEL_NO_OVERLOAD, "join() is of a list of strings");
            return;
        }
        len += item.len + (first ? 0 : between_them->len);
    }
    uint8_t *p = pay(run, len, out) ? cel_run_alloc(run, len, out) : NULL;
    if (p == NULL) {
        return;
    }
    *out = cel_bytes(CEL_STRING, p, len);
    cel_walk_begin(&walk, list);
    for (bool first = true; cel_walk_next(&walk, run, &key, &item); first = false) {
        if (!first && between_them->len > 0) {
            memcpy(p, between_them->p, between_them->len);
            p += between_them->len;
        }
        if (item.len > 0) {
            memcpy(p, item.p, item.len);
            p += item.len;
        }
    }
}

void cel_fn_join(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    const struct cel_value nothing = cel_bytes(CEL_STRING, "", 0);
    join(run, &args[0], &nothing, out);
}

void cel_fn_join_with(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    join(run, &args[0], &args[1], out);
}

static void map_ascii(struct cel_run *run, const struct cel_value *text, char first, char last,
                      struct cel_value *out)
{
    uint8_t *p = pay(run, text->len, out) ? cel_run_alloc(run, text->len, out) : NULL;
    for (uint32_t i = 0; p != NULL && i < text->len; i++) {
        bool turned = text->p[i] >= (uint8_t)first && text->p[i] <= (uint8_t)last;
        p[i] = turned ? text->p[i] ^ 0x20 : text->p[i];
    }
    if (p != NULL) {
        *out = cel_bytes(CEL_STRING, p, text->len);
    }
}

void cel_fn_lower_ascii(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    map_ascii(run, &args[0], 'A', 'Z', out);
}

void cel_fn_upper_ascii(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    map_ascii(run, &args[0], 'a', 'z', out);
}

void cel_fn_reverse_string(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    const struct cel_value *text = &args[0];
    uint8_t *p = pay(run, text->len, out) ? cel_run_alloc(run, text->len, out) : NULL;
    for (uint32_t i = 0; p != NULL && i < text->len;) {
        uint32_t len = 1;
        while (i + len < text->len && !begins(text->p[i + len])) {
            len++;
        }
        memcpy(p + text->len - i - len, text->p + i, len);
        i += len;
    }
    if (p != NULL) {
        *out = cel_bytes(CEL_STRING, p, text->len);
    }
}

/* Where `what` is found from `at` on, at most once for each character when it is empty. Returns NULL: no more. */
static const uint8_t *next_match(const struct cel_value *text, const struct cel_value *what,
                                 const uint8_t *at)
{
    const uint8_t *end = text->p + text->len;
    return (size_t)(end - at) < what->len ? NULL
                                          : memmem(at, (size_t)(end - at), what->p, what->len);
}

static const uint8_t *next_character(const uint8_t *at, const uint8_t *end)
{
    at++;
    while (at < end && !begins(*at)) {
        at++;
    }
    return at;
}

struct writer {
    uint8_t *p; /* NULL: only measured */
    uint64_t len;
};

static void put(struct writer *w, const uint8_t *p, size_t len)
{
    if (w->p != NULL && p != NULL && len > 0) {
        memcpy(w->p + w->len, p, len);
    }
    w->len += len;
}

/* Returns how often: at most `most`. */
static uint64_t replace_all(const struct cel_value *text, const struct cel_value *what,
                            const struct cel_value *with, uint64_t most, struct writer *w)
{
    const uint8_t *at = text->p;
    const uint8_t *end = text->p + text->len;
    uint64_t times = 0;
    while (times < most) {
        const uint8_t *found = what->len == 0 ? at : next_match(text, what, at);
        if (found == NULL) {
            break;
        }
        put(w, at, (size_t)(found - at));
        put(w, with->p, with->len);
        times++;
        at = found + what->len;
        if (what->len == 0) { /* before each character, and at the end */
            if (at >= end) {
                break;
            }
            const uint8_t *next = next_character(at, end);
            put(w, at, (size_t)(next - at));
            at = next;
        }
    }
    put(w, at, (size_t)(end - at));
    return times;
}

static void replace(struct cel_run *run, const struct cel_value *args, int64_t times,
                    struct cel_value *out)
{
    static const uint8_t empty[1];
    struct cel_value text = args[0];
    struct writer w = {NULL, 0};
    text.p = text.len > 0 ? text.p : empty;
    if (!pay(run, text.len, out)) {
        return;
    }
    uint64_t most = within(run, times < 0 ? UINT64_MAX : (uint64_t)times);
    most = replace_all(&text, &args[1], &args[2], most, &w);
    uint64_t len = w.len;
    w = (struct writer){len <= UINT32_MAX && cel_run_charge(run, most * UNITS_A_PIECE, out) &&
                                pay(run, len, out)
                            ? cel_run_alloc(run, len, out)
                            : NULL,
                        0};
    if (w.p == NULL) {
        *out = len > UINT32_MAX ? cel_error(CEL_COST, "the text is too long") : *out;
        return;
    }
    (void)replace_all(&text, &args[1], &args[2], most, &w);
    *out = cel_bytes(CEL_STRING, w.p, len);
}

void cel_fn_replace(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    replace(run, args, -1, out);
}

void cel_fn_replace_some(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    replace(run, args, args[3].i, out);
}

/* Fills items, or only counts: at most `most` of them, the last with the rest. */
static uint32_t split_into(const struct cel_value *text, const struct cel_value *by, uint32_t most,
                           struct cel_value *items)
{
    const uint8_t *at = text->p;
    const uint8_t *end = text->p + text->len;
    uint32_t count = 0;
    while (count + 1 < most) {
        const uint8_t *found = by->len > 0 ? next_match(text, by, at)
                               : at < end  ? next_character(at, end)
                                           : NULL;
        if (found == NULL || (by->len == 0 && found == end)) {
            break;
        }
        if (items != NULL) {
            items[count] = cel_bytes(CEL_STRING, at, (size_t)(found - at));
        }
        count++;
        at = found + by->len;
    }
    if (by->len == 0 && text->len == 0) {
        return 0;
    }
    if (items != NULL) {
        items[count] = cel_bytes(CEL_STRING, at, (size_t)(end - at));
    }
    return count + 1;
}

static void split(struct cel_run *run, const struct cel_value *args, int64_t most,
                  struct cel_value *out)
{
    static const uint8_t empty[1];
    struct cel_value text = args[0];
    text.p = text.len > 0 ? text.p : empty;
    uint32_t limit = most < 0 || most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
    if (limit == 0) {
        *out = cel_items(CEL_LIST, NULL, 0);
        return;
    }
    if (!pay(run, text.len, out)) {
        return;
    }
    limit = (uint32_t)within(run, limit);
    uint32_t count = split_into(&text, &args[1], limit, NULL);
    struct cel_value *items = cel_run_charge(run, (uint64_t)count * UNITS_A_PIECE, out)
                                  ? cel_run_alloc(run, count * sizeof(*items), out)
                                  : NULL;
    if (items != NULL) {
        (void)split_into(&text, &args[1], limit, items);
        *out = cel_items(CEL_LIST, items, count);
    }
}

void cel_fn_split(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    split(run, args, -1, out);
}

void cel_fn_split_some(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    split(run, args, args[2].i, out);
}

/* Unicode's White_Space: how many bytes such a character takes here, or 0. */
static uint32_t blank_at(const uint8_t *p, uint32_t left)
{
    if (*p == ' ' || (*p >= '\t' && *p <= '\r')) {
        return 1;
    }
    if (left >= 2 && p[0] == 0xC2 && (p[1] == 0x85 || p[1] == 0xA0)) {
        return 2;
    }
    if (left < 3) {
        return 0;
    }
    uint32_t code = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    bool three = (p[0] & 0xF0) == 0xE0;
    bool blank = code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
                 code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
    return three && blank ? 3 : 0;
}

void cel_fn_trim(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    uint32_t from = 0;
    uint32_t to = args[0].len;
    uint32_t blank;
    if (!pay(run, to, out)) {
        return;
    }
    while (from < to && (blank = blank_at(args[0].p + from, to - from)) > 0) {
        from += blank;
    }
    for (uint32_t at = to; at > from;) {
        do {
            at--;
        } while (at > from && !begins(args[0].p[at]));
        if (blank_at(args[0].p + at, to - at) != to - at) {
            break;
        }
        to = at;
    }
    *out = cel_bytes(CEL_STRING, args[0].p + from, to - from);
}

/* In quotes, with the escapes that CEL reads. */
void cel_fn_quote(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    static const char plain[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    uint8_t *p =
        pay(run, args[0].len, out) ? cel_run_alloc(run, 2 * (size_t)args[0].len + 2, out) : NULL;
    if (p == NULL) {
        return;
    }
    size_t len = 0;
    p[len++] = '"';
    for (uint32_t i = 0; i < args[0].len; i++) {
        const char *known = args[0].p[i] != 0 ? strchr(plain, args[0].p[i]) : NULL;
        if (known != NULL) {
            p[len++] = '\\';
        }
        p[len++] = known != NULL ? (uint8_t)letters[known - plain] : args[0].p[i];
    }
    p[len++] = '"';
    *out = cel_bytes(CEL_STRING, p, len);
}
