/* SPDX-License-Identifier: Apache-2.0
 * base/jsonw.h - writing JSON into a buffer, commas and escapes kept for the caller.
 *
 *   struct jsonw w = jsonw_to(&out);
 *   jsonw_open(&w, '{'); jsonw_key(&w, "rows"); jsonw_int(&w, 3); jsonw_close(&w, '}');
 *
 * Output is compact UTF-8; text is unchanged except for the escapes that JSON requires. Nesting is
 * limited to 64. Failure is the buffer's, and sticky. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct jsonw {
    struct buf *out;
    uint64_t started; /* bit d: a member was written at depth d */
    int depth;
    bool after_key;
};

struct jsonw jsonw_to(struct buf *out);
void jsonw_open(struct jsonw *w, char bracket);  /* '{' or '[' */
void jsonw_close(struct jsonw *w, char bracket); /* '}' or ']' */
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_str(struct jsonw *w, const char *text); /* NULL writes null */
void jsonw_str_n(struct jsonw *w, const char *text, size_t len);
void jsonw_int(struct jsonw *w, int64_t v);
void jsonw_double(struct jsonw *w,
                  double v); /* shortest that reads back; NaN and infinities as null */
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
void jsonw_raw(struct jsonw *w, const char *json); /* one value, already JSON */
/* A member: the key, and a text; NULL writes null. */
void jsonw_text(struct jsonw *w, const char *key, const char *text);
/* Likewise a number. */
void jsonw_number(struct jsonw *w, const char *key, int64_t v);
/* A text, and no member at all of a NULL. */
void jsonw_given(struct jsonw *w, const char *key, const char *text);
/* A member: the key, and seconds since 1970 as a time in UTC; INT64_MIN, INT64_MAX and what no calendar has write null. */
void jsonw_instant(struct jsonw *w, const char *key, int64_t seconds);

/* The quoted, escaped form of a string alone. */
void jsonw_quote(struct buf *out, const char *text, size_t len);

#endif
