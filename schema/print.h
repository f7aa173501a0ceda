/* SPDX-License-Identifier: Apache-2.0
 * schema/print.h - a schema as Avro's own library prints it (Java: Schema.toString()): what is
 * stored, compared and given back. Attributes, docs, aliases and defaults are kept; white space and
 * the order of the words Avro knows are not, so {"type":"string"} and "string" are one. */
#ifndef SCHEMA_PRINT_H
#define SCHEMA_PRINT_H

#include "base/attr.h"
#include "base/err.h"
#include "schema/model.h"

struct buf;

enum sch_form {
    SCH_FORM_STORED,    /* types that came from references by their names only */
    SCH_FORM_RESOLVED,  /* every named type in full where it is met first: parses alone */
    SCH_FORM_NORMALIZED /* STORED, with the attributes Avro does not know sorted by name (what
                           `normalize=true` asks for) */
};

/* FATAL ERR_NO_MEMORY. */
MUST_CHECK int sch_print(const struct sch_schema *schema, enum sch_form form, struct buf *out,
                         struct err *err);

#endif
