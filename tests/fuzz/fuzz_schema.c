/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_schema.c - any bytes into the schema parser; what it accepts is read back from
 * its canonical form with the same fingerprint.
 *
 * Where a type without namespace stands inside one with a namespace, the canonical form says
 * something else than the schema (Avro strips "namespace"), so those are only parsed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/columns.h"
#include "schema/model.h"

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
    require(err->text[0] == '/', "an error without a place");
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
        struct err err = ERR_INIT;
        struct column column = {.name = root->fields[i].name};
        bool nullable;
        sch_column_of(root->fields[i].type, &column, &nullable);
        require(sch_find_field(root, column.name) == &root->fields[i], "a field is not found");
        if (sch_check_column_name(column.name, &err) != 0) {
            require(err.code == ERR_BAD_SCHEMA, "another error");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse((const char *)bytes, len, &err);
    if (schema == NULL) {
        check_error(&err);
        return 0;
    }
    ask_everything(schema);
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
