/* SPDX-License-Identifier: Apache-2.0
 * registry/references.h - the texts that a schema's references lead to, from the register. */
#ifndef REGISTRY_REFERENCES_H
#define REGISTRY_REFERENCES_H

#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "storage/subject/write.h"

struct sto_conn;

enum { REG_REFERENCE_DEPTH = 64, REG_REFERENCE_COUNT = 1000 };

struct reg_references {
    struct sto_reference *items; /* as given, -1 (the latest) replaced, subjects in full */
    size_t count;
    struct sch_text *texts; /* for sch_parse_with: each after the ones it uses itself */
    size_t text_count;
};

/* subject: whose schema refers; a name without a context is in its context. deleted: soft-deleted
 * versions may be referred to. Everything belongs to the arena. FATAL ERR_BAD_SCHEMA: there is no
 * such version, or they are too many or too deep. */
MUST_CHECK int reg_references_load(struct sto_conn *conn, const char *subject,
                                   const struct sto_reference *given, size_t count, bool deleted,
                                   struct arena *arena, struct reg_references *out,
                                   struct err *err);

#endif
