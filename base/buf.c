/* SPDX-License-Identifier: Apache-2.0
 * base/buf.c - the growing half of base/buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 256 };

void buf_fini(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf)BUF_INIT;
}

void buf_grow(struct buf *buf, size_t more)
{
    if (buf->failed) {
        return;
    }
    size_t need = buf->len + more;
    size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAP;
    while (cap < need && cap <= SIZE_MAX / 2) {
        cap *= 2;
    }
    uint8_t *data = need < more || cap < need ? NULL : realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return;
    }
    buf->data = data;
    buf->cap = cap;
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    uint8_t *to = n < 0 ? NULL : buf_reserve(buf, (size_t)n + 1);
    if (to != NULL) {
        vsnprintf((char *)to, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

const char *buf_cstr(struct buf *buf)
{
    uint8_t *end = buf_reserve(buf, 1);
    if (end == NULL) {
        return "";
    }
    *end = '\0';
    return (const char *)buf->data;
}

void buf_put_base64(struct buf *buf, const void *bytes, size_t len)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)p[i] << 16;
        group |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        group |= left > 2 ? p[i + 2] : 0;
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        digits[left > 1 ? group >> 6 & 63 : 64],
                        digits[left > 2 ? group & 63 : 64]};
        buf_put(buf, text, sizeof(text));
    }
}

void buf_put_html(struct buf *buf, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        switch (*at) {
        case '&': buf_put_str(buf, "&amp;"); break;
        case '<': buf_put_str(buf, "&lt;"); break;
        case '>': buf_put_str(buf, "&gt;"); break;
        case '"': buf_put_str(buf, "&quot;"); break;
        case '\'': buf_put_str(buf, "&#39;"); break;
        default: buf_put_u8(buf, (uint8_t)((unsigned char)*at < ' ' ? ' ' : *at));
        }
    }
}
