/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_plan.c - what a structure's values become in its columns, and what no plan
 * can be made of. */
#include "decode_help.h"

static void numbers_widen_and_lose_nothing(void **state)
{
    (void)state;
    expect_read(F("'int'"), "05", "{'f':-3}");
    expect_read(F("'long'"), "05", "{'f':-3}");
    expect_read(F("'float'"), "cdcccc3d", "{'f':0.10000000149011612}");
    expect_read(F("'double'"), "9a9999999999b93f", "{'f':0.1}");
}

/* A union with one branch beside null is its value; with more, the branch is named, as in Avro's JSON
 * encoding. */
static void a_wide_union_names_its_branch(void **state)
{
    (void)state;
    expect_read(F("['null','string']"), "02 0261", "{'f':'a'}");
    expect_read(F("['string']"), "00 0261", "{'f':'a'}");
    expect_read(F("['null',{'type':'array','items':'int'}]"), "02 02 04 00", "{'f':[2]}");

    static const char *const scalars =
        F("['null','boolean','int','long','float','double','bytes','string']");
    expect_read(scalars, "00", "{'f':null}");
    expect_read(scalars, "02 01", "{'f':{'boolean':true}}");
    expect_read(scalars, "04 02", "{'f':{'int':1}}");
    expect_read(scalars, "06 02", "{'f':{'long':1}}");
    expect_read(scalars, "08 0000803f", "{'f':{'float':1}}");
    expect_read(scalars, "0a 000000000000f03f", "{'f':{'double':1}}");
    expect_read(scalars, "0c 04 6869", "{'f':{'bytes':'aGk='}}");
    expect_read(scalars, "0e 08 61476b3d", "{'f':{'string':'aGk='}}");

    static const char *const nested =
        F("[{'type':'array','items':'int'},{'type':'map','values':'int'},"
          "{'type':'enum','name':'a.E','symbols':['X']},{'type':'fixed','name':'b.F','size':1}]");
    expect_read(nested, "00 02 02 00", "{'f':{'array':[1]}}");
    expect_read(nested, "02 02 026b 02 00", "{'f':{'map':{'k':1}}}");
    expect_read(nested, "04 00", "{'f':{'a.E':'X'}}");
    expect_read(nested, "06 61", "{'f':{'b.F':'YQ=='}}");
}

/* Without the name of the branch both had the same JSON: a marriage looked like a divorce. */
static void records_of_one_shape_stay_apart(void **state)
{
    (void)state;
    static const char *const schema =
        F("{'type':'array','items':['null',"
          "{'type':'record','name':'civil.Married','fields':[{'name':'on','type':'int'}]},"
          "{'type':'record','name':'civil.Divorced','fields':[{'name':'on','type':'int'}]}]}");
    expect_read(schema, "06 02 02 04 02 00 00",
                "{'f':[{'civil.Married':{'on':1}},{'civil.Divorced':{'on':1}},null]}");
}

static void a_union_without_branches_has_no_value(void **state)
{
    (void)state;
    static const char *const array = F("{'type':'array','items':[]}");
    expect_read(array, "00", "{'f':[]}");
    expect_refused(array, "02 00 00", ERR_BAD_BRANCH, "/f/0");
    expect_refused(array, "01 02 00 00", ERR_BAD_BRANCH, "/f/0");
    static const char *const map = F("{'type':'map','values':[]}");
    expect_read(map, "00", "{'f':{}}");
    expect_refused(map, "02 026b 00 00", ERR_BAD_BRANCH, "/f/k");
    static const char *const nested = F("{'type':'map','values':{'type':'array','items':[]}}");
    expect_read(nested, "02 026b 00 00", "{'f':{'k':[]}}");
    expect_refused(nested, "02 026b 02 00 00 00", ERR_BAD_BRANCH, "/f/k/0");
    expect_refused(F("[]"), "00", ERR_BAD_BRANCH, "/f");
}

/* A loop passes over a block that tells its size, so only one without a size reaches the union. */
static void a_union_without_branches_has_no_value_to_skip(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *good; /* NULL: there is none */
        const char *bad;
        const char *path;
    } rows[] = {
        {"{'type':'array','items':[]}", "00", "02 00 00", "/f/0"},
        {"{'type':'map','values':[]}", "00", "02 026b 00 00", "/f/0"},
        {"[]", NULL, "00", "/f"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decoder d;
        char schema[256];
        snprintf(schema, sizeof(schema), REC(FIELD("f", "%s") "," FIELD("g", "'int'")),
                 rows[i].type);
        decoder_keep(&d, schema, "g");
        if (rows[i].good != NULL) {
            char hex[32];
            snprintf(hex, sizeof(hex), "%s 02", rows[i].good);
            expect_row(&d, hex, "{'g':1}");
        }
        expect_fault(&d, rows[i].bad, ERR_BAD_BRANCH, rows[i].path);
        decoder_close(&d);
    }
}

