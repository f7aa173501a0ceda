/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_position.c - claims fence, halts need a steward, a gap is in the ledger. */
#include "births.h"

#include <pthread.h>

#include "storage/catalogue/position.h"

static int setup(void **state)
{
    struct births_room *room = births_room_new(state);
    room->dataset_id = births_build();
    room->conn = sto_open(STO_ROLE_INGEST);
    room->steward = sto_open(STO_ROLE_STEWARD);
    return 0;
}

static struct sto_position claim_of(struct births_room *room, int32_t partition,
                                    int32_t partition_count, int64_t log_start)
{
    const struct sto_claim claim = {
        .dataset_id = room->dataset_id,
        .topic = "moh.births",
        .partition = partition,
        .partition_count = partition_count,
        .log_start = log_start,
        .owner = "test-0",
    };
    struct sto_position p;
    assert_ok(sto_position_claim(room->conn, &claim, &p, &room->err), room->err);
    return p;
}

static struct sto_position claim(struct births_room *room, int32_t partition, int64_t log_start)
{
    return claim_of(room, partition, 8, log_start);
}

static int note(struct births_room *room, const struct sto_position *p, int64_t log_start)
{
    const struct sto_log_start start = {
        .position_id = p->id, .epoch = p->epoch, .log_start = log_start};
    return sto_positions_note_log_starts(room->conn, &start, 1, &room->err);
}

static void the_first_claim_starts_where_the_log_does(void **state)
{
    struct births_room *room = *state;
    struct sto_position p = claim(room, 3, 500);
    assert_true(p.created);
    assert_int_equal(p.epoch, 1);
    assert_int_equal(p.next_offset, 500);
    assert_int_equal(p.log_start, 500);
    assert_int_equal(p.last_offset, -1);
    assert_false(p.halted);
    /* The other partitions of the same assignment, above and below, too. */
    assert_int_equal(claim(room, 0, 40).next_offset, 40);
    assert_int_equal(claim(room, 7, 70).next_offset, 70);
}

static void a_partition_added_later_starts_at_0(void **state)
{
    struct births_room *room = *state;
    claim_of(room, 2, 3, 500);
    assert_int_equal(claim_of(room, 4, 6, 9).next_offset, 0);
    assert_int_equal(claim_of(room, 3, 6, 9).next_offset, 0);
    assert_true(claim_of(room, 3, 6, 9).added);
    /* was there from the first: its first claim came late */
    assert_int_equal(claim_of(room, 1, 6, 9).next_offset, 9);
    assert_false(claim_of(room, 1, 6, 9).added);
}

