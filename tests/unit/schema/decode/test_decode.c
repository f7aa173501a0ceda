/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_decode.c - hostile bytes: every reason that a decoder gives, with its path;
 * and values at the edges. */
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

static void one_changed_byte_never_harms(void **state)
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

/* Avro-C makes 20 million items from such bytes. Nothing may be allocated for them. */
static void counts_that_cannot_be_allocate_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *hex;
        enum err_code code;
    } rows[] = {
        {"{'type':'array','items':'int'}", "808080808002", ERR_BAD_LENGTH},
        {"{'type':'array','items':'int'}", "feffffffffffffffff01 00", ERR_BAD_LENGTH},
        {"{'type':'array','items':'int'}", "ffffffffffffffffff01 00 00", ERR_BAD_LENGTH},
        {"{'type':'array','items':'int'}", "80ade204 0000", ERR_TRUNCATED},
        {"{'type':'array','items':'double'}", "06 00000000000000000000000000000000", ERR_TRUNCATED},
        {"{'type':'array','items':'int'}", "01 01 00", ERR_BAD_LENGTH},      /* size -1 */
        {"{'type':'array','items':'int'}", "01 7e 00", ERR_TRUNCATED},       /* size 63 */
        {"{'type':'array','items':'int'}", "01 04 0000 00", ERR_BAD_LENGTH}, /* a byte too many */
        {"{'type':'array','items':'null'}", "80ade204 00", ERR_TOO_LARGE},
        {"{'type':'array','items':{'type':'record','name':'E','fields':[]}}", "8241 00",
         ERR_TOO_LARGE},
        {"{'type':'map','values':'null'}", "80ade204 00", ERR_TRUNCATED},
        {"{'type':'map','values':'null'}", "feffffffffffffffff01 00", ERR_BAD_LENGTH},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decoder d;
        char schema[512];
        snprintf(schema, sizeof(schema), F("%s"), rows[i].type);
        decoder_open(&d, schema);
        expect_fault(&d, rows[i].hex, rows[i].code, "/f");
        assert_true(d.arena.held_bytes <= 128 * 1024);
        decoder_close(&d);
    }
}

static void empty_items_are_limited_over_the_event(void **state)
{
    (void)state;
    static const char schema[] = F("{'type':'array','items':'null'}");
    struct decoder d;
    decoder_open(&d, schema);
    assert_int_equal(decode_hex(&d, "8040 00"), 0); /* 4,096 */
    expect_fault(&d, "8040 02 00", ERR_TOO_LARGE, "/f");
    expect_fault(&d, "8240 00", ERR_TOO_LARGE, "/f");
    decoder_close(&d);
    decoder_keep(&d, schema, "none");
    expect_row(&d, "8040 00", "{}");
    expect_fault(&d, "8040 02 00", ERR_TOO_LARGE, "/f");
    decoder_close(&d);
}

static size_t put_count(uint8_t *bytes, uint32_t count)
{
    size_t len = 0;
    uint32_t raw = count * 2;
    for (; raw >= 0x80; raw >>= 7) {
        bytes[len++] = (uint8_t)(raw | 0x80);
    }
    bytes[len++] = (uint8_t)raw;
    return len;
}

/* Few bytes, many cells: each item of one byte is thirty records, one in the other. */
static void a_tape_is_limited(void **state)
{
    (void)state;
    enum { ITEMS = 60000, NESTED = 30 };
    static uint8_t bytes[ITEMS + 8];
    static char schema[8192];
    size_t len = 0;
    for (int i = 0; i < NESTED; i++) {
        len += (size_t)snprintf(schema + len, sizeof(schema) - len, "%s",
                                i == 0 ? "{'type':'record','name':'R','fields':[{'name':'f','type':"
                                         "{'type':'array','items':"
                                       : "");
        len += (size_t)snprintf(schema + len, sizeof(schema) - len,
                                "{'type':'record','name':'N%d','fields':[{'name':'n','type':", i);
    }
    len += (size_t)snprintf(schema + len, sizeof(schema) - len, "'int'");
    for (int i = 0; i < NESTED; i++) {
        len += (size_t)snprintf(schema + len, sizeof(schema) - len, "}]}");
    }
    len += (size_t)snprintf(schema + len, sizeof(schema) - len, "}}]}");
    assert_true(len < sizeof(schema));
    struct decoder d;
    decoder_open(&d, schema);
    assert_int_equal(decode(&d, bytes, put_count(bytes, ITEMS) + ITEMS + 1), -1);
    assert_int_equal(d.err.code, ERR_TOO_LARGE);
    assert_true(d.arena.held_bytes < 64 * 1024 * 1024);
    decoder_close(&d);
}

