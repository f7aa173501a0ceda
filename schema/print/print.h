/* SPDX-License-Identifier: Apache-2.0
 * schema/print/print.h - a schema as Avro's own library prints it (Java: Schema.toString()): what is
 * stored, compared and given back. Attributes, docs, aliases and defaults are kept; white space and
 * the order of the words Avro knows are not, so {"type":"string"} and "string" are one. */
#ifndef SCHEMA_PRINT_PRINT_H
#define SCHEMA_PRINT_PRINT_H

#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

struct buf;

enum sch_form {
    SCH_FORM_STORED,    /* types that came from references by their names only */
    SCH_FORM_RESOLVED,  /* every named type in full where it is met first: parses alone */
    SCH_FORM_NORMALIZED /* STORED, with what two writers may spell differently spelt one way (what
                           `normalize=true` asks for): attributes and the members of objects sorted,
                           a known logical type's first, aliases sorted, numbers as the field's
                           float or double, no empty docs of types, errors as records */
};

/* Appends to out. Each form, parsed again (STORED and NORMALIZED with the same references, RESOLVED
 * alone), prints the same and has the same canonical form; but for a RESOLVED of more than
 * SCH_MAX_TEXT_BYTES, or whose JSON got deeper than the parser takes by laying a type with deep
 * attributes into another text. Only reads the schema. FATAL ERR_NO_MEMORY. */
MUST_CHECK int sch_print(const struct sch_schema *schema, enum sch_form form, struct buf *out,
                         struct err *err);

#endif
