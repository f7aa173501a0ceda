/* SPDX-License-Identifier: Apache-2.0
 * A YAML text becomes a tree with places, or is refused with one, in bounded time and memory. */
#include "contract_help.h"

#include "base/clock.h"
#include "schema/contract/yaml.h"

struct tree {
    struct arena arena;
    struct yaml_node *root;
    struct yaml_fault fault;
    struct err err;
};

static struct tree parse_n(const char *text, size_t len)
{
    struct tree t = {.arena = ARENA_INIT, .err = ERR_INIT};
    t.root = yaml_read(text, len, &t.arena, &t.fault, &t.err);
    return t;
}

static struct tree parse(const char *text)
{
    return parse_n(text, strlen(text));
}

static const struct yaml_node *at(const struct tree *t, const char *key)
{
    const struct yaml_node *node = yaml_member(t->root, key);
    assert_non_null(node);
    return node;
}

static void every_node_knows_its_place(void **state)
{
    (void)state;
    char path[ERR_PATH_BYTES];
    struct tree t = parse("a: 1\n"
                          "الاسم:   مريم\n"
                          "list:\n"
                          "  - x\n"
                          "  - {k: v}\n");
    assert_non_null(t.root);
    const struct yaml_node *name = at(&t, "الاسم");
    assert_string_equal(name->text, "مريم");
    assert_int_equal(name->line, 2);
    assert_int_equal(name->column, 10);
    assert_int_equal(name->key_column, 1);
    const struct yaml_node *v = yaml_member(at(&t, "list")->last, "k");
    yaml_path(v, path, sizeof(path));
    assert_string_equal(path, "/list/1/k");
    assert_int_equal(v->line, 5);
    assert_int_equal(v->column, 9);
    assert_int_equal(v->key_column, 6);
    yaml_path(t.root, path, sizeof(path));
    assert_string_equal(path, "/");
    arena_fini(&t.arena);
}

static void a_byte_order_mark_is_no_column(void **state)
{
    (void)
        state; /* yaml/libyaml 334: told the encoding, it counts the mark, and the second line is cut off */
    struct tree t = parse("\xEF\xBB\xBFid: a\nversion: b\n");
    assert_non_null(t.root);
    assert_int_equal(t.root->count, 2);
    assert_int_equal(at(&t, "id")->column, 5);
    arena_fini(&t.arena);
}

static void json_and_windows_lines_are_read_too(void **state)
{
    (void)state;
    struct tree t = parse("{\"a\": [1, {\"b\": null}], \"c\": \"\\u0627\"}");
    assert_non_null(t.root);
    assert_string_equal(at(&t, "c")->text, "ا");
    assert_true(yaml_is_null(yaml_member(at(&t, "a")->last, "b")));
    arena_fini(&t.arena);
    t = parse("a: 1\r\nb: 2\r\n");
    assert_non_null(t.root);
    assert_string_equal(at(&t, "b")->text, "2");
    assert_int_equal(at(&t, "b")->line, 2);
    arena_fini(&t.arena);
}

static void values_stay_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_null;
        bool is_ambiguous;
    } rows[] = {
        {"no", false, true},
        {"on", false, true},
        {"Yes", false, true},
        {"0o17", false, true},
        {"017", false, true},
        {"0x1F", false, true},
        {"1:30", false, true},
        {"09:00", false, true},
        {"3.10", false, true},
        {"1e3", false, true},
        {"1_000", false, true},
        {".5", false, true},
        {"-3", false, true},
        {"+96824", false, true},
        {".inf", false, true},
        {"2027-06-01", false, true},
        {"2027-6-1 10:00:00", false, true},
        {"~", true, true},
        {"null", true, true},
        {"Null", true, true},
        {"1.2.0", false, false},
        {"53581432-6c55-4ba2-a65f-72344a91553a", false, false},
        {"y", false, false},
        {"v3.2.0", false, false},
        {"moh.births", false, false},
        {"none", false, false},
        {"2027-06", false, false},
        {"_1", false, false},
        {"12 km", false, false},
        {"nullable", false, false},
        {"0x", false, false},
        {"-", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[100];
        snprintf(text, sizeof(text), "k: %s\n",
                 strcmp(rows[i].text, "-") == 0 ? "-1-" : rows[i].text);
        struct tree t = parse(text);
        assert_non_null(t.root);
        const struct yaml_node *k = at(&t, "k");
        if (strcmp(rows[i].text, "-") != 0) {
            assert_string_equal(k->text, rows[i].text);
        }
        if (yaml_is_null(k) != rows[i].is_null || yaml_is_ambiguous(k) != rows[i].is_ambiguous) {
            fail_msg("%s is read as another kind", rows[i].text);
        }
        arena_fini(&t.arena);
        snprintf(text, sizeof(text), "k: \"%s\"\n", rows[i].text);
        t = parse(text);
        assert_false(yaml_is_null(at(&t, "k")) || yaml_is_ambiguous(at(&t, "k")));
        arena_fini(&t.arena);
    }
}