/* Some record of this many fields, all of one type; with ' for ". */
static const char *wide_record(char *out, size_t size, const char *name, int fields,
                               const char *field)
{
    size_t len = (size_t)snprintf(out, size, "{'type':'record','name':'%s','fields':[", name);
    for (int i = 0; i < fields; i++) {
        len += (size_t)snprintf(out + len, size - len, "%s{'name':'f%d',%s}", i > 0 ? "," : "", i,
                                field);
    }
    len += (size_t)snprintf(out + len, size - len, "]}");
    assert_true(len < size);
    return out;
}

/* 4,096 records that take no bytes, of 241 cells each. */
static void few_bytes_never_hold_much_memory(void **state)
{
    (void)state;
    static char record[16384];
    static char schema[32768];
    wide_record(record, sizeof(record), "N", 120, "'type':'null'");
    snprintf(schema, sizeof(schema),
             REC(FIELD("id", "'long'") ",{'name':'a','type':{'type':'array','items':%s}}"), record);
    struct decoder d;
    decoder_open(&d, schema);
    expect_fault(&d, "02 804000", ERR_TOO_LARGE, "/a/18");
    assert_true(d.arena.held_bytes <= 256 * 1024);
    expect_fault(&d, "02 02000000", ERR_TRAILING_BYTES, "");
    decoder_close(&d);
}

/* A structure's own width costs an event nothing: three columns of the same record, whose 700 fields
 * are null. */
static void a_wide_structure_needs_no_bytes(void **state)
{
    (void)state;
    static char record[40000];
    static char schema[65536];
    wide_record(record, sizeof(record), "W", 700, "'type':'null'");
    snprintf(schema, sizeof(schema),
             REC("{'name':'a','type':%s},{'name':'b','type':'W'},{'name':'c','type':'W'}"), record);
    struct decoder d;
    decoder_open(&d, schema);
    assert_int_equal(decode_hex(&d, ""), 0);
    assert_int_equal(d.cells[2].len, 1 + 2 * 700);
    decoder_close(&d);
}

/* Honest shapes that make many cells of few bytes, and one that makes one of each. */
static void honest_arrays_pass_whatever_their_length(void **state)
{
    (void)state;
    static const char plain[] = F("{'type':'array','items':'int'}");
    static const char nested[] =
        F("{'type':'array','items':{'type':'record','name':'A','fields':[{'name':'b','type':{'type'"
          ":'record','name':'B','fields':[{'name':'c','type':'boolean'}]}}]}}");
    static const char tagged[] = F("{'type':'array','items':['null','int','string']}");
    static const struct {
        const char *schema;
        uint8_t item[2];
        uint32_t item_bytes;
        uint32_t items;
        uint32_t cells;
    } rows[] = {
        {plain, {0}, 1, 100000, 1}, {plain, {0}, 1, 1, 1},         {nested, {0}, 1, 100000, 5},
        {nested, {0}, 1, 500, 5},   {tagged, {2, 0}, 2, 50000, 3}, {tagged, {0}, 1, 70000, 1},
    };
    static uint8_t bytes[100010];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decoder d;
        decoder_open(&d, rows[i].schema);
        size_t len = put_count(bytes, rows[i].items);
        for (uint32_t k = 0; k < rows[i].items; k++, len += rows[i].item_bytes) {
            memcpy(bytes + len, rows[i].item, rows[i].item_bytes);
        }
        bytes[len++] = 0;
        if (decode(&d, bytes, len) != 0) {
            fail_msg("row %zu: %s at %s", i, d.err.text, d.err.path);
        }
        assert_int_equal(d.cells[0].len, 1 + rows[i].items * rows[i].cells);
        decoder_close(&d);
    }
}