static void a_null_in_a_wide_union_is_a_null_cell(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("['null','int','string']"));
    assert_int_equal(decode_hex(&d, "00"), 0);
    assert_int_equal(d.cells[0].type, CELL_NULL);
    assert_int_equal(decode_hex(&d, "02 02"), 0);
    assert_int_equal(d.cells[0].type, CELL_NESTED);
    assert_int_equal(d.cells[0].len, 3);
    decoder_close(&d);
}

static void nested_values_have_their_own_names_and_units(void **state)
{
    (void)state;
    expect_read(
        F("{'type':'record','name':'A','fields':["
          "{'name':'at','type':" LOGICAL(
              "long", "timestamp-millis") "},"
                                          "{'name':'n','type':'long'},{'name':'d','type':" DECIMAL(
                                              4, 2) "},"
                                                    "{'name':'in','type':['null','A']}]}"),
        "02 02 0264 02 04 04 0200 00",
        "{'f':{'at':'1970-01-01T00:00:00.001Z','n':1,'d':1.00,"
        "'in':{'at':'1970-01-01T00:00:00.002Z','n':2,'d':0.00,'in':null}}}");
}

static void unwanted_fields_are_skipped(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *hex;
    } rows[] = {
        {"'null'", ""},
        {"'boolean'", "01"},
        {"'int'", "ffffffff0f"},
        {"'long'", "ffffffffffffffffff01"},
        {"'float'", "00000000"},
        {"'double'", "0000000000000000"},
        {"'bytes'", "04ffff"},
        {"'string'", "04ffff"},
        {"{'type':'enum','name':'E','symbols':['A','B']}", "02"},
        {"{'type':'fixed','name':'X','size':3}", "ffffff"},
        {"['null','string']", "00"},
        {"['null','string']", "02 0261"},
        {"['null','string','int']", "04 02"},
        {"{'type':'array','items':'string'}", "04 0261 0262 02 0263 00"},
        {"{'type':'array','items':'string'}", "03 06 ffffff 00"}, /* jumped over unseen */
        {"{'type':'map','values':{'type':'array','items':'int'}}", "02 0261 04 02 04 00 00"},
        {"{'type':'map','values':'int'}", "01 08 ffffffff 02 0261 02 00"},
        {"{'type':'record','name':'P','fields':[{'name':'a','type':'int'},{'name':'p','type':['"
         "null','P']}]}",
         "02 02 04 00"},
        {"{'type':'record','name':'P','fields':[{'name':'q','type':{'type':'record','name':'Q','"
         "fields':[]}}]}",
         ""},
    };
    struct decoder d;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char schema[512];
        char hex[128];
        snprintf(schema, sizeof(schema), REC(FIELD("s", "%s") "," FIELD("a", "'int'")),
                 rows[i].type);
        snprintf(hex, sizeof(hex), "%s 02", rows[i].hex);
        decoder_keep(&d, schema, "a");
        expect_row(&d, hex, "{'a':1}");
        decoder_close(&d);
    }
    decoder_keep(&d, REC(FIELD("s", "{'type':'map','values':'int'}") "," FIELD("a", "'int'")), "a");
    expect_fault(&d, "01 7e ffffffff 02 0261 02 00 02", ERR_TRUNCATED, "/s");
    decoder_close(&d);
}

/* One field f of this type into one column. */
static bool fits(const char *type, struct column column, struct err *err)
{
    char schema[512];
    struct decoder d = {.count = 1};
    const int32_t column_of[] = {0};
    snprintf(schema, sizeof(schema), F("%s"), type);
    d.schema = schema_of(schema);
    d.columns[0] = column;
    bool compiled = decoder_compile(&d, column_of);
    *err = d.err;
    decoder_close(&d);
    return compiled;
}

