/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/json_event.h - an event that is written as JSON, into the bytes that a producer would send.
 *
 * As Avro's JSON encoding has it, and as people write it: a value of a union stands plainly where one branch fits it, or tagged
 * ({"string": "x"}); what is left out is null where it may be; a date, time or timestamp is a number or ISO 8601, a decimal a
 * number or text, bytes text whose characters are bytes, a uuid text.
 *
 * Thread: any. */
#ifndef SCHEMA_SAMPLE_JSON_EVENT_H
#define SCHEMA_SAMPLE_JSON_EVENT_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "schema/model/model.h"

/* Appends to out. POISON ERR_BAD_EVENT with err->path: what was expected there. FATAL ERR_NO_MEMORY. */
MUST_CHECK int sch_json_event(const struct sch_schema *schema, const char *json, size_t len,
                              struct buf *out, struct err *err);

#endif
