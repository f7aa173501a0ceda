/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/copy.h - one binary COPY stream into a table.
 *
 * The stream has a buffer of its own; libpq gets a full one at a time, and only when it has sent
 * the one before: non-blocking PQputCopyData buffers without bound while the server is stopped.
 *
 *   sto_copy_open → for each row: sto_copy_row, sto_copy_bytes …  → sto_copy_finish
 *
 * Failure is sticky: after one, puts do nothing, and finish reports it (having taken the connection
 * out of COPY, if it is still there). Every open needs its finish or abandon. Thread: the lane that
 * owns the connection. */
#ifndef STORAGE_CONN_COPY_H
#define STORAGE_CONN_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_COPY_BUFFER_BYTES = 64 * 1024 };

struct sto_copy {
    uint8_t *buffer; /* kept from stream to stream */
    size_t used;
    struct sto_conn *conn;
    uint64_t rows;
    bool failed;
    struct err *err; /* of sto_copy_open's caller; borrowed until finish or abandon */
};

/* -1 when memory is out. */
MUST_CHECK int sto_copy_init(struct sto_copy *copy);
void sto_copy_fini(struct sto_copy *copy);

/* sql: "COPY … FROM STDIN BINARY". */
MUST_CHECK int sto_copy_open(struct sto_copy *copy, struct sto_conn *conn, const char *sql,
                             struct err *err);

/* FATAL ERR_BUG when the server took another number of rows than were put. */
MUST_CHECK int sto_copy_finish(struct sto_copy *copy, struct err *err);

/* Ends the stream with an error; the transaction is then aborted. */
void sto_copy_abandon(struct sto_copy *copy);

/* The slow half of the puts: of any length. */
void sto_copy_spill(struct sto_copy *copy, const void *bytes, size_t len);

static inline void sto_copy_bytes(struct sto_copy *copy, const void *bytes, size_t len)
{
    if (LIKELY(STO_COPY_BUFFER_BYTES - copy->used >= len)) {
        if (len > 0) {
            memcpy(copy->buffer + copy->used, bytes, len);
            copy->used += len;
        }
    } else {
        sto_copy_spill(copy, bytes, len);
    }
}

/* Begins a row of `fields` fields. */
static inline void sto_copy_row(struct sto_copy *copy, unsigned fields)
{
    const uint8_t head[2] = {(uint8_t)(fields >> 8), (uint8_t)fields};
    copy->rows++;
    sto_copy_bytes(copy, head, sizeof(head));
}

/* One field each. */
void sto_copy_null(struct sto_copy *copy);
void sto_copy_int4(struct sto_copy *copy, int32_t v);
void sto_copy_int8(struct sto_copy *copy, int64_t v);
void sto_copy_bool(struct sto_copy *copy, bool v);
void sto_copy_field(struct sto_copy *copy, const void *bytes, size_t len); /* bytes NULL: null */

#endif
