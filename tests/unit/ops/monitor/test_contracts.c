/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/schema/contract/contract_help.h"

#include "ops/monitor/contracts.h"

static char *one; /* version 1.2.0 */
static char *two; /* 2.0.0 */

static int make_texts(void **state)
{
    (void)state;
    one = strdup(good);
    two = changed("1.2.0", "2.0.0");
    return one != NULL && two != NULL ? 0 : -1;
}

static int free_texts(void **state)
{
    (void)state;
    free(one);
    free(two);
    return 0;
}

static void a_text_is_read_once(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_contracts contracts = {0};
    const struct sch_contract *first = ops_contracts_get(&contracts, 1, one, &err);
    assert_non_null(first);
    assert_string_equal(first->version, "1.2.0");
    for (int32_t id = 2; id < 100; id++) { /* the list grows and moves */
        assert_non_null(ops_contracts_get(&contracts, id, one, &err));
    }
    assert_ptr_equal(ops_contracts_get(&contracts, 1, one, &err), first);
    ops_contracts_sweep(&contracts);
    assert_int_equal(contracts.count, 99);
    assert_ptr_equal(ops_contracts_get(&contracts, 1, one, &err), first);
    ops_contracts_fini(&contracts);
}

static void another_text_takes_its_place(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_contracts contracts = {0};
    assert_non_null(ops_contracts_get(&contracts, 1, one, &err));
    const struct sch_contract *second = ops_contracts_get(&contracts, 1, two, &err);
    assert_non_null(second);
    assert_string_equal(second->version, "2.0.0");
    assert_int_equal(contracts.count, 1);
    ops_contracts_fini(&contracts);
}

static void what_cannot_be_read_is_told_each_time(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_contracts contracts = {0};
    assert_non_null(ops_contracts_get(&contracts, 1, one, &err));
    for (int i = 0; i < 2; i++) {
        err_reset(&err);
        assert_null(ops_contracts_get(&contracts, 1, "version: [", &err));
        assert_int_equal(err.code, ERR_BAD_CONTRACT);
    }
    assert_non_null(ops_contracts_get(&contracts, 1, one, &err));
    ops_contracts_fini(&contracts);
}

static void what_nobody_asks_for_is_forgotten(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct ops_contracts contracts = {0};
    assert_non_null(ops_contracts_get(&contracts, 1, one, &err));
    const struct sch_contract *stays = ops_contracts_get(&contracts, 2, two, &err);
    ops_contracts_sweep(&contracts);
    assert_ptr_equal(ops_contracts_get(&contracts, 2, two, &err), stays);
    ops_contracts_sweep(&contracts);
    assert_int_equal(contracts.count, 1);
    assert_ptr_equal(ops_contracts_get(&contracts, 2, two, &err), stays);
    ops_contracts_sweep(&contracts);
    ops_contracts_sweep(&contracts);
    assert_int_equal(contracts.count, 0);
    ops_contracts_fini(&contracts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_read_once),
        cmocka_unit_test(another_text_takes_its_place),
        cmocka_unit_test(what_cannot_be_read_is_told_each_time),
        cmocka_unit_test(what_nobody_asks_for_is_forgotten),
    };
    return cmocka_run_group_tests(tests, make_texts, free_texts);
}
