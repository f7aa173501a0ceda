/* SPDX-License-Identifier: Apache-2.0
 * schema/print/print.h - a schema as Avro's own library prints it (Java: Schema.toString()): the
 * text that is stored, compared and returned. Attributes, docs, aliases and defaults are kept.
 * White space and the order of Avro's own attributes are not, so {"type":"string"} and "string"
 * are one text. */
#ifndef SCHEMA_PRINT_PRINT_H
#define SCHEMA_PRINT_PRINT_H

#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

struct buf;

enum sch_form {
    SCH_FORM_STORED,    /* types that came from references by their names only */
    SCH_FORM_RESOLVED,  /* every named type in full where it is met first: parses alone */
    SCH_FORM_NORMALIZED /* STORED, in one of all spellings (`normalize=true`): attributes and the
                           members of objects sorted, a known logical type first, aliases sorted,
                           numbers as the field's float or double, no empty docs of types, errors
                           as records */
};

/* Appends to out. Each form, parsed again (STORED and NORMALIZED with the same references,
 * RESOLVED alone), prints the same and has the same canonical form; except a RESOLVED text that is
 * longer or deeper than the parser takes. Only reads the schema. FATAL ERR_NO_MEMORY. */
MUST_CHECK int sch_print(const struct sch_schema *schema, enum sch_form form, struct buf *out,
                         struct err *err);

#endif
