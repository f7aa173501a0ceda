/* SPDX-License-Identifier: Apache-2.0
 * What deleting refuses, and what it leaves. */
#include "handler_kit.h"

#include <pthread.h>

#include "base/clock.h"

/* ---- deleting ---- */

static void a_subject_is_deleted_softly_then_for_good(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    expect_error(HTTP_DELETE, "/subjects/none", NULL, "404 40401");
    expect_error(HTTP_DELETE, "/subjects/none?permanent=true", NULL, "404 40401");
    expect_error(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "404 40405");
    kit_soft_delete("a", 1);
    expect_error(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "404 40405");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [2]");
    expect_error(HTTP_DELETE, "/subjects/a", NULL, "404 40404");
    expect(HTTP_GET, "/subjects", NULL, "200 []");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    expect(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "200 [1,2]");
    expect_error(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "404 40401");
    expect(HTTP_GET, "/subjects?deleted=true", NULL, "200 []");
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
}

static void a_version_is_deleted_softly_then_for_good(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    expect_error(HTTP_DELETE, "/subjects/none/versions/1", NULL, "404 40401");
    expect_error(HTTP_DELETE, "/subjects/a/versions/3", NULL, "404 40402");
    expect_error(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "404 40407");
    expect(HTTP_DELETE, "/subjects/a/versions/latest", NULL, "200 2");
    expect_error(HTTP_DELETE, "/subjects/a/versions/2", NULL, "404 40406");
    expect(HTTP_GET, "/subjects/a/versions", NULL, "200 [1]");
    expect(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "200 2");
    expect_error(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "404 40402");
    expect_error(HTTP_GET, "/schemas/ids/2", NULL, "404 40403");
    expect(HTTP_GET, "/subjects/a/versions?deleted=true", NULL, "200 [1]");
    expect(HTTP_DELETE, "/subjects/a/versions/-1", NULL, "200 1");
    expect_error(HTTP_DELETE, "/subjects/a/versions/latest", NULL, "404 40402");
}

static void what_is_referred_to_is_not_deleted(void **state)
{
    (void)state;
    kit_add("base", 1, INT);
    kit_add("user", 1, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'base', 1)");
    expect_error(HTTP_DELETE, "/subjects/base/versions/1", NULL, "422 42206");
    expect_error(HTTP_DELETE, "/subjects/base", NULL, "422 42206");
    expect(HTTP_DELETE, "/subjects/user", NULL, "200 [1]");
    /* A soft-deleted referrer blocks neither a soft delete nor one for good. One that waits for
     * approval will be in use, and blocks what could not be taken back. */
    expect(HTTP_DELETE, "/subjects/base/versions/1", NULL, "200 1");
    raw_run(kit.raw, "INSERT INTO nrc.subject_version (subject, version, schema_id, part, decision,"
                     " active_from) VALUES ('waits', 1, 2, 'none', 'pending', NULL)");
    expect_error(HTTP_DELETE, "/subjects/base/versions/1?permanent=true", NULL, "422 42206");
    expect_error(HTTP_DELETE, "/subjects/base?permanent=true", NULL, "422 42206");
    raw_run(kit.raw, "DELETE FROM nrc.subject_version WHERE subject = 'waits'");
    expect(HTTP_DELETE, "/subjects/base/versions/1?permanent=true", NULL, "200 1");
    expect(HTTP_GET, "/schemas/ids/2/schema", NULL, "200 " LONG);
    expect(HTTP_DELETE, "/subjects/user?permanent=true", NULL, "200 [1]");
}

