/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_show.c - a value for people: what is read of it, where it ends, and what is hidden. */
#include "decode_help.h"

#include "schema/decode/show.h"

#define REC_NAMED(name, fields) "{'type':'record','name':'" name "','fields':[" fields "]}"

static struct buf shown = BUF_INIT;
static struct sch_shown end;

static const char *show_within(const char *schema_text, const void *bytes, size_t len,
                               const struct sch_show *how)
{
    struct sch_schema *schema = schema_of(schema_text);
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    if (len > 0) {
        memcpy(exact, bytes, len);
    }
    buf_reset(&shown);
    sch_show(schema, exact, len, how, &shown, &end);
    free(exact);
    sch_schema_unref(&schema);
    return buf_cstr(&shown);
}

static const char *show(const char *schema_text, const void *bytes, size_t len)
{
    const struct sch_show how = {.most_bytes = 65536};
    return show_within(schema_text, bytes, len, &how);
}

/* clang-format off */
static const char everything[] = REC(
    FIELD("s", "'string'") "," FIELD("e", "{'type':'enum','name':'E','symbols':['a','b']}") ","
    FIELD("d", LOGICAL("int", "date")) "," FIELD("t", LOGICAL("long", "timestamp-millis")) ","
    FIELD("p", "{'type':'bytes','logicalType':'decimal','precision':9,'scale':2}") ","
    FIELD("y", "'bytes'") "," FIELD("b", "'boolean'") "," FIELD("g", "'double'") ","
    FIELD("n", "['null','string']") "," FIELD("w", "['null','int','string']") ","
    FIELD("a", "{'type':'array','items':" REC_NAMED("I", FIELD("i", "'int'")) "}") ","
    FIELD("m", "{'type':'map','values':'long'}"));
/* clang-format on */
static const uint8_t whole[] = {
    4, 'h',  'i',  2,                   /* s e */
    2, 0xD0, 0x0F,                      /* d: day 1; t: a second */
    4, 0x04, 0xD2,                      /* p: 1234 */
    2, 0xFF, 1,                         /* y b */
    0, 0,    0,    0, 0, 0, 0xF8, 0x3F, /* g: 1.5 */
    2, 2,    'x',  2, 8,                /* n: "x"; w: int 4 */
    4, 2,    4,    0,                   /* a: 1, 2 */
    2, 2,    'k',  6, 0,                /* m: k 3 */
};

static void a_value_is_shown_as_the_register_would_have_it(void **state)
{
    (void)state;
    assert_string_equal(
        show(everything, whole, sizeof(whole)),
        "{\"s\":\"hi\",\"e\":\"b\",\"d\":\"1970-01-02\",\"t\":\"1970-01-01T00:00:01Z\",\"p\":12.34,"
        "\"y\":\"/w==\",\"b\":true,\"g\":1.5,\"n\":\"x\",\"w\":{\"int\":4},"
        "\"a\":[{\"i\":1},{\"i\":2}],\"m\":{\"k\":3}}");
    assert_int_equal(end.fault, ERR_NONE);
}

/* Nothing is open at its end, and nothing was read beyond it. */
static void what_is_cut_at_any_byte_is_shown_up_to_there(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++) {
        const char *json = show(everything, whole, len);
        int depth = 0;
        for (const char *p = json; *p != '\0'; p++) {
            depth += *p == '{' || *p == '[';
            depth -= *p == '}' || *p == ']';
        }
        assert_int_equal(depth, 0);
        assert_int_equal(end.fault, ERR_TRUNCATED);
        assert_in_range(end.ends_at, 0, len);
    }
    assert_string_equal(show(everything, whole, 5),
                        "{\"s\":\"hi\",\"e\":\"b\",\"d\":\"1970-01-02\",\"t\":null}");
    assert_int_equal(end.ends_at, 5);
}

