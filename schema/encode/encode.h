/* SPDX-License-Identifier: Apache-2.0
 * schema/encode/encode.h - writes a JSON document as Avro, in Confluent's wire frame.
 *
 * For what the Center itself sends: the structure and the document are ours. A field takes the member of its name:
 *
 *   null, or a union with null   a member that is absent or null; else the union's other branch
 *   string, boolean, int, long   the same in JSON; a boolean that is absent is false
 *   long                         also a string, a time of RFC 3339: microseconds since 1970 (timestamp-micros)
 *   array                        an array; one that is absent is empty
 *   record                       an object
 *
 * Members that no field names are left out, so the structure decides what is sent. Other types are refused.
 *
 * Thread: one at a time. Avro-C does the writing (Avro 1.11, "Binary Encoding"). */
#ifndef SCHEMA_ENCODE_ENCODE_H
#define SCHEMA_ENCODE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

struct sch_encoder; /* body in encode.c */

/* FATAL ERR_BAD_SCHEMA, ERR_NO_MEMORY. */
MUST_CHECK struct sch_encoder *sch_encoder_new(const char *schema, size_t len, struct err *err);
void sch_encoder_free(struct sch_encoder **taken);

/* Appends the frame (0, the id in four bytes) and the value to `out`, which is as before after an error. FATAL ERR_BUG, with
 * the field's path: the document is not what the structure says; ERR_NO_MEMORY. */
MUST_CHECK int sch_encode(struct sch_encoder *encoder, int32_t schema_id, const char *json,
                          struct buf *out, struct err *err);

#endif
