/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/parse/test_references.c - schemas that use types of other texts: which names a
 * text finds, the text of an error, and bounds over all texts together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"

enum { MOST = 80 };

/* texts end with NULL; the last is the root. */
static struct sch_schema *parse_all(const char *const *texts, struct err *err)
{
    struct sch_text references[MOST];
    size_t count = 0;
    for (; texts[count + 1] != NULL; count++) {
        assert_true(count < MOST);
        references[count] = (struct sch_text){texts[count], strlen(texts[count])};
    }
    return sch_parse_with(references, count, texts[count], strlen(texts[count]), err);
}

#define PARSE(err, ...) parse_all((const char *const[]){__VA_ARGS__, NULL}, err)

static void refused(const char *const *texts, const char *begins, const char *path)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = parse_all(texts, &err);
    if (schema != NULL) {
        sch_schema_unref(&schema);
        fail_msg("accepted: %s", begins);
    }
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    if (strncmp(err.text, begins, strlen(begins)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", err.text, begins);
    }
    assert_string_equal(err.path, path);
}

#define REFUSED(begins, path, ...) refused((const char *const[]){__VA_ARGS__, NULL}, begins, path)

#define GOVERNORATE "{\"type\":\"enum\",\"name\":\"n.Governorate\",\"symbols\":[\"A\",\"B\"]}"
#define PLACE                                                                                      \
    "{\"type\":\"record\",\"name\":\"n.Place\",\"fields\":[{\"name\":\"g\",\"type\":"              \
    "\"Governorate\",\"default\":\"B\"}]}"

