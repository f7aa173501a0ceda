/* SPDX-License-Identifier: Apache-2.0
 * base/jsonw.c - see the header. */
#include "base/jsonw.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct jsonw jsonw_to(struct buf *out)
{
    return (struct jsonw){.out = out};
}

static void separate(struct jsonw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    uint64_t bit = UINT64_C(1) << w->depth;
    if (w->started & bit) {
        buf_put_u8(w->out, ',');
    }
    w->started |= bit;
}

void jsonw_open(struct jsonw *w, char bracket)
{
    separate(w);
    buf_put_u8(w->out, (uint8_t)bracket);
    if (w->depth < 63) {
        w->depth++;
    } else {
        w->out->failed = true;
    }
    w->started &= ~(UINT64_C(1) << w->depth);
}

void jsonw_close(struct jsonw *w, char bracket)
{
    buf_put_u8(w->out, (uint8_t)bracket);
    if (w->depth > 0) { /* an open beyond the limit did not go down */
        w->depth--;
    }
}

void jsonw_key(struct jsonw *w, const char *key)
{
    separate(w);
    jsonw_quote(w->out, key, strlen(key));
    buf_put_u8(w->out, ':');
    w->after_key = true;
}

void jsonw_quote(struct buf *out, const char *text, size_t len)
{
    buf_put_u8(out, '"');
    size_t plain = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_put(out, text + plain, i - plain);
        plain = i + 1;
        switch (c) {
        case '"': buf_put_str(out, "\\\""); break;
        case '\\': buf_put_str(out, "\\\\"); break;
        case '\n': buf_put_str(out, "\\n"); break;
        case '\r': buf_put_str(out, "\\r"); break;
        case '\t': buf_put_str(out, "\\t"); break;
        default: buf_printf(out, "\\u%04x", c); break;
        }
    }
    buf_put(out, text + plain, len - plain);
    buf_put_u8(out, '"');
}

void jsonw_str_n(struct jsonw *w, const char *text, size_t len)
{
    separate(w);
    jsonw_quote(w->out, text, len);
}

void jsonw_str(struct jsonw *w, const char *text)
{
    if (text == NULL) {
        jsonw_null(w);
    } else {
        jsonw_str_n(w, text, strlen(text));
    }
}

void jsonw_int(struct jsonw *w, int64_t v)
{
    separate(w);
    buf_printf(w->out, "%" PRId64, v);
}

void jsonw_double(struct jsonw *w, double v)
{
    separate(w);
    if (!isfinite(v)) {
        buf_put_str(w->out, "null");
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, v);
        if (strtod(text, NULL) == v) {
            break;
        }
    }
    buf_put_str(w->out, text);
}

void jsonw_bool(struct jsonw *w, bool v)
{
    jsonw_raw(w, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
    jsonw_raw(w, "null");
}

void jsonw_raw(struct jsonw *w, const char *json)
{
    separate(w);
    buf_put_str(w->out, json);
}

void jsonw_text(struct jsonw *w, const char *key, const char *text)
{
    jsonw_key(w, key);
    jsonw_str(w, text);
}

void jsonw_number(struct jsonw *w, const char *key, int64_t v)
{
    jsonw_key(w, key);
    jsonw_int(w, v);
}

void jsonw_given(struct jsonw *w, const char *key, const char *text)
{
    if (text != NULL) {
        jsonw_text(w, key, text);
    }
}

void jsonw_instant(struct jsonw *w, const char *key, int64_t seconds)
{
    char text[40];
    time_t t = (time_t)seconds;
    struct tm utc;
    bool is_one = seconds != INT64_MIN && seconds != INT64_MAX && gmtime_r(&t, &utc) != NULL;
    if (is_one) {
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    jsonw_text(w, key, is_one ? text : NULL);
}
