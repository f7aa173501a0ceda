/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_schema.c - any bytes into the schema parser; what it accepts is read back from
 * its canonical form with the same fingerprint, and printed, read and printed again in every form.
 *
 * A NUL ends a reference; the root follows the last. JSON has none, so no text is lost by that.
 *
 * Where a type without namespace stands inside one with a namespace, the canonical form says
 * something else than the schema (Avro strips "namespace"), so those are only parsed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"
#include "schema/print/print.h"

enum { MOST_REFERENCES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void check_error(const struct err *err)
{
    require(err->code == ERR_BAD_SCHEMA && err->kind == ERR_KIND_FATAL, "another error");
    require(err->text[0] == '/' || strncmp(err->text, "reference ", 10) == 0,
            "an error without a place");
}

/* The references of an input, and what is left for the root. */
static size_t split(const char **text, size_t *len, struct sch_text *references)
{
    size_t count = 0;
    const char *nul;
    while (count < MOST_REFERENCES && (nul = memchr(*text, '\0', *len)) != NULL) {
        references[count++] = (struct sch_text){*text, (size_t)(nul - *text)};
        *len -= (size_t)(nul - *text) + 1;
        *text = nul + 1;
    }
    return count;
}

static void same_defaults(const struct sch_type *a, const struct sch_type *b)
{
    require(a->field_count == b->field_count, "another number of fields");
    for (size_t i = 0; i < a->field_count; i++) {
        const struct sch_field *x = &a->fields[i];
        const struct sch_field *y = &b->fields[i];
        require((x->default_bytes == NULL) == (y->default_bytes == NULL), "a default is lost");
        require(x->default_bytes == NULL ||
                    (x->default_len == y->default_len &&
                     memcmp(x->default_bytes, y->default_bytes, x->default_len) == 0),
                "another default");
    }
}

static void check_form(const struct sch_schema *schema, enum sch_form form,
                       const struct sch_text *references, size_t count)
{
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct buf second = BUF_INIT;
    uint8_t a[32];
    uint8_t b[32];
    require(sch_print(schema, form, &out, &err) == 0, err.text);
    struct sch_schema *again = sch_parse_with(references, count, buf_cstr(&out), out.len, &err);
    if (again == NULL && strstr(err.text, "the JSON is nested deeper") != NULL) {
        goto out; /* deep attributes of a type that was laid deep into another text */
    }
    require(again != NULL, err.text);
    require(sch_print(again, form, &second, &err) == 0, err.text);
    require(out.len == second.len && memcmp(out.data, second.data, out.len) == 0,
            "printed again, it is another text");
    sch_fingerprint_sha256(schema, a);
    sch_fingerprint_sha256(again, b);
    require(memcmp(a, b, sizeof(a)) == 0, "printed, it is another schema");
    if (form != SCH_FORM_NORMALIZED) { /* that sorts maps */
        same_defaults(sch_root(schema), sch_root(again));
    }
out:
    sch_schema_unref(&again);
    buf_fini(&second);
    buf_fini(&out);
}

/* Named types in each sort of namespace, of the canonical text: only definitions begin with
 * {"name":"…","type":"x. */
static bool mixes_namespaces(const char *canonical)
{
    static const char *const kinds[] = {
        "\",\"type\":\"record\",\"fields\":", "\",\"type\":\"enum\",\"symbols\":",
        "\",\"type\":\"fixed\",\"size\":"};
    bool with = false;
    bool without = false;
    const char *at = canonical;
    while ((at = strstr(at, "{\"name\":\"")) != NULL) {
        at += strlen("{\"name\":\"");
        const char *end = strchr(at, '"');
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if (strncmp(end, kinds[i], strlen(kinds[i])) == 0) {
                bool dotted = memchr(at, '.', (size_t)(end - at)) != NULL;
                with = with || dotted;
                without = without || !dotted;
            }
        }
    }
    return with && without;
}

static void ask_everything(const struct sch_schema *schema)
{
    const struct sch_type *root = sch_root(schema);
    char text[64];
    sch_describe(root, text, sizeof(text));
    for (size_t i = 0; i < root->field_count; i++) {
        struct column column = {.name = root->fields[i].name};
        bool nullable;
        sch_column_of(root->fields[i].type, &column, &nullable);
        require(sch_find_field(root, column.name) == &root->fields[i], "a field is not found");
        char name[SCH_COLUMN_NAME_BYTES];
        sch_column_name(column.name, name);
        require(column_name_is_free(name), "a column has a name of ours");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct err err = ERR_INIT;
    const char *text = (const char *)bytes;
    struct sch_text references[MOST_REFERENCES];
    size_t count = split(&text, &len, references);
    struct sch_schema *schema = sch_parse_with(references, count, text, len, &err);
    if (schema == NULL) {
        check_error(&err);
        return 0;
    }
    ask_everything(schema);
    check_form(schema, SCH_FORM_STORED, references, count);
    check_form(schema, SCH_FORM_RESOLVED, NULL, 0);
    check_form(schema, SCH_FORM_NORMALIZED, references, count);
    struct buf canonical = BUF_INIT;
    sch_canonical(schema, &canonical);
    if (!mixes_namespaces(buf_cstr(&canonical))) {
        struct sch_schema *again = sch_parse(buf_cstr(&canonical), canonical.len, &err);
        require(again != NULL || canonical.len > SCH_MAX_TEXT_BYTES, err.text);
        if (again != NULL) {
            uint8_t a[32];
            uint8_t b[32];
            sch_fingerprint_sha256(schema, a);
            sch_fingerprint_sha256(again, b);
            require(memcmp(a, b, sizeof(a)) == 0, "another SHA-256");
            require(sch_fingerprint_crc64(schema) == sch_fingerprint_crc64(again),
                    "another CRC-64");
            sch_schema_unref(&again);
        }
    }
    buf_fini(&canonical);
    sch_schema_unref(&schema);
    return 0;
}