/* The count of a block says how much room its items take at least, and what is left of a tape goes
 * back: events of arrays hold little more than their cells. */
static void a_batch_of_arrays_holds_little_more_than_its_cells(void **state)
{
    (void)state;
    enum { EVENTS = 30, LEAST = 2000, STEP = 1371 };
    static uint8_t bytes[LEAST + EVENTS * STEP + 16];
    struct decoder d;
    size_t used = 0;
    decoder_open(&d, F("{'type':'array','items':'int'}"));
    for (uint32_t i = 0; i < EVENTS; i++) {
        uint32_t items = LEAST + (i * 7 % EVENTS) * STEP;
        memset(bytes, 0, sizeof(bytes));
        size_t len = put_count(bytes, items) + items + 1;
        err_reset(&d.err);
        assert_int_equal(sch_decode(d.plan, bytes, len, &d.arena, d.cells, &d.err), 0);
        used += (items + 1) * sizeof(struct cell);
    }
    assert_true(d.arena.held_bytes < used + used / 4);
    decoder_close(&d);
}

static void fill(uint8_t *bytes, const char *unit, size_t units, const char *tail, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < units; i++) {
        *len += hex_to(unit, bytes + *len, 4096 - *len);
    }
    *len += hex_to(tail, bytes + *len, 4096 - *len);
}

/* A record that holds itself: 64 levels are read, 65 are not, and 4,000 cost no stack. */
static void nesting_beyond_64_is_too_deep(void **state)
{
    (void)state;
    static const char chain[] =
        F("{'type':'record','name':'N','fields':[{'name':'n','type':['null','N']}]}");
    static const char lists[] = F("{'type':'record','name':'L','fields':[{'name':'l','type':"
                                  "{'type':'array','items':'L'}}]}");
    static const char tagged[] =
        F("{'type':'record','name':'N','fields':[{'name':'n','type':['null','N','int']}]}");
    static const struct {
        const char *schema;
        const char *keep;
        const char *unit;
        size_t units;
        const char *tail;
        bool good;
    } rows[] = {
        {chain, NULL, "02", 63, "00", true},     {chain, NULL, "02", 64, "00", false},
        {chain, NULL, "02", 4000, "00", false},  {chain, "none", "02", 63, "00", true},
        {chain, "none", "02", 64, "00", false},  {chain, "none", "02", 4000, "", false},
        {lists, NULL, "02", 4000, "", false},    {lists, "none", "02", 4000, "", false},
        {tagged, NULL, "02", 63, "0402", true},  {tagged, NULL, "02", 64, "00", false},
        {tagged, NULL, "02", 4000, "00", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decoder d;
        uint8_t bytes[4096];
        size_t len;
        decoder_keep(&d, rows[i].schema, rows[i].keep);
        fill(bytes, rows[i].unit, rows[i].units, rows[i].tail, &len);
        int rc = decode(&d, bytes, len);
        if ((rc == 0) != rows[i].good || (rc != 0 && d.err.code != ERR_TOO_DEEP)) {
            fail_msg("row %zu: %d %s at %s", i, rc, err_token(d.err.code), d.err.path);
        }
        decoder_close(&d);
    }
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

/* The sizes around 16 are those of one look; the text stands first and last in its message. */
static void text_is_utf8_without_nul(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } rows[] = {
        {"plain", 5, true},
        {"a\0b", 3, false},
        {"\xd9\x85\xd8\xad", 4, true},
        {"\xd9", 1, false},
        {"\xd9\x85\xd8", 3, false},
        {"\x85", 1, false},
        {"a\x85", 2, false},
        {"\xd9\x61", 2, false},
        {"\xd9\xd9\x85", 3, false},
        {"\xd9\x85\x85", 3, false},
        {"\xc0\x80", 2, false},
        {"\xc1\xbf", 2, false},
        {"\xe6\xbc\xa2", 3, true},
        {"\xe0\x80\x80", 3, false},
        {"\xed\xa0\x80", 3, false},
        {"\xf0\x9f\x98\x80", 4, true},
        {"\xf4\x90\x80\x80", 4, false},
        {"\xf5\x80\x80\x80", 4, false},
        {"\xff", 1, false},
    };
    struct decoder d;
    decoder_open(&d, REC(FIELD("f", "'string'") "," FIELD("g", "'bytes'")));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t before = 0; before < 36; before++) {
            for (size_t after = 0; after < 40; after += after < 4 ? 1 : 7) {
                for (size_t behind = 0; behind < 24; behind += 23) {
                    uint8_t bytes[256];
                    size_t len = before + rows[i].len + after;
                    size_t at = 0;
                    if (len > 63) {
                        bytes[at++] = (uint8_t)(len * 2 & 0x7F) | 0x80;
                        bytes[at++] = (uint8_t)(len * 2 >> 7);
                    } else {
                        bytes[at++] = (uint8_t)(len * 2);
                    }
                    memset(bytes + at, 'x', len);
                    memcpy(bytes + at + before, rows[i].bytes, rows[i].len);
                    at += len;
                    bytes[at++] = (uint8_t)(behind * 2);
                    memset(bytes + at, 0x85, behind);
                    int rc = decode(&d, bytes, at + behind);
                    if ((rc == 0) != rows[i].good || (rc != 0 && d.err.code != ERR_BAD_TEXT)) {
                        fail_msg("row %zu, %zu before, %zu after, %zu behind: %d", i, before, after,
                                 behind, rc);
                    }
                }
            }
        }
    }
    decoder_close(&d);
}

