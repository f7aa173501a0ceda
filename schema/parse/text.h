/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/text.h - JSON within our bounds. */
#ifndef SCHEMA_PARSE_TEXT_H
#define SCHEMA_PARSE_TEXT_H

#include <jansson.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

/* NULL: the error is set. The caller frees it with json_decref. */
json_t *sch_load_json(const char *text, size_t len, struct err *err);

#endif
