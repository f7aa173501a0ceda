/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_effects.c - the effect of each event, and what state and history have afterwards. Random
 * batches: test_model.c. */
#include "commit_kit.h"

static void assert_history_has(PGconn *raw, const char *table, const struct sto_event *event,
                               enum sto_effect effect, int32_t tp)
{
    static const char letters[] = {[STO_APPLIED] = 'a', [STO_DUPLICATE] = 'd', [STO_STALE] = 's'};
    char sql[300];
    char expected[8];
    snprintf(sql, sizeof(sql),
             "SELECT string_agg(_op::text || _effect::text, ',') FROM moh.%s_history"
             " WHERE _topic_partition = %d AND _offset = %lld",
             table, tp, (long long)event->offset);
    snprintf(expected, sizeof(expected), "%c%c", event->op, letters[effect]);
    assert_string_equal(raw_text(raw, sql), expected);
}

static void assert_effects(struct kit *kit, const struct sto_section *section, const char *table,
                           const uint8_t *expected)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct sto_event *event = &section->events[i];
        assert_int_equal(event->effect, expected[i]);
        assert_history_has(kit->raw, table, event, expected[i],
                           kit->progress[event->progress].position_id);
    }
}

static void single_versions_learn_from_the_merge_that_they_lost(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 10, "first");
    kit_birth(kit, 0, "B", 1, 10, "first");
    kit_birth(kit, 0, "C", 1, 10, "first");
    kit_commit(kit);
    kit_begin(kit);
    kit_birth(kit, 1, "A", 1, 10, "first");
    kit_birth(kit, 1, "B", 1, 9, "late");
    kit_birth(kit, 1, "C", 1, 11, "newer");
    kit_commit(kit);
    assert_int_equal(kit->births_events[0].effect, STO_DUPLICATE);
    assert_int_equal(kit->births_events[1].effect, STO_STALE);
    assert_int_equal(kit->births_events[2].effect, STO_APPLIED);
    assert_int_equal(kit->progress[1].applied, 1);
    assert_int_equal(kit->progress[1].duplicate, 1);
    assert_int_equal(kit->progress[1].stale, 1);
    assert_string_equal(
        raw_text(kit->raw, "SELECT string_agg(name, ' ' ORDER BY civil_no) FROM moh.births_state"),
        "first first newer");
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(_effect::text, '' ORDER BY _offset)"
                                           " FROM moh.births_history WHERE _topic_partition = 2"),
                        "dsa");
}

/* An order in whole seconds: both updates of one second reach the state, in one batch and in two,
 * and what is sent twice is told from them. */
static void two_updates_of_one_order_are_both_applied(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 10, "first");
    kit_birth(kit, 0, "A", 1, 10, "second");
    kit_birth(kit, 0, "A", 1, 10, "second");
    kit_birth(kit, 0, "B", 1, 10, "first");
    kit_commit(kit);
    const uint8_t together[] = {STO_APPLIED, STO_APPLIED, STO_DUPLICATE, STO_APPLIED};
    assert_effects(kit, &kit->sections[0], "births", together);
    kit_begin(kit);
    kit_birth(kit, 0, "B", 1, 10, "second");
    kit_birth(kit, 0, "A", 1, 10, "second");
    kit_birth(kit, 1, "C", 1, 10, "later");
    kit_commit(kit);
    const uint8_t apart[] = {STO_APPLIED, STO_DUPLICATE, STO_APPLIED};
    assert_effects(kit, &kit->sections[0], "births", apart);
    kit_begin(kit);
    struct sto_event *earlier = kit_birth(kit, 2, "C", 1, 10, "earlier, by Kafka's clock");
    earlier->kafka_ts_us -= 1000;
    kit_commit(kit);
    assert_int_equal(earlier->effect, STO_STALE);
    assert_string_equal(
        raw_text(kit->raw, "SELECT string_agg(name, ',' ORDER BY civil_no) FROM moh.births"),
        "second,second,later");
    kit_assert_no_ledger_faults();
}

