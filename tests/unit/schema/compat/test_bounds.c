/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/compat/test_bounds.c - hostile schemas: steps, faults, pairs and nesting. */
#include "compat_help.h"

/* Each record has two fields of the next: 2^60 ways to the last one. */
static void put_doubling(struct buf *out, const char *leaf)
{
    enum { LEVELS = 60 };
    for (int i = 0; i < LEVELS; i++) {
        buf_printf(out, "{'type':'record','name':'D%d','fields':[{'name':'a','type':", i);
    }
    buf_printf(out, "{'type':'record','name':'D60','fields':[{'name':'a','type':'%s'}]}", leaf);
    for (int i = LEVELS; i > 0; i--) {
        buf_printf(out, "},{'name':'b','type':'D%d'}]}", i);
    }
}

static void shared_types_are_walked_once(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    for (int in_union = 0; in_union < 2; in_union++) {
        for (int wrong = 0; wrong < 2; wrong++) {
            buf_reset(&reader);
            buf_reset(&writer);
            buf_put_str(&reader, in_union ? "['null'," : "");
            put_doubling(&reader, "long");
            buf_put_str(&reader, in_union ? "]" : "");
            put_doubling(&writer, wrong ? "string" : "int");
            struct sch_faults faults = check(buf_cstr(&reader), buf_cstr(&writer));
            assert_int_equal(faults.count, wrong);
            sch_faults_fini(&faults);
        }
    }
    buf_fini(&reader);
    buf_fini(&writer);
}

/* Two unions of 900 branches in contrary order: one comparison is far below the limit, and 400 are
 * far above. */
static void all_earlier_schemas_share_the_steps(void **state)
{
    (void)state;
    enum { BRANCHES = 900, EARLIER = 200 };
    struct buf texts[2] = {BUF_INIT, BUF_INIT};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < BRANCHES; i++) {
            buf_printf(&texts[side], "%c{'type':'fixed','name':'b%d','size':1}", i > 0 ? ',' : '[',
                       side == 0 ? i : BRANCHES - 1 - i);
        }
        buf_put_str(&texts[side], "]");
    }
    struct sch_schema *next = parse(buf_cstr(&texts[0]));
    struct sch_schema *old = parse(buf_cstr(&texts[1]));
    struct sch_schema *earlier[EARLIER];
    for (size_t i = 0; i < EARLIER; i++) {
        earlier[i] = old;
    }
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    assert_int_equal(sch_compatible(SCH_LEVEL_BACKWARD, next, earlier, EARLIER, &faults, &err), 0);
    sch_faults_fini(&faults);
    assert_int_equal(
        sch_compatible(SCH_LEVEL_FULL_TRANSITIVE, next, earlier, EARLIER, &faults, &err), -1);
    assert_int_equal(err.code, ERR_SCHEMA_TOO_LARGE);
    sch_faults_fini(&faults);
    sch_schema_unref(&next);
    sch_schema_unref(&old);
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
}

static void a_thousand_faults_are_kept(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    buf_put_str(&reader, "{'type':'record','name':'W','fields':[");
    for (int i = 0; i < 1500; i++) {
        buf_printf(&reader, "%s{'name':'f%d','type':'int'}", i > 0 ? "," : "", i);
    }
    buf_put_str(&reader, "]}");
    struct sch_schema *next = parse(buf_cstr(&reader));
    struct sch_schema *earlier[2] = {parse("{'type':'record','name':'W','fields':[]}"),
                                     parse("{'type':'record','name':'W','fields':[]}")};
    assert_int_equal(sch_compatible(SCH_LEVEL_FULL_TRANSITIVE, next, earlier, 2, &faults, &err), 0);
    assert_int_equal(faults.count, SCH_MAX_FAULTS);
    assert_string_equal(faults.items[999].path, "/fields/999");
    assert_int_equal(faults.items[999].earlier, 1);
    assert_null(strstr(faults.items[998].text, "more than"));
    assert_non_null(strstr(faults.items[999].text, " … and there are more than these 1000"));
    assert_true(faults.more);
    sch_faults_fini(&faults);
    sch_schema_unref(&next);
    sch_schema_unref(&earlier[0]);
    sch_schema_unref(&earlier[1]);
    buf_fini(&reader);
}

/* A ring of `count` records of one simple name: two rings meet in the product of their lengths. */
static void put_ring(struct buf *out, int count)
{
    buf_reset(out);
    for (int i = 0; i < count; i++) {
        buf_printf(out, "{'type':'record','name':'n%d.N','fields':[{'name':'f','type':", i);
    }
    buf_put_str(out, "'n0.N'");
    for (int i = 0; i < count; i++) {
        buf_put_str(out, "}]}");
    }
}

static void endless_entanglement_is_refused(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    put_ring(&reader, 53);
    put_ring(&writer, 54);
    assert_reads(buf_cstr(&reader), buf_cstr(&writer));
    put_ring(&reader, 62);
    put_ring(&writer, 61);
    assert_int_equal(check_fails(buf_cstr(&reader), buf_cstr(&writer)), ERR_SCHEMA_TOO_LARGE);
    buf_fini(&reader);
    buf_fini(&writer);
}

/* A union of `count` records, each in its own namespace; one_name: they share their simple name. */
static void put_many(struct buf *out, int count, bool one_name, const char *prefix,
                     const char *type)
{
    buf_reset(out);
    for (int i = 0; i < count; i++) {
        buf_printf(out,
                   "%c{'type':'record','name':'n%d.%s%d','aliases':['A','B','C'],"
                   "'fields':[{'name':'f','type':'%s'}]}",
                   i > 0 ? ',' : '[', i, prefix, one_name ? 0 : i, type);
    }
    buf_put_str(out, "]");
}

static void endless_products_are_refused(void **state)
{
    (void)state;
    struct buf reader = BUF_INIT;
    struct buf writer = BUF_INIT;
    put_many(&reader, 700, true, "N", "int");
    put_many(&writer, 700, true, "N", "string");
    struct sch_faults faults = check(buf_cstr(&reader), buf_cstr(&writer));
    assert_int_equal(faults.count, 700);
    sch_faults_fini(&faults);
    put_many(&reader, 720, true, "N", "int");
    put_many(&writer, 720, true, "N", "string");
    assert_int_equal(check_fails(buf_cstr(&reader), buf_cstr(&writer)), ERR_SCHEMA_TOO_LARGE);
    put_many(&reader, 8000, false, "M", "int"); /* too many by their names alone */
    put_many(&writer, 8000, false, "M", "int");
    assert_int_equal(check_fails(buf_cstr(&reader), buf_cstr(&writer)), ERR_SCHEMA_TOO_LARGE);
    buf_fini(&reader);
    buf_fini(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_types_are_walked_once),
        cmocka_unit_test(all_earlier_schemas_share_the_steps),
        cmocka_unit_test(a_thousand_faults_are_kept),
        cmocka_unit_test(endless_entanglement_is_refused),
        cmocka_unit_test(endless_products_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
