/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_catalogue.c - the snapshot of the catalogue, and the notification of its changes. */
#include "births.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "storage/catalogue/catalogue.h"

static void a_snapshot_says_what_was_registered(void **state)
{
    struct births_room *room = *state;
    static const char *const keys[] = {"b", "a"};
    static const char *const secret[] = {"army", "Ünïcode, \"quoted\""};
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = "posts",
                                          .key_fields = keys,
                                          .key_field_count = 2,
                                          .key_format = "avro",
                                          .exempt_field = "kind",
                                          .exempt_values = secret,
                                          .exempt_value_count = 2,
                                          .leaves = 3};
    static const struct column columns[] = {{.name = "a", .type = COLUMN_BIGINT},
                                            {.name = "kind", .type = COLUMN_TEXT},
                                            {.name = "b", .type = COLUMN_DATE}};
    assert_ok(sto_dataset_add(room->conn, &spec, &room->dataset_id, &room->err), room->err);
    assert_ok(births_room_add(room, 3, columns, 3), room->err);

    struct sto_conn *ingest = sto_open(STO_ROLE_INGEST);
    struct sto_catalogue *catalogue = sto_catalogue_load(ingest, &room->err);
    assert_non_null(catalogue);
    assert_int_equal(catalogue->dataset_count, 2);

    const struct sto_dataset *births = &catalogue->datasets[0];
    assert_string_equal(births->full_name, "moh.births");
    assert_string_equal(births->topic, "moh.births");
    assert_true(births->table.has_order);
    assert_int_equal(births->table.column_count, 4);
    assert_int_equal(births->table.columns[3].type, COLUMN_NUMERIC);
    assert_int_equal(births->table.columns[3].precision, 5);
    assert_int_equal(births->table.columns[3].scale, 2);
    assert_int_equal(births->structure_count, 1);
    assert_int_equal(births->structures[0].state, STO_STRUCTURE_ACTIVE);
    assert_false(births->structures[0].is_key);
    assert_string_equal(births->structures[0].text, "{\"type\":\"record\"}");
    /* The GUID is the hash's first 16 bytes but for the bits that say what kind it is. */
    const uint8_t guid[16] = {1, 2, 3, 4, 5, 6, 0x87, 8, 0x89, 10};
    assert_memory_equal(births->structures[0].guid, guid, 16);

    const struct sto_dataset *posts = &catalogue->datasets[1];
    assert_null(posts->topic);
    assert_int_equal(posts->leaves, 3);
    assert_null(posts->order_field);
    assert_false(posts->table.has_order);
    assert_int_equal(posts->table.key_count, 2);
    assert_int_equal(posts->table.key_columns[0], 2);
    assert_int_equal(posts->table.key_columns[1], 0);
    assert_string_equal(posts->exempt_field, "kind");
    assert_int_equal(posts->exempt_value_count, 2);
    assert_string_equal(posts->exempt_values[1], "Ünïcode, \"quoted\"");
    sto_catalogue_free(&catalogue);
    sto_conn_close(&ingest);
}

/* Of the datasets that are loaded when `former` is known: the id of the only one; 0: none. */
static int32_t changed_since(struct sto_conn *conn, struct sto_catalogue **former, struct err *err)
{
    struct sto_catalogue *catalogue =
        sto_catalogue_load_changed(conn, (*former)->marks, (*former)->mark_count, err);
    assert_non_null(catalogue);
    assert_int_equal(catalogue->mark_count, 2);
    assert_true(catalogue->dataset_count <= 1);
    int32_t id = catalogue->dataset_count == 1 ? catalogue->datasets[0].id : 0;
    sto_catalogue_free(former);
    *former = catalogue;
    return id;
}

static void only_a_dataset_that_changed_is_loaded(void **state)
{
    struct births_room *room = *state;
    static const char *const keys[] = {"b"};
    static const struct sto_dataset_spec other = {.agency = "moh",
                                                  .name = "other",
                                                  .key_fields = keys,
                                                  .key_field_count = 1,
                                                  .key_format = "text"};
    static const char *const changes[] = {
        "UPDATE nrc.dataset SET exempt_field = 'x', exempt_values = '{a}' WHERE name = 'births'",
        "UPDATE nrc.dataset SET exempt_values = '{b}' WHERE name = 'births'",
        "UPDATE nrc.dataset SET event_time_field = 'at' WHERE name = 'births'",
        "UPDATE nrc.dataset SET topic = 'moh.born' WHERE name = 'births'",
        "UPDATE nrc.subject_version SET retired_from = now() + '1 hour' WHERE subject = "
        "'moh.births-value'",
        "INSERT INTO nrc.source_pause (dataset_id, why) SELECT id, 'why' FROM nrc.dataset WHERE "
        "name = 'births'",
        "DELETE FROM nrc.source_pause",
        "UPDATE nrc.schema SET rule_set = '{}'",
        "UPDATE nrc.dataset SET retired_on = current_date, retired_reason = 'why' WHERE name = "
        "'births'",
    };
    int32_t births = room->dataset_id;
    int32_t id;
    assert_ok(sto_dataset_add(room->conn, &other, &id, &room->err), room->err);
    struct sto_catalogue *former = sto_catalogue_load(room->conn, &room->err);
    assert_non_null(former);
    assert_int_equal(former->dataset_count, 2);
    assert_int_equal(former->mark_count, 2);
    assert_int_equal(changed_since(room->conn, &former, &room->err), 0);
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
    assert_int_equal(changed_since(room->conn, &former, &room->err), births);
    assert_int_equal(former->datasets[0].table.column_count, COUNT_OF(births_longer));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        raw_run(room->raw, changes[i]);
        int32_t changed = changed_since(room->conn, &former, &room->err);
        /* A time that is to come changes nothing yet. */
        assert_int_equal(changed, strstr(changes[i], "retired_from") != NULL ? 0 : births);
        assert_int_equal(changed_since(room->conn, &former, &room->err), 0);
    }
    sto_catalogue_free(&former);
}