static void a_delete_of_an_unseen_key_is_remembered(void **state)
{
    struct kit *kit = *state;
    struct sto_event *event = kit_birth(kit, 0, "A", 1, 50, NULL);
    kit_set_own_order(event);
    kit_birth(kit, 0, "B", 1, 0, NULL);
    kit_commit(kit);
    kit_begin(kit);
    kit_birth(kit, 0, "A", 1, 49, "late");
    kit_birth(kit, 0, "B", 1, INT64_MIN + 1, "any order is greater than none");
    kit_commit(kit);
    assert_int_equal(kit->births_events[0].effect, STO_STALE);
    assert_int_equal(kit->births_events[1].effect, STO_APPLIED);
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(civil_no || _op::text, ' ' ORDER BY"
                                           " civil_no) FROM moh.births_state"),
                        "Ad Bu");
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(civil_no, ' ') FROM moh.births"),
                        "B");
    assert_string_equal(raw_text(kit->raw, "SELECT (name IS NULL AND fee IS NULL)::text FROM"
                                           " moh.births_state WHERE civil_no = 'A'"),
                        "true");
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM moh.births_history WHERE _order IS NULL"), 1);
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM moh.births_history WHERE _schema_id IS NULL"), 2);
}

/* NRL-2: only the state knows whether the key was ever stored. If not, its tombstone is counted, and kept nowhere. */
static void a_tombstone_that_may_be_an_exempt_keys_holds_only_for_a_key_that_is_there(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 10, "stored");
    kit_commit(kit);
    kit_begin(kit);
    const char *const keys[] = {"A", "B", "C"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        kit_birth(kit, 0, keys[i], 1, 20, NULL)->only_if_held = true;
    }
    kit_commit(kit);
    assert_int_equal(kit->births_events[0].effect, STO_APPLIED);
    assert_int_equal(kit->births_events[1].effect, STO_EXEMPT);
    assert_int_equal(kit->progress[0].applied, 1);
    assert_int_equal(kit->progress[0].exempt_total, 2);
    assert_int_equal(raw_int(kit->raw, "SELECT sum(exempt) FROM nrc.ledger"), 2);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 2);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 1);
    kit_assert_no_ledger_faults();
}

/* A steward moved the position back: the state already has this very event, from this very
 * offset. */
static void an_event_read_a_second_time_is_a_duplicate(void **state)
{
    struct kit *kit = *state;
    for (int round = 0; round < 3; round++) {
        raw_run(kit->raw, "UPDATE nrc.position SET next_offset = 0");
        for (int i = 0; i < KIT_PROGRESS; i++) {
            kit->progress[i].next = 0;
        }
        kit_begin(kit);
        kit_birth(kit, 0, "A", 1, 10, "x");
        kit_birth(kit, 0, "B", 1, 10 + round, "x");
        kit_visit(kit, 0, 1, "x", INT64_C(1700000000000000));
        kit_commit(kit);
        assert_int_equal(kit->births_events[0].effect, round == 0 ? STO_APPLIED : STO_DUPLICATE);
        assert_int_equal(kit->births_events[1].effect, STO_APPLIED);
        assert_int_equal(kit->visits_events[0].effect, round == 0 ? STO_APPLIED : STO_DUPLICATE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST(single_versions_learn_from_the_merge_that_they_lost),
        COMMIT_TEST(two_updates_of_one_order_are_both_applied),
        COMMIT_TEST(a_delete_of_an_unseen_key_is_remembered),
        COMMIT_TEST(a_tombstone_that_may_be_an_exempt_keys_holds_only_for_a_key_that_is_there),
        COMMIT_TEST(an_event_read_a_second_time_is_a_duplicate),
    };
    return cmocka_run_group_tests_name("effects", tests, NULL, NULL);
}
