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

#include "ops/command.h"
#include "ops/help.h"

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

static void every_noun_has_commands_and_every_command_a_noun(void **state)
{
    (void)state;
    size_t noun_count;
    size_t count;
    const struct ops_noun *nouns = ops_nouns(&noun_count);
    const struct ops_command *commands = ops_commands(&count);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commands_page_is_the_table),
        cmocka_unit_test(the_configuration_page_is_the_table),
        cmocka_unit_test(every_noun_has_commands_and_every_command_a_noun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
