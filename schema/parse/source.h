/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/source.h - the JSON that a schema was parsed from: docs, attributes, order and defaults
 * as written, which the model leaves out.
 *
 * It is read again from the texts that the schema keeps. Whoever needs it is rare, so no tree is kept. */
#ifndef SCHEMA_PARSE_SOURCE_H
#define SCHEMA_PARSE_SOURCE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

/* Starts as {0}. */
struct sch_source {
    json_t **trees; /* of the schema's texts: the references in their order, then its own */
    size_t tree_count;
    const json_t **definitions;    /* of named types, by number; NULL: not of a text */
    const struct sch_type **types; /* likewise */
};

/* FATAL ERR_NO_MEMORY. Finish it in any case. */
MUST_CHECK int sch_source_load(const struct sch_schema *schema, struct sch_source *out,
                               struct err *err);
void sch_source_fini(struct sch_source *source);

/* The JSON of the schema's root. */
const json_t *sch_source_root(const struct sch_source *source);

/* The "type" of a definition: its kind's word, or "error". NULL: the JSON is a name, or the word of a
 * primitive. */
const char *sch_source_word(const struct sch_type *type, const json_t *json);

/* Whether an attribute's name is one of the words, of which NULL is the last. */
bool sch_source_is_among(const char *word, const char *const *words);

#endif
