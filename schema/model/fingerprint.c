/* SPDX-License-Identifier: Apache-2.0
 * schema/model/fingerprint.c - Avro 1.11, "Schema Fingerprints". Computed once, by sch_parse. */
#include <string.h>

#include "schema/model/body.h"

/* The polynomial, and the fingerprint of no bytes at all. */
#define EMPTY UINT64_C(0xc15d213aa4d7a795)

/* Bit by bit: a schema is fingerprinted once in its life, so a table would not pay. */
uint64_t sch_crc64(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    uint64_t crc = EMPTY;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (EMPTY & (0 - (crc & 1)));
        }
    }
    return crc;
}

uint64_t sch_fingerprint_crc64(const struct sch_schema *schema)
{
    return schema->crc64;
}

void sch_fingerprint_sha256(const struct sch_schema *schema, uint8_t out[32])
{
    memcpy(out, schema->sha256, SHA256_BYTES);
}
