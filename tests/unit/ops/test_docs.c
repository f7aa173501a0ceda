/* SPDX-License-Identifier: Apache-2.0
 * The pages under ops/doc that are made from tables are what the tables make now.
 * NRC_DOCS_WRITE=1 writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "base/attr.h"
#include "base/conf_print.h"
#include "ops/commands.h"
#include "ops/help.h"
#include "storage/catalogue/incident_table.h"

static void compare(const char *name, void (*make)(struct buf *))
{
    char path[512];
    struct buf made = BUF_INIT;
    struct buf held = BUF_INIT;
    make(&made);
    snprintf(path, sizeof(path), "%s/%s", NRC_DOC_DIR, name);
    const char *write = getenv("NRC_DOCS_WRITE");
    FILE *file = fopen(path, write != NULL ? "w+" : "r");
    if (file == NULL) {
        fail_msg("%s is missing: run this test with NRC_DOCS_WRITE=1", path);
    }
    if (write != NULL) {
        assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
        rewind(file);
    }
    for (int c = getc(file); c != EOF; c = getc(file)) {
        buf_put_u8(&held, (uint8_t)c);
    }
    fclose(file);
    if (strcmp(buf_cstr(&held), buf_cstr(&made)) != 0) {
        fail_msg("%s is not what the table makes: run this test with NRC_DOCS_WRITE=1", path);
    }
    buf_fini(&made);
    buf_fini(&held);
}

static void the_commands_page_is_the_table(void **state)
{
    (void)state;
    compare("commands.md", ops_doc_commands);
}

static void the_configuration_page_is_the_table(void **state)
{
    (void)state;
    compare("configuration.md", ops_doc_configuration);
}

static void the_incidents_page_is_the_table(void **state)
{
    (void)state;
    compare("incidents.md", ops_doc_incidents);
}

static void the_metrics_page_is_the_table(void **state)
{
    (void)state;
    compare("metrics.md", ops_doc_metrics);
}

static void the_page_of_structure_changes_is_the_table(void **state)
{
    (void)state;
    compare("structure-rules.md", ops_doc_changes);
}

static void the_page_of_the_doctor_is_the_table(void **state)
{
    (void)state;
    compare("doctor.md", ops_doc_doctor);
}

static char *read_page(const char *name, struct buf *text)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", NRC_DOC_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int c = getc(file); c != EOF; c = getc(file)) {
        buf_put_u8(text, (uint8_t)c);
    }
    fclose(file);
    buf_put_u8(text, 0);
    return (char *)text->data;
}

/* Each `nrc …` in it, with what stands for an argument: "nrc position resume TOPIC PARTITION --accept-gap". */
static void every_command_of_the_runbook_is_one(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    size_t tried = 0;
    for (char *at = strstr(read_page("runbook.md", &text), "`nrc "); at != NULL;
         at = strstr(at, "`nrc ")) {
        char *words[18] = {NULL};
        size_t count = 0;
        char *end = strchr(at + 1, '`');
        assert_non_null(end);
        *end = '\0';
        for (char *rest = at + 1, *one; (one = strsep(&rest, " \n")) != NULL;) {
            assert_true(count < 16);
            words[count++] = one;
        }
        struct err err = ERR_INIT;
        struct ops_args args;
        words[count++] = (char *)(uintptr_t) "--help"; /* what is required may be left out */
        if (ops_args_parse(&args, ops_language(), (int)count, words, &err) != 0) {
            fail_msg("%s %s: %s", words[1], count > 2 ? words[2] : "", err.text);
        }
        tried++;
        at = end + 1;
    }
    assert_true(tried > 30);
    buf_fini(&text);
}

/* Whoever is woken by an incident finds its section, with what it means, what to look at and what to do. */
static void the_runbook_has_a_section_for_each_kind_of_incident(void **state)
{
    (void)state;
    static const char *const tokens[] = {
#define X(id, token, owner, closes, opens, advice) token,
        STO_INCIDENT_TABLE(X)
#undef X
    };
    static const char *const parts[] = {"\n**Means.** ", "\n**Look at.** ", "\n**Do.** "};
    struct buf text = BUF_INIT;
    char *page = read_page("runbook.md", &text);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        char heading[80];
        snprintf(heading, sizeof(heading), "\n### %s\n", tokens[i]);
        char *section = strstr(page, heading);
        if (section == NULL) {
            fail_msg("runbook.md has no section ### %s", tokens[i]);
        }
        char *end = strstr(section + 1, "\n#");
        for (size_t p = 0; p < COUNT_OF(parts); p++) {
            const char *part = strstr(section, parts[p]);
            if (part == NULL || (end != NULL && part > end)) {
                fail_msg("runbook.md: the section of %s lacks %s", tokens[i], parts[p] + 1);
            }
        }
    }
    buf_fini(&text);
}

static void the_manual_pages_are_the_tables(void **state)
{
    (void)state;
    compare("nrc.1.scd", ops_man_nrc);
    compare("nrc.conf.5.scd", ops_man_conf);
}