static void text_is_stored_verbatim(void **state)
{
    (void)state;
    expect_read(F("'string'"), "1c 5c2e 09 22 0a e2808f 3b4452 4f50 20",
                "{'f':'\\\\.\\t\\\"\\n\u200f;DROP '}");
}

static void what_is_not_finite_is_kept_everywhere(void **state)
{
    (void)state;
    static const char list[] = F("{'type':'array','items':'double'}");
    static const char floats[] = F("{'type':'map','values':'float'}");
    expect_read(F("'double'"), "000000000000f87f", "{'f':'NaN'}");
    expect_read(F("'double'"), "000000000000f0ff", "{'f':'-Infinity'}");
    expect_read(F("'float'"), "0000807f", "{'f':'Infinity'}");
    expect_read(list, "02 000000000000f03f 00", "{'f':[1]}");
    expect_read(list, "04 000000000000f87f 000000000000f0ff 00", "{'f':['NaN','-Infinity']}");
    expect_read(floats, "02 026b 0000807f 00", "{'f':{'k':'Infinity'}}");
    expect_read(F("['int','double','null']"), "02 000000000000f87f", "{'f':{'double':'NaN'}}");
}

static void decimals_fit_their_precision_exactly(void **state)
{
    (void)state;
    static const char five[] = F(DECIMAL(5, 2));
    expect_read(five, "06 01869f", "{'f':999.99}");
    expect_read(five, "06 fe7961", "{'f':-999.99}");
    expect_read(five, "02 00", "{'f':0.00}");
    expect_read(five, "02 ff", "{'f':-0.01}");
    expect_read(five, "10 ffffffffffffff80", "{'f':-1.28}"); /* bytes that repeat the sign */
    expect_read(five, "16 0000000000000000000005", "{'f':0.05}");
    expect_refused(five, "06 0186a0", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "06 fe7960", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "10 8000000000000000", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "14 00ffffffffffffffffff", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "00", ERR_BAD_NUMBER, "/f"); /* no bytes are no number */
    static const char twenty[] = F(DECIMAL(20, 0));
    expect_read(twenty, "12 056bc75e2d630fffff", "{'f':99999999999999999999}");
    expect_read(twenty, "12 fa9438a1d29cf00001", "{'f':-99999999999999999999}");
    expect_refused(twenty, "12 056bc75e2d63100000", ERR_BAD_NUMBER, "/f");
    expect_refused(twenty, "12 fa9438a1d29cf00000", ERR_BAD_NUMBER, "/f");
    expect_read(F(DECIMAL(18, 0)), "10 0de0b6b3a763ffff", "{'f':999999999999999999}");
    expect_refused(F(DECIMAL(18, 0)), "10 0de0b6b3a7640000", ERR_BAD_NUMBER, "/f");
    expect_read(F(DECIMAL(19, 0)), "10 7fffffffffffffff", "{'f':9223372036854775807}");
    expect_read(F(DECIMAL(19, 0)), "12 008ac7230489e7ffff", "{'f':9999999999999999999}");
    expect_refused(F(DECIMAL(19, 0)), "12 008ac7230489e80000", ERR_BAD_NUMBER, "/f");
    expect_read(
        F("{'type':'fixed','name':'D','size':2,'logicalType':'decimal','precision':4,'scale':3}"),
        "d8f1", "{'f':-9.999}");
    expect_refused(
        F("{'type':'fixed','name':'D','size':2,'logicalType':'decimal','precision':4,'scale':3}"),
        "d8f0", ERR_BAD_NUMBER, "/f");
    expect_refused(F("{'type':'array','items':" DECIMAL(1, 0) "}"), "02 02 0a 00", ERR_BAD_NUMBER,
                   "/f/0");
}