/* To the letter: programs look for these words. */
static void what_refuses_a_deletion_is_said_in_confluents_words(void **state)
{
    (void)state;
    kit_add("base", 1, INT);
    kit_add("user", 1, LONG);
    kit_add(":.c:a", 1, INT);
    kit_add(":.c:a", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'base', 1)");
    kit_soft_delete(":.c:a", 2);
    static const struct {
        const char *target;
        const char *want;
    } rows[] = {
        {"/subjects/none", "404 {\"error_code\":40401,\"message\":\"Subject 'none' not found.\"}"},
        {"/subjects/base/versions/9",
         "404 {\"error_code\":40402,\"message\":\"Version 9 not found.\"}"},
        {"/subjects/base?permanent=true",
         "422 {\"error_code\":42206,\"message\":\"One or more references exist to the schema "
         "{magic=1,keytype=SCHEMA,subject=base,version=1}.\"}"},
        {"/subjects/:.c:a?permanent=true", "404 {\"error_code\":40405,\"message\":\"Subject "
                                           "':.c:a' was not deleted first before being "
                                           "permanently deleted\"}"},
        {"/subjects/:.c:a/versions/2",
         "404 {\"error_code\":40406,\"message\":\"Subject ':.c:a' Version 2 was soft deleted.Set "
         "permanent=true to delete permanently\"}"},
        {"/subjects/:.c:a/versions/1?permanent=true",
         "404 {\"error_code\":40407,\"message\":\"Subject ':.c:a' Version 1 was not deleted first "
         "before being permanently deleted\"}"},
        {"/subjects/:.c:a", "200 [1]"},
        {"/subjects/:.c:a",
         "404 {\"error_code\":40404,\"message\":\"Subject ':.c:a' was soft deleted.Set "
         "permanent=true to delete permanently\"}"},
        {"/subjects/:.c:a?permanent=true", "200 [1,2]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect(HTTP_DELETE, rows[i].target, NULL, rows[i].want);
    }
}

static void a_subjects_own_references_do_not_keep_it(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'a', 1)");
    expect_error(HTTP_DELETE, "/subjects/a/versions/1", NULL, "422 42206");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1,2]");
    expect(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "200 [1,2]");
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema_reference"), 0);
}

static void the_last_user_takes_the_id_away(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("b", 1, INT);
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
    expect(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "200 [1]");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    kit_call(HTTP_DELETE, "/subjects/b", NULL);
    kit_call(HTTP_DELETE, "/subjects/b?permanent=true", NULL);
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema"), 0);
    assert_int_equal(kit_add("b", 1, INT), 2);
}

static void a_structure_of_a_dataset_is_never_deleted_for_good(void **state)
{
    (void)state;
    kit_add("moh.births-value", 1, INT);
    kit_add("moh.births-value", 2, LONG);
    raw_run(
        kit.raw,
        "INSERT INTO nrc.agency (code, name, legal_class) VALUES ('moh', 'Health', 1)"
        " ON CONFLICT DO NOTHING;"
        " INSERT INTO nrc.agency_head (agency_id, division, head)"
        " SELECT id, 'Records', 'Salim' FROM nrc.agency ON CONFLICT DO NOTHING;"
        " INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format)"
        " SELECT id, 'births', 'moh.births', '{id}', 'auto' FROM nrc.agency"
        " ON CONFLICT DO NOTHING;"
        " UPDATE nrc.subject_version SET part = 'value', field_columns = '{}', field_names = '{}', "
        "dataset_id = (SELECT id FROM nrc.dataset)"
        " WHERE version = 1");
    expect(HTTP_DELETE, "/subjects/moh.births-value/versions/1", NULL, "200 1");
    assert_string_equal(
        raw_text(kit.raw, "SELECT decision FROM nrc.subject_version WHERE version = 1"),
        "approved");
    expect_error(HTTP_DELETE, "/subjects/moh.births-value/versions/1?permanent=true", NULL,
                 "422 42205");
    assert_non_null(strstr(kit.answer, "holds events of this structure"));
    expect(HTTP_DELETE, "/subjects/moh.births-value", NULL, "200 [2]");
    expect_error(HTTP_DELETE, "/subjects/moh.births-value?permanent=true", NULL, "422 42205");
    expect(HTTP_GET, "/schemas/ids/2/schema", NULL, "200 " LONG);
    expect(HTTP_DELETE, "/subjects/moh.births-value/versions/2?permanent=true", NULL, "200 2");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
}

