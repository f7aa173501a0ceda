/* SPDX-License-Identifier: Apache-2.0
 * registry/json_body.h - what a client sends to look up, register or compare a schema:
 * {schema, schemaType, references, metadata, ruleSet, version, id}.
 *
 * Unknown fields are ignored, null is the same as absent. Metadata and rule set are brought into
 * one form (known fields alone, keys and sets sorted), in which they are compared, stored and given
 * back. Everything belongs to the arena. */
#ifndef REGISTRY_JSON_BODY_H
#define REGISTRY_JSON_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "storage/subject/write.h"

struct http_request;
struct json_t;

/* A request's body, which must be one JSON object; no key stands twice in it, as two readers could
 * understand that in two ways, and no text holds U+0000. For json_decref. FATAL ERR_BAD_REQUEST. */
MUST_CHECK struct json_t *reg_body_object(const struct http_request *req, struct err *err);

struct reg_body {
    const char *schema; /* NULL: none, or blank */
    size_t schema_len;
    const char *type;                 /* "AVRO" when none is named */
    struct sto_reference *references; /* as sent: a version may be -1 */
    size_t reference_count;
    const char *metadata; /* in its one form; NULL: none */
    const char *rule_set; /* likewise */
    int32_t version;      /* 0: none; -1: latest */
    int32_t id;           /* -1: none */
};

/* FATAL ERR_BAD_REQUEST (not JSON, or a field of another type), ERR_BAD_SCHEMA (schemaType,
 * references, tags to be written into the schema), ERR_BAD_RULE_SET. A rule set that could be read
 * may still not be allowed: registry/rule_set.h. */
MUST_CHECK int reg_body_parse(const char *text, size_t len, struct arena *arena,
                              struct reg_body *out, struct err *err);

/* The same of what the register holds: "[{"name":…}]", NULL: none. */
MUST_CHECK int reg_references_parse(const char *json, struct arena *arena,
                                    struct sto_reference **list, size_t *count, struct err *err);
/* Stored metadata or rule set (jsonb's text) in the one form; NULL stays NULL. */
MUST_CHECK int reg_metadata_reform(const char *json, struct arena *arena, const char **out,
                                   struct err *err);
MUST_CHECK int reg_rule_set_reform(const char *json, struct arena *arena, const char **out,
                                   struct err *err);
/* The value of metadata.properties[name], or NULL. */
const char *reg_metadata_property(const char *metadata, const char *name, struct arena *arena);

#endif
