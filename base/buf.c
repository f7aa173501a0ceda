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
