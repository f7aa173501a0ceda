/* SPDX-License-Identifier: Apache-2.0
 * schema/model/body.h - the body of struct sch_schema, for schema/ only.
 *
 * sch_parse fills all of it, canonical form and fingerprints included. So nothing can fail, and
 * nothing but `refs` is written, once other threads see it. */
#ifndef SCHEMA_MODEL_BODY_H
#define SCHEMA_MODEL_BODY_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/sha256.h"
#include "schema/model/model.h"

/* A text as it was given, in the schema's arena. The printer reads it again for the parts that the
 * model leaves out: docs, attributes, defaults as written. No tree is kept. */
struct sch_text_kept {
    const char *text;
    size_t len;
    const struct sch_type *root;
};

struct sch_schema {
    atomic_uint refs;
    struct arena arena;          /* every node, name, default and text */
    struct sch_text_kept *texts; /* the references in their order, then the schema's own */
    size_t text_count;
    uint32_t own_first; /* the types of its own text have the numbers from here on */
    const struct sch_type *root;
    uint32_t type_count;
    const char *canonical;
    size_t canonical_len;
    uint64_t crc64;
    uint8_t sha256[SHA256_BYTES];
};

/* A named type is written in full where it is met first, then by its name. false: it nests deeper
 * than SCH_MAX_DEPTH, as only types of references can. */
bool sch_canonical_write(const struct sch_type *root, uint32_t type_count, struct buf *out);

/* CRC-64-AVRO of any bytes. */
uint64_t sch_crc64(const void *bytes, size_t len);

/* "record", "int" … the kind's word in a schema. */
const char *sch_kind_name(enum sch_kind kind);

/* Whether a primitive type of one kind is read as another (Avro 1.11, "Schema Resolution"). */
bool sch_promotes(enum sch_kind to, enum sch_kind from);

#endif
