/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    uint8_t *last = NULL;
    for (size_t size = 1; size < 3000; size += 7) {
        uint8_t *p = arena_alloc(&arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % ARENA_ALIGN, 0);
        memset(p, 0xAB, size);
        if (last != NULL) {
            assert_int_equal(last[0], 0xCD);
        }
        p[0] = 0xCD;
        last = p;
    }
    arena_fini(&arena);
}

static void nothing_asked_is_still_a_pointer(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    assert_non_null(arena_alloc(&arena, 0));
    assert_non_null(arena_calloc(&arena, 0, 8));
    arena_fini(&arena);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 15));
    assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_memdup(&arena, "", SIZE_MAX));
    assert_non_null(arena_alloc(&arena, 1));
    arena_fini(&arena);
}

static void after_a_reset_the_blocks_serve_again(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 1000; i++) {
            assert_non_null(arena_alloc(&arena, 500));
        }
        assert_non_null(arena_alloc(&arena, 300000));
        static size_t held;
        if (round == 0) {
            held = arena.held_bytes;
        }
        assert_int_equal(arena.held_bytes, held);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

static void a_rewind_undoes_what_came_after_the_mark(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *kept = arena_strdup(&arena, "kept");
    struct arena_mark mark = arena_mark(&arena);
    void *first = arena_alloc(&arena, 64);
    for (int i = 0; i < 100; i++) {
        assert_non_null(arena_alloc(&arena, 10000));
    }
    size_t held = arena.held_bytes;
    arena_rewind(&arena, mark);
    assert_ptr_equal(arena_alloc(&arena, 64), first);
    for (int i = 0; i < 100; i++) {
        assert_non_null(arena_alloc(&arena, 10000));
    }
    assert_int_equal(arena.held_bytes, held);
    assert_string_equal(kept, "kept");
    arena_fini(&arena);
}

static void a_mark_of_the_empty_arena_rewinds_to_the_start(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct arena_mark mark = arena_mark(&arena);
    void *first = arena_alloc(&arena, 64);
    arena_rewind(&arena, mark);
    assert_ptr_equal(arena_alloc(&arena, 64), first);
    arena_fini(&arena);
}

static void copies_end_in_a_nul(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *copy = arena_memdup(&arena, "ab\0cd", 5);
    assert_memory_equal(copy, "ab\0cd", 6);
    assert_string_equal(arena_memdup(&arena, NULL, 0), "");
    assert_string_equal(arena_printf(&arena, "%s/%d", "x", 42), "x/42");
    int *zeroed = arena_calloc(&arena, 3, sizeof(int));
    assert_int_equal(zeroed[0] | zeroed[1] | zeroed[2], 0);
    arena_fini(&arena);
}

static void only_the_last_allocation_is_resized_in_its_place(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *first = arena_alloc(&arena, 100);
    char *last = arena_alloc(&arena, 100);
    assert_false(arena_resize_last(&arena, first, 100, 50));
    assert_true(arena_resize_last(&arena, last, 100, 60000));
    memset(last, 1, 60000);
    assert_false(arena_resize_last(&arena, last, 60000, 1000000));
    assert_false(arena_resize_last(&arena, last, 60000, SIZE_MAX));
    assert_true(arena_resize_last(&arena, last, 60000, 16));
    assert_ptr_equal(arena_alloc(&arena, 16), last + 16);
    arena_fini(&arena);
}

/* Sizes in falling and in rising order: a block too small for one request serves a later one. */
static void a_block_passed_over_serves_a_smaller_request(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    for (int i = 1; i <= 10; i++) {
        assert_non_null(arena_alloc(&arena, (size_t)i * 100000));
    }
    size_t held = arena.held_bytes;
    arena_reset(&arena);
    for (int i = 10; i >= 2; i--) {
        assert_non_null(arena_alloc(&arena, (size_t)i * 100000));
    }
    assert_int_equal(arena.held_bytes, held);
    arena_fini(&arena);
}

static void what_is_used_is_told_apart_from_what_is_held(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    assert_int_equal(arena_used(&arena), 0);
    assert_non_null(arena_alloc(&arena, 100));
    assert_int_equal(arena_used(&arena), 112);
    struct arena_mark mark = arena_mark(&arena);
    for (int i = 0; i < 10; i++) {
        assert_non_null(arena_alloc(&arena, 100000));
    }
    assert_in_range(arena_used(&arena), 1000000, 1100000);
    assert_true(arena_used(&arena) <= arena.held_bytes);
    arena_rewind(&arena, mark);
    assert_int_equal(arena_used(&arena), 112);
    arena_reset(&arena);
    assert_int_equal(arena_used(&arena), 0);
    for (int i = 0; i < 10; i++) {
        assert_non_null(arena_alloc(&arena, 100000));
    }
    assert_in_range(arena_used(&arena), 1000000, 1100000);
    arena_fini(&arena);
    assert_int_equal(arena_used(&arena), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(nothing_asked_is_still_a_pointer),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(after_a_reset_the_blocks_serve_again),
        cmocka_unit_test(a_rewind_undoes_what_came_after_the_mark),
        cmocka_unit_test(a_mark_of_the_empty_arena_rewinds_to_the_start),
        cmocka_unit_test(copies_end_in_a_nul),
        cmocka_unit_test(only_the_last_allocation_is_resized_in_its_place),
        cmocka_unit_test(a_block_passed_over_serves_a_smaller_request),
        cmocka_unit_test(what_is_used_is_told_apart_from_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
