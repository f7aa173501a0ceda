/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_table.h"

static const char *const names[] = {"name", "name_ar", "key"};
enum { NAME, NAME_AR, KEY, COLUMNS };

/* The records as "line:name|name_ar|key" lines, - for nothing, of a table that must have a key; or the error's text. */
static const char *read_all(const char *given)
{
    static char got[1024];
    char text[512];
    struct err err = ERR_INIT;
    struct csv_table table;
    char *values[COLUMNS];
    size_t used = 0;
    snprintf(text, sizeof(text), "%s", given);
    got[0] = '\0';
    int more = csv_table_open(&table, "a test", names, COLUMNS, text, strlen(text), &err) == 0 &&
                       csv_table_needs(&table, KEY, &err) == 0
                   ? 1
                   : -1;
    while (more == 1 && (more = csv_table_next(&table, values, &err)) == 1) {
        if (values[KEY] != NULL && strcmp(values[KEY], "bad") == 0) {
            more = csv_table_wrong(&table, KEY, "is bad", &err);
            break;
        }
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%zu:", table.record.line);
        for (size_t i = 0; i < COLUMNS; i++) {
            used +=
                (size_t)snprintf(got + used, sizeof(got) - used, "%s%s",
                                 values[i] != NULL ? values[i] : "-", i + 1 < COLUMNS ? "|" : "\n");
        }
    }
    if (more != 0) {
        assert_int_equal(err.kind, ERR_KIND_FATAL);
        assert_int_equal(err.code, ERR_USAGE);
        return strcpy(got, err.text);
    }
    return got;
}

#define READS(text, want) assert_string_equal(read_all(text), want)

static void columns_are_found_by_their_names(void **state)
{
    (void)state;
    READS("name,key\na,1\n\n b , 2\t\n", "2:a|-|1\n4:b|-|2\n");
    READS("KEY;Name AR;;name\r\n1;أ;;\r\n", "2:-|أ|1\n");
    READS("name-ar,key\nx\n,\nx,1,\n", "2:-|x|-\n4:-|x|1\n");
    READS("key\n", "");
}

static void a_fault_has_its_line_and_column(void **state)
{
    (void)state;
    READS("", "line 1: there is nothing in it");
    READS("name\na\n", "line 1, column key: the column is missing");
    READS("\nkey,keys\n",
          "line 2, column 2: \"keys\" is no column of a test: these are name, name_ar and key");
    READS("key,name_\n",
          "line 1, column 2: \"name_\" is no column of a test: these are name, name_ar and key");
    READS("key,Key\n", "line 1, column Key: the column is there twice");
    READS("key,name\n1,2,3\n", "line 2, column 3: the first line names only 2 columns");
    READS("key\n1\n\nbad\n", "line 4, column key: is bad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_their_names),
        cmocka_unit_test(a_fault_has_its_line_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
