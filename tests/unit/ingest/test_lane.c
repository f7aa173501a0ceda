/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_lane.c - when a lane ends its batch. Kafka and the group are the test's.
 *
 * Links verdict_kit.c fake_register.c
 * Wraps ing_source_open ing_source_close ing_source_subscribe ing_source_poll ing_source_look_at_end
 * Wraps ing_source_commit_offsets ing_assignment_due ing_assignment_find ing_assignment_serve
 * Wraps ing_assignment_needs_serving ing_assignment_clear ing_stall_serve ing_vitals_count */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/assignment.h"
#include "ingest/lane.h"
#include "ingest/stall.h"
#include "unit/ingest/fake_register.h"

struct ing_source *__wrap_ing_source_open(const struct conf *conf, int lane, struct err *err);
void __wrap_ing_source_close(struct ing_source **taken);
int __wrap_ing_source_subscribe(struct ing_source *source, const char *const *topics, size_t count,
                                struct err *err);
size_t __wrap_ing_source_poll(struct ing_source *source, int wait_ms,
                              const struct ing_incoming **items);
void __wrap_ing_source_look_at_end(struct ing_source *source, struct ing_part *part,
                                   int64_t now_ms);
void __wrap_ing_source_commit_offsets(struct ing_source *source, bool wait);
enum ing_rebalance __wrap_ing_assignment_due(struct ing_lane *lane,
                                             const struct ing_assigned **list, size_t *count);
struct ing_part *__wrap_ing_assignment_find(struct ing_lane *lane, const struct ing_incoming *item);
void __wrap_ing_assignment_serve(struct ing_lane *lane);
bool __wrap_ing_assignment_needs_serving(const struct ing_lane *lane);
void __wrap_ing_assignment_clear(struct ing_lane *lane);
void __wrap_ing_stall_serve(struct ing_lane *lane);
void __wrap_ing_vitals_count(struct ing_lane *lane);

static char source_mark;
static struct ing_lane *running;
static const char
    *to_come; /* the position of each event that one poll brings; then the engine is stopped */

struct ing_source *__wrap_ing_source_open(const struct conf *conf, int lane, struct err *err)
{
    (void)conf, (void)lane, (void)err;
    return (struct ing_source *)&source_mark;
}

void __wrap_ing_source_close(struct ing_source **taken)
{
    *taken = NULL;
}

int __wrap_ing_source_subscribe(struct ing_source *source, const char *const *topics, size_t count,
                                struct err *err)
{
    (void)source, (void)topics, (void)count, (void)err;
    return 0;
}

size_t __wrap_ing_source_poll(struct ing_source *source, int wait_ms,
                              const struct ing_incoming **items)
{
    static struct ing_incoming list[16];
    int64_t offsets[FAKE_PARTS] = {0};
    (void)source;
    fake.now_ms += wait_ms;
    if (running->batch.count > 0 || *to_come == '\0') {
        ing_feed_stop(running->feed);
        return 0;
    }
    const size_t count = strlen(to_come);
    assert_true(count <= sizeof(list) / sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        const int part = to_come[i] - '1';
        list[i] = (struct ing_incoming){.kind = ING_IN_MESSAGE,
                                        .topic = running->parts[part]->topic,
                                        .partition = part,
                                        .message = message_of("ab", GOOD, sizeof(GOOD) - 1)};
        list[i].message.offset = offsets[part]++;
    }
    to_come = "";
    *items = list;
    return count;
}

void __wrap_ing_source_look_at_end(struct ing_source *source, struct ing_part *part, int64_t now_ms)
{
    (void)source, (void)part, (void)now_ms;
}

void __wrap_ing_source_commit_offsets(struct ing_source *source, bool wait)
{
    (void)source, (void)wait;
}

enum ing_rebalance __wrap_ing_assignment_due(struct ing_lane *lane,
                                             const struct ing_assigned **list, size_t *count)
{
    (void)lane, (void)list, (void)count;
    return ING_REBALANCE_NONE;
}

struct ing_part *__wrap_ing_assignment_find(struct ing_lane *lane, const struct ing_incoming *item)
{
    return lane->parts[item->partition];
}

void __wrap_ing_assignment_serve(struct ing_lane *lane)
{
    (void)lane;
}

bool __wrap_ing_assignment_needs_serving(const struct ing_lane *lane)
{
    (void)lane;
    return false;
}

void __wrap_ing_assignment_clear(struct ing_lane *lane)
{
    (void)lane;
}

void __wrap_ing_stall_serve(struct ing_lane *lane)
{
    (void)lane;
}

void __wrap_ing_vitals_count(struct ing_lane *lane)
{
    (void)lane;
}

/* Runs a lane that gets an event of each of the positions, and whose server has room for so many datasets. */
static void run(const char *positions, int sections_max)
{
    static struct sto_dataset rows[2];
    struct ing_lane *lane = fake_lane_new();
    struct conf *conf = (struct conf *)lane->conf;
    conf->ingest.batch_rows = 1000;
    conf->ingest.batch_bytes = 1 << 20;
    conf->ingest.drain_ms = 1000;
    fake.sections_max = sections_max;
    lane->sections_max = (size_t)sections_max; /* claims have connected it */
    lane->has_joined = true;
    ing_batch_fini(&lane->batch);
    struct ing_datasets *datasets = kit_datasets(&fake.catalogue, rows);
    ing_feed_publish(lane->feed, &datasets);
    running = lane;
    to_come = positions;
    assert_int_equal(ing_lane_run(lane), 0);
    ing_feed_free(&lane->feed);
}

static void assert_commits(const size_t *sizes, size_t count, size_t sections_max)
{
    assert_int_equal(fake.commit_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fake.sizes[i], sizes[i]);
        assert_in_range(fake.sections[i], 1, sections_max);
    }
}

/* Positions 1 and 2 are of one dataset, 3 and 4 of another. */
static void a_batch_has_no_more_datasets_than_the_server_has_room_for(void **state)
{
    (void)state;
    static const size_t one_batch[] = {6};
    static const size_t two[] = {4, 2};
    static const size_t each[] = {1, 1, 1, 1, 1, 1};
    run("121343", 1000);
    assert_commits(one_batch, 1, 2);
    run("121331", 2);
    assert_commits(two, 2, 2);
    run("121331", 1);
    assert_commits(each, 6, 1);
    assert_rows(1, 3);
    assert_rows(2, 1);
    assert_rows(3, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_has_no_more_datasets_than_the_server_has_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
