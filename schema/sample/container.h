/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/container.h - an Avro container file (Avro 1.11, "Object Container Files"), read event by event.
 *
 * The file is the caller's, whole in memory, and outlives the reader. Every length is checked against the bytes there are;
 * of a compressed file one block at a time is unpacked. */
#ifndef SCHEMA_SAMPLE_CONTAINER_H
#define SCHEMA_SAMPLE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "schema/sample/unpack.h"

struct sch_container {
    const char *schema; /* its text, not NUL-terminated */
    size_t schema_len;
    const uint8_t *next; /* the bytes that are left of the block, and how many */
    size_t left;
    uint64_t events;     /* that are left of the block */
    const uint8_t *rest; /* behind the block's marker */
    const uint8_t *end;
    uint8_t sync[16];
    enum sch_codec codec;
    struct sch_unpack_limits limits;
    struct buf block; /* unpacked */
    uint64_t blocks;  /* begun so far */
};

bool sch_is_container(const uint8_t *bytes, size_t len);

/* FATAL ERR_BAD_SCHEMA: not such a file, or of a codec that is not read. Close it, after a failure too. */
MUST_CHECK int sch_container_open(const uint8_t *bytes, size_t len,
                                  const struct sch_unpack_limits *limits, struct sch_container *out,
                                  struct err *err);
void sch_container_close(struct sch_container *container);

/* Whether there is one more event: at next, at most left bytes. FATAL ERR_BAD_SCHEMA: a block is broken,
 * or becomes too large; *more is then false. */
MUST_CHECK int sch_container_more(struct sch_container *container, bool *more, struct err *err);

/* The event had so many bytes. */
void sch_container_took(struct sch_container *container, size_t bytes);

#endif
