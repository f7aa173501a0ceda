/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_decode.c - hostile bytes: every reason that a decoder gives, with its
 * path. */
#include "decode_help.h"

/* Every kind of field, nested ones too, with the bytes of one value, blocks that tell their size
 * among them. */
/* clang-format off */
static const char rich[] = REC(
    FIELD("name", "'string'") ","
    FIELD("sex", "{'type':'enum','name':'Sex','symbols':['m','f']}") ","
    FIELD("born", LOGICAL("int", "date")) ","
    FIELD("at", LOGICAL("long", "timestamp-micros")) ","
    FIELD("pay", DECIMAL(12, 2)) ","
    FIELD("id", LOGICAL("string", "uuid")) ","
    FIELD("w", "'float'") ","
    FIELD("h", "'double'") ","
    FIELD("ok", "'boolean'") ","
    FIELD("raw", "'bytes'") ","
    FIELD("code", "{'type':'fixed','name':'C','size':3}") ","
    FIELD("note", "['null','string']") ","
    FIELD("tags", "{'type':'array','items':'string'}") ","
    FIELD("extra", "{'type':'map','values':['null','long','string']}") ","
    FIELD("home", "{'type':'record','name':'A','fields':["
                  "{'name':'in','type':{'type':'array','items':'A'}},{'name':'no','type':'int'}]}"));
/* clang-format on */

static const char rich_hex[] =
    "0ad8a3d98561 02 a01f 8089818283898506 060186a0 "
    "48 31313131313131312d323232322d333333332d343434342d353535353535353535353535 "
    "0000c03f 0000000000000440 01 0400ff 010203 02046869 020278010604797a00 "
    "02026b0280f1040106026c0000 0200090006";

static const char rich_row[] =
    "{'name':'أمa','sex':'f','born':'1975-06-24','at':'2023-11-14T22:13:20.123456Z','pay':1000.00,"
    "'id':'11111111-2222-3333-4444-555555555555','w':1.5,'h':2.5,'ok':true,'raw':'AP8=','code':'"
    "AQID',"
    "'note':'hi','tags':['x','yz'],'extra':{'k':{'long':40000},'l':null},'home':{'in':[{'in':[],'"
    "no':-5}],'"
    "no':3}}";

static void a_rich_record_is_read(void **state)
{
    (void)state;
    expect_read(rich, rich_hex, rich_row);
}

/* Every cut of a value is refused as such, also when everything is skipped. */
static void a_cut_at_every_byte_is_truncated(void **state)
{
    (void)state;
    const char *const kept[] = {NULL, "none"};
    for (size_t r = 0; r < COUNT_OF(kept); r++) {
        struct decoder d;
        uint8_t bytes[512];
        size_t len = hex_to(rich_hex, bytes, sizeof(bytes));
        decoder_keep(&d, rich, kept[r]);
        assert_int_equal(decode(&d, bytes, len), 0);
        for (size_t cut = 0; cut < len; cut++) {
            assert_int_equal(decode(&d, bytes, cut), -1);
            if (d.err.code != ERR_TRUNCATED || d.err.kind != ERR_KIND_POISON) {
                fail_msg("cut at %zu: %s at %s", cut, err_token(d.err.code), d.err.path);
            }
        }
        bytes[len] = 0;
        assert_int_equal(decode(&d, bytes, len + 1), -1);
        assert_int_equal(d.err.code, ERR_TRAILING_BYTES);
        decoder_close(&d);
    }
}

static void one_changed_byte_is_read_or_refused(void **state)
{
    (void)state;
    struct decoder d;
    uint8_t bytes[512];
    size_t len = hex_to(rich_hex, bytes, sizeof(bytes));
    decoder_open(&d, rich);
    for (size_t at = 0; at < len; at++) {
        uint8_t kept = bytes[at];
        for (int value = 0; value < 256; value++) {
            bytes[at] = (uint8_t)value;
            if (decode(&d, bytes, len) != 0) {
                assert_int_equal(d.err.kind, ERR_KIND_POISON);
            }
        }
        bytes[at] = kept;
    }
    decoder_close(&d);
}

static void an_error_names_field_index_and_key(void **state)
{
    (void)state;
    static const char schema[] = REC(
        FIELD("a", "{'type':'array','items':{'type':'map','values':{'type':'record','name':'P',"
                   "'fields':[{'name':'x','type':'boolean'},{'name':'p','type':['null','P']}]}}}"));
    expect_read(schema, "04 00 02 026b 01 02 00 00 00 00",
                "{'a':[{},{'k':{'x':true,'p':{'x':false,'p':null}}}]}");
    expect_refused(schema, "04 00 02 026b 01 02 05 00 00 00", ERR_BAD_BOOLEAN, "/a/1/k/p/x");
    expect_refused(schema, "04 00 02 026b 01 04 00 00 00 00", ERR_BAD_BRANCH, "/a/1/k/p");
    expect_refused(schema, "04 00 02 02ff 01 02 00 00 00 00", ERR_BAD_TEXT, "/a/1");
    expect_refused(schema, "04 00 04 026b 01 00 ", ERR_TRUNCATED, "/a/1");
    expect_refused(F("'boolean'"), "02", ERR_BAD_BOOLEAN, "/f");
    /* The key "~a/b" of a map. */
    expect_refused(F("{'type':'map','values':'boolean'}"), "02 087e612f62 02", ERR_BAD_BOOLEAN,
                   "/f/~0a~1b");
}