static void a_field_fills_a_column_of_its_own_type_alone(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum column_type column;
    } rows[] = {
        {"'boolean'", COLUMN_BOOLEAN},
        {"'long'", COLUMN_BIGINT},
        {"'double'", COLUMN_DOUBLE},
        {"'bytes'", COLUMN_BYTEA},
        {"'string'", COLUMN_TEXT},
        {LOGICAL("int", "date"), COLUMN_DATE},
        {LOGICAL("long", "time-micros"), COLUMN_TIME},
        {LOGICAL("long", "timestamp-millis"), COLUMN_TIMESTAMPTZ},
        {LOGICAL("long", "local-timestamp-millis"), COLUMN_TIMESTAMP},
        {LOGICAL("string", "uuid"), COLUMN_UUID},
        {"{'type':'fixed','name':'U','size':16,'logicalType':'uuid'}", COLUMN_UUID},
        {"{'type':'fixed','name':'U','size':15,'logicalType':'uuid'}", COLUMN_BYTEA},
        {"{'type':'array','items':'int'}", COLUMN_JSONB},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (enum column_type type = COLUMN_TEXT; type <= COLUMN_JSONB; type++) {
            struct err err;
            bool keyed = strcmp(rows[i].type, "'string'") == 0 && type == COLUMN_UUID;
            bool compiled =
                fits(rows[i].type, (struct column){.name = "f", .field = "f", .type = type}, &err);
            if (compiled != (type == rows[i].column || keyed)) {
                fail_msg("%s into %s: %d", rows[i].type, column_type_name(type), compiled);
            }
            if (!compiled) {
                assert_int_equal(err.kind, ERR_KIND_FATAL);
                assert_int_equal(err.code, ERR_INCOMPATIBLE);
                assert_string_equal(err.path, "/f");
            }
        }
    }
}

static void a_decimal_fits_a_column_of_at_least_its_digits_at_its_scale(void **state)
{
    (void)state;
    struct err err;
    struct column column = {
        .name = "f", .field = "f", .type = COLUMN_NUMERIC, .precision = 6, .scale = 2};
    assert_true(fits(DECIMAL(4, 2), column, &err));
    assert_true(fits(DECIMAL(6, 2), column, &err));
    assert_false(fits(DECIMAL(7, 2), column, &err));
    assert_false(fits(DECIMAL(6, 3), column, &err));
    assert_false(fits("'double'", column, &err));
}

/* Two structures say decimal(4,2) and decimal(9,2): an event of the first means the first, however
 * wide the column has become. */
static void a_decimal_has_its_own_structures_digits(void **state)
{
    (void)state;
    struct decoder d = {.count = 1};
    const int32_t column_of[] = {0};
    d.schema = schema_of(F(DECIMAL(4, 2)));
    d.columns[0] = (struct column){
        .name = "f", .field = "f", .type = COLUMN_NUMERIC, .precision = 9, .scale = 2};
    assert_true(decoder_compile(&d, column_of));
    expect_row(&d, "04 270f", "{'f':99.99}");
    expect_fault(&d, "04 2710", ERR_BAD_NUMBER, "/f");
    decoder_close(&d);
}

static void uuids_are_checked(void **state)
{
    (void)state;
    static const char schema[] = F(LOGICAL("string", "uuid"));
    expect_refused(schema, "02 61", ERR_BAD_UUID, "/f");
    expect_refused(schema, "00", ERR_BAD_UUID, "/f");
    expect_refused(schema,
                   "48 31313131313131312d323232322d333333332d343434342d35353535353535353535356a",
                   ERR_BAD_UUID, "/f");
    expect_refused(schema,
                   "48 31313131313131313132323232322d33333333 2d343434342d353535353535353535353535",
                   ERR_BAD_UUID, "/f");
}

static void a_fixed_uuid_is_its_sixteen_bytes(void **state)
{
    (void)state;
    static const char fixed[] = "{'type':'fixed','name':'U','size':16,'logicalType':'uuid'}";
    char schema[256];
    snprintf(schema, sizeof(schema), F("%s"), fixed);
    expect_read(schema, "11111111222233334444555555555555",
                "{'f':'11111111-2222-3333-4444-555555555555'}");
    snprintf(schema, sizeof(schema), F("{'type':'array','items':%s}"), fixed);
    expect_read(schema, "02 11111111222233334444555555555555 00",
                "{'f':['11111111-2222-3333-4444-555555555555']}");
}

static void columns_without_a_field_are_null(void **state)
{
    (void)state;
    struct decoder d = {.count = 4};
    const int32_t column_of[] = {2, 1};
    d.schema = schema_of(REC("{'name':'a','type':'int','default':7}," FIELD("b", "'string'")));
    for (size_t i = 0; i < d.count; i++) {
        static const char *const names[] = {"w", "b", "a", "z"};
        d.columns[i] = (struct column){.name = names[i], .field = names[i], .type = COLUMN_BIGINT};
    }
    d.columns[1].type = COLUMN_TEXT;
    assert_true(decoder_compile(&d, column_of));
    expect_row(&d, "02 0261", "{'w':null,'b':'a','a':1,'z':null}");
    decoder_close(&d);
}