static void a_mode_that_only_reads_refuses_deletion(void **state)
{
    (void)state;
    const char *const names[] = {"a", "", ":.__GLOBAL:"};
    const char *const modes[] = {"READONLY", "READONLY_OVERRIDE"};
    kit_add("a", 1, INT);
    kit_add(":.ctx:a", 1, INT);
    for (size_t i = 0; i < COUNT_OF(names) * COUNT_OF(modes); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql),
                 "DELETE FROM nrc.registry_mode; INSERT INTO nrc.registry_mode VALUES ('%s', '%s')",
                 names[i / 2], modes[i % 2]);
        raw_run(kit.raw, sql);
        expect_error(HTTP_DELETE, "/subjects/a", NULL, "422 42205");
        expect_error(HTTP_DELETE, "/subjects/a/versions/1", NULL, "422 42205");
    }
    raw_run(kit.raw, "DELETE FROM nrc.registry_mode;"
                     "INSERT INTO nrc.registry_mode VALUES (':.ctx:', 'READONLY')");
    expect_error(HTTP_DELETE, "/subjects/:.ctx:a", NULL, "422 42205");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
    /* The nearest word counts. */
    raw_run(kit.raw, "INSERT INTO nrc.registry_mode VALUES (':.ctx:a', 'READWRITE')");
    expect(HTTP_DELETE, "/subjects/:.ctx:a", NULL, "200 [1]");
}

static void the_settings_of_a_subject_go_with_its_last_version(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.registry_config VALUES ('a', 'FULL'), ('', 'NONE');"
                     "INSERT INTO nrc.registry_mode VALUES ('a', 'READWRITE')");
    kit_call(HTTP_DELETE, "/subjects/a", NULL);
    expect(HTTP_DELETE, "/subjects/a/versions/1?permanent=true", NULL, "200 1");
    expect(HTTP_GET, "/config/a", NULL, "200 {\"compatibilityLevel\":\"FULL\"}");
    expect(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "200 2");
    expect_error(HTTP_GET, "/config/a", NULL, "404 40408");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
    expect(HTTP_GET, "/config", NULL, "200 {\"compatibilityLevel\":\"NONE\"}");
}

static void deleting_waits_for_whoever_registers(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    raw_run(kit.raw, "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('a', 0))");
    sto_conn_close(&kit.worker.conn);
    kit.shared.conn.statement_timeout_ms = 200;
    expect_error(HTTP_DELETE, "/subjects/a", NULL, "500 50002");
    expect_error(HTTP_DELETE, "/subjects/a/versions/1", NULL, "500 50002");
    kit.shared.conn.statement_timeout_ms = 0;
    sto_conn_close(&kit.worker.conn);
    raw_run(kit.raw, "COMMIT");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
}

static void *delete_for_good(void *arg)
{
    (void)arg;
    kit_call(HTTP_DELETE, "/subjects/a?permanent=true", NULL);
    return NULL;
}

/* As registration under another subject does, from the moment it holds the catalogue. */
static void a_schema_taken_up_meanwhile_stays(void **state)
{
    (void)state;
    pthread_t thread;
    PGconn *other = raw_open();
    kit_add("a", 1, INT);
    kit_soft_delete("a", 1);
    raw_run(other, "BEGIN; SELECT nrc.lock_catalogue(); SELECT FROM nrc.schema WHERE id = 1");
    assert_int_equal(pthread_create(&thread, NULL, delete_for_good, NULL), 0);
    int64_t started_ms = clock_mono_ms();
    while (raw_int(kit.raw, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
        assert_true(clock_mono_ms() - started_ms < 60000); /* each question is a round trip */
    }
    assert_string_equal(raw_sqlstate(other, "INSERT INTO nrc.subject_version"
                                            " (subject, version, schema_id, part)"
                                            " VALUES ('b', 1, 1, 'none')"),
                        "");
    raw_run(other, "COMMIT");
    pthread_join(thread, NULL);
    assert_string_equal(kit.answer, "200 [1]");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/subjects?deleted=true", NULL, "200 [\"b\"]");
    PQfinish(other);
}

/* ---- property ---- */

enum { STEPS = 400, SUBJECTS = 2, TEXTS = 5, IDS_MAX = STEPS + 1 };

/* By SQL: the version that registering would make. */
static int put_version(int subject, int text)
{
    char name[16];
    char body[32];
    char sql[256];
    snprintf(name, sizeof(name), "s%d", subject);
    snprintf(body, sizeof(body), "\"text-%d\"", text);
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id"
             " WHERE v.subject = '%s' AND s.text = '%s' AND v.deleted_at IS NULL",
             name, body);
    if (raw_int(kit.raw, sql) > 0) {
        return 0;
    }
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(max(version), 0) + 1 FROM nrc.subject_version WHERE subject = '%s'",
             name);
    return kit_add(name, (int)raw_int(kit.raw, sql), body);
}

