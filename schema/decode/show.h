/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/show.h - an Avro value as JSON for people, as far as its bytes can be read.
 *
 * The JSON is that of the register's jsonb: dates and times ISO 8601, bytes base64, decimals exact, {"branch": value} of a union with
 * two branches beside null. Other than sch_decode it goes on where the register would refuse: bytes that are no UTF-8 become U+FFFD,
 * a time out of range is its number. Where it cannot go on it closes what is open, and says where and why.
 *
 * Bytes are hostile: every read is bounds-checked, depth and output are limited. Thread: any. */
#ifndef SCHEMA_DECODE_SHOW_H
#define SCHEMA_DECODE_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "schema/model/model.h"

enum { SCH_SHOWN_TEXT_BYTES = 4096 }; /* of one text or bytes; more are left out, with "…" */

struct sch_show {
    size_t most_bytes; /* of JSON, but for the last value and what closes it */
    /* Whether the field at this path ("/address/zip"; of a list's items too) is shown as null. NULL: none is. It is asked once a
     * value, of each field of a record. */
    bool (*hides)(void *arg, const char *path);
    void *arg;
};

struct sch_shown {
    enum err_code fault; /* ERR_NONE: it was read to its end */
    size_t ends_at;      /* the byte at which reading ended */
};

/* Appends one JSON value to out, whatever the bytes are. A failure is the buffer's. */
void sch_show(const struct sch_schema *schema, const uint8_t *bytes, size_t len,
              const struct sch_show *how, struct buf *out, struct sch_shown *shown);

#endif
