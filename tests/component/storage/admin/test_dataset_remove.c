/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_dataset_remove.c - a dataset that never took an event goes as if it had never been
 * added; any other stays as it is. */
#include "births.h"

#include <pthread.h>

#include "base/attr.h"
#include "storage/catalogue/position.h"
#include "storage/report/verify.h"

static PGconn *raw;
static struct sto_conn *conn; /* as the registry */
static struct sto_conn *ingest;
static struct err err;
static int32_t dataset_id;

static int begin(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    err_reset(&err);
    conn = sto_open(STO_ROLE_REGISTRY);
    ingest = sto_open(STO_ROLE_INGEST);
    dataset_id = births_build();
    return 0;
}

static int end(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    sto_conn_close(&ingest);
    raw_run(raw, "DROP SCHEMA IF EXISTS bi CASCADE");
    PQfinish(raw);
    return 0;
}

static int removed(void)
{
    int versions = -1;
    int rc = sto_dataset_remove(conn, "moh", "births", &versions, &err);
    if (rc == 0) {
        assert_int_equal(versions, 1);
    }
    return rc;
}

static int claimed(struct sto_conn *as, int32_t id, struct sto_position *out, struct err *why)
{
    const struct sto_claim claim = {.dataset_id = id,
                                    .topic = "moh.births",
                                    .partition_count = 1,
                                    .log_start = 40,
                                    .owner = "test"};
    return sto_position_claim(as, &claim, out, why);
}

static int32_t added_again(const char *const *keys)
{
    int32_t id;
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = "births",
                                          .topic = "moh.births",
                                          .key_fields = keys,
                                          .key_field_count = 1,
                                          .key_format = "text",
                                          .leaves = 1};
    assert_ok(sto_dataset_add(conn, &spec, &id, &err), err);
    return id;
}

/* All that the dataset is, in one text. */
static const char everything[] =
    "SELECT concat_ws(' | ', (SELECT count(*) FROM pg_class c WHERE c.relnamespace ="
    " 'moh'::regnamespace), (SELECT string_agg(d::text, ',') FROM nrc.dataset d),"
    " (SELECT string_agg(c::text, ',') FROM nrc.dataset_column c),"
    " (SELECT string_agg(p::text, ',') FROM nrc.position p),"
    " (SELECT string_agg(v::text, ',') FROM nrc.subject_version v),"
    " (SELECT string_agg(i::text, ',') FROM nrc.incident i),"
    " (SELECT string_agg(l::text, ',') FROM nrc.ledger l))";

/* Given a wrong key, then another dataset of the same name and topic takes the structure up. */
static void what_took_nothing_goes_and_its_structures_stay(void **state)
{
    static const char *const keys[] = {"name"};
    (void)state;
    struct sto_position position;
    int32_t schema_id;
    int32_t version;
    char guid[64];
    assert_ok(claimed(ingest, dataset_id, &position, &err), err);
    assert_int_equal(position.next_offset, 40);
    snprintf(guid, sizeof(guid), "%.60s",
             raw_text(raw, "SELECT guid FROM nrc.schema WHERE id = 1"));
    assert_ok(removed(), err);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_class WHERE relnamespace ="
                                  " 'moh'::regnamespace"),
                     0);
    assert_int_equal(raw_int(raw,
                             "SELECT (SELECT count(*) FROM nrc.dataset) + (SELECT count(*)"
                             " FROM nrc.dataset_column) + (SELECT count(*) FROM nrc.position)"),
                     0);
    assert_string_equal(raw_text(raw,
                                 "SELECT subject || version || part || nrc.structure_state(v) FROM"
                                 " nrc.subject_version v WHERE dataset_id IS NULL"),
                        "moh.births-value1noneactive");
    assert_string_equal(raw_text(raw, "SELECT guid FROM nrc.schema WHERE id = 1"), guid);
    assert_err(removed(), err, ERR_KIND_FATAL, ERR_NOT_FOUND);

    int32_t again = added_again(keys);
    assert_ok(births_register(conn, again, 1, births_columns, COUNT_OF(births_columns), &schema_id,
                              &version, &err),
              err);
    assert_int_equal(schema_id, 1);
    assert_int_equal(version, 1);
    assert_string_equal(raw_text(raw, "SELECT string_agg(name, ',') FROM nrc.dataset_column WHERE"
                                      " key_ordinal = 1"),
                        "name");
    assert_ok(claimed(ingest, again, &position, &err), err);
    assert_true(position.created);
    assert_int_equal(position.next_offset, 40);
    struct sto_conn *monitor = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *faults = sto_ledger_verify(monitor, NULL, NULL, &err);
    assert_non_null(faults);
    assert_int_equal(faults->rows, 0);
    sto_grid_free(&faults);
    sto_conn_close(&monitor);
}