static void a_claim_fences_the_former_owner(void **state)
{
    struct births_room *room = *state;
    struct sto_position first = claim(room, 0, 0);
    raw_run(room->raw, "UPDATE nrc.position SET next_offset = 10, last_offset = 9, last_ts_ms = 77,"
                       " last_hash = -2");
    struct sto_position second = claim(room, 0, 5);
    assert_false(second.created);
    assert_int_equal(second.id, first.id);
    assert_int_equal(second.epoch, first.epoch + 1);
    assert_int_equal(second.next_offset, 10);
    assert_int_equal(second.log_start, 0); /* as last seen: the caller compares */
    assert_int_equal(second.last_offset, 9);
    assert_int_equal(second.last_ts_ms, 77);
    assert_true(second.last_hash == UINT64_MAX - 1);
    assert_err(
        sto_position_halt(room->conn, first.id, first.epoch, STO_INCIDENT_GAP, "x", &room->err),
        room->err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    assert_err(note(room, &first, 3), room->err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.incident"), 0);
    assert_ok(note(room, &second, 3), room->err);
    assert_int_equal(claim(room, 0, 5).log_start, 3);
}

struct claimer {
    struct sto_conn *conn;
    int32_t dataset_id;
    struct sto_position position;
    int status;
    struct err err;
};

static void *claim_once(void *arg)
{
    struct claimer *c = arg;
    const struct sto_claim claim = {
        .dataset_id = c->dataset_id,
        .topic = "moh.births",
        .partition_count = 1,
        .log_start = 5,
        .owner = "racer",
    };
    c->status = sto_position_claim(c->conn, &claim, &c->position, &c->err);
    return NULL;
}

static void of_two_claims_at_once_one_epoch_is_higher(void **state)
{
    struct births_room *room = *state;
    struct claimer claimers[4];
    pthread_t threads[COUNT_OF(claimers)];
    unsigned epochs = 0;
    int created = 0;
    for (size_t i = 0; i < COUNT_OF(claimers); i++) {
        claimers[i] = (struct claimer){
            .conn = sto_open(STO_ROLE_INGEST), .dataset_id = room->dataset_id, .err = ERR_INIT};
        assert_int_equal(pthread_create(&threads[i], NULL, claim_once, &claimers[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(claimers); i++) {
        pthread_join(threads[i], NULL);
        assert_ok(claimers[i].status, claimers[i].err);
        epochs |= 1u << claimers[i].position.epoch;
        created += claimers[i].position.created;
        assert_int_equal(claimers[i].position.next_offset, 5);
        sto_conn_close(&claimers[i].conn);
    }
    assert_int_equal(epochs, 0x1e); /* 1, 2, 3, 4: each once */
    assert_int_equal(created, 1);
}

static void a_claim_for_another_dataset_takes_nothing(void **state)
{
    struct births_room *room = *state;
    static const char *const keys[] = {"k"};
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = "deaths",
                                          .key_fields = keys,
                                          .key_field_count = 1,
                                          .key_format = "text"};
    int32_t other;
    struct sto_position p;
    claim(room, 0, 0);
    struct sto_conn *registry = sto_open(STO_ROLE_REGISTRY);
    assert_ok(sto_dataset_add(registry, &spec, &other, &room->err), room->err);
    sto_conn_close(&registry);
    const struct sto_claim theft = {
        .dataset_id = other, .topic = "moh.births", .partition_count = 1, .owner = "x"};
    assert_err(sto_position_claim(room->conn, &theft, &p, &room->err), room->err, ERR_KIND_FATAL,
               ERR_CONFIG);
    assert_int_equal(raw_int(room->raw, "SELECT epoch FROM nrc.position"), 1);
}

static void a_halt_opens_one_incident_and_is_seen_by_the_next_claim(void **state)
{
    struct births_room *room = *state;
    struct sto_position p = claim(room, 0, 0);
    for (int i = 0; i < 2; i++) {
        assert_ok(sto_position_halt(room->conn, p.id, p.epoch, STO_INCIDENT_GAP,
                                    "offsets 3 to 9 are gone", &room->err),
                  room->err);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE kind = 'gap'"
                                        " AND closed_at IS NULL"),
                     1);
    p = claim(room, 0, 0);
    assert_true(p.halted);
    assert_string_equal(p.halt_reason, "offsets 3 to 9 are gone");
}

/* A session of the same login in the midst of a COPY, with the position's row locked. */
static PGconn *hold(const char *application_name)
{
    PGconn *holder = raw_open();
    char sql[128];
    snprintf(sql, sizeof(sql), "SET application_name = '%s'", application_name);
    raw_run(holder, sql);
    raw_run(holder, "CREATE TEMP TABLE t (i int)");
    raw_run(holder, "BEGIN; UPDATE nrc.position SET updated_at = now()");
    PQclear(PQexec(holder, "COPY t FROM STDIN"));
    return holder;
}

static void a_former_owner_that_is_frozen_loses_its_session(void **state)
{
    struct births_room *room = *state;
    struct sto_claim again = {.dataset_id = room->dataset_id,
                              .topic = "moh.births",
                              .partition_count = 8,
                              .owner = "test-1",
                              .wait_ms = 300};
    struct sto_position p = claim(room, 0, 0);
    PGconn *person = hold("psql");
    assert_err(sto_position_claim(room->conn, &again, &p, &room->err), room->err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    assert_int_equal(PQputCopyEnd(person, NULL), 1);
    PQclear(PQgetResult(person));
    while (PQgetResult(person) != NULL) {
    }
    raw_run(person, "COMMIT"); /* nobody but an engine is ended */
    PQfinish(person);

    PGconn *engine = hold("nrc ingest lane 3");
    assert_err(sto_position_claim(room->conn, &again, &p, &room->err), room->err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    again.wait_ms = 30000; /* for its end */
    assert_ok(sto_position_claim(room->conn, &again, &p, &room->err), room->err);
    assert_int_equal(p.epoch, 2);
    PQfinish(engine);
    assert_int_equal(claim(room, 0, 0).epoch, 3); /* still in its role, and of use */
}

/* Claims of partitions 0 to count - 1 at their number times ten, the last first. */
static int claim_many(struct births_room *room, size_t count, int wait_ms, struct sto_position *out)
{
    struct sto_claim claims[8];
    for (size_t i = 0; i < count; i++) {
        claims[i] = (struct sto_claim){.dataset_id = room->dataset_id,
                                       .topic = "moh.births",
                                       .partition = (int32_t)(count - 1 - i),
                                       .partition_count = 8,
                                       .log_start = (int64_t)(count - 1 - i) * 10,
                                       .owner = "many"};
    }
    return sto_positions_claim(room->conn, claims, count, wait_ms, out, &room->err);
}

static void many_are_claimed_as_one_is(void **state)
{
    struct births_room *room = *state;
    struct sto_position p[6];
    const struct sto_position second = claim_of(room, 2, 4, 500);
    assert_ok(claim_many(room, 6, 100, p), room->err);
    for (int i = 0; i < 6; i++) {
        const int partition = 5 - i;
        assert_int_equal(p[i].epoch, partition == 2 ? 2 : 1);
        assert_true(p[i].created == (partition != 2));
        /* the topic had four when it was first seen */
        assert_true(p[i].added == (partition >= 4));
        assert_int_equal(p[i].next_offset, partition == 2   ? 500
                                           : partition >= 4 ? 0
                                                            : partition * 10);
    }
    assert_int_equal(p[3].id, second.id);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.position WHERE owner = 'many'"),
                     6);
}

static void of_many_the_one_of_another_dataset_is_left_out(void **state)
{
    struct births_room *room = *state;
    struct sto_position p[3];
    claim(room, 1, 0);
    raw_run(room->raw,
            "WITH other AS (INSERT INTO nrc.dataset (agency_id, name, key_fields, key_format)"
            " SELECT agency_id, 'deaths', '{k}', 'text' FROM nrc.dataset RETURNING id)"
            " UPDATE nrc.position SET dataset_id = other.id FROM other");
    assert_ok(claim_many(room, 3, 100, p), room->err);
    assert_int_equal(p[1].id, 0);
    assert_int_equal(p[0].epoch, 1);
    assert_int_equal(p[2].epoch, 1);
    assert_int_equal(raw_int(room->raw, "SELECT epoch FROM nrc.position WHERE partition = 1"), 1);
}

static void which_topics_have_positions_is_told(void **state)
{
    struct births_room *room = *state;
    static const char *const topics[] = {"no.such", "moh.births", "moh.\"births"};
    bool known[COUNT_OF(topics)] = {true, false, true};
    claim(room, 0, 0);
    assert_ok(sto_positions_known(room->conn, topics, COUNT_OF(topics), known, &room->err),
              room->err);
    assert_false(known[0]);
    assert_true(known[1]);
    assert_false(known[2]);
    raw_run(room->raw, "UPDATE nrc.position SET replaced_at = now()");
    assert_ok(sto_positions_known(room->conn, topics, COUNT_OF(topics), known, &room->err),
              room->err);
    assert_false(known[1]);
}

/* One by one they would be claimed; and each that is locked costs its wait. */
static void many_are_claimed_whole_or_not_at_all(void **state)
{
    struct births_room *room = *state;
    struct sto_position p[4];
    assert_ok(claim_many(room, 2, 100, p), room->err);
    PGconn *engine = hold("nrc ingest lane 3");
    assert_err(claim_many(room, 4, 100, p), room->err, ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT);
    assert_string_equal(room->err.sqlstate, "55P03");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.position"), 2);
    assert_int_equal(raw_int(room->raw, "SELECT max(epoch) FROM nrc.position"), 1);
    assert_int_equal(PQstatus(engine), CONNECTION_OK); /* it was not ended */
    PQfinish(engine);
}

static void only_a_halted_position_is_resumed(void **state)
{
    struct births_room *room = *state;
    assert_err(sto_position_resume(room->steward, "moh.births", 0, NULL, 0, &room->err), room->err,
               ERR_KIND_FATAL, ERR_NOT_FOUND);
    claim(room, 0, 0);
    assert_err(sto_position_resume(room->steward, "moh.births", 0, NULL, 0, &room->err), room->err,
               ERR_KIND_FATAL, ERR_REFUSED);
    assert_err(sto_position_resume(room->steward, "moh.births", 0, "", 5, &room->err), room->err,
               ERR_KIND_FATAL, ERR_USAGE);
    assert_err(sto_position_resume(room->steward, "moh.births", 0, "why", -1, &room->err),
               room->err, ERR_KIND_FATAL, ERR_USAGE);
}

static void resuming_tries_again_with_a_higher_epoch_and_is_heard(void **state)
{
    struct births_room *room = *state;
    bool halted;
    struct sto_position p = claim(room, 0, 7);
    int64_t version = raw_int(room->raw, "SELECT version FROM nrc.catalogue_version");
    assert_ok(
        sto_position_halt(room->conn, p.id, p.epoch, STO_INCIDENT_TOPIC_REPLACED, "x", &room->err),
        room->err);
    assert_ok(sto_position_halted(room->conn, p.id, &halted, &room->err), room->err);
    assert_true(halted);
    assert_ok(sto_position_resume(room->steward, "moh.births", 0, NULL, 0, &room->err), room->err);
    assert_ok(sto_position_halted(room->conn, p.id, &halted, &room->err), room->err);
    assert_false(halted);
    assert_true(raw_int(room->raw, "SELECT version FROM nrc.catalogue_version") > version);
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE closed_at IS NULL"), 0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.ledger"), 0);
    assert_err(note(room, &p, 9), room->err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    p = claim(room, 0, 7);
    assert_int_equal(p.next_offset, 7);
}

/* Halts a claimed position that stands at 10, and accepts what comes at `to`. */
static struct sto_position accept(struct births_room *room, int32_t partition,
                                  enum sto_incident_kind kind, int64_t to)
{
    struct sto_position p = claim(room, partition, 10);
    raw_run(room->raw, "UPDATE nrc.position SET last_offset = 9, last_ts_ms = 8, last_hash = 7");
    assert_ok(sto_position_halt(room->conn, p.id, p.epoch, kind, "x", &room->err), room->err);
    assert_ok(sto_position_resume(room->steward, "moh.births", partition, "broker lost its disk",
                                  to, &room->err),
              room->err);
    return p;
}

static const char *gap_of(struct births_room *room, int32_t position_id)
{
    char sql[256];
    snprintf(
        sql, sizeof(sql),
        "SELECT format('%%s %%s %%s %%s %%s', kind, from_offset, next_offset, received, reason)"
        " FROM nrc.ledger WHERE position_id = %d",
        position_id);
    return raw_text(room->raw, sql);
}

static void an_accepted_gap_is_in_the_ledger_with_its_reason(void **state)
{
    struct births_room *room = *state;
    struct sto_position before = accept(room, 0, STO_INCIDENT_GAP, 30);
    assert_string_equal(gap_of(room, before.id), "gap 10 30 0 broker lost its disk");
    struct sto_position p = claim(room, 0, 30);
    assert_int_equal(p.id, before.id);
    assert_false(p.halted);
    assert_int_equal(p.next_offset, 30);
    assert_int_equal(p.last_offset, -1);
    assert_int_equal(p.log_start, 0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.ledger_faults()"), 0);
}

/* Its offsets mean something else: the rows of the old log keep the old number, so a key that comes
 * again at a smaller offset is not taken for older. */
static void an_accepted_log_that_replaced_another_has_a_position_of_its_own(void **state)
{
    static const struct {
        enum sto_incident_kind kind;
        int64_t to;
    } rows[] = {{STO_INCIDENT_TOPIC_REPLACED, 0},
                {STO_INCIDENT_TOPIC_REPLACED, 10},
                {STO_INCIDENT_TOPIC_REPLACED, 40},
                {STO_INCIDENT_GAP, 3}};
    struct births_room *room = *state;
    for (int32_t i = 0; i < (int32_t)COUNT_OF(rows); i++) {
        struct sto_position before = accept(room, i, rows[i].kind, rows[i].to);
        assert_string_equal(gap_of(room, before.id), "gap 10 10 0 broker lost its disk");
        assert_err(note(room, &before, 9), room->err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
        struct sto_position p = claim(room, i, rows[i].to);
        assert_int_not_equal(p.id, before.id);
        assert_false(p.halted);
        assert_false(p.created); /* the steward made it */
        assert_int_equal(p.next_offset, rows[i].to);
        assert_int_equal(p.last_offset, -1);
        assert_int_equal(claim(room, i, 0).id, p.id);
    }
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE closed_at IS NULL"), 0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.ledger_faults()"), 0);
}

/* What is below was taken, and is in the register: to read it again would be no gap. */
static void an_unreadable_offset_is_left_upwards_only(void **state)
{
    struct births_room *room = *state;
    struct sto_position p = claim(room, 0, 10);
    assert_ok(
        sto_position_halt(room->conn, p.id, p.epoch, STO_INCIDENT_UNREADABLE, "x", &room->err),
        room->err);
    assert_err(sto_position_resume(room->steward, "moh.births", 0, "why", 9, &room->err), room->err,
               ERR_KIND_FATAL, ERR_REFUSED);
    assert_ok(sto_position_resume(room->steward, "moh.births", 0, "why", 13, &room->err),
              room->err);
    assert_string_equal(gap_of(room, p.id), "gap 10 13 0 why");
    assert_int_equal(claim(room, 0, 0).id, p.id);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.ledger_faults()"), 0);
}

/* A batch updates its positions' rows for ever: each update must stay in its page. */
static void moving_a_position_touches_no_index(void **state)
{
    struct births_room *room = *state;
    claim(room, 0, 0);
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_index i"
                            " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum ="
                            " ANY (i.indkey) WHERE i.indrelid = 'nrc.position'::regclass"),
        "id,partition,topic");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_claim_starts_where_the_log_does),
        TEST(a_partition_added_later_starts_at_0),
        TEST(a_claim_fences_the_former_owner),
        TEST(of_two_claims_at_once_one_epoch_is_higher),
        TEST(a_claim_for_another_dataset_takes_nothing),
        TEST(a_halt_opens_one_incident_and_is_seen_by_the_next_claim),
        TEST(a_former_owner_that_is_frozen_loses_its_session),
        TEST(many_are_claimed_as_one_is),
        TEST(of_many_the_one_of_another_dataset_is_left_out),
        TEST(many_are_claimed_whole_or_not_at_all),
        TEST(which_topics_have_positions_is_told),
        TEST(only_a_halted_position_is_resumed),
        TEST(resuming_tries_again_with_a_higher_epoch_and_is_heard),
        TEST(an_accepted_gap_is_in_the_ledger_with_its_reason),
        TEST(an_accepted_log_that_replaced_another_has_a_position_of_its_own),
        TEST(an_unreadable_offset_is_left_upwards_only),
        TEST(moving_a_position_touches_no_index),
    };
    return cmocka_run_group_tests_name("position", tests, NULL, NULL);
}
