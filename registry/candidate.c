/* SPDX-License-Identifier: Apache-2.0
 * registry/candidate.c - parses, prints and identifies what a client sent. */
#include "registry/candidate.h"

#include <stdlib.h>
#include <string.h>

#include "schema/parse/parse.h"
#include "schema/print/print.h"

static int compare(const void *a, const void *b)
{
    const struct sto_reference *x = a;
    const struct sto_reference *y = b;
    int order = strcmp(x->name, y->name);
    order = order != 0 ? order : strcmp(x->subject, y->subject);
    return order != 0 ? order : (x->version > y->version) - (x->version < y->version);
}

static int identify(struct reg_form *form, const struct reg_candidate *candidate, struct err *err)
{
    const struct reg_identity identity = {
        .text = (const char *)form->text.data,
        .text_len = form->text.len,
        .references = form->references,
        .reference_count = candidate->reference_count,
        .metadata = candidate->metadata,
        .rule_set = candidate->rule_set,
    };
    return reg_identify(&identity, form->sha256, err);
}

static int print(const struct sch_schema *schema, enum sch_form form, struct buf *out,
                 struct err *err)
{
    if (sch_print(schema, form, out, err) != 0) {
        return -1;
    }
    (void)buf_cstr(out);
    return buf_failed(out) ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory") : 0;
}

int reg_candidate_set(struct reg_candidate *candidate, const char *metadata, const char *rule_set,
                      struct err *err)
{
    candidate->metadata = metadata;
    candidate->rule_set = rule_set;
    return identify(&candidate->plain, candidate, err) != 0 ||
                   identify(&candidate->normalized, candidate, err) != 0
               ? -1
               : 0;
}

static int order_references(struct reg_candidate *out, const struct reg_references *references,
                            struct arena *arena, struct err *err)
{
    size_t bytes = references->count * sizeof(*references->items);
    out->reference_count = references->count;
    out->plain.references = references->items;
    if (references->count == 0) {
        return 0;
    }
    out->normalized.references = arena_memdup(arena, references->items, bytes);
    if (out->normalized.references == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    qsort(out->normalized.references, references->count, sizeof(*references->items), compare);
    return 0;
}

int reg_candidate_make(struct sto_conn *conn, const char *subject, const struct reg_body *body,
                       bool deleted_references, struct arena *arena, struct reg_candidate *out,
                       struct err *err)
{
    struct reg_references references;
    *out = (struct reg_candidate){0};
    if (body->schema_len > SCH_MAX_TEXT_BYTES) {
        return err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_TOO_LARGE,
                       "the schema has %zu bytes, %d are allowed", body->schema_len,
                       SCH_MAX_TEXT_BYTES);
    }
    if (reg_references_load(conn, subject, body->references, body->reference_count,
                            deleted_references, arena, &references, err) != 0) {
        return -1;
    }
    out->schema = sch_parse_with(references.texts, references.text_count, body->schema,
                                 body->schema_len, err);
    if (out->schema == NULL || order_references(out, &references, arena, err) != 0 ||
        print(out->schema, SCH_FORM_STORED, &out->plain.text, err) != 0 ||
        print(out->schema, SCH_FORM_NORMALIZED, &out->normalized.text, err) != 0 ||
        (references.count > 0 && print(out->schema, SCH_FORM_RESOLVED, &out->resolved, err) != 0)) {
        reg_candidate_fini(out);
        return -1;
    }
    return reg_candidate_set(out, body->metadata, body->rule_set, err);
}

bool reg_candidate_is(const struct reg_candidate *candidate, const struct reg_form *form,
                      const struct sto_registered *row, bool exactly)
{
    const uint8_t *normalized = candidate->normalized.sha256;
    return exactly ? memcmp(row->sha256, form->sha256, SHA256_BYTES) == 0
                   : memcmp(row->normalized, normalized, SHA256_BYTES) == 0 ||
                         memcmp(row->sha256, normalized, SHA256_BYTES) == 0;
}

void reg_candidate_fini(struct reg_candidate *candidate)
{
    sch_schema_unref(&candidate->schema);
    buf_fini(&candidate->plain.text);
    buf_fini(&candidate->normalized.text);
    buf_fini(&candidate->resolved);
}

struct sch_schema *reg_parse_registered(const struct sto_registered *row, struct err *err)
{
    const char *text = row->resolved != NULL ? row->resolved : row->text;
    struct sch_schema *schema = sch_parse(text, strlen(text), err);
    if (schema == NULL) {
        err_add(err, "reading version %d of %.100s", (int)row->version, row->subject);
    }
    return schema;
}
