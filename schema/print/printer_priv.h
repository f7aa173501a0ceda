/* SPDX-License-Identifier: Apache-2.0
 * schema/print/printer_priv.h - what the printer's files share: its state, names, attributes, and
 * JSON as Java's Jackson writes it.
 *
 * One printer serves one call of sch_print and lives on its stack. Failure is its buffer's. */
#ifndef SCHEMA_PRINT_PRINTER_PRIV_H
#define SCHEMA_PRINT_PRINTER_PRIV_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "schema/model/body.h"
#include "schema/model/nameset.h"
#include "schema/parse/source.h"

/* The namespace of a full name, without its end. */
struct sch_space {
    const char *text;
    size_t len;
};

struct sch_printer {
    struct sch_source source;
    bool normal; /* SCH_FORM_NORMALIZED */
    struct buf *out;
    bool *defined;            /* by number: from now on the name is enough */
    struct sch_nameset names; /* the same, by full name */
    struct sch_space around;
};

/* name.c */
struct sch_space sch_print_space(const char *full_name);
bool sch_print_same_space(struct sch_space a, struct sch_space b);
void sch_print_quoted(struct sch_printer *p, const char *text);
void sch_print_member(struct sch_printer *p, const char *key); /* ,"key": */
void sch_print_define(struct sch_printer *p, const struct sch_type *type);
void sch_print_name(struct sch_printer *p, const char *full_name);
/* ,"aliases":[…] unless there are none. own: the type's namespace; NULL for a field. */
void sch_print_aliases(struct sch_printer *p, const struct sch_names *aliases,
                       const struct sch_space *own);

/* attribute.c: each with a comma before it. */
void sch_print_type_attributes(struct sch_printer *p, const struct sch_type *type,
                               const json_t *json);
void sch_print_field_attributes(struct sch_printer *p, const json_t *json);

/* json.c */

/* A quoted string: control characters, the quote and the backslash escaped, nothing else. */
void sch_print_string(const char *text, size_t len, struct buf *out);

/* Any value. A double has the fewest digits that mean the same number, as in Java since 19.
 * sorted: the members of objects by key, at every depth. */
void sch_print_json(const json_t *json, bool sorted, struct buf *out);

/* A field's own default. normal: the members of objects sorted, 1 of a double as 1.0; where a union
 * has two branches that the JSON alone does not tell apart, numbers stay as they were written. */
void sch_print_default(const struct sch_type *type, const json_t *json, bool normal,
                       struct buf *out);

/* An object's keys. rank: the lower first, below 0 left out; NULL: all alike. Alike ones in the
 * object's order, or, sorted, in the order of their UTF-16 code units. NULL when memory is out,
 * else to be freed. */
const char **sch_print_keys(const json_t *object, bool sorted,
                            int (*rank)(const char *key, const void *context), const void *context,
                            size_t *count);

#endif