static void varints_beyond_their_type_are_refused(void **state)
{
    (void)state;
    expect_read(F("'long'"), "ffffffffffffffffff01", "{'f':-9223372036854775808}");
    expect_read(F("'long'"), "feffffffffffffffff01", "{'f':9223372036854775807}");
    expect_read(F("'long'"), "80 00", "{'f':0}"); /* longer than it must be */
    expect_read(F("'int'"), "ffffffff0f", "{'f':-2147483648}");
    expect_refused(F("'long'"), "ffffffffffffffffff02", ERR_BAD_VARINT, "/f");
    expect_refused(F("'long'"), "8080808080808080808001", ERR_BAD_VARINT, "/f");
    expect_refused(F("'long'"), "80808080808080808080", ERR_BAD_VARINT, "/f");
    expect_refused(F("'long'"), "808080808080808080", ERR_TRUNCATED, "/f");
    expect_refused(F("'int'"), "8080808010", ERR_BAD_VARINT, "/f");
    expect_refused(F("'int'"), "feffffffffffffffff01", ERR_BAD_VARINT, "/f");
    expect_refused(F(LOGICAL("int", "date")), "8080808010", ERR_BAD_VARINT, "/f");
    expect_refused(F("'string'"), "ffffffffffffffffff7f", ERR_BAD_VARINT, "/f");
    expect_refused(F("['null','long']"), "02 ffffffffffffffffff02", ERR_BAD_VARINT, "/f");
}

static void skipped_values_are_checked_too(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *hex;
        enum err_code code;
    } rows[] = {
        {"'int'", "8080808010", ERR_BAD_VARINT},
        {"'long'", "ffffffffffffffffff02", ERR_BAD_VARINT},
        {"'boolean'", "02", ERR_BAD_BOOLEAN},
        {"'string'", "01", ERR_BAD_LENGTH},
        {"'bytes'", "0461", ERR_TRUNCATED},
        {"{'type':'enum','name':'E','symbols':['A']}", "02", ERR_BAD_ENUM},
        {"['null','int']", "04", ERR_BAD_BRANCH},
        {"['null','int']", "02", ERR_TRUNCATED},
        {"{'type':'array','items':'int'}", "03 04 0000 00",
         ERR_BAD_LENGTH}, /* two items in two bytes… */
        {"{'type':'array','items':'int'}", "03 02 00 00", ERR_BAD_LENGTH}, /* … in one cannot be */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char writer[512];
        struct decoder d;
        snprintf(writer, sizeof(writer), F("%s"), rows[i].type);
        decoder_keep(&d, writer, "none");
        if (i == 8) {
            expect_row(&d, rows[i].hex, "{}");
        } else {
            expect_fault(&d, rows[i].hex, rows[i].code, "/f");
        }
        decoder_close(&d);
    }
}

static void lengths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const char *const types[] = {F("'string'"), F("'bytes'"), F(LOGICAL("string", "uuid")),
                                 F(DECIMAL(5, 0))};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        expect_refused(types[i], "01", ERR_BAD_LENGTH, "/f");                   /* -1 */
        expect_refused(types[i], "ffffffffffffffffff01", ERR_BAD_LENGTH, "/f"); /* the least */
        expect_refused(types[i], "feffffffffffffffff01", ERR_BAD_LENGTH, "/f"); /* the greatest */
        expect_refused(types[i], "80808080 10", ERR_BAD_LENGTH, "/f");          /* 2^31 */
        expect_refused(types[i], "feffffff0f 61", ERR_TRUNCATED, "/f");         /* 2^31 - 1 */
    }
    expect_refused(F("['null','string']"), "02 01", ERR_BAD_LENGTH, "/f");
}

static void enums_and_branches_out_of_range_are_refused(void **state)
{
    (void)state;
    static const char sex[] = F("{'type':'enum','name':'E','symbols':['A','B']}");
    expect_read(sex, "02", "{'f':'B'}");
    expect_refused(sex, "04", ERR_BAD_ENUM, "/f");
    expect_refused(sex, "01", ERR_BAD_ENUM, "/f");
    expect_refused(sex, "feffffffffffffffff01", ERR_BAD_ENUM, "/f");
    expect_refused(sex, "80", ERR_TRUNCATED, "/f");
    expect_refused(F("['null','int']"), "04", ERR_BAD_BRANCH, "/f");
    expect_refused(F("['null','int']"), "01", ERR_BAD_BRANCH, "/f");
    expect_refused(F("['int','string','null']"), "06", ERR_BAD_BRANCH, "/f");
    expect_refused(F("['int','string','null']"), "ffffffffffffffffff01", ERR_BAD_BRANCH, "/f");
}

static void an_empty_record_is_no_bytes(void **state)
{
    (void)state;
    expect_read("{'type':'record','name':'R','fields':[]}", "", "{}");
    expect_refused("{'type':'record','name':'R','fields':[]}", "00", ERR_TRAILING_BYTES, "");
    expect_refused(F("'int'"), "", ERR_TRUNCATED, "/f");
    expect_read(F("'null'"), "", "{'f':null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rich_record_is_read),
        cmocka_unit_test(a_cut_at_every_byte_is_truncated),
        cmocka_unit_test(one_changed_byte_is_read_or_refused),
        cmocka_unit_test(an_error_names_field_index_and_key),
        cmocka_unit_test(varints_beyond_their_type_are_refused),
        cmocka_unit_test(skipped_values_are_checked_too),
        cmocka_unit_test(lengths_that_cannot_be_are_refused),
        cmocka_unit_test(enums_and_branches_out_of_range_are_refused),
        cmocka_unit_test(an_empty_record_is_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
