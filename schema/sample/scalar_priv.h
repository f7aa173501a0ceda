/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/scalar_priv.h - scalars of JSON as Avro has them (private to schema/sample/). */
#ifndef SCHEMA_SAMPLE_SCALAR_PRIV_H
#define SCHEMA_SAMPLE_SCALAR_PRIV_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "schema/model/model.h"

void scalar_put_long(struct buf *out, int64_t value);
void scalar_put_bytes(struct buf *out, const void *bytes, size_t len);

/* false: the JSON is none of this type. */
bool scalar_put(struct buf *out, const struct sch_type *type, const json_t *json);

#endif