static void every_change_is_heard_and_counted(void **state)
{
    struct births_room *room = *state;
    struct sto_conn *listener = sto_open(STO_ROLE_INGEST);
    struct sto_catalogue_age before;
    struct sto_catalogue_age after;
    assert_ok(sto_catalogue_listen(listener, &room->err), room->err);
    assert_int_equal(sto_catalogue_wait(listener, 50, -1, &room->err), 0);
    assert_ok(sto_catalogue_age(listener, &before, &room->err), room->err);
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
    assert_int_equal(sto_catalogue_wait(listener, 10000, -1, &room->err), 1);
    assert_ok(sto_catalogue_age(listener, &after, &room->err), room->err);
    assert_true(after.version > before.version);
    assert_int_equal(sto_catalogue_wait(listener, 50, -1, &room->err), 0);
    sto_conn_close(&listener);
}

/* A structure takes effect by the clock: nobody changes a row then. */
static void the_clock_changes_the_catalogue(void **state)
{
    struct births_room *room = *state;
    struct sto_catalogue_age age;
    struct sto_catalogue_age later;
    assert_ok(births_room_add(room, 2, births_longer, COUNT_OF(births_longer)), room->err);
    raw_run(room->raw, "UPDATE nrc.subject_version SET active_from = now() + interval '1 second'"
                       " WHERE version = (SELECT max(version) FROM nrc.subject_version)");
    assert_ok(sto_catalogue_age(room->conn, &age, &room->err), room->err);
    assert_true(age.until_us > age.now_us && age.until_us - age.now_us <= 1000000);
    struct sto_catalogue *snapshot = sto_catalogue_load(room->conn, &room->err);
    assert_non_null(snapshot);
    const struct sto_dataset *d = &snapshot->datasets[0];
    assert_int_equal(snapshot->age.until_us, age.until_us);
    assert_int_equal(d->structures[d->structure_count - 1].state, STO_STRUCTURE_APPROVED);
    sto_catalogue_free(&snapshot);
    do {
        assert_ok(sto_catalogue_age(room->conn, &later, &room->err), room->err);
    } while (later.now_us < age.until_us);
    assert_int_equal(later.version, age.version + 1);
    assert_true(later.until_us == INT64_MAX);
    snapshot = sto_catalogue_load(room->conn, &room->err);
    assert_non_null(snapshot);
    d = &snapshot->datasets[0];
    assert_int_equal(d->structures[d->structure_count - 1].state, STO_STRUCTURE_ACTIVE);
    sto_catalogue_free(&snapshot);
}

static void a_listener_whose_backend_ends_says_so(void **state)
{
    struct births_room *room = *state;
    char sql[64];
    struct sto_conn *listener = sto_open(STO_ROLE_INGEST);
    assert_ok(sto_catalogue_listen(listener, &room->err), room->err);
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d)", sto_conn_backend_pid(listener));
    raw_run(room->raw, sql);
    assert_err(sto_catalogue_wait(listener, 10000, -1, &room->err), room->err, ERR_KIND_RETRY,
               ERR_REGISTER_DOWN);
    assert_false(sto_conn_usable(listener));
    sto_conn_close(&listener);
}

/* A wait of an hour: a listener that is not woken is killed with the program. */
static void a_listener_that_is_woken_goes_on_with_its_connection(void **state)
{
    struct births_room *room = *state;
    struct sto_conn *listener = sto_open(STO_ROLE_INGEST);
    int wake_fd = eventfd(1, EFD_CLOEXEC);
    assert_true(wake_fd >= 0);
    assert_ok(sto_catalogue_listen(listener, &room->err), room->err);
    assert_int_equal(sto_catalogue_wait(listener, 3600000, wake_fd, &room->err), 0);
    assert_true(sto_conn_usable(listener));
    close(wake_fd);
    sto_conn_close(&listener);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_says_what_was_registered, births_room_registered),
        TEST(only_a_dataset_that_changed_is_loaded, births_room_registered),
        TEST(every_change_is_heard_and_counted, births_room_registered),
        TEST(the_clock_changes_the_catalogue, births_room_registered),
        TEST(a_listener_whose_backend_ends_says_so, births_room_registered),
        TEST(a_listener_that_is_woken_goes_on_with_its_connection, births_room_registered),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
