/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_row.c - a row that lies in a field of the root, as in Debezium's
 * envelope. */
#include "decode_help.h"

#define VALUE                                                                                      \
    "{'type':'record','name':'Value','fields':[" FIELD("id", "'int'") "," FIELD(                   \
        "name", "['null','string']") "," FIELD("tags", "{'type':'array','items':'string'}") "]}"
#define SOURCE                                                                                     \
    FIELD("source", "{'type':'record','name':'Source','fields':[" FIELD(                           \
                        "db", "'string'") "," FIELD("lsn", "'long'") "]}")
#define ENVELOPE                                                                                   \
    REC(FIELD("before", "['null'," VALUE "]") "," FIELD(                                           \
        "after", "['null','Value']") "," SOURCE "," FIELD("op", "'string'"))

/* Bytes: Value 1 with nothing, Value 7 with everything, and what follows `after`. */
#define ONE   "02 00 00"
#define SEVEN "0e 02 0241 02 0278 00"
#define TAIL  "0264 04 0263"

#define ROW_OF_SEVEN "{'id':7,'name':'A','tags':['x']}"
#define ROW_OF_NULL  "{'id':null,'name':null,'tags':null}"

static void open_row(struct decoder *d, const char *schema)
{
    decoder_keep_row(d, schema, "after", NULL);
}

static void expect_inner(const char *schema, const char *hex, const char *row)
{
    struct decoder d;
    open_row(&d, schema);
    expect_row(&d, hex, row);
    decoder_close(&d);
}

static void the_row_lies_between_skipped_fields(void **state)
{
    (void)state;
    expect_inner(ENVELOPE, "00 02" SEVEN TAIL, ROW_OF_SEVEN);
    expect_inner(ENVELOPE, "02" ONE "02" SEVEN TAIL, ROW_OF_SEVEN);
    expect_inner(ENVELOPE, "02" SEVEN "02" ONE TAIL, "{'id':1,'name':null,'tags':[]}");
}

static void the_row_may_come_first_or_last_or_alone(void **state)
{
    (void)state;
    expect_inner(REC(FIELD("after", "['null'," VALUE "]") "," SOURCE), "02" SEVEN "0264 04",
                 ROW_OF_SEVEN);
    expect_inner(REC(SOURCE "," FIELD("after", "['null'," VALUE "]")), "0264 04 02" SEVEN,
                 ROW_OF_SEVEN);
    expect_inner(REC(FIELD("after", "['null'," VALUE "]")), "02" SEVEN, ROW_OF_SEVEN);
}

static void the_row_may_be_a_record_without_null(void **state)
{
    (void)state;
    static const char *const schema =
        REC(SOURCE "," FIELD("after", VALUE) "," FIELD("op", "'string'"));
    expect_inner(schema, "0264 04" SEVEN "0263", ROW_OF_SEVEN);
}

static void a_row_that_is_null_makes_every_column_null(void **state)
{
    (void)state;
    expect_inner(ENVELOPE, "00 00" TAIL, ROW_OF_NULL);
    expect_inner(ENVELOPE, "02" SEVEN "00" TAIL, ROW_OF_NULL);
    expect_inner(REC(FIELD("after", "[" VALUE ",'null']")), "02", ROW_OF_NULL);
    expect_inner(REC(FIELD("after", "[" VALUE ",'null']")), "00" SEVEN, ROW_OF_SEVEN);
}

/* The same plan reads both: nothing of one event stays for the next. */
static void a_null_row_follows_a_full_one(void **state)
{
    (void)state;
    struct decoder d;
    open_row(&d, ENVELOPE);
    expect_row(&d, "00 02" SEVEN TAIL, ROW_OF_SEVEN);
    expect_row(&d, "00 00" TAIL, ROW_OF_NULL);
    expect_row(&d, "00 02" SEVEN TAIL, ROW_OF_SEVEN);
    decoder_close(&d);
}

static void a_fault_has_its_path_from_the_root(void **state)
{
    (void)state;
    struct decoder d;
    open_row(&d, ENVELOPE);
    expect_fault(&d, "04", ERR_BAD_BRANCH, "/before");
    expect_fault(&d, "02 ffffffffff7f", ERR_BAD_VARINT, "/before/id");
    expect_fault(&d, "02 02 00 02 01", ERR_BAD_LENGTH, "/before/tags/0");
    expect_fault(&d, "00 04", ERR_BAD_BRANCH, "/after");
    expect_fault(&d, "00 02 ffffffffff7f", ERR_BAD_VARINT, "/after/id");
    expect_fault(&d, "00 02 02 02 02ff", ERR_BAD_TEXT, "/after/name");
    expect_fault(&d, "00 02 02 00 04 0261 02ff", ERR_BAD_TEXT, "/after/tags/1");
    expect_fault(&d, "00 00 01", ERR_BAD_LENGTH, "/source/db");
    expect_fault(&d, "00 02" SEVEN "0264 ffffffffffffffffff7f", ERR_BAD_VARINT, "/source/lsn");
    expect_fault(&d, "00 02" SEVEN "0264 04 0463", ERR_TRUNCATED, "/op");
    expect_fault(&d, "00 02" SEVEN TAIL "00", ERR_TRAILING_BYTES, "");
    decoder_close(&d);
}

