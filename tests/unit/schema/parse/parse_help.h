/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/parse/parse_help.h - schemas that the parser takes or refuses, for its tests. */
#ifndef UNIT_SCHEMA_PARSE_PARSE_HELP_H
#define UNIT_SCHEMA_PARSE_PARSE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/model/model.h"
#include "schema/parse/parse.h"

static inline struct sch_schema *parse(const char *text)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        fail_msg("refused: %s\n%s", err.text, text);
    }
    return schema;
}

static inline void refused(const char *text, const char *path)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema != NULL) {
        sch_schema_unref(&schema);
        fail_msg("accepted: %.200s", text);
    }
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    assert_string_equal(err.path, path);
    size_t len = strlen(path);
    assert_memory_equal(err.text, len > 0 ? path : "/", len > 0 ? len : 1);
    assert_memory_equal(err.text + (len > 0 ? len : 1), ": ", 2);
}

static inline const struct sch_type *field_type(const struct sch_schema *schema, size_t i)
{
    return sch_root(schema)->fields[i].type;
}

#endif
