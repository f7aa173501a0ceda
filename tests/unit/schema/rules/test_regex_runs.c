/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_regex_runs.c - a pattern that is a row of classes means what it means to PCRE2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schema/rules/cel.h"
#include "schema/rules/regex.h"
#include "schema/rules/regex_runs.h"
#include "schema/rules/settings.h"

static uint64_t state = 7;

static uint32_t below(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % n;
}

#define PICK(words) ((words)[below(sizeof(words) / sizeof((words)[0]))])

static void make_pattern(char *out, size_t cap)
{
    static const char *const classes[] = {
        "[0-9]", "\\d",       "[A-Z]",   "[a-c]",   "[^0-9]",      "[^a-zA-Z ]", "\\w",
        "\\W",   "\\s",       "\\S",     "\\D",     "-",           "\\.",        "a",
        "[ab-]", "[\\w.-]",   "[^\\d]",  "[^\\W_]", " ",           "[+-]",       "[ .-]",
        "/",     "[\\]\\\\]", "[\\x41]", "[a-]",    "[]a]",        "[^]a]",      "é",
        "[é]",   ".",         "(a)",     "\\b",     "[[:alpha:]]", "[a\\-c]",    "[!-~]"};
    static const char *const quantifiers[] = {"",      "",     "+",   "*",  "?",  "{2}", "{1,3}",
                                              "{0,2}", "{2,}", "{0}", "+?", "*+", "{1,", "{01,2}"};
    size_t len = 0;
    out[0] = '\0';
    len += below(4) == 0 ? (size_t)snprintf(out, cap, "^") : 0;
    for (uint32_t n = below(5); n > 0; n--) {
        len += (size_t)snprintf(out + len, cap - len, "%s%s", PICK(classes), PICK(quantifiers));
    }
    if (below(4) == 0) {
        snprintf(out + len, cap - len, "$");
    }
}

static size_t make_text(char *out, size_t cap)
{
    static const char *const parts[] = {"0", "7",  "12",       "A", "Z",  "a",        "b", "c",
                                        "z", "é",  "م",        " ", "-",  ".",        "_", "\n",
                                        "/", "\v", "\xc2\x85", "]", "\\", "\xc2\xa0", "😀", "K"};
    size_t len = 0;
    for (uint32_t n = below(9); n > 0; n--) {
        len += (size_t)snprintf(out + len, cap - len, "%s", PICK(parts));
    }
    return len;
}

struct world {
    struct cel_settings *settings;
    struct cel_machine *machine;
};

static bool matches(struct world *w, const struct cel_pattern *pattern, const char *text,
                    size_t len)
{
    const struct cel_value subject = cel_bytes(CEL_STRING, text, len);
    struct cel_value out;
    cel_machine_begin(w->machine, 0, 100000);
    cel_pattern_match(cel_machine_run(w->machine), pattern, &subject, &out);
    assert_int_equal(out.kind, CEL_BOOL);
    return out.b;
}

/* In a group it is no row of classes any more, so that PCRE2 has it. */
static struct cel_pattern *by_pcre2(const char *pattern, bool full)
{
    char grouped[256];
    struct cel_runs runs;
    struct err err = ERR_INIT;
    int len = snprintf(grouped, sizeof(grouped), "(?:%s)", pattern);
    assert_false(cel_runs_read(grouped, (size_t)len, full, &runs));
    return cel_pattern_compile(grouped, (size_t)len, false, full, &err);
}

/* Returns whether the pattern was a row of classes. */
static bool compare(struct world *w, const char *pattern, bool full, int texts)
{
    struct err err = ERR_INIT;
    struct cel_runs runs;
    struct cel_pattern *theirs = by_pcre2(pattern, full);
    bool is_runs = cel_runs_read(pattern, strlen(pattern), full, &runs);
    struct cel_pattern *ours = cel_pattern_compile(pattern, strlen(pattern), false, full, &err);
    if ((ours == NULL) != (theirs == NULL)) {
        fail_msg("%s: only one of the two takes it", pattern);
    }
    for (int n = 0; is_runs && ours != NULL && n < texts; n++) {
        char text[64];
        size_t len = make_text(text, sizeof(text));
        bool found = matches(w, theirs, text, len);
        if (matches(w, ours, text, len) != found) {
            fail_msg("%s %s '%s'", pattern, found ? "matches" : "does not match", text);
        }
    }
    cel_pattern_free(&ours);
    cel_pattern_free(&theirs);
    return is_runs;
}

static void open_world(struct world *w)
{
    const struct cel_settings_spec defaults = {0};
    struct err err = ERR_INIT;
    w->settings = cel_settings_new(&defaults, &err);
    assert_non_null(w->settings);
    w->machine = cel_machine_new(w->settings, &err);
    assert_non_null(w->machine);
}

static void close_world(struct world *w)
{
    cel_machine_free(&w->machine);
    cel_settings_free(&w->settings);
}

static void random_patterns_mean_what_they_mean_to_pcre2(void **unused)
{
    (void)unused;
    struct world w;
    int rows = 0;
    open_world(&w);
    for (int n = 0; n < 6000; n++) {
        char pattern[160];
        make_pattern(pattern, sizeof(pattern));
        rows += compare(&w, pattern, below(2) == 0, 40);
    }
    close_world(&w);
    assert_true(rows > 500); /* else it compares PCRE2 with itself */
}

static void usual_patterns_are_rows_of_classes(void **unused)
{
    (void)unused;
    static const struct {
        const char *pattern;
        bool full;
        bool is_runs;
    } cases[] = {{"[0-9]+", true, true},
                 {"[0-9]+", false, false}, /* of a part of the text */
                 {"^[0-9]{8,9}$", false, true},
                 {"^[0-9]{8,9}", false, false},
                 {"OM[0-9]{2}[0-9]{3}[A-Z0-9]{16}", true, true},
                 {"[A-Z]{2}\\d{2}[A-Z0-9]{11,30}", true, true},
                 {"\\+968[ -]?[79]\\d{7}", true, true},
                 {"\\d{4}-\\d{2}-\\d{2}", true, true},
                 {"[A-Za-z .-]+", true, true},
                 {"[^0-9]+", true, true},
                 {"[a-z]+[a-z0-9]*", true, false}, /* the first may have to give back */
                 {"[a-z]*-?[a-z]+", true, false},
                 {"[a-z]*-[a-z]+", true, true},
                 {"[a-z]{3}[a-z0-9]*", true, true},
                 {"male|female", true, false},
                 {"[\\p{L}]+", true, false},
                 {"[ء-ي]+", true, false},
                 {"(?i)[a-z]+", true, false},
                 {"[a-z]+\\n", true, false},
                 {"", true, true},
                 {"[0-9]{99999}", true, false},
                 {"a{,3}", true, false}};
    struct world w;
    open_world(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (compare(&w, cases[i].pattern, cases[i].full, 400) != cases[i].is_runs) {
            fail_msg("%s: a row of classes or not", cases[i].pattern);
        }
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_patterns_mean_what_they_mean_to_pcre2),
        cmocka_unit_test(usual_patterns_are_rows_of_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
