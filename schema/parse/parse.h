/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/parse.h - a schema from its JSON text. */
#ifndef SCHEMA_PARSE_PARSE_H
#define SCHEMA_PARSE_PARSE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

enum { SCH_MAX_TEXT_BYTES = 1024 * 1024 };

/* text: the JSON schema, len bytes, at most SCH_MAX_TEXT_BYTES. Refused, kind FATAL, code
 * ERR_BAD_SCHEMA, with the JSON path of the fault in the text: what Avro 1.12 refuses (bad or
 * duplicate names, unknown types, fixed size <= 0, unions in unions or with two alike branches,
 * invalid defaults, duplicate symbols and fields, enum default not a symbol), duplicate JSON keys,
 * nesting beyond SCH_MAX_DEPTH. The number of fields is not limited here; schema/plan/layout.h
 * limits the columns of a table. */
MUST_CHECK struct sch_schema *sch_parse(const char *text, size_t len, struct err *err);

/* The same, with references: texts whose named types `text` may use, each after the ones it uses
 * itself. A fault in one begins with "reference 2: ", counted from 1. A named type is defined once
 * in all the texts; the bounds hold for all of them together. The root is that of `text`, with the
 * referenced types as if each stood where it is met first; so are the canonical form and the
 * fingerprints. */
struct sch_text {
    const char *text;
    size_t len;
};
MUST_CHECK struct sch_schema *sch_parse_with(const struct sch_text *references,
                                             size_t reference_count, const char *text, size_t len,
                                             struct err *err);

#endif
