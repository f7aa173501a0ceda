/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/csv.h"

/* The records as "line:a|b|c" lines, from a block of exactly the text and its NUL; or the error's text. */
static const char *read_all(const char *text, size_t len)
{
    static char got[4096];
    struct err err = ERR_INIT;
    struct csv_reader reader;
    struct csv_record record;
    char *copy = malloc(len + 1);
    size_t used = 0;
    assert_non_null(copy);
    memcpy(copy, text, len);
    copy[len] = '\0';
    got[0] = '\0';
    int rc = csv_open(&reader, copy, len, &err) == 0 ? 1 : -1;
    while (rc == 1 && (rc = csv_next(&reader, &record, &err)) == 1) {
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%zu:", record.line);
        for (size_t i = 0; i < record.count; i++) {
            used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s", i > 0 ? "|" : "",
                                     record.fields[i]);
        }
        used += (size_t)snprintf(got + used, sizeof(got) - used, "\n");
    }
    if (rc != 0) {
        assert_int_equal(err.kind, ERR_KIND_FATAL);
        assert_int_equal(err.code, ERR_USAGE);
        snprintf(got, sizeof(got), "%s", err.text);
    }
    free(copy);
    return got;
}

#define READS(text, want) assert_string_equal(read_all(text, sizeof(text) - 1), want)

static void what_spreadsheets_write_is_read(void **state)
{
    (void)state;
    READS("a,b\r\n1,2\r\n", "1:a|b\n2:1|2\n");
    READS("a,b\n1,2", "1:a|b\n2:1|2\n");
    READS("a,b\r1,2\r", "1:a|b\n2:1|2\n");
    READS("\xEF\xBB\xBF"
          "agency,b\r\n",
          "1:agency|b\n");
    READS("\xEF\xBB\xBF\"agency\";b\r\n", "1:agency|b\n");
    READS("a;b;\"c,d,e,f\"\r\n1,5;2;3\r\n", "1:a|b|c,d,e,f\n2:1,5|2|3\n");
    READS("a\tb,c\td\n", "1:a|b,c|d\n");
    READS("sep=;\r\na,x;b\r\n", "2:a,x|b\n");
    READS("a,b\n\n,,,\n \xE2\x80\x8F,\n1,\n", "1:a|b\n5:1|\n");
    READS("\"x \"\"y\"\"\",\"two\r\nlines\"\nnext,\"\"\n", "1:x \"y\"|two\r\nlines\n3:next|\n");
    READS("الجهة,الاسم\nوزارة الصحة,\"المواليد, الوفيات\"\n",
          "1:الجهة|الاسم\n2:وزارة الصحة|المواليد, الوفيات\n");
    READS("", "");
    READS("\xEF\xBB\xBF", "");
    READS("\r\n\r\n", "");
}

static void what_is_wrong_is_named_by_line_and_column(void **state)
{
    (void)state;
    READS("a,b\n1,\"2\n3,4\n", "line 2, column 2: a quote opens here and never closes");
    READS("a,b\n1,\"2\"x\n", "line 2, column 2: something follows the closing quote");
    READS("a,b\n\"1\n\n\",2\"\n",
          "line 4, column 2: a quote stands inside a field that does not begin with one");
    READS("a,b\nx,\xE1\x70\n",
          "line 2, column 3: this byte is not UTF-8: save the file as CSV in UTF-8");
    READS("a\0b", "line 1, column 2: this byte is not UTF-8: save the file as CSV in UTF-8");
    READS("a\n\xD8", "line 2, column 1: this byte is not UTF-8: save the file as CSV in UTF-8");
    READS("\xFF\xFE"
          "a\0",
          "line 1, column 1: the file is UTF-16: save it as CSV in UTF-8");
    char wide[CSV_FIELDS_MAX + 1]; /* one field more than separators */
    memset(wide, ',', sizeof(wide));
    wide[0] = 'a';
    assert_int_equal(strncmp(read_all(wide, CSV_FIELDS_MAX), "1:a|||", 6), 0);
    assert_string_equal(read_all(wide, CSV_FIELDS_MAX + 1),
                        "line 1, column 65: a line has at most 64 fields");
}

static const char *written(const char *const *fields, size_t count, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < count; i++) {
        csv_put(out, fields[i], i == 0);
    }
    csv_end(out);
    return buf_cstr(out);
}

static void a_field_is_quoted_when_it_must_be_and_no_formula(void **state)
{
    static const char *const fields[] = {"plain", NULL,  "",     "a,b",  "a\"b",
                                         "a\nb",  "a;b", "=1+1", "-1+1", "@SUM(A1)",
                                         "+9",    "a=b", "\tx",  "وزارة"};
    (void)state;
    struct buf out = BUF_INIT;
    const char *got = written(fields, COUNT_OF(fields), &out);
    assert_string_equal(got, "plain,,,\"a,b\",\"a\"\"b\",\"a\nb\",\"a;b\",\"'=1+1\",\"'-1+1\","
                             "\"'@SUM(A1)\",\"'+9\",a=b,\"'\tx\",وزارة\r\n");
    READS("plain,\"a,b\",\"a\"\"b\",\"a\nb\"\r\n", "1:plain|a,b|a\"b|a\nb\n");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_spreadsheets_write_is_read),
        cmocka_unit_test(what_is_wrong_is_named_by_line_and_column),
        cmocka_unit_test(a_field_is_quoted_when_it_must_be_and_no_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
