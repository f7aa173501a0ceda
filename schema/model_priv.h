/* SPDX-License-Identifier: Apache-2.0
 * schema/model_priv.h - the body of struct sch_schema, for schema/ only.
 *
 * All of it is filled by sch_parse, canonical form and fingerprints included, so that nothing can
 * fail and nothing is written once other threads see it; only `refs` changes. */
#ifndef SCHEMA_MODEL_PRIV_H
#define SCHEMA_MODEL_PRIV_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/sha256.h"
#include "schema/model.h"

struct sch_schema {
    atomic_uint refs;
    struct arena arena; /* every node, name and default */
    const struct sch_type *root;
    uint32_t type_count;
    const char *canonical;
    size_t canonical_len;
    uint64_t crc64;
    uint8_t sha256[SHA256_BYTES];
};

/* A named type is written in full where it is met first, then by its name. */
void sch_canonical_write(const struct sch_type *root, uint32_t type_count, struct buf *out);

/* CRC-64-AVRO of any bytes. */
uint64_t sch_crc64(const void *bytes, size_t len);

/* "record", "int" … the kind's word in a schema. */
const char *sch_kind_name(enum sch_kind kind);

#endif
