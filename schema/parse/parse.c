/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/parse.c - an Avro schema from its JSON text (Avro 1.11, "Schema Declaration").
 *
 * Text → jansson's tree (text.c) → nodes in the schema's arena (type.c, field.c) → defaults
 * (default.c) → canonical form and fingerprints. References are texts before the root's. The same
 * parser reads them, so all texts share names, type numbers and arena. The trees are freed before
 * sch_parse_with returns; the texts are kept for the printer. parser_priv.h bounds everything that
 * is allocated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/parse/parse.h"
#include "schema/parse/parser_priv.h"

static int finish(struct sch_parser *p)
{
    int rc = -1;
    struct sch_schema *schema = p->schema;
    struct buf out = BUF_INIT;
    if (!sch_canonical_write(schema->root, schema->type_count, &out)) {
        /* Only references get here: the parser has checked the depth of each text. */
        struct sch_place root = {.space = ""};
        sch_refuse(p, &root, "types are nested deeper than %d through references", SCH_MAX_DEPTH);
        goto out;
    }
    if (buf_failed(&out)) {
        sch_no_memory(p);
        goto out;
    }
    char *text = sch_alloc(p, 1, out.len + 1);
    if (text == NULL) {
        goto out;
    }
    memcpy(text, out.data, out.len);
    schema->canonical = text;
    schema->canonical_len = out.len;
    schema->crc64 = sch_crc64(text, out.len);
    rc = sha256_bytes(text, out.len, schema->sha256) == 0 ? 0 : sch_no_memory(p);
out:
    buf_fini(&out);
    return rc;
}

static int in_reference(struct err *err, size_t index)
{
    char text[ERR_TEXT_BYTES];
    if (err->kind == ERR_KIND_FATAL) {
        memcpy(text, err->text, sizeof(text));
        snprintf(err->text, sizeof(err->text), "reference %zu: %.*s", index + 1,
                 (int)sizeof(text) - 40, text);
        utf8_mend(err->text);
    }
    return -1;
}

static int parse_text(struct sch_parser *p, const json_t *json, struct sch_text_kept *kept)
{
    struct sch_place place = {.space = ""};
    uint32_t first = p->schema->type_count;
    kept->root = sch_parse_type(p, json, &place);
    return kept->root != NULL ? sch_encode_defaults(p, first) : -1;
}

static int keep_text(struct sch_parser *p, const struct sch_text *text, struct sch_text_kept *kept)
{
    char *copy = sch_alloc(p, 1, text->len + 1);
    if (copy == NULL) {
        return -1;
    }
    memcpy(copy, text->text, text->len);
    kept->text = copy;
    kept->len = text->len;
    return 0;
}

/* The trees are kept to the end: a default may need the tree of an earlier text. */
static int parse_all(struct sch_parser *p, const struct sch_text *texts, size_t count,
                     json_t **trees)
{
    struct sch_schema *schema = p->schema;
    schema->texts = sch_alloc(p, count, sizeof(*schema->texts));
    if (schema->texts == NULL) {
        return -1;
    }
    schema->text_count = count;
    for (size_t i = 0; i < count; i++) {
        schema->own_first = schema->type_count;
        trees[i] = sch_load_json(texts[i].text, texts[i].len, p->err);
        if (trees[i] == NULL || keep_text(p, &texts[i], &schema->texts[i]) != 0 ||
            parse_text(p, trees[i], &schema->texts[i]) != 0) {
            return i + 1 < count ? in_reference(p->err, i) : -1;
        }
    }
    schema->root = schema->texts[count - 1].root;
    return finish(p);
}

/* texts: the references, then the root. All together have the bounds of one text. */
static struct sch_schema *parse_texts(const struct sch_text *texts, size_t count, struct err *err)
{
    bool done = false;
    struct sch_parser p = {.err = err, .schema = calloc(1, sizeof(*p.schema))};
    json_t **trees = calloc(count, sizeof(*trees));
    if (p.schema == NULL || trees == NULL) {
        sch_no_memory(&p);
        goto out;
    }
    atomic_init(&p.schema->refs, 1);
    p.schema->arena = (struct arena)ARENA_INIT;
    done = parse_all(&p, texts, count, trees) == 0;
out:
    if (!done && p.schema != NULL) {
        arena_fini(&p.schema->arena);
        free(p.schema);
    }
    for (size_t i = 0; trees != NULL && i < count; i++) {
        json_decref(trees[i]);
    }
    free(trees);
    free(p.sources);
    sch_nameset_fini(&p.types);
    return done ? p.schema : NULL;
}

struct sch_schema *sch_parse_with(const struct sch_text *references, size_t reference_count,
                                  const char *text, size_t len, struct err *err)
{
    size_t sum = len;
    for (size_t i = 0; i < reference_count && sum <= SCH_MAX_TEXT_BYTES; i++) {
        /* An empty text counts as one byte, so that the number of texts is bounded too. */
        size_t more = references[i].len > 0 ? references[i].len : 1;
        sum = more > SCH_MAX_TEXT_BYTES ? more : sum + more;
    }
    if (sum > SCH_MAX_TEXT_BYTES) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: a schema has at most %d bytes%s",
                SCH_MAX_TEXT_BYTES, reference_count > 0 ? ", its references included" : "");
        return NULL;
    }
    struct sch_text *texts = calloc(reference_count + 1, sizeof(*texts));
    if (texts == NULL) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a schema");
        return NULL;
    }
    if (reference_count > 0) {
        memcpy(texts, references, reference_count * sizeof(*texts));
    }
    texts[reference_count] = (struct sch_text){text, len};
    struct sch_schema *schema = parse_texts(texts, reference_count + 1, err);
    free(texts);
    return schema;
}

struct sch_schema *sch_parse(const char *text, size_t len, struct err *err)
{
    return sch_parse_with(NULL, 0, text, len, err);
}