#define LEDGER                                                                                     \
    "INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset,"      \
    " next_offset, received, skipped, applied, duplicate, stale, quarantined, exempt, reason)"     \
    " VALUES (now(), 1, 1, "
#define MOVED "UPDATE nrc.position SET next_offset = "

static void offsets_without_a_record_are_nothing(void **state)
{
    (void)state;
    struct sto_position position;
    assert_ok(claimed(ingest, dataset_id, &position, &err), err);
    raw_run(raw, LEDGER "'stream', 1, 40, 43, 0, 3, 0, 0, 0, 0, 0, NULL); " MOVED "43");
    assert_ok(removed(), err);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.ledger"), 0);
}

static void what_took_anything_stays_as_it_is(void **state)
{
    static const struct {
        const char *take;
        const char *says;
    } cases[] = {
        {LEDGER "'stream', 1, 40, 45, 5, 0, 1, 1, 1, 0, 2, NULL); " MOVED "45",
         "5 events (3 recorded, 0 quarantined, 2 exempt)"},
        {LEDGER "'stream', 1, 40, 41, 1, 0, 0, 0, 0, 1, 0, NULL); " MOVED "41",
         "1 events (0 recorded, 1 quarantined, 0 exempt)"},
        {LEDGER "'gap', 1, 40, 50, 0, 0, 0, 0, 0, 0, 0, 'why'); " MOVED "50",
         "1 ledger rows of a gap"},
        /* The ledger's months are gone. */
        {MOVED "43", "1 positions that moved"},
        {"INSERT INTO nrc.quarantine (recorded_at, dataset_id, position_id, topic_offset, reason,"
         " withheld) VALUES (now(), 1, 1, 4, 'bad_text', false)",
         "1 rows in the quarantine"},
        {"INSERT INTO moh.births_state (civil_no, _op, _recorded_at, _topic_partition, _offset,"
         " _content) VALUES ('1', 'd', now(), 1, 1, 0)",
         "1 rows in moh.births_state"},
        {"INSERT INTO moh.births_history (civil_no, _op, _effect, _recorded_at, _topic_partition,"
         " _offset) SELECT i::text, 'c', 's', now(), 1, 1 FROM generate_series(1, 1500) i",
         "1000 rows or more in moh.births_history"},
    };
    (void)state;
    struct sto_position position;
    assert_ok(claimed(ingest, dataset_id, &position, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        static char before[4096];
        raw_run(raw, cases[i].take);
        snprintf(before, sizeof(before), "%s", raw_text(raw, everything));
        assert_err(removed(), err, ERR_KIND_FATAL, ERR_REFUSED);
        if (strstr(err.text, cases[i].says) == NULL) {
            fail_msg("%s", err.text);
        }
        assert_string_equal(raw_text(raw, everything), before);
        raw_run(raw,
                "TRUNCATE nrc.ledger, nrc.quarantine, moh.births_state, moh.births_history; " MOVED
                "first_offset");
    }
    assert_ok(removed(), err);
}

static void what_others_built_is_named(void **state)
{
    (void)state;
    raw_run(raw, "DROP SCHEMA IF EXISTS bi CASCADE; CREATE SCHEMA bi;"
                 " CREATE VIEW bi.fees AS SELECT name FROM moh.births;"
                 " CREATE VIEW bi.all_fees AS SELECT name FROM moh.births_history");
    assert_err(removed(), err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
    assert_non_null(strstr(err.text, "bi.fees"));
    raw_run(raw, "DROP VIEW bi.fees");
    assert_err(removed(), err, ERR_KIND_FATAL, ERR_DEPENDED_ON);
    assert_non_null(strstr(err.text, "bi.all_fees"));
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.dataset"), 1);
    raw_run(raw, "DROP VIEW bi.all_fees");
    assert_ok(removed(), err);
}

/* Without a structure there are no tables; an incident has nobody left whom it is about. */
static void incidents_of_it_are_closed(void **state)
{
    (void)state;
    struct sto_position position;
    assert_ok(claimed(ingest, dataset_id, &position, &err), err);
    assert_ok(sto_position_halt(ingest, position.id, position.epoch, STO_INCIDENT_GAP, "why", &err),
              err);
    raw_run(raw,
            "SELECT nrc.see_incident('topic_missing', 'topic', 1, NULL, NULL, 'x', 1, now()),"
            " nrc.see_incident('topic_missing', 'topic', 99, NULL, NULL, 'of another', 1, now())");
    assert_ok(removed(), err);
    assert_string_equal(raw_text(raw, "SELECT string_agg(detail, ',') FROM nrc.incident WHERE"
                                      " closed_at IS NULL"),
                        "of another");
    bool halted = true;
    assert_ok(sto_position_halted(ingest, position.id, &halted, &err), err);
    assert_false(halted);
    assert_int_equal(claimed(ingest, dataset_id, &position, &err), -1);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.position"), 0);
}

/* ---- at once ---- */

enum { ROUNDS = 30 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int32_t current;
static bool over;

static bool is_over(int32_t *id)
{
    pthread_mutex_lock(&turn);
    bool answer = over;
    *id = current;
    pthread_mutex_unlock(&turn);
    return answer;
}

/* An engine that does not know yet: whatever it meets, it must not meet a deadlock. */
static void *keep_claiming(void *arg)
{
    struct sto_conn *mine = arg;
    intptr_t deadlocks = 0;
    int32_t id;
    while (!is_over(&id)) {
        struct err why = ERR_INIT;
        struct sto_position position;
        deadlocks += claimed(mine, id, &position, &why) != 0 && strcmp(why.sqlstate, "40P01") == 0;
    }
    return (void *)deadlocks;
}

static void *keep_registering(void *arg)
{
    struct sto_conn *mine = arg;
    intptr_t deadlocks = 0;
    int32_t id;
    for (uint8_t mark = 10; !is_over(&id); mark++) {
        struct err why = ERR_INIT;
        int32_t schema_id;
        int32_t version;
        deadlocks += births_register(mine, id, mark, births_columns, COUNT_OF(births_columns),
                                     &schema_id, &version, &why) != 0 &&
                     strcmp(why.sqlstate, "40P01") == 0;
    }
    return (void *)deadlocks;
}

static void *keep_making_leaves(void *arg)
{
    struct sto_conn *mine = arg;
    intptr_t failed = 0;
    int32_t id;
    for (int months = 3; !is_over(&id); months++) {
        struct err why = ERR_INIT;
        int made;
        if (sto_leaves_make(mine, months, &made, &why) != 0 && why.kind != ERR_KIND_RETRY) {
            print_error("%s\n", why.text);
            failed++;
        }
    }
    return (void *)failed;
}

static void removing_waits_for_nobody_in_a_ring(void **state)
{
    static void *(*const parts[])(void *) = {keep_claiming, keep_registering, keep_making_leaves};
    static const enum sto_role roles[] = {STO_ROLE_INGEST, STO_ROLE_REGISTRY, STO_ROLE_INGEST};
    static const char *const keys[] = {"civil_no"};
    (void)state;
    struct sto_conn *conns[COUNT_OF(parts)];
    pthread_t threads[COUNT_OF(parts)];
    current = dataset_id;
    over = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        conns[i] = sto_open(roles[i]);
        assert_int_equal(pthread_create(&threads[i], NULL, parts[i], conns[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        int versions;
        int rc = sto_dataset_remove(conn, "moh", "births", &versions, &err);
        while (rc != 0 && err.kind == ERR_KIND_RETRY && strcmp(err.sqlstate, "40P01") != 0) {
            rc = sto_dataset_remove(conn, "moh", "births", &versions, &err);
        }
        assert_ok(rc, err);
        int32_t id = added_again(keys);
        pthread_mutex_lock(&turn);
        current = id;
        pthread_mutex_unlock(&turn);
    }
    pthread_mutex_lock(&turn);
    over = true;
    pthread_mutex_unlock(&turn);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        void *bad;
        pthread_join(threads[i], &bad);
        sto_conn_close(&conns[i]);
        assert_int_equal((intptr_t)bad, 0);
    }
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.dataset"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_took_nothing_goes_and_its_structures_stay),
        TEST(offsets_without_a_record_are_nothing),
        TEST(what_took_anything_stays_as_it_is),
        TEST(what_others_built_is_named),
        TEST(incidents_of_it_are_closed),
        TEST(removing_waits_for_nobody_in_a_ring),
    };
    return cmocka_run_group_tests_name("dataset_remove", tests, NULL, NULL);
}