/* f holds one whole number. row NULL: it is refused as bad_time. */
static void expect_whole(const char *schema, int64_t value, const char *row)
{
    uint8_t bytes[16];
    size_t len = 0;
    uint64_t raw = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    for (; raw >= 0x80; raw >>= 7) {
        bytes[len++] = (uint8_t)(raw | 0x80);
    }
    bytes[len++] = (uint8_t)raw;
    struct decoder d;
    char wanted[128];
    decoder_open(&d, schema);
    int rc = decode(&d, bytes, len);
    if (row != NULL) {
        to_json(wanted, sizeof(wanted), row);
        assert_int_equal(rc, 0);
        assert_string_equal(buf_cstr(&d.row), wanted);
    } else {
        assert_int_equal(rc, -1);
        assert_int_equal(d.err.code, ERR_BAD_TIME);
        assert_string_equal(d.err.path, "/f");
    }
    decoder_close(&d);
}

static void dates_and_times_stay_in_the_registers_range(void **state)
{
    (void)state;
    static const char date[] = F(LOGICAL("int", "date"));
    static const char millis[] = F(LOGICAL("int", "time-millis"));
    static const char micros[] = F(LOGICAL("long", "time-micros"));
    expect_whole(date, 2932896, "{'f':'9999-12-31'}");
    expect_whole(date, CELL_DATE_MAX_DAYS, "{'f':'5874897-12-31'}");
    expect_whole(date, CELL_DATE_MAX_DAYS + 1, NULL);
    expect_whole(date, CELL_DATE_MIN_DAYS, "{'f':'4714-11-24 BC'}");
    expect_whole(date, -719162, "{'f':'0001-01-01'}");
    expect_whole(date, -719163, "{'f':'0001-12-31 BC'}");
    expect_whole(date, CELL_DATE_MIN_DAYS - 1, NULL);
    expect_whole(millis, 86399999, "{'f':'23:59:59.999'}");
    expect_whole(millis, 86400000, "{'f':'24:00:00'}");
    expect_whole(millis, 86400001, NULL);
    expect_whole(millis, -1, NULL);
    expect_whole(micros, 86399999999, "{'f':'23:59:59.999999'}");
    expect_whole(micros, 86400000000, "{'f':'24:00:00'}");
    expect_whole(micros, 86400000001, NULL);
    expect_whole(micros, -1, NULL);
}

