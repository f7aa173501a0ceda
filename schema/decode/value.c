/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/value.c - the slow paths of reading: long varints, the reasons of bad bytes,
 * decimals and UUIDs. */
#include "schema/decode/read_priv.h"

enum { MAX_VARINT_BYTES = 10 };

const uint8_t *sch_read_varint_slowly(const uint8_t *p, const uint8_t *end, uint64_t *raw)
{
    uint64_t value = 0;
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
        if (p == end) {
            return NULL;
        }
        uint8_t byte = *p++;
        if (i == MAX_VARINT_BYTES - 1 && byte > 1) {
            return NULL; /* more than 64 bits, or more than ten bytes */
        }
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte < 0x80) {
            *raw = value;
            return p;
        }
    }
    return NULL;
}

#ifdef __SSE2__
/* The classes of 16 bytes, a bit each: ASCII but NUL, lead of a two-byte character, continuation.
 */
struct byte_classes {
    uint32_t ascii;
    uint32_t leads;
    uint32_t continuations;
};

static inline struct byte_classes classify(const uint8_t *p)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i lead = _mm_and_si128(_mm_cmpgt_epi8(block, _mm_set1_epi8((char)0xC1)),
                                 _mm_cmplt_epi8(block, _mm_set1_epi8((char)0xE0)));
    __m128i follow = _mm_cmplt_epi8(block, _mm_set1_epi8((char)0xC0));
    return (struct byte_classes){
        .ascii = (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(block, _mm_setzero_si128())),
        .leads = (uint32_t)_mm_movemask_epi8(lead),
        .continuations = (uint32_t)_mm_movemask_epi8(follow)};
}

/* ASCII and two-byte letters (Latin, Arabic) in any mixture: each continuation stands behind a
 * lead. False also for good text with longer characters. */
static bool is_simple_text(const uint8_t *p, uint32_t len)
{
    uint32_t carry = 0; /* 1: the last byte of the block before was a lead */
    for (uint32_t at = 0; at + 16 <= len; at += 16) {
        struct byte_classes got = classify(p + at);
        uint32_t expected = got.leads << 1 | carry;
        carry = expected >> 16;
        if ((got.ascii | got.leads | got.continuations) != 0xFFFF ||
            (expected & 0xFFFF) != got.continuations) {
            return false;
        }
    }
    if (len % 16 == 0) {
        return carry == 0;
    }
    /* The last 16 bytes again: whether the first of them follows a lead was seen above. */
    struct byte_classes got = classify(p + len - 16);
    uint32_t expected = got.leads << 1 | (got.continuations & 1);
    return (got.ascii | got.leads | got.continuations) == 0xFFFF && expected == got.continuations;
}

/* As above, for text that ends within the 16 bytes at p. */
static bool is_simple_short_text(const uint8_t *p, uint32_t len)
{
    struct byte_classes got = classify(p);
    uint32_t mask = (UINT32_C(1) << len) - 1;
    uint32_t leads = got.leads & mask;
    uint32_t continuations = got.continuations & mask;
    return ((got.ascii | leads | continuations) & mask) == mask && leads << 1 == continuations;
}

bool sch_is_text_slowly(const uint8_t *p, uint32_t len, const uint8_t *end)
{
    if (len >= 16 ? is_simple_text(p, len) : end - p >= 16 && is_simple_short_text(p, len)) {
        return true;
    }
    return utf8_is_text(p, len);
}
#else
bool sch_is_text_slowly(const uint8_t *p, uint32_t len, const uint8_t *end)
{
    (void)end;
    return utf8_is_text(p, len);
}
#endif

enum err_code sch_varint_fault(const uint8_t *p, const uint8_t *end)
{
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
        if (p == end) {
            return ERR_TRUNCATED;
        }
        if (*p++ < 0x80) {
            return ERR_BAD_VARINT; /* it ends, so it overflowed */
        }
    }
    return ERR_BAD_VARINT;
}

enum err_code sch_int_fault(const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    bool read = read_raw(p, end, &raw) != NULL;
    return read ? ERR_BAD_VARINT : sch_varint_fault(p, end);
}

enum err_code sch_length_fault(const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    if (read_raw(p, end, &raw) == NULL) {
        return sch_varint_fault(p, end);
    }
    return (raw & 1) != 0 || raw >> 1 > INT32_MAX ? ERR_BAD_LENGTH : ERR_TRUNCATED;
}

/* Big-endian magnitudes without leading zeros. */
static bool is_less(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len)
{
    return a_len != b_len ? a_len < b_len : memcmp(a, b, a_len) < 0;
}

bool sch_decimal_fits(const uint8_t *p, uint32_t len, const struct sch_limit *limit)
{
    bool negative = p[0] >= 0x80;
    if (len > limit->len + 1) {
        return false; /* the sign bytes are gone already */
    }
    uint8_t magnitude[SCH_MAX_DECIMAL_DIGITS * 10 / 24 + 4];
    unsigned carry = negative;
    for (uint32_t i = len; i-- > 0;) {
        unsigned byte = negative ? (uint8_t)~p[i] : p[i];
        byte += carry;
        magnitude[i] = (uint8_t)byte;
        carry = byte >> 8;
    }
    uint32_t zeros = 0;
    while (zeros < len && magnitude[zeros] == 0) {
        zeros++;
    }
    return is_less(magnitude + zeros, len - zeros, limit->power, limit->len);
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sch_uuid_parse(const uint8_t *text, size_t len, uint8_t out[16])
{
    if (len != 36) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') {
                return false;
            }
        }
        int high = hex_digit(text[at]);
        int low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return true;
}
