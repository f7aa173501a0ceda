/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_cells.c - how many cells a plan's tapes take when each of its loops runs
 * once: what a wide structure may use, however few the bytes are. */
#include "unit/schema/decode/decode_help.h"

#include "schema/plan/operation.h"

static uint64_t cells_once(const char *field_type)
{
    static char schema[65536];
    struct decoder d;
    snprintf(schema, sizeof(schema),
             "{'type':'record','name':'Root','fields':[{'name':'f','type':%s}]}", field_type);
    decoder_open(&d, schema);
    const uint64_t cells = d.plan->cells_once;
    decoder_close(&d);
    return cells;
}

/* A scalar has a cell of the row, and so no tape. */
static void a_tape_has_a_cell_for_each_container_key_and_value(void **state)
{
    (void)state;
    assert_int_equal(cells_once("'long'"), 0);
    const uint64_t array = cells_once("{'type':'array','items':'int'}");
    assert_int_equal(array, 2); /* the array, an item */
    assert_int_equal(cells_once("{'type':'array','items':{'type':'array','items':'int'}}"), 3);
    assert_int_equal(cells_once("{'type':'record','name':'A','fields':["
                                "{'name':'x','type':'int'},{'name':'y','type':'int'}]}"),
                     5); /* the object, two keys, two values */
}

/* Given a record that a structure has twice, then it counts twice, though it is compiled once. */
static void a_record_that_comes_again_counts_again(void **state)
{
    (void)state;
    static const char inner[] = "{'type':'record','name':'A','fields':[{'name':'x','type':'int'}]}";
    char twice[512];
    snprintf(twice, sizeof(twice),
             "{'type':'record','name':'B','fields':[{'name':'p','type':%s},"
             "{'name':'q','type':'A'},{'name':'r','type':'A'}]}",
             inner);
    assert_int_equal(cells_once(inner), 3);
    assert_int_equal(cells_once(twice), 1 + 3 * (1 + 3));
}

/* Each record has the next one twice: forty of them would be more cells than there are numbers. */
static void what_grows_without_end_is_counted_to_a_bound(void **state)
{
    (void)state;
    enum { DEPTH = 40, BOUND = 64 * 1024 };
    static char type[65536] = "'int'";
    static char wider[65536 + 128];
    for (int i = 0; i < DEPTH; i++) {
        char again[64] = "";
        if (i > 0) {
            snprintf(again, sizeof(again), ",{'name':'b','type':'R%d'}", i - 1);
        }
        snprintf(wider, sizeof(wider),
                 "{'type':'record','name':'R%d','fields':[{'name':'a','type':%.60000s}%s]}", i,
                 type, again);
        assert_true(strlen(wider) < sizeof(type));
        strcpy(type, wider);
    }
    assert_int_equal(cells_once(type), BOUND);
}

/* Given a union and a field behind it, then the room for that field is made where the branches meet: room
 * made in one branch would be missing in the others. */
static void room_behind_a_union_is_made_where_its_branches_meet(void **state)
{
    (void)state;
    struct decoder d;
    size_t jumps = 0;
    decoder_open(&d,
                 "{'type':'record','name':'Root','fields':[{'name':'f','type':"
                 "{'type':'array','items':{'type':'record','name':'A','fields':["
                 "{'name':'u','type':['int','string','boolean']},{'name':'x','type':'int'}]}}}]}");
    for (size_t i = 0; i < d.plan->op_count; i++) {
        const struct sch_op *op = &d.plan->ops[i];
        if (op->code == OP_JUMP && op->b > i) { /* a loop's goes back */
            assert_int_equal(d.plan->ops[op->b].code, OP_ROOM);
            jumps++;
        }
    }
    assert_true(jumps >= 2);
    decoder_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tape_has_a_cell_for_each_container_key_and_value),
        cmocka_unit_test(a_record_that_comes_again_counts_again),
        cmocka_unit_test(room_behind_a_union_is_made_where_its_branches_meet),
        cmocka_unit_test(what_grows_without_end_is_counted_to_a_bound),
    };
    return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}
