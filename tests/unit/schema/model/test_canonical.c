/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/model/test_canonical.c - canonical form and fingerprints against published values.
 *
 * The CRC-64-AVRO and SHA-256 values are those that the Avro project's own implementations give
 * (1.11.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"

struct published {
    const char *text;
    const char *canonical;
    uint64_t crc64;
    const char *sha256;
};

static const struct published rows[] = {
    {"\"null\"", "\"null\"", UINT64_C(0x63dd24e7cc258f8a),
     "f072cbec3bf8841871d4284230c5e983dc211a56837aed862487148f947d1a1f"},
    {"\"boolean\"", "\"boolean\"", UINT64_C(0x9f42fc78a4d4f764),
     "a5b031ab62bc416d720c0410d802ea46b910c4fbe85c50a946ccc658b74e677e"},
    {"\"int\"", "\"int\"", UINT64_C(0x7275d51a3f395c8f),
     "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45"},
    {"\"long\"", "\"long\"", UINT64_C(0xd054e14493f41db7),
     "c32c497df6730c97fa07362aa5023f37d49a027ec452360778114cf427965add"},
    {"\"float\"", "\"float\"", UINT64_C(0x4d7c02cb3ea8d790),
     "1e71f9ec051d663f56b0d8e1fc84d71aa56ccfe9fa93aa20d10547a7abeb5cc0"},
    {"\"double\"", "\"double\"", UINT64_C(0x8e7535c032ab957e),
     "730a9a8c611681d7eef442e03c16c70d13bca3eb8b977bb403eaff52176af254"},
    {"\"bytes\"", "\"bytes\"", UINT64_C(0x4fc016dac3201965),
     "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa"},
    {"\"string\"", "\"string\"", UINT64_C(0x8f014872634503c7),
     "e9e5c1c9e4f6277339d1bcde0733a59bd42f8731f449da6dc13010a916930d48"},
    {"[\"int\"]", "[\"int\"]", UINT64_C(0xb763638a48b2fb03),
     "c511da579364be932435a248bf3f04254e5c257664551ad10ac69cdc4170a098"},
    {"[\"int\",{\"type\":\"boolean\"}]", "[\"int\",\"boolean\"]", UINT64_C(0x4ad63578080c1602),
     "0f26ad42a4cd5964b28c6ba47665c3ef4c185b367311bba4075d6ccb880c35da"},
    {"{\"fields\":[],\"type\":\"record\",\"name\":\"foo\"}",
     "{\"name\":\"foo\",\"type\":\"record\",\"fields\":[]}", UINT64_C(0xbd0c50c84319be7e),
     "ac35c07ecd88fe52d0a310135a01329b012c45ade36dd8b4880effb55b7f725c"},
    {"{\"fields\":[],\"type\":\"record\",\"name\":\"foo\",\"namespace\":\"x.y\"}",
     "{\"name\":\"x.y.foo\",\"type\":\"record\",\"fields\":[]}", UINT64_C(0x521d1a6b830ec4ab),
     "0f67acacda3487edddb8d4a2ced6a01254e94d7fc4ede1a701bf3c335eeefafa"},
    {"{\"fields\":[],\"type\":\"record\",\"name\":\"a.b.foo\",\"namespace\":\"x.y\"}",
     "{\"name\":\"a.b.foo\",\"type\":\"record\",\"fields\":[]}", UINT64_C(0xbfefe5be5021e2b2),
     "eaaff338dec471cb04155a8003b5ed04aaaa0fe8714130da33951c25aad99ffa"},
    {"{\"fields\":[{\"name\":\"f1\",\"type\":{\"type\":\"boolean\"}}],\"type\":\"record\",\"name\":"
     "\"foo\"}",
     "{\"name\":\"foo\",\"type\":\"record\",\"fields\":[{\"name\":\"f1\",\"type\":\"boolean\"}]}",
     UINT64_C(0x6cd8eaf1c968a33b),
     "87c762d52b47d4508fa3eaffb75040e83ce042e73d214a986319f3d58d3cc206"},
    {"{\"type\":\"record\",\"name\":\"سجل\",\"namespace\":\"عمان.المواليد\",\"aliases\":[\"قيد\"],"
     "\"fields\":[{\"name\":\"الرقم_المدني\",\"type\":\"string\",\"aliases\":[\"civil-no\"]},"
     "{\"name\":\"النوع\",\"type\":{\"type\":\"enum\",\"name\":\"نوع\",\"symbols\":[\"ذكر\","
     "\"أنثى\"],"
     "\"default\":\"أنثى\"},\"default\":\"ذكر\"},{\"name\":\"بصمة\",\"type\":[\"null\",{\"type\":"
     "\"fixed\","
     "\"name\":\"ق.بصمة\",\"size\":2}],\"default\":null},{\"name\":\"الأب\",\"type\":[\"null\","
     "\"سجل\"],"
     "\"default\":null}]}",
     "{\"name\":\"عمان.المواليد.سجل\",\"type\":\"record\",\"fields\":[{\"name\":\"الرقم_المدني\","
     "\"type\":"
     "\"string\"},{\"name\":\"النوع\",\"type\":{\"name\":\"عمان.المواليد.نوع\",\"type\":\"enum\","
     "\"symbols\":[\"ذكر\",\"أنثى\"]}},{\"name\":\"بصمة\",\"type\":[\"null\",{\"name\":\"ق.بصمة\","
     "\"type\":"
     "\"fixed\",\"size\":2}]},{\"name\":\"الأب\",\"type\":[\"null\",\"عمان.المواليد.سجل\"]}]}",
     UINT64_C(0xfbf9fa34d6fc39ed),
     "3f77c22ff3c22660308a41c7a888f76abe762ce03d9c75bb46a405c3f548c718"},
    {"{\"type\":\"enum\",\"name\":\"foo\",\"symbols\":[\"A1\"]}",
     "{\"name\":\"foo\",\"type\":\"enum\",\"symbols\":[\"A1\"]}", UINT64_C(0xa7fc039e15aa3169),
     "16427d1b85df4dd885d83e56f21e2d39a669e030a0563f3afe78020276a8c70c"},
    {"{\"namespace\":\"x.y.z\",\"type\":\"enum\",\"name\":\"foo\",\"doc\":\"foo "
     "bar\",\"symbols\":[\"A1\",\"A2\"]}",
     "{\"name\":\"x.y.z.foo\",\"type\":\"enum\",\"symbols\":[\"A1\",\"A2\"]}",
     UINT64_C(0xc2433ae5f4999d8b),
     "09e54a6cbd9f7b971f8f827f6096c6bc0e56092bc055f9e227d7e3b7ea166228"},
    {"{\"name\":\"foo\",\"type\":\"fixed\",\"size\":15}",
     "{\"name\":\"foo\",\"type\":\"fixed\",\"size\":15}", UINT64_C(0x18602ec3ed31a504),
     "802428b30753d93ff41de7ee0e319755f8765c014184311efe67b06453b545e5"},
    {"{\"namespace\":\"x.y.z\",\"type\":\"fixed\",\"name\":\"foo\",\"size\":32}",
     "{\"name\":\"x.y.z.foo\",\"type\":\"fixed\",\"size\":32}", UINT64_C(0xd579d47693a6171e),
     "b8198459e3381d2944ac890efdc06d71840f552ddced09f22b0b2ec3ab4e1e6b"},
    {"{\"items\":{\"type\":\"null\"},\"type\":\"array\"}",
     "{\"type\":\"array\",\"items\":\"null\"}", UINT64_C(0xf7d13f2f68170a6d),
     "b1073d253f56ccfdbb59e0a954bc8116b3df0a1382db3d735582b7d9b6c21c13"},
    {"{\"values\":\"string\",\"type\":\"map\"}", "{\"type\":\"map\",\"values\":\"string\"}",
     UINT64_C(0x86ce965d92864572),
     "52bf173d92fa85cec682a0ad4186c96c9f5147e4881bd1c7154dba8bb4515297"},
    {"{\"name\":\"PigValue\",\"type\":\"record\",\"fields\":[{\"name\":\"value\",\"type\":["
     "\"null\",\"int\",\"long\",\"PigValue\"]}]}",
     "{\"name\":\"PigValue\",\"type\":\"record\",\"fields\":[{\"name\":\"value\",\"type\":["
     "\"null\",\"int\",\"long\",\"PigValue\"]}]}",
     UINT64_C(0xe795dc6656b7e95b),
     "7844d3a484ec5fc907e35c8a9fd69ae0af4ff70b241835efbd0acdaf62433ec7"},
    {"{\"type\":\"record\",\"name\":\"n.A\",\"fields\":[{\"name\":\"e\",\"type\":{\"type\":"
     "\"enum\",\"name\":\"E\",\"symbols\":[\"X\"]}},{\"name\":\"f\",\"type\":{\"type\":\"fixed\","
     "\"name\":\"m.F\",\"size\":2}},{\"name\":\"g\",\"type\":[\"null\",\"E\",\"m.F\",{\"type\":"
     "\"map\",\"values\":\"A\"}],\"default\":null},{\"name\":\"h\",\"type\":{\"type\":\"bytes\","
     "\"logicalType\":\"decimal\",\"precision\":4}}]}",
     "{\"name\":\"n.A\",\"type\":\"record\",\"fields\":[{\"name\":\"e\",\"type\":{\"name\":\"n.E\","
     "\"type\":\"enum\",\"symbols\":[\"X\"]}},{\"name\":\"f\",\"type\":{\"name\":\"m.F\",\"type\":"
     "\"fixed\",\"size\":2}},{\"name\":\"g\",\"type\":[\"null\",\"n.E\",\"m.F\",{\"type\":\"map\","
     "\"values\":\"n.A\"}]},{\"name\":\"h\",\"type\":\"bytes\"}]}",
     UINT64_C(0xb059408e6ec7eddf),
     "25269b9b585cd8a5f98e4b40bee05f53e6c14b7ab1e08bb0da2b0cb7d9f5217a"},
};

static void canonical_forms_and_fingerprints_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = ERR_INIT;
        struct buf canonical = BUF_INIT;
        struct sch_schema *schema = sch_parse(rows[i].text, strlen(rows[i].text), &err);
        if (schema == NULL) {
            fail_msg("refused: %s", err.text);
        }
        sch_canonical(schema, &canonical);
        assert_string_equal(buf_cstr(&canonical), rows[i].canonical);
        assert_int_equal(sch_fingerprint_crc64(schema), rows[i].crc64);
        uint8_t sha256[32];
        char hex[65];
        sch_fingerprint_sha256(schema, sha256);
        for (size_t b = 0; b < 32; b++) {
            snprintf(hex + 2 * b, 3, "%02x", sha256[b]);
        }
        assert_string_equal(hex, rows[i].sha256);
        buf_fini(&canonical);
        sch_schema_unref(&schema);
    }
}

