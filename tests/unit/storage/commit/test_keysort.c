/* SPDX-License-Identifier: Apache-2.0
 * The radix sort against qsort, over the kinds of keys that registers have and some that they
 * should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "storage/commit/keysort.h"

enum { MAX_EVENTS = 6000, MAX_KEY = 40 };

static uint8_t bytes[MAX_EVENTS][MAX_KEY];
static struct sto_event events[MAX_EVENTS];
static struct sto_item items[MAX_EVENTS];
static struct sto_item spare[MAX_EVENTS];
static uint32_t expected[MAX_EVENTS];
static uint64_t seed = 42;

static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

static int by_key_then_arrival(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    size_t shorter = events[i].key_len < events[j].key_len ? events[i].key_len : events[j].key_len;
    int c = memcmp(events[i].key, events[j].key, shorter);
    if (c == 0) {
        c = (int)events[i].key_len - (int)events[j].key_len;
    }
    return c != 0 ? c : (int)i - (int)j;
}

static void check(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expected[i] = (uint32_t)i;
    }
    qsort(expected, count, sizeof(expected[0]), by_key_then_arrival);
    sto_keysort(items, spare, events, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(items[i].event, expected[i]);
    }
    for (size_t i = 1; i < count; i++) {
        const struct sto_event *a = &events[expected[i - 1]];
        const struct sto_event *b = &events[expected[i]];
        int equal = a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
        assert_int_equal(sto_same_key(&items[i - 1], &items[i], events), equal);
    }
}

static void set_key(size_t i, size_t len)
{
    events[i] = (struct sto_event){.key = bytes[i], .key_len = (uint16_t)len};
}

static void civil_numbers_with_a_shared_beginning(void **state)
{
    (void)state;
    for (size_t count = 0; count < MAX_EVENTS; count = count * 2 + 1) {
        for (size_t i = 0; i < count; i++) {
            int len = snprintf((char *)bytes[i], MAX_KEY, "OM-%012u", rnd(5000));
            set_key(i, (size_t)len);
        }
        check(count);
    }
}

/* Keys that end where others go on, zero bytes at the end, nothing at all. */
static void keys_that_are_beginnings_of_others(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t count = 1 + rnd(300);
        uint32_t alphabet = 1 + rnd(3);
        for (size_t i = 0; i < count; i++) {
            size_t len = rnd(MAX_KEY);
            for (size_t b = 0; b < len; b++) {
                bytes[i][b] = (uint8_t)(rnd(alphabet) * 0xFF);
            }
            set_key(i, len);
        }
        check(count);
    }
}

/* Few values in front, the difference far behind: the first eight bytes decide nothing. */
static void composite_keys_decided_far_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < MAX_EVENTS; i++) {
        memset(bytes[i], 'a' + (int)rnd(3), 16);
        memset(bytes[i] + 16, 0, 8);
        uint32_t low = htobe32(rnd(800));
        memcpy(bytes[i] + 24, &low, sizeof(low));
        set_key(i, 28);
    }
    check(MAX_EVENTS);
}

static void one_key_alone_keeps_arrival(void **state)
{
    (void)state;
    for (size_t i = 0; i < MAX_EVENTS; i++) {
        memcpy(bytes[i], "the same for all of them", 24);
        set_key(i, 24);
    }
    check(MAX_EVENTS);
}

static void random_binary_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < MAX_EVENTS; i++) {
        for (size_t b = 0; b < 16; b++) {
            bytes[i][b] = (uint8_t)rnd(256);
        }
        set_key(i, 16);
    }
    check(MAX_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_numbers_with_a_shared_beginning),
        cmocka_unit_test(keys_that_are_beginnings_of_others),
        cmocka_unit_test(composite_keys_decided_far_behind),
        cmocka_unit_test(one_key_alone_keeps_arrival),
        cmocka_unit_test(random_binary_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
