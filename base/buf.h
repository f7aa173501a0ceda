/* SPDX-License-Identifier: Apache-2.0
 * base/buf.h - a growable byte buffer.
 *
 * Failure is sticky: after a failed allocation every put is a no-op and buf_failed answers true,
 * so that a writer checks once, at its end. `reset` keeps the memory for the next use. Not
 * thread-safe. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    bool failed;
};

#define BUF_INIT                                                                                   \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

void buf_fini(struct buf *buf);
void buf_grow(struct buf *buf, size_t more); /* the slow half of buf_reserve */
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* RFC 4648, with padding. */
void buf_put_base64(struct buf *buf, const void *bytes, size_t len);
/* Text between HTML's tags, or in an attribute's quotes; a control character becomes a blank. */
void buf_put_html(struct buf *buf, const char *text);

/* The text so far, NUL-terminated (the NUL is not counted in len); "" after a failure. */
const char *buf_cstr(struct buf *buf);

static inline void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

static inline bool buf_failed(const struct buf *buf)
{
    return buf->failed;
}

/* Room for `more` bytes at data + len; NULL after a failure. The caller advances len. */
static inline uint8_t *buf_reserve(struct buf *buf, size_t more)
{
    if (UNLIKELY(buf->cap - buf->len < more)) {
        buf_grow(buf, more);
    }
    return UNLIKELY(buf->failed) ? NULL : buf->data + buf->len;
}

static inline void buf_put(struct buf *buf, const void *bytes, size_t len)
{
    uint8_t *to = len > 0 ? buf_reserve(buf, len) : NULL;
    if (LIKELY(to != NULL)) {
        memcpy(to, bytes, len);
        buf->len += len;
    }
}

static inline void buf_put_str(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

static inline void buf_put_u8(struct buf *buf, uint8_t v)
{
    buf_put(buf, &v, 1);
}

/* Network order, as PostgreSQL's binary formats want it. */
static inline void buf_put_be16(struct buf *buf, uint16_t v)
{
    v = htobe16(v);
    buf_put(buf, &v, sizeof(v));
}

static inline void buf_put_be32(struct buf *buf, uint32_t v)
{
    v = htobe32(v);
    buf_put(buf, &v, sizeof(v));
}

static inline void buf_put_be64(struct buf *buf, uint64_t v)
{
    v = htobe64(v);
    buf_put(buf, &v, sizeof(v));
}

#endif