static void a_plan_outlives_its_callers_schema(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("{'type':'enum','name':'E','symbols':['A','B']}"));
    sch_schema_unref(&d.schema);
    d.columns[0].name = "f";
    expect_row(&d, "02", "{'f':'B'}");
    decoder_close(&d);
}

static void a_root_that_is_no_record_has_no_fields(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const int32_t column_of[] = {0};
    struct sch_schema *schema = schema_of("'int'");
    const struct column column = {.name = "f", .field = "f", .type = COLUMN_BIGINT};
    struct sch_plan_spec spec = {
        .structure = schema, .column_of = column_of, .columns = &column, .column_count = 1};
    assert_null(sch_plan_compile(&spec, &err));
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    spec.column_of = NULL; /* it is the one column's value */
    struct sch_plan *plan = sch_plan_compile(&spec, &err);
    assert_non_null(plan);
    sch_plan_free(&plan);
    sch_schema_unref(&schema);
}

/* Each record holds the one before twice: 2^40 ways down, of which none may be walked at compile
 * or run time. */
static void shared_records_do_not_explode(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "{'type':'record','name':'R','fields':["
                       "{'name':'r0','type':{'type':'record','name':'A0','fields':[]}}");
    for (int i = 1; i <= 40; i++) {
        buf_printf(&text,
                   ",{'name':'r%d','type':{'type':'record','name':'A%d','fields':[{'name':'a','"
                   "type':'A%d'},"
                   "{'name':'b','type':'A%d'}]}}",
                   i, i, i - 1, i - 1);
    }
    buf_put_str(&text, "]}");
    struct decoder d;
    decoder_keep(&d, buf_cstr(&text), "none");
    expect_row(&d, "", "{}");
    decoder_close(&d);
    decoder_open(&d, buf_cstr(&text));
    assert_int_equal(decode_hex(&d, ""), -1);
    assert_int_equal(d.err.code, ERR_TOO_LARGE);
    decoder_close(&d);
    buf_fini(&text);
}

static void a_plan_can_be_printed(void **state)
{
    (void)state;
    struct decoder d;
    struct buf out = BUF_INIT;
    decoder_keep(&d, REC(FIELD("a", "'int'") "," FIELD("s", "'string'")), "a");
    sch_plan_print(d.plan, &out);
    assert_string_equal(buf_cstr(&out), "   0 INT           column 0  /a\n"
                                        "   1 SKIP_BYTES     /s\n"
                                        "   2 END            \n");
    decoder_close(&d);
    buf_reset(&out);
    decoder_open(&d, REC(FIELD("u", "['null','int',{'type':'array','items':'int'}]")));
    sch_plan_print(d.plan, &out);
    assert_non_null(strstr(buf_cstr(&out), "JUMP"));
    for (const char *jump = buf_cstr(&out); (jump = strstr(jump, "JUMP")) != NULL; jump++) {
        assert_memory_equal(jump + strlen("JUMP         "), " to ", 4);
    }
    buf_fini(&out);
    decoder_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_widen_and_lose_nothing),
        cmocka_unit_test(a_wide_union_names_its_branch),
        cmocka_unit_test(records_of_one_shape_stay_apart),
        cmocka_unit_test(a_union_without_branches_has_no_value),
        cmocka_unit_test(a_union_without_branches_has_no_value_to_skip),
        cmocka_unit_test(a_null_in_a_wide_union_is_a_null_cell),
        cmocka_unit_test(nested_values_have_their_own_names_and_units),
        cmocka_unit_test(unwanted_fields_are_skipped),
        cmocka_unit_test(a_field_fills_a_column_of_its_own_type_alone),
        cmocka_unit_test(a_decimal_fits_a_column_of_at_least_its_digits_at_its_scale),
        cmocka_unit_test(a_decimal_has_its_own_structures_digits),
        cmocka_unit_test(uuids_are_checked),
        cmocka_unit_test(a_fixed_uuid_is_its_sixteen_bytes),
        cmocka_unit_test(columns_without_a_field_are_null),
        cmocka_unit_test(a_plan_outlives_its_callers_schema),
        cmocka_unit_test(a_root_that_is_no_record_has_no_fields),
        cmocka_unit_test(shared_records_do_not_explode),
        cmocka_unit_test(a_plan_can_be_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
