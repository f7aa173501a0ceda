/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_minute.c - the counters of a minute, whoever has written its rows: lanes that take partitions
 * from each other, batches that fail, rows that somebody changed. The verifier runs after each test. */
#include "commit_kit.h"

#include <stdlib.h>

#include "storage/commit/measure.h"

enum { COLUMNS = 4, RULES = 3, TURNS = 150 };

/* What all batches together have counted. */
struct model {
    int64_t received;
    int64_t quarantined;
    int64_t nulls[COLUMNS];
    int64_t failed[RULES];
};

static int64_t sum_of(struct kit *kit, const char *what)
{
    char sql[300];
    snprintf(sql, sizeof(sql), "SELECT coalesce(sum(%s), 0)::bigint FROM nrc.measure_minute", what);
    return raw_int(kit->raw, sql);
}

static int64_t sum_of_key(struct kit *kit, int32_t key)
{
    char what[160];
    snprintf(what, sizeof(what),
             "(SELECT sum(n) FROM unnest(keys, counts) u(key, n) WHERE key = %d)", (int)key);
    return sum_of(kit, what);
}

static void assert_is(struct kit *kit, const struct model *model)
{
    assert_int_equal(sum_of(kit, "received"), model->received);
    assert_int_equal(sum_of(kit, "quarantined"), model->quarantined);
    assert_int_equal(sum_of(kit, "(SELECT sum(n) FROM unnest(reason_counts) n)"),
                     model->quarantined);
    for (int32_t c = 0; c < COLUMNS; c++) {
        assert_int_equal(sum_of_key(kit, STO_MEASURE_NULL * 65536 + c + 1), model->nulls[c]);
    }
    for (int32_t r = 0; r < RULES; r++) {
        assert_int_equal(sum_of_key(kit, -(STO_RULE_FAILED * STO_RULE_IDS + r + 1)),
                         model->failed[r]);
    }
}

/* What was seen in a batch's events; kept until it is committed. */
struct seen {
    uint32_t nulls[COLUMNS];
    uint32_t missing[COLUMNS];
    struct sto_rule_count rules[RULES];
    struct sto_measure measure;
};

static void make_batch(struct kit *kit, struct model *model, struct seen *seen, unsigned *seed)
{
    static const enum err_code reasons[] = {ERR_NOT_YET_ACTIVE, ERR_TRUNCATED, ERR_RULE_FAILED};
    for (uint32_t p = 0; p < KIT_PARTITIONS; p++) {
        const int events = rand_r(seed) % 4;
        for (int i = 0; i < events; i++) {
            kit_birth(kit, p, "A", rand_r(seed) % 50, rand_r(seed) % 99, "x");
        }
        model->received += events;
        kit->progress[p].measure = NULL;
        if (events == 0) {
            const int skipped = rand_r(seed) % 3;
            kit->progress[p].skipped = skipped;
            kit->progress[p].next += skipped;
            continue;
        }
        if (rand_r(seed) % 4 == 0) {
            kit->quarantined[kit->batch.quarantined_count++] =
                (struct sto_quarantined){.dataset_id = 1,
                                         .progress = p,
                                         .offset = kit_take_offset(kit, p),
                                         .kafka_ts_us = STO_NO_TIME,
                                         .reason = reasons[rand_r(seed) % COUNT_OF(reasons)],
                                         .detail = "x"};
            model->received++;
            model->quarantined++;
        }
        *seen = (struct seen){.measure = {.nulls = seen->nulls,
                                          .missing = seen->missing,
                                          .column_count = COLUMNS,
                                          .rules = seen->rules,
                                          .rule_count = RULES}};
        for (int c = 0; c < COLUMNS; c++) {
            model->nulls[c] += seen->nulls[c] = (uint32_t)rand_r(seed) % 3;
        }
        for (int r = 0; r < RULES; r++) {
            const uint32_t failed = (uint32_t)rand_r(seed) % 2;
            seen->rules[RULES - 1 - r] =
                (struct sto_rule_count){.rule_id = r + 1, .failed = failed, .evaluated = 1};
            model->failed[r] += failed;
        }
        kit->progress[p].measure = &seen->measure;
        seen++;
    }
}

/* As when a former owner comes back: it may take nothing for known that the other wrote meanwhile. */
static void change_lanes(struct kit *kit, struct sto_writer **other)
{
    struct sto_writer *writer = kit->writer;
    kit->writer = *other;
    *other = writer;
    kit_claim(kit);
}

/* The register refuses the ledger's row, so all is rolled back but what the lane believes. */
static void fail_once(struct kit *kit)
{
    struct err err = ERR_INIT;
    raw_run(kit->raw, "ALTER TABLE nrc.ledger ADD CONSTRAINT refused CHECK (false) NOT VALID");
    assert_int_equal(sto_commit(kit->writer, &kit->batch, &err), -1);
    raw_run(kit->raw, "ALTER TABLE nrc.ledger DROP CONSTRAINT refused");
}

static void lanes_that_take_turns_count_every_event_once(void **state)
{
    struct kit *kit = *state;
    unsigned seed = 20261127;
    struct model model = {0};
    struct seen seen[KIT_PARTITIONS];
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    struct sto_writer *other = sto_writer_new(conn, &err);
    assert_non_null(other);
    for (int turn = 0; turn < TURNS; turn++) {
        if (turn > 0 && rand_r(&seed) % 5 == 0) {
            change_lanes(kit, &other);
            kit_begin(kit);
        }
        make_batch(kit, &model, seen, &seed);
        if (rand_r(&seed) % 6 == 0) {
            fail_once(kit);
        }
        kit_next_batch(kit);
    }
    assert_is(kit, &model);
    if (other != kit->writer) {
        sto_writer_free(&other);
    }
    sto_conn_close(&conn);
}

static void count_three(struct kit *kit)
{
    for (int i = 0; i < 3; i++) {
        kit_birth(kit, 0, "A", 1, i, "x");
        kit_next_batch(kit);
    }
}

/* What the lane knows of a row is not what is there: nothing is written, and the next try adds. */
static void rows_that_somebody_changed_are_added_to(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    count_three(kit);
    raw_run(kit->raw, "UPDATE nrc.measure_minute SET batches = batches + 1");
    kit_birth(kit, 0, "A", 1, 9, "x");
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY, ERR_REGISTER_BUSY);
    assert_int_equal(sum_of(kit, "received"), 3);
    kit_next_batch(kit);
    kit_birth(kit, 0, "A", 1, 10, "x");
    kit_commit(kit);
    assert_int_equal(sum_of(kit, "received"), 5);
}

static void rows_that_somebody_deleted_come_back_whole(void **state)
{
    struct kit *kit = *state;
    count_three(kit);
    raw_run(kit->raw, "DELETE FROM nrc.measure_minute");
    kit_birth(kit, 0, "A", 1, 9, "x");
    kit_commit(kit);
    assert_int_equal(sum_of(kit, "received"), 4);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown_verified)
    const struct CMUnitTest tests[] = {
        T(lanes_that_take_turns_count_every_event_once),
        T(rows_that_somebody_changed_are_added_to),
        T(rows_that_somebody_deleted_come_back_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
