/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_bounds.c - what an event may cost: counts, tapes, memory, nesting. */
#include "decode_help.h"

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

/* A wide structure needs no bytes of the event: three columns of the same record, whose 700 fields
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

/* Good events that make many cells of few bytes, and one that makes one of each. */
static void good_arrays_pass_at_every_length(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_that_cannot_be_allocate_nothing),
        cmocka_unit_test(empty_items_are_limited_over_the_event),
        cmocka_unit_test(a_tape_is_limited),
        cmocka_unit_test(few_bytes_never_hold_much_memory),
        cmocka_unit_test(a_wide_structure_needs_no_bytes),
        cmocka_unit_test(good_arrays_pass_at_every_length),
        cmocka_unit_test(a_batch_of_arrays_holds_little_more_than_its_cells),
        cmocka_unit_test(nesting_beyond_64_is_too_deep),
        cmocka_unit_test(scalars_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
