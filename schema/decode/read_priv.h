/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/read_priv.h - the reads that every operation is made of (private to
 * schema/decode/).
 *
 * Each reads from p up to end and returns the start of the next value, or NULL when the bytes are
 * bad. A second function finds the reason, so that only bad events pay for it. */
#ifndef SCHEMA_DECODE_READ_PRIV_H
#define SCHEMA_DECODE_READ_PRIV_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/attr.h"
#include "base/err.h"
#include "base/utf8.h"
#include "schema/plan/operation.h"

#define HOT static inline __attribute__((always_inline))

/* Cold halves, in schema/decode/value.c. */
const uint8_t *sch_read_varint_slowly(const uint8_t *p, const uint8_t *end, uint64_t *raw);
enum err_code sch_varint_fault(const uint8_t *p, const uint8_t *end);
enum err_code sch_int_fault(const uint8_t *p, const uint8_t *end);
enum err_code sch_length_fault(const uint8_t *p, const uint8_t *end);
bool sch_decimal_fits(const uint8_t *p, uint32_t len, const struct sch_limit *limit);
bool sch_uuid_parse(const uint8_t *text, size_t len, uint8_t out[16]);
bool sch_is_text_slowly(const uint8_t *p, uint32_t len, const uint8_t *end);

/* A varint as it stands: the sign is still in its lowest bit. */
HOT const uint8_t *read_raw(const uint8_t *p, const uint8_t *end, uint64_t *raw)
{
    if (LIKELY(p < end && *p < 0x80)) {
        *raw = *p;
        return p + 1;
    }
    if (LIKELY(end - p >= 8)) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        word = le64toh(word);
        uint64_t stops = ~word & UINT64_C(0x8080808080808080);
        if (LIKELY(stops != 0)) {
            int bits = __builtin_ctzll(stops) + 1; /* 8 for each byte of the varint */
            word &= ~UINT64_C(0) >> (64 - bits);
            word &= UINT64_C(0x7f7f7f7f7f7f7f7f);
            word =
                (word & UINT64_C(0x007f007f007f007f)) | (word & UINT64_C(0x7f007f007f007f00)) >> 1;
            word =
                (word & UINT64_C(0x00003fff00003fff)) | (word & UINT64_C(0x3fff00003fff0000)) >> 2;
            word =
                (word & UINT64_C(0x000000000fffffff)) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
            *raw = word;
            return p + bits / 8;
        }
    }
    return sch_read_varint_slowly(p, end, raw);
}

HOT int64_t unzigzag(uint64_t raw)
{
    return (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
}

HOT const uint8_t *read_long(const uint8_t *p, const uint8_t *end, int64_t *value)
{
    uint64_t raw;
    p = read_raw(p, end, &raw);
    if (LIKELY(p != NULL)) {
        *value = unzigzag(raw);
    }
    return p;
}

HOT const uint8_t *read_int(const uint8_t *p, const uint8_t *end, int64_t *value)
{
    uint64_t raw;
    p = read_raw(p, end, &raw);
    if (LIKELY(p != NULL)) {
        *value = unzigzag(raw);
        p = LIKELY(raw <= UINT32_MAX) ? p : NULL;
    }
    return p;
}

/* A length and the bytes that it counts: returns their start. */
HOT const uint8_t *read_length(const uint8_t *p, const uint8_t *end, uint32_t *len)
{
    if (LIKELY(p < end && *p < 0x80)) {
        uint32_t count = *p++;
        *len = count >> 1;
        return LIKELY((count & 1) == 0 && (size_t)(end - p) >= count >> 1) ? p : NULL;
    }
    uint64_t raw;
    p = read_raw(p, end, &raw);
    if (UNLIKELY(p == NULL || (raw & 1) != 0 || raw >> 1 > (uint64_t)(end - p) ||
                 raw >> 1 > INT32_MAX)) {
        return NULL;
    }
    *len = (uint32_t)(raw >> 1);
    return p;
}

/* Whether PostgreSQL takes the text. `end` is the end of what may be read, at or after p + len: a
 * short text is loaded as 16 bytes though it ends earlier. Short ASCII is decided here, the rest
 * by schema/decode/value.c. */
HOT bool is_text(const uint8_t *p, uint32_t len, const uint8_t *end)
{
#ifdef __SSE2__
    if (LIKELY(len <= 16 && end - p >= 16)) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
        uint32_t ascii = (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(block, _mm_setzero_si128()));
        if (LIKELY((~ascii & ((UINT32_C(1) << len) - 1)) == 0)) {
            return true;
        }
    } else if (len - 16 <= 16) {
        __m128i first = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i last = _mm_loadu_si128((const __m128i *)(const void *)(p + len - 16));
        __m128i both = _mm_and_si128(_mm_cmpgt_epi8(first, _mm_setzero_si128()),
                                     _mm_cmpgt_epi8(last, _mm_setzero_si128()));
        if (LIKELY(_mm_movemask_epi8(both) == 0xFFFF)) {
            return true;
        }
    }
#endif
    return sch_is_text_slowly(p, len, end);
}

#endif