static void canonical_is(const struct sch_schema *schema, const char *expected)
{
    struct buf out = BUF_INIT;
    sch_canonical(schema, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_fini(&out);
}

static void references_know_the_ones_before_them_and_the_root_knows_all(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *schema =
        PARSE(&err, GOVERNORATE, PLACE,
              "{\"type\":\"record\",\"name\":\"m.Person\",\"fields\":["
              "{\"name\":\"home\",\"type\":\"n.Place\"},"
              "{\"name\":\"born\",\"type\":[\"null\",\"n.Governorate\"]}]}");
    assert_non_null(schema);
    const struct sch_type *root = sch_root(schema);
    assert_string_equal(root->name, "m.Person");
    const struct sch_type *place = root->fields[0].type;
    assert_string_equal(place->name, "n.Place");
    assert_ptr_equal(place->fields[0].type, root->fields[1].type->branches[1]);
    assert_int_equal(place->fields[0].default_len, 1);
    assert_int_equal(place->fields[0].default_bytes[0], 2);
    canonical_is(schema,
                 "{\"name\":\"m.Person\",\"type\":\"record\",\"fields\":[{\"name\":\"home\","
                 "\"type\":{\"name\":\"n.Place\",\"type\":\"record\",\"fields\":[{\"name\":\"g\","
                 "\"type\":{\"name\":\"n.Governorate\",\"type\":\"enum\",\"symbols\":[\"A\",\"B\"]}"
                 "}]}},{\"name\":\"born\",\"type\":[\"null\",\"n.Governorate\"]}]}");
    sch_schema_unref(&schema);
}

static void numbers_are_unique_over_all_texts(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *schema = PARSE(&err, GOVERNORATE, PLACE, "[\"string\",\"n.Place\"]");
    assert_non_null(schema);
    const struct sch_type *root = sch_root(schema);
    const struct sch_type *all[] = {root, root->branches[0], root->branches[1],
                                    root->branches[1]->fields[0].type};
    bool seen[4] = {false};
    assert_int_equal(sch_type_count(schema), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_in_range(all[i]->number, 0, 3);
        assert_false(seen[all[i]->number]);
        seen[all[i]->number] = true;
    }
    sch_schema_unref(&schema);
}

static void a_root_may_be_nothing_but_a_referenced_name(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *schema = PARSE(&err, GOVERNORATE, "\"n.Governorate\"");
    assert_non_null(schema);
    canonical_is(schema,
                 "{\"name\":\"n.Governorate\",\"type\":\"enum\",\"symbols\":[\"A\",\"B\"]}");
    sch_schema_unref(&schema);
}

static void fingerprints_are_those_of_the_schema_in_one_text(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *parts =
        PARSE(&err, GOVERNORATE, "{\"type\":\"array\",\"items\":\"n.Governorate\"}");
    struct sch_schema *whole = PARSE(&err, "{\"type\":\"array\",\"items\":" GOVERNORATE "}");
    assert_non_null(parts);
    assert_non_null(whole);
    uint8_t a[32];
    uint8_t b[32];
    sch_fingerprint_sha256(parts, a);
    sch_fingerprint_sha256(whole, b);
    assert_memory_equal(a, b, sizeof(a));
    assert_true(sch_fingerprint_crc64(parts) == sch_fingerprint_crc64(whole));
    sch_schema_unref(&parts);
    sch_schema_unref(&whole);
}

/* A default that leaves a field out asks for the default in the earlier text. */
static void defaults_reach_into_references(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *schema = PARSE(&err, GOVERNORATE, PLACE,
                                      "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
                                      "{\"name\":\"p\",\"type\":\"n.Place\",\"default\":{}}]}");
    assert_non_null(schema);
    assert_int_equal(sch_root(schema)->fields[0].default_len, 1);
    assert_int_equal(sch_root(schema)->fields[0].default_bytes[0], 2);
    sch_schema_unref(&schema);
    REFUSED("/fields/0/default: the default has no \"x\"", "/fields/0/default",
            "{\"type\":\"record\",\"name\":\"N\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}",
            "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
            "{\"name\":\"p\",\"type\":\"N\",\"default\":{}}]}");
}

static void a_fault_says_in_which_reference_it_is(void **state)
{
    (void)state;
    REFUSED(
        "reference 2: /fields/0/type: \"nosuch\"", "/fields/0/type", GOVERNORATE,
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"p\",\"type\":\"nosuch\"}]}",
        "\"int\"");
    REFUSED("reference 1: /: not JSON", "", "{", "\"int\"");
    REFUSED("reference 1: /: a schema has from 1", "", "", "\"int\"");
    REFUSED("reference 2: /fields/0/default: ", "/fields/0/default", GOVERNORATE,
            "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"p\",\"type\":"
            "\"n.Governorate\",\"default\":\"C\"}]}",
            "\"int\"");
    REFUSED("reference 1: /fields/0/type: \"Governorate\"", "/fields/0/type", PLACE, GOVERNORATE,
            "\"int\""); /* the order counts */
    REFUSED("/: \"n.Other\" is neither", "", GOVERNORATE, "\"n.Other\"");
}

static void a_name_is_defined_once_in_all_texts(void **state)
{
    (void)state;
    REFUSED("reference 2: /name: \"n.Governorate\" is defined twice", "/name", GOVERNORATE,
            GOVERNORATE, "\"int\"");
    REFUSED("/items/name: \"n.Governorate\" is defined twice", "/items/name", GOVERNORATE,
            "{\"type\":\"array\",\"items\":" GOVERNORATE "}");
}

static void size_is_bounded_over_all_texts(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    size_t half = SCH_MAX_TEXT_BYTES / 2;
    char *spaces = malloc(half);
    assert_non_null(spaces);
    memset(spaces, ' ', half);
    memcpy(spaces, "\"int\"", 5);
    struct sch_text two[] = {{spaces, half}, {spaces, 6}};
    struct sch_schema *schema = sch_parse_with(two, 2, spaces, half - 6, &err);
    assert_non_null(schema);
    sch_schema_unref(&schema);
    assert_null(sch_parse_with(two, 2, spaces, half - 5, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    struct sch_text none = {spaces, 0};
    assert_null(sch_parse_with(&none, SIZE_MAX / 64, spaces, SCH_MAX_TEXT_BYTES + 1, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    free(spaces);
}

/* Each text is shallow; laid into each other they are not. */
static void depth_is_bounded_over_all_texts(void **state)
{
    (void)state;
    for (int count = SCH_MAX_DEPTH - 1; count <= SCH_MAX_DEPTH; count++) {
        struct err err = ERR_INIT;
        char texts[SCH_MAX_DEPTH][120];
        struct sch_text references[SCH_MAX_DEPTH];
        for (int i = 0; i < count; i++) {
            char before[8];
            snprintf(before, sizeof(before), "R%d", i - 1);
            int len = snprintf(texts[i], sizeof(texts[i]),
                               "{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"x\","
                               "\"type\":\"%s\"}]}",
                               i, i > 0 ? before : "int");
            references[i] = (struct sch_text){texts[i], (size_t)len};
        }
        char root[40];
        int len = snprintf(root, sizeof(root), "{\"type\":\"array\",\"items\":\"R%d\"}", count - 1);
        struct sch_schema *schema =
            sch_parse_with(references, (size_t)count, root, (size_t)len, &err);
        assert_int_equal(schema != NULL, count + 1 <= SCH_MAX_DEPTH);
        if (schema == NULL) {
            assert_int_equal(err.code, ERR_BAD_SCHEMA);
            assert_non_null(strstr(err.text, "nested deeper than 64 through references"));
        }
        sch_schema_unref(&schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_know_the_ones_before_them_and_the_root_knows_all),
        cmocka_unit_test(numbers_are_unique_over_all_texts),
        cmocka_unit_test(a_root_may_be_nothing_but_a_referenced_name),
        cmocka_unit_test(fingerprints_are_those_of_the_schema_in_one_text),
        cmocka_unit_test(defaults_reach_into_references),
        cmocka_unit_test(a_fault_says_in_which_reference_it_is),
        cmocka_unit_test(a_name_is_defined_once_in_all_texts),
        cmocka_unit_test(size_is_bounded_over_all_texts),
        cmocka_unit_test(depth_is_bounded_over_all_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
