/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/text.h - how long a text is. */
#ifndef SCHEMA_RULES_TEXT_H
#define SCHEMA_RULES_TEXT_H

#include <stdint.h>
#include <string.h>

enum { CEL_TEXT_BYTES_A_UNIT = 16 }; /* of cost */

/* The characters of UTF-8 text: all bytes but those that go on, which are 10xxxxxx. */
static inline uint32_t cel_characters(const uint8_t *p, uint32_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint32_t count = len;
    uint32_t i = 0;
    for (; i + 8 <= len; i += 8) { /* eight at once: the product's upper byte is the sum of all */
        uint64_t word;
        memcpy(&word, p + i, sizeof(word));
        count -= (uint32_t)((word >> 7 & ~(word >> 6) & ones) * ones >> 56);
    }
    for (; i < len; i++) {
        count -= (p[i] & 0xC0) == 0x80;
    }
    return count;
}

#endif
