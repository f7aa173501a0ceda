/* SPDX-License-Identifier: Apache-2.0
 * unit/storage/conn/test_server.c - which servers and databases a register can be in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "storage/conn/conn.h"

static void a_known_server_with_utf8_is_taken(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(sto_server_check(150000, "UTF8", &err), 0);
    assert_int_equal(sto_server_check(150015, "UTF8", &err), 0);
}

static void any_other_says_what_it_is_and_what_is_wanted(void **state)
{
    static const struct {
        int version;
        const char *encoding;
        const char *is;
        const char *wanted;
    } cases[] = {
        {140011, "UTF8", "PostgreSQL 14", "15"},
        {90600, "UTF8", "PostgreSQL 9", "15"},
        {160002, "UTF8", "PostgreSQL 16", "15"},
        {150004, "WIN1256", "WIN1256", "ENCODING 'UTF8'"},
        {150004, "SQL_ASCII", "SQL_ASCII", "ENCODING 'UTF8'"},
        {150004, "LATIN1", "LATIN1", "ENCODING 'UTF8'"},
        {150004, NULL, "unknown", "ENCODING 'UTF8'"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        assert_int_equal(sto_server_check(cases[i].version, cases[i].encoding, &err), -1);
        assert_int_equal(err.kind, ERR_KIND_FATAL);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, cases[i].is));
        assert_non_null(strstr(err.text, cases[i].wanted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_server_with_utf8_is_taken),
        cmocka_unit_test(any_other_says_what_it_is_and_what_is_wanted),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