static void sch_canonical_appends(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    struct sch_schema *schema = sch_parse("\"int\"", 5, &err);
    assert_non_null(schema);
    buf_put_str(&out, "x");
    sch_canonical(schema, &out);
    sch_canonical(schema, &out);
    assert_string_equal(buf_cstr(&out), "x\"int\"\"int\"");
    buf_fini(&out);
    sch_schema_unref(&schema);
}

static void what_does_not_change_the_bytes_does_not_change_the_fingerprint(void **state)
{
    (void)state;
    static const char *const alike[] = {
        "{\"type\":\"record\",\"name\":\"a.R\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}",
        "{\"fields\":[{\"type\":{\"type\":\"int\",\"logicalType\":\"date\"},\"name\":\"x\","
        "\"default\":4,"
        "\"order\":\"ignore\",\"aliases\":[\"y\"],\"doc\":\"d\"}],\"namespace\":\"a\",\"name\":"
        "\"R\",\"doc\":\"e\","
        "\"aliases\":[\"S\"],\"extra\":[1,{}],\"type\":\"record\"}",
        " { \"type\" : \"error\" , \"name\" : \"\\u0061.R\" , \"fields\" : [ { \"name\" : \"x\" , "
        "\"type\" : "
        "{ \"type\" : \"int\" } } ] } ",
    };
    static const char *const others[] = {
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}",
        "{\"type\":\"record\",\"name\":\"a.R\",\"fields\":[{\"name\":\"x\",\"type\":\"long\"}]}",
        "{\"type\":\"record\",\"name\":\"a.R\",\"fields\":[{\"name\":\"y\",\"type\":\"int\"}]}",
    };
    uint64_t first = 0;
    for (size_t i = 0; i < COUNT_OF(alike) + COUNT_OF(others); i++) {
        struct err err = ERR_INIT;
        const char *text = i < COUNT_OF(alike) ? alike[i] : others[i - COUNT_OF(alike)];
        struct sch_schema *schema = sch_parse(text, strlen(text), &err);
        if (schema == NULL) {
            fail_msg("refused: %s", err.text);
        }
        first = i == 0 ? sch_fingerprint_crc64(schema) : first;
        assert_int_equal(sch_fingerprint_crc64(schema) == first, i < COUNT_OF(alike));
        sch_schema_unref(&schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_forms_and_fingerprints_are_the_published_ones),
        cmocka_unit_test(sch_canonical_appends),
        cmocka_unit_test(what_does_not_change_the_bytes_does_not_change_the_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