static void a_cut_at_every_byte_is_truncated(void **state)
{
    (void)state;
    uint8_t bytes[64];
    size_t len = hex_to("02" SEVEN "02" SEVEN TAIL, bytes, sizeof(bytes));
    struct decoder d;
    open_row(&d, ENVELOPE);
    assert_int_equal(decode(&d, bytes, len), 0);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(decode(&d, bytes, cut), -1);
        assert_int_equal(d.err.code, ERR_TRUNCATED);
    }
    decoder_close(&d);
}

static void unwanted_fields_of_the_row_are_skipped(void **state)
{
    (void)state;
    struct decoder d;
    decoder_keep_row(&d, ENVELOPE, "after", "name");
    expect_row(&d, "00 02" SEVEN TAIL, "{'name':'A'}");
    expect_row(&d, "00 00" TAIL, "{'name':null}");
    expect_fault(&d, "00 02 ffffffffff7f", ERR_BAD_VARINT, "/after/id");
    decoder_close(&d);
}

/* A row whose record holds itself, and a name that root and row share. */
static void a_row_may_hold_its_own_type(void **state)
{
    (void)state;
    static const char *const schema = REC(FIELD("id", "'string'") "," FIELD(
        "after", "['null',{'type':'record','name':'Node','fields':[" FIELD("id", "'int'") "," FIELD(
                     "next", "['null','Node']") "]}]"));
    struct decoder d;
    open_row(&d, schema);
    expect_row(&d, "0261 02 02 02 04 02 06 00",
               "{'id':1,'next':{'id':2,'next':{'id':3,'next':null}}}");
    expect_fault(&d, "0261 02 02 02 04 02 ffffffffff7f", ERR_BAD_VARINT, "/after/next/next/id");
    decoder_close(&d);
}

static void columns_without_a_field_are_null_in_either_case(void **state)
{
    (void)state;
    struct decoder d;
    open_row(&d, ENVELOPE);
    sch_plan_free(&d.plan);
    const int32_t column_of[] = {2, SCH_NO_COLUMN, SCH_NO_COLUMN};
    d.columns[2] = d.columns[0];
    d.columns[0] = (struct column){.name = "a", .field = "a", .type = COLUMN_TEXT};
    d.columns[1] = (struct column){.name = "b", .field = "b", .type = COLUMN_JSONB};
    assert_true(decoder_compile(&d, column_of));
    expect_row(&d, "00 02" SEVEN TAIL, "{'a':null,'b':null,'id':7}");
    expect_row(&d, "00 00" TAIL, "{'a':null,'b':null,'id':null}");
    decoder_close(&d);
}

static void expect_no_plan(const char *row_field, const char *path, const char *text)
{
    struct decoder d;
    open_row(&d, ENVELOPE);
    sch_plan_free(&d.plan);
    const int32_t column_of[] = {0, 1, 2};
    d.row_field = row_field;
    d.columns[0].type = COLUMN_BOOLEAN;
    assert_false(decoder_compile(&d, column_of));
    assert_int_equal(d.err.kind, ERR_KIND_FATAL);
    assert_int_equal(d.err.code, ERR_INCOMPATIBLE);
    assert_string_equal(d.err.path, path);
    assert_string_equal(d.err.text, text);
    decoder_close(&d);
}

static void only_a_field_that_holds_a_record_is_a_row(void **state)
{
    (void)state;
    expect_no_plan("row", "/row", "the structure has no field \"row\", which holds the row");
    expect_no_plan("op", "/op", "string cannot hold the row, which is a record");
    expect_no_plan("after", "/after/id", "int does not fit its column, which is boolean");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_row_lies_between_skipped_fields),
        cmocka_unit_test(the_row_may_come_first_or_last_or_alone),
        cmocka_unit_test(the_row_may_be_a_record_without_null),
        cmocka_unit_test(a_row_that_is_null_makes_every_column_null),
        cmocka_unit_test(a_null_row_follows_a_full_one),
        cmocka_unit_test(a_fault_has_its_path_from_the_root),
        cmocka_unit_test(a_cut_at_every_byte_is_truncated),
        cmocka_unit_test(unwanted_fields_of_the_row_are_skipped),
        cmocka_unit_test(a_row_may_hold_its_own_type),
        cmocka_unit_test(columns_without_a_field_are_null_in_either_case),
        cmocka_unit_test(only_a_field_that_holds_a_record_is_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