static void only_true_and_false_are_booleans(void **state)
{
    (void)state;
    static const char *const not_one[] = {"True", "TRUE", "yes",      "no",
                                          "on",   "1",    "\"true\"", "'false'"};
    bool value = false;
    struct tree t = parse("a: true\nb: false\n");
    assert_true(yaml_is_bool(at(&t, "a"), &value) && value);
    assert_true(yaml_is_bool(at(&t, "b"), &value) && !value);
    arena_fini(&t.arena);
    for (size_t i = 0; i < COUNT_OF(not_one); i++) {
        char text[40];
        snprintf(text, sizeof(text), "a: %s\n", not_one[i]);
        t = parse(text);
        assert_false(yaml_is_bool(at(&t, "a"), &value));
        arena_fini(&t.arena);
    }
}

static void what_is_not_taken_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        unsigned column;
        const char *path;
        const char *said;
    } rows[] = {
        {"a: &x 1\nb: *x\n", 1, 4, "/", "an anchor"},
        {"a: &x [1]\n", 1, 4, "/", "an anchor"},
        {"a:\n  b: &x {c: 1}\n", 2, 6, "/a", "an anchor"},
        {"a: *x\n", 1, 4, "/", "an alias"},
        {"a: !!str 1\n", 1, 4, "/", "a tag"},
        {"a: ! 1\n", 1, 4, "/", "a tag"},
        {"a: !<x> [1]\n", 1, 4, "/", "a tag"},
        {"a: !m {b: 1}\n", 1, 4, "/", "a tag"},
        {"%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "/", "a directive"},
        {"a: 1\nb: 2\na: 3\n", 3, 1, "/a", "in line 1"},
        {"x:\n  - a: 1\n    \"a\": 2\n", 3, 5, "/x/0/a", "in line 2"},
        {"{a: 1, 'a': 2}", 1, 8, "/a", "in line 1"},
        {"a: 1\n---\nb: 2\n", 2, 1, "/", "a second document"},
        {"? [a]\n: 1\n", 1, 3, "/", "a key is a text"},
        {"? {a: 1}\n: 1\n", 1, 3, "/", "a key is a text"},
        {"a: \"x\\0y\"\n", 1, 4, "/", "U+0000"},
        {"a: \"\\uD800\"\n", 1, 7, "/", "invalid Unicode"},
        {"a:\n\t- b\n", 2, 1, "/", "a tab"},
        {"a: b: c\n", 1, 5, "/", "mapping values are not allowed"},
        {"a: [1, 2\nb: 3\n", 2, 2, "/a", "not YAML"},
        {"a: 'x\n", 2, 1, "/", "unexpected end of stream"},
        {"", 1, 1, "/", "it is empty"},
        {"# only a comment\n", 1, 1, "/", "it is empty"},
        {"\xff\xfe", 1, 1, "/", "UTF-8"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tree t = parse(rows[i].text);
        if (t.root != NULL || t.err.code != ERR_BAD_CONTRACT ||
            strstr(t.err.text, rows[i].said) == NULL || t.fault.line != rows[i].line ||
            t.fault.column != rows[i].column || strcmp(t.fault.path, rows[i].path) != 0) {
            fail_msg("%s\nwas %s at %u:%u %s: %s", rows[i].text,
                     t.root != NULL ? "taken" : "refused", t.fault.line, t.fault.column,
                     t.fault.path, t.err.text);
        }
        arena_fini(&t.arena);
    }
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct tree t = parse_n("a: 1\n\0b: 2\n", 11);
    assert_null(t.root);
    assert_int_equal(t.err.code, ERR_BAD_CONTRACT);
    arena_fini(&t.arena);
}

static char *repeated(const char *piece, size_t bytes, size_t *len)
{
    size_t one = strlen(piece);
    char *text = malloc(bytes + one + 1);
    assert_non_null(text);
    for (*len = 0; *len + one <= bytes; *len += one) {
        memcpy(text + *len, piece, one);
    }
    text[*len] = '\0';
    return text;
}

/* js-yaml 738, pyyaml 235: a few hundred bytes that stand for gigabytes. */
static void a_billion_laughs_is_one_line_of_an_anchor(void **state)
{
    (void)state;
    struct tree t = parse("a: &a [lol, lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n");
    assert_null(t.root);
    assert_int_equal(t.fault.line, 1);
    assert_true(arena_used(&t.arena) < 100000);
    arena_fini(&t.arena);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *piece;
        size_t bytes;
        const char *said; /* NULL: taken */
    } rows[] = {
        {"a", YAML_MAX_BYTES, NULL},
        {"a", YAML_MAX_BYTES + 1, "at most 1 MiB"},
        {"a: 1\n", 10 * 1024 * 1024, "at most 1 MiB"},
        {"[", 32, "not YAML"},
        {"[", 33, "nested deeper than 32"},
        {"[", YAML_MAX_BYTES, "nested deeper than 32"},
        {"{a: ", YAML_MAX_BYTES, "nested deeper than 32"},
        {"- ", YAML_MAX_BYTES, "nested deeper than 32"},
        {"? ", YAML_MAX_BYTES, "not"},
        {"- 1\n", 4 * 99999, NULL},
        {"- 1\n", 4 * 100001, "at most 100,000 values"},
        {"- \n", YAML_MAX_BYTES, "at most 100,000 values"},
        {"#\n", YAML_MAX_BYTES, "empty"},
        {"a b ", YAML_MAX_BYTES, NULL},
        {"\"\\x41\" ", YAML_MAX_BYTES, "not YAML"},
        {"&a ", YAML_MAX_BYTES, "an anchor"},
        {"!a ", YAML_MAX_BYTES, "a tag"},
        {"--- a\n", YAML_MAX_BYTES, "second document"},
        {"...\n", YAML_MAX_BYTES, "not YAML"},
        {"a\n\n", YAML_MAX_BYTES, NULL},
        {"a: \n ", YAML_MAX_BYTES, "already"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t len;
        char *text = repeated(rows[i].piece, rows[i].bytes, &len);
        int64_t begin = clock_mono_us();
        struct tree t = parse_n(text, len);
        int64_t took_us = clock_mono_us() - begin;
        if ((t.root == NULL) != (rows[i].said != NULL) ||
            (rows[i].said != NULL && strstr(t.err.text, rows[i].said) == NULL)) {
            fail_msg("%zu bytes of %s: %s at %u:%u", len, rows[i].piece,
                     t.root != NULL ? "taken" : t.err.text, t.fault.line, t.fault.column);
        }
        if (took_us > 20 * 1000 * 1000) {
            fail_msg("%zu bytes of %s took %lld us", len, rows[i].piece, (long long)took_us);
        }
        assert_true(arena_used(&t.arena) < 64 * 1024 * 1024);
        arena_fini(&t.arena);
        free(text);
    }
}

static void an_object_has_at_most_500_members(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (int n = YAML_MAX_MEMBERS; n <= YAML_MAX_MEMBERS + 1; n++) {
        buf_reset(&text);
        for (int i = 0; i < n; i++) {
            buf_printf(&text, "k%d: 1\n", i);
        }
        struct tree t = parse(buf_cstr(&text));
        assert_int_equal(t.root != NULL, n == YAML_MAX_MEMBERS);
        arena_fini(&t.arena);
    }
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(a_byte_order_mark_is_no_column),
        cmocka_unit_test(json_and_windows_lines_are_read_too),
        cmocka_unit_test(values_stay_as_they_are_written),
        cmocka_unit_test(only_true_and_false_are_booleans),
        cmocka_unit_test(what_is_not_taken_is_refused_with_its_place),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(a_billion_laughs_is_one_line_of_an_anchor),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(an_object_has_at_most_500_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