static void timestamps_stay_in_the_registers_range(void **state)
{
    (void)state;
    const struct {
        const char *micros;
        const char *millis;
        const char *z;
    } kinds[] = {
        {F(LOGICAL("long", "timestamp-micros")), F(LOGICAL("long", "timestamp-millis")), "Z"},
        {F(LOGICAL("long", "local-timestamp-micros")), F(LOGICAL("long", "local-timestamp-millis")),
         ""},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        char first[64];
        char last[64];
        char last_millis[64];
        snprintf(first, sizeof(first), "{'f':'4714-11-24T00:00:00%s BC'}", kinds[i].z);
        snprintf(last, sizeof(last), "{'f':'294247-01-01T23:59:59.999999%s'}", kinds[i].z);
        snprintf(last_millis, sizeof(last_millis), "{'f':'294247-01-01T23:59:59.999%s'}",
                 kinds[i].z);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MIN_US, first);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MIN_US - 1, NULL);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MAX_US, last);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MAX_US + 1, NULL);
        expect_whole(kinds[i].micros, INT64_MAX, NULL);
        expect_whole(kinds[i].micros, INT64_MIN, NULL);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MIN_US / 1000, first);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MIN_US / 1000 - 1, NULL);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MAX_US / 1000, last_millis);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MAX_US / 1000 + 1, NULL);
        expect_whole(kinds[i].millis, INT64_MAX, NULL);
        expect_whole(kinds[i].millis, INT64_MIN, NULL);
    }
}

static void scalars_allocate_nothing(void **state)
{
    (void)state;
    static const char schema[] =
        REC(FIELD("a", "'string'") "," FIELD("b", "['null','bytes']") "," FIELD(
            "c", DECIMAL(30, 2)) "," FIELD("d", "{'type':'enum','name':'E','symbols':['A','B']"
                                                "}") "," FIELD("e", "['long','null']"));
    struct decoder d;
    decoder_open(&d, schema);
    expect_row(&d, "0261 02 02ff 0401ff 02 00 0e", "{'a':'a','b':'/w==','c':5.11,'d':'B','e':7}");
    assert_int_equal(d.arena.held_bytes, 0);
    decoder_close(&d);
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
        cmocka_unit_test(one_changed_byte_never_harms),
        cmocka_unit_test(an_error_names_field_index_and_key),
        cmocka_unit_test(varints_beyond_their_type_are_refused),
        cmocka_unit_test(skipped_values_are_checked_too),
        cmocka_unit_test(lengths_that_cannot_be_are_refused),
        cmocka_unit_test(counts_that_cannot_be_allocate_nothing),
        cmocka_unit_test(empty_items_are_limited_over_the_event),
        cmocka_unit_test(a_tape_is_limited),
        cmocka_unit_test(few_bytes_never_hold_much_memory),
        cmocka_unit_test(a_wide_structure_needs_no_bytes),
        cmocka_unit_test(honest_arrays_pass_whatever_their_length),
        cmocka_unit_test(a_batch_of_arrays_holds_little_more_than_its_cells),
        cmocka_unit_test(nesting_beyond_64_is_too_deep),
        cmocka_unit_test(enums_and_branches_out_of_range_are_refused),
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(text_is_stored_verbatim),
        cmocka_unit_test(what_is_not_finite_is_kept_everywhere),
        cmocka_unit_test(decimals_fit_their_precision_exactly),
        cmocka_unit_test(dates_and_times_stay_in_the_registers_range),
        cmocka_unit_test(timestamps_stay_in_the_registers_range),
        cmocka_unit_test(scalars_allocate_nothing),
        cmocka_unit_test(an_empty_record_is_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