static void the_sample_configuration_is_the_table(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    compare("../nrc.conf", ops_conf_sample);
    struct conf *conf = conf_load(NRC_DOC_DIR "/../nrc.conf", &err);
    assert_non_null(conf);
    conf_free(&conf);
}

static const struct buf *page; /* that names is looked for in */

static void is_named(const struct conf_entry *entry, void *found)
{
    char wanted[96];
    size_t len = 0;
    wanted[len++] = '*';
    for (const char *p = entry->key; *p != '\0'; p++) {
        if (*p == '_') {
            wanted[len++] = '\\';
        }
        wanted[len++] = *p;
    }
    wanted[len] = '\0';
    if (strstr((const char *)page->data, wanted) == NULL) {
        fail_msg("nrc.conf(5) does not name %s", entry->key);
    }
    (*(size_t *)found)++;
}

static void the_manual_names_every_command_and_every_key(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    size_t found = 0;
    const struct ops_command *commands = ops_language()->commands;
    const size_t count = ops_language()->command_count;
    ops_man_nrc(&out);
    for (size_t i = 0; i < count; i++) {
        char wanted[96];
        snprintf(wanted, sizeof(wanted), "\n## nrc %s%s%s\n", commands[i].noun,
                 commands[i].verb != NULL ? " " : "",
                 commands[i].verb != NULL ? commands[i].verb : "");
        if (strstr(buf_cstr(&out), wanted) == NULL) {
            fail_msg("nrc(1) does not name%s", wanted);
        }
    }
    buf_reset(&out);
    ops_man_conf(&out);
    (void)buf_cstr(&out);
    page = &out;
    conf_each(is_named, &found);
    assert_true(found > 20);
    buf_fini(&out);
}

static void every_noun_has_commands_and_every_command_a_noun(void **state)
{
    (void)state;
    const struct ops_noun *nouns = ops_language()->nouns;
    const size_t noun_count = ops_language()->noun_count;
    const struct ops_command *commands = ops_language()->commands;
    const size_t count = ops_language()->command_count;
    size_t matched = 0;
    for (size_t n = 0; n < noun_count; n++) {
        size_t before = matched;
        for (size_t i = 0; i < count; i++) {
            matched += strcmp(commands[i].noun, nouns[n].name) == 0;
        }
        assert_true(matched > before);
    }
    assert_int_equal(matched, count);
}

/* One command as a shell takes it: "nrc lag". */
static void parses(const char *command)
{
    wordexp_t words;
    struct ops_args args;
    struct err err = ERR_INIT;
    assert_int_equal(wordexp(command, &words, WRDE_NOCMD), 0);
    if (ops_args_parse(&args, ops_language(), (int)words.we_wordc, words.we_wordv, &err) != 0) {
        fail_msg("%s: %s", command, err.text);
    }
    wordfree(&words);
}

/* Its lines "  nrc …", with their continuations, comments and "&&". How many commands. */
static size_t try_examples(const char *text)
{
    size_t tried = 0;
    for (const char *at = strstr(text, "  nrc "); at != NULL; at = strstr(at, "  nrc ")) {
        char command[512] = "";
        size_t len = 0;
        for (at += 2; *at != '\0' && *at != '\n' && strncmp(at, "  #", 3) != 0; at++) {
            bool goes_on = strncmp(at, "\\\n", 2) == 0;
            at += goes_on;
            command[len++] = goes_on ? ' ' : *at;
            assert_true(len < sizeof(command));
        }
        for (char *rest = command, *one = strsep(&rest, "&"); one != NULL;
             one = strsep(&rest, "&")) {
            if (strstr(one, "nrc ") != NULL) {
                parses(one);
                tried++;
            }
        }
    }
    return tried;
}

static void every_example_is_a_command_line(void **state)
{
    (void)state;
    size_t tried = try_examples(ops_example());
    assert_int_equal(tried, 7);
    for (size_t i = 0; i < ops_language()->command_count; i++) {
        const char *details = ops_language()->commands[i].details;
        tried += details != NULL ? try_examples(details) : 0;
    }
    assert_true(tried > 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commands_page_is_the_table),
        cmocka_unit_test(the_configuration_page_is_the_table),
        cmocka_unit_test(the_incidents_page_is_the_table),
        cmocka_unit_test(the_metrics_page_is_the_table),
        cmocka_unit_test(the_page_of_structure_changes_is_the_table),
        cmocka_unit_test(the_page_of_the_doctor_is_the_table),
        cmocka_unit_test(the_runbook_has_a_section_for_each_kind_of_incident),
        cmocka_unit_test(every_command_of_the_runbook_is_one),
        cmocka_unit_test(the_manual_pages_are_the_tables),
        cmocka_unit_test(the_sample_configuration_is_the_table),
        cmocka_unit_test(the_manual_names_every_command_and_every_key),
        cmocka_unit_test(every_noun_has_commands_and_every_command_a_noun),
        cmocka_unit_test(every_example_is_a_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