static void it_goes_on_where_only_a_value_is_bad(void **state)
{
    (void)state;
    assert_string_equal(show("'string'",
                             "\x08"
                             "a\xFF\0b",
                             5),
                        "\"a\xEF\xBF\xBD\xEF\xBF\xBD"
                        "b\"");
    assert_int_equal(end.fault, ERR_NONE);
    const uint8_t far[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    assert_string_equal(show(LOGICAL("long", "timestamp-micros"), far, sizeof(far)),
                        "-9223372036854775808");
    assert_string_equal(show(LOGICAL("long", "timestamp-millis"), far, sizeof(far)),
                        "-9223372036854775808");
}

static void it_stops_where_nobody_can_tell_what_follows(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *bytes;
        size_t len;
        enum err_code fault;
        size_t at;
        const char *json;
    } rows[] = {
        {"'boolean'", "\x02", 1, ERR_BAD_BOOLEAN, 0, "null"},
        {"['null','int']", "\x04", 1, ERR_BAD_BRANCH, 0, "null"},
        {"['null','int']", "\x01", 1, ERR_BAD_BRANCH, 0, "null"},
        {"{'type':'enum','name':'E','symbols':['a']}", "\x02", 1, ERR_BAD_ENUM, 0, "null"},
        {"'int'", "\x02\x02", 2, ERR_TRAILING_BYTES, 1, "1"},
        {"'string'", "\x01", 1, ERR_BAD_LENGTH, 0, "null"},
        {"{'type':'fixed','name':'F','size':4}", "abc", 3, ERR_TRUNCATED, 0, "null"},
        {"{'type':'array','items':'int'}", "\x04\x02", 2, ERR_TRUNCATED, 2, "[1,null]"},
        {"{'type':'map','values':'int'}", "\x02\x08k", 3, ERR_TRUNCATED, 1, "{}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(show(rows[i].schema, rows[i].bytes, rows[i].len), rows[i].json);
        assert_int_equal(end.fault, rows[i].fault);
        assert_int_equal(end.ends_at, rows[i].at);
    }
}

/* A few bytes that claim a great deal: a count of 2^62, a record that holds itself twice without a byte between. */
static void few_bytes_make_no_large_answer(void **state)
{
    (void)state;
    const uint8_t many[] = {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
    show("{'type':'array','items':'null'}", many, sizeof(many));
    assert_int_equal(end.fault, ERR_TOO_LARGE);
    assert_in_range(shown.len, 65536, 65536 + 64);
    show(REC_NAMED("R", FIELD("a", "'R'") "," FIELD("b", "'R'")), "", 0);
    assert_int_equal(end.fault, ERR_TOO_DEEP);
    assert_in_range(shown.len, 60, 1000);
}

static void a_long_text_is_cut_and_what_follows_is_shown(void **state)
{
    (void)state;
    static uint8_t bytes[3 + 8000 + 1];
    memset(bytes, 'x', sizeof(bytes));
    bytes[0] = 0x80; /* 8000 */
    bytes[1] = 0x7D;
    bytes[2 + 8000] = 2;
    const char *json =
        show(REC(FIELD("s", "'string'") "," FIELD("i", "'int'")), bytes, 2 + 8000 + 1);
    assert_int_equal(end.fault, ERR_NONE);
    assert_int_equal(strlen(json), strlen("{\"s\":\"…\",\"i\":1}") + SCH_SHOWN_TEXT_BYTES);
    assert_string_equal(json + strlen(json) - strlen("x…\",\"i\":1}"), "x…\",\"i\":1}");
}

static bool is_hidden(void *arg, const char *path)
{
    return strcmp(path, arg) == 0;
}

static void a_hidden_field_is_null_and_the_others_are_not(void **state)
{
    (void)state;
    char path[] = "/a/i";
    struct sch_show how = {.most_bytes = 65536, .hides = is_hidden, .arg = path};
    const char *json = show_within(everything, whole, sizeof(whole), &how);
    assert_non_null(strstr(json, "\"a\":[{\"i\":null},{\"i\":null}],\"m\":{\"k\":3}}"));
    char whole_list[] = "/a";
    how.arg = whole_list;
    json = show_within(everything, whole, sizeof(whole), &how);
    assert_non_null(strstr(json, "\"a\":null,\"m\":{\"k\":3}}"));
    /* Cut within what is hidden: where it ends is told, not what was there. */
    char text[] = "/s";
    how.arg = text;
    assert_string_equal(show_within(everything, whole, 2, &how), "{\"s\":null}");
    assert_int_equal(end.fault, ERR_TRUNCATED);
}

static int done(void **state)
{
    (void)state;
    buf_fini(&shown);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_shown_as_the_register_would_have_it),
        cmocka_unit_test(what_is_cut_at_any_byte_is_shown_up_to_there),
        cmocka_unit_test(it_goes_on_where_only_a_value_is_bad),
        cmocka_unit_test(it_stops_where_nobody_can_tell_what_follows),
        cmocka_unit_test(few_bytes_make_no_large_answer),
        cmocka_unit_test(a_long_text_is_cut_and_what_follows_is_shown),
        cmocka_unit_test(a_hidden_field_is_null_and_the_others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
