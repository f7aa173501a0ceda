/* SPDX-License-Identifier: Apache-2.0
 * component/published_kit.h - a structure that the register itself publishes, held against what the registry would make of it. */
#ifndef COMPONENT_PUBLISHED_KIT_H
#define COMPONENT_PUBLISHED_KIT_H

#include "database.h"

#include "base/sha256.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "schema/print/print.h"
#include "storage/conn/text.h"

/* The column of the structure as `function` has it: "reject_structure". */
static inline const char *published_text(PGconn *raw, const char *column, const char *function)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "SELECT %s::text FROM nrc.%s()", column, function);
    return raw_text(raw, sql);
}

static inline void published_hash(PGconn *raw, const char *column, const char *function,
                                  const struct buf *text)
{
    char hex[STO_BYTEA_TEXT(SHA256_BYTES)];
    uint8_t sha256[SHA256_BYTES];
    assert_int_equal(sha256_bytes(text->data, text->len, sha256), 0);
    assert_string_equal(published_text(raw, column, function),
                        sto_text_bytea(hex, sha256, SHA256_BYTES));
}

/* Its text and its numbers. */
static inline void published_is_as_registered(PGconn *raw, const char *function)
{
    struct err err = ERR_INIT;
    struct buf stored = BUF_INIT;
    struct buf normalized = BUF_INIT;
    char *text = strdup(published_text(raw, "text", function));
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    assert_non_null(schema);
    assert_ok(sch_print(schema, SCH_FORM_STORED, &stored, &err), err);
    assert_ok(sch_print(schema, SCH_FORM_NORMALIZED, &normalized, &err), err);
    assert_string_equal(text, buf_cstr(&stored));
    published_hash(raw, "sha256", function, &stored);
    published_hash(raw, "normalized", function, &normalized);
    assert_int_equal(strtoll(published_text(raw, "crc64", function), NULL, 10),
                     (int64_t)sch_fingerprint_crc64(schema));
    sch_schema_unref(&schema);
    buf_fini(&stored);
    buf_fini(&normalized);
    free(text);
}

#endif