static void check_ids(char text_of[IDS_MAX][32], int last_id)
{
    for (int id = 1; id <= last_id; id++) {
        char target[64];
        char sql[128];
        snprintf(target, sizeof(target), "/schemas/ids/%d/schema", id);
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM nrc.subject_version WHERE schema_id = %d",
                 id);
        if (raw_int(kit.raw, sql) == 0) {
            expect_error(HTTP_GET, target, NULL, "404 40403");
            continue;
        }
        char want[64];
        snprintf(want, sizeof(want), "200 %s", text_of[id]);
        expect(HTTP_GET, target, NULL, want);
    }
}

static void ids_of_what_is_not_deleted_for_good_keep_their_text(void **state)
{
    (void)state;
    static char text_of[IDS_MAX][32];
    int last_id = 0;
    unsigned seed = 20260301;
    atomic_store(&kit.shared.listening, true);
    for (int step = 0; step < STEPS; step++) {
        int subject = rand_r(&seed) % SUBJECTS;
        int text = rand_r(&seed) % TEXTS;
        const char *permanent = rand_r(&seed) % 2 == 0 ? "?permanent=true" : "";
        char target[64];
        switch (rand_r(&seed) % 3) {
        case 0:
            snprintf(target, sizeof(target), "/subjects/s%d%s", subject, permanent);
            kit_call(HTTP_DELETE, target, NULL);
            break;
        case 1:
            snprintf(target, sizeof(target), "/subjects/s%d/versions/%d%s", subject, 1 + text,
                     permanent);
            kit_call(HTTP_DELETE, target, NULL);
            break;
        default: {
            int id = put_version(subject, text);
            atomic_fetch_add(&kit.shared.changes, 1);
            assert_true(id < IDS_MAX);
            if (id > last_id) { /* an id is never given again */
                snprintf(text_of[id], sizeof(text_of[id]), "\"text-%d\"", text);
                last_id = id;
            }
        }
        }
        if (step % 4 == 0) {
            check_ids(text_of, last_id);
        }
    }
    assert_true(last_id > TEXTS); /* some were deleted for good, and came back */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, kit_empty)
    const struct CMUnitTest tests[] = {
        TEST(a_subject_is_deleted_softly_then_for_good),
        TEST(a_version_is_deleted_softly_then_for_good),
        TEST(what_is_referred_to_is_not_deleted),
        TEST(what_refuses_a_deletion_is_said_in_confluents_words),
        TEST(a_subjects_own_references_do_not_keep_it),
        TEST(the_last_user_takes_the_id_away),
        TEST(a_structure_of_a_dataset_is_never_deleted_for_good),
        TEST(a_mode_that_only_reads_refuses_deletion),
        TEST(the_settings_of_a_subject_go_with_its_last_version),
        TEST(deleting_waits_for_whoever_registers),
        TEST(a_schema_taken_up_meanwhile_stays),
        TEST(ids_of_what_is_not_deleted_for_good_keep_their_text),
    };
    return cmocka_run_group_tests(tests, kit_start, kit_stop);
}
