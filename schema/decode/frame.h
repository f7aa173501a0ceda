/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/frame.h - which structure a message was written with, and where its Avro bytes
 * begin.
 *
 * 0x00 + 4-byte big-endian schema id + Avro (Confluent wire format), or a header
 * `__value_schema_id` / `__key_schema_id` holding 0x01 + 16-byte GUID with the bare Avro bytes
 * as the value. */
#ifndef SCHEMA_DECODE_FRAME_H
#define SCHEMA_DECODE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { SCH_FRAME_MAGIC = 0x00, SCH_FRAME_BYTES = 5 }; /* before the Avro bytes */

struct sch_frame {
    bool by_guid;
    int32_t schema_id;    /* unless by_guid */
    uint8_t guid[16];     /* if by_guid */
    const uint8_t *bytes; /* borrowed from the message */
    size_t len;
};

/* guid_header: the header's bytes, or NULL when the message has none. An id of 0 or below is
 * refused. POISON: ERR_EMPTY_VALUE (len 0 and no header), ERR_BAD_FRAME; the text says nothing of
 * the bytes. */
MUST_CHECK int sch_frame_read(const uint8_t *bytes, size_t len, const uint8_t *guid_header,
                              size_t guid_header_len, struct sch_frame *frame, struct err *err);

#endif
