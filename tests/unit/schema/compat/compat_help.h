/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/compat/compat_help.h - readers and writers for tests: schemas as JSON with ' for
 * ". */
#ifndef UNIT_SCHEMA_COMPAT_COMPAT_HELP_H
#define UNIT_SCHEMA_COMPAT_COMPAT_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "schema/compat/compat.h"
#include "schema/parse/parse.h"

static inline struct sch_schema *parse(const char *text)
{
    struct buf json = BUF_INIT;
    struct err err = ERR_INIT;
    buf_put_str(&json, text);
    for (size_t i = 0; i < json.len; i++) {
        json.data[i] = json.data[i] == '\'' ? '"' : json.data[i];
    }
    struct sch_schema *schema = sch_parse(buf_cstr(&json), json.len, &err);
    if (schema == NULL) {
        fail_msg("%s: %.200s", err.text, text);
    }
    buf_fini(&json);
    return schema;
}

static inline struct sch_faults check(const char *reader, const char *writer)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *r = parse(reader);
    struct sch_schema *w = parse(writer);
    assert_int_equal(sch_read_check(r, w, &faults, &err), 0);
    sch_schema_unref(&r);
    sch_schema_unref(&w);
    return faults;
}

static inline enum err_code check_fails(const char *reader, const char *writer)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *r = parse(reader);
    struct sch_schema *w = parse(writer);
    assert_int_equal(sch_read_check(r, w, &faults, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    sch_faults_fini(&faults);
    sch_schema_unref(&r);
    sch_schema_unref(&w);
    return err.code;
}

static inline void assert_reads(const char *reader, const char *writer)
{
    struct sch_faults faults = check(reader, writer);
    if (faults.count != 0) {
        fail_msg("%s at \"%s\": %s", faults.items[0].type, faults.items[0].path,
                 faults.items[0].text);
    }
    sch_faults_fini(&faults);
}

static inline void assert_one_fault(const char *reader, const char *writer, const char *type,
                                    const char *path, const char *text)
{
    struct sch_faults faults = check(reader, writer);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].type, type);
    assert_string_equal(faults.items[0].path, path);
    assert_string_equal(faults.items[0].text, text);
    assert_true(faults.items[0].backward);
    assert_int_equal(faults.items[0].earlier, 0);
    sch_faults_fini(&faults);
}

#define R(fields)     "{'type':'record','name':'a.R','fields':[" fields "]}"
#define F(name, type) "{'name':'" name "','type':" type "}"

#endif
