/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/unpack.h - one block of a container file, unpacked (Avro 1.11, "Object Container Files", codecs).
 *
 * Nothing but the compressed bytes says how long a block becomes, so what it may become is bounded before memory is taken
 * for it: a file of some kilobytes can stand for gigabytes. */
#ifndef SCHEMA_SAMPLE_UNPACK_H
#define SCHEMA_SAMPLE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

enum sch_codec { SCH_CODEC_NULL, SCH_CODEC_DEFLATE, SCH_CODEC_ZSTANDARD };

struct sch_unpack_limits {
    size_t block_bytes; /* of a block when it is unpacked */
    size_t ratio;       /* so many times its bytes in the file; up to a MiB any */
};

/* The name is as the file has it, not NUL-terminated. FATAL ERR_BAD_SCHEMA, naming it: another codec. */
MUST_CHECK int sch_codec_find(const char *name, size_t len, enum sch_codec *out, struct err *err);

/* Out becomes the block's bytes; for DEFLATE and ZSTANDARD. FATAL ERR_BAD_SCHEMA: they are damaged, cut short, or more than the limits
 * allow; ERR_NO_MEMORY. */
MUST_CHECK int sch_unpack(enum sch_codec codec, const uint8_t *bytes, size_t len,
                          const struct sch_unpack_limits *limits, struct buf *out, struct err *err);

#endif
