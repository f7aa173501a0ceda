/* SPDX-License-Identifier: Apache-2.0
 * The quarantine over HTTP: who sees what of it, and who may do what. The right is the register's to look at, so that each case is
 * also a try with a principal of which the worker believes too much. */
#include "handler_kit.h"

#include <stdio.h>

#include "births.h"

static struct sto_conn_options desk;

static const char structure[] =
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"civil_no\",\"type\":\"string\"},"
    "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"seq\",\"type\":\"long\"},"
    "{\"name\":\"ward\",\"type\":\"string\"}]}";

/* A frame of zstd with one block that is not packed. */
static void put_packed(struct buf *out, const uint8_t *bytes, size_t len)
{
    const uint32_t block = (uint32_t)len << 3 | 1;
    buf_printf(out, "\\x28b52ffd20%02zx%02x%02x%02x", len, block & 255, block >> 8 & 255,
               block >> 16);
    for (size_t i = 0; i < len; i++) {
        buf_printf(out, "%02x", bytes[i]);
    }
}

static void add_account(const char *name, const char *agency, const char *role)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "WITH a AS (INSERT INTO nrc.account (name, person, kind, agency_id, decision, "
             "created_by, expires_on) SELECT '%s', 'P', 'person', (SELECT id FROM nrc.agency WHERE "
             "code = '%s'), 'No. 1', 'tester', '2999-01-01' RETURNING id) INSERT INTO "
             "nrc.account_role SELECT id, '%s' FROM a",
             name, agency, role);
    raw_run(kit.raw, sql);
}

/* text: of its value, which has a byte less than it should have when is_cut. */
static void add_event(int offset, const char *reason, bool is_cut)
{
    static const uint8_t value[] = {0,   0,   0,   0,   1, 2, '7', 10,  'S',
                                    'a', 'l', 'i', 'm', 6, 6, 'M', 'a', 'i'};
    struct buf sql = BUF_INIT;
    buf_printf(&sql,
               "INSERT INTO nrc.quarantine (recorded_at, dataset_id, position_id, topic_offset, "
               "schema_id, reason, rule, path, detail, failures, key, headers, payload, "
               "payload_bytes, withheld) VALUES (now(), 1, 1, %d, 1, '%s', 'sex', '/name', 'd', "
               "'[{\"rule\": \"sex\", \"text\": \"Salim is no sex\"}]', '7', "
               "'\\x000000026e310000000153', '",
               offset, reason);
    put_packed(&sql, value, sizeof(value) - is_cut);
    buf_printf(&sql, "', %zu, false)", sizeof(value) - is_cut);
    raw_run(kit.raw, buf_cstr(&sql));
    buf_fini(&sql);
}

static int start(void **state)
{
    kit_start(state);
    struct err err = ERR_INIT;
    const struct sto_agency_spec education = {.code = "edu",
                                              .name = "Education",
                                              .legal_class = 1,
                                              .division = "Records",
                                              .head = "Salim"};
    (void)births_build();
    struct sto_conn *registry = sto_open(STO_ROLE_REGISTRY);
    assert_ok(sto_agency_add(registry, &education, &err), err);
    sto_conn_close(&registry);
    desk = kit.shared.conn;
    desk.role = STO_ROLE_DESK;
    kit.shared.desk = &desk;
    raw_run(kit.raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, "
            "next_offset, first_offset, epoch, log_start, owner) VALUES (1, 'moh.births', 0, 1, "
            "22, 0, 2, 0, 'me')");
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "UPDATE nrc.schema SET text = '%s', resolved_text = NULL WHERE id = 1", structure);
    raw_run(kit.raw, sql);
    add_account("huda", "", "steward");
    add_account("omar", "", "operator");
    add_account("aud", "", "auditor");
    add_account("moh-p", "moh", "producer");
    add_account("edu-p", "edu", "producer");
    add_account("ben", "", "beneficiary");
    return 0;
}

static int stop(void **state)
{
    sto_conn_close(&kit.worker.desk);
    return kit_stop(state);
}

static int refill(void **state)
{
    (void)state;
    raw_run(kit.raw, "DELETE FROM nrc.quarantine; ALTER SEQUENCE nrc.quarantine_id RESTART");
    add_event(4, "rule_failed", false);
    add_event(5, "truncated", true);
    add_event(6, "rule_failed", false);
    return 0;
}

/* As this account, of which the worker believes that it may do all. */
static const char *as(const char *name, enum http_method method, const char *target,
                      const char *body)
{
    kit_who = (struct reg_principal){.name = name, .roles = REG_ANYONE};
    return kit_call(method, target, body);
}

static void assert_has(const char *answer, const char *text)
{
    if (strstr(answer, text) == NULL) {
        fail_msg("no %s in %s", text, answer);
    }
}

static void assert_lacks(const char *answer, const char *text)
{
    if (strstr(answer, text) != NULL) {
        fail_msg("%s is in %s", text, answer);
    }
}

static void each_sees_its_own_and_another_agencys_is_as_if_it_were_not_there(void **state)
{
    (void)state;
    static const char *const readers[] = {"huda", "omar", "aud", "moh-p"};
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        const char *answer =
            as(readers[i], HTTP_GET, "/nrc/v1/quarantine?dataset=moh.births", NULL);
        assert_has(answer, "200 {\"events\":[{\"id\":3,");
        assert_has(
            answer,
            "\"sentence\":\"the event breaks a rule\",\"sentence_ar\":\"الحدث يخالف قاعدة\"");
        assert_has(answer, "\"next_before_id\":null}");
    }
    assert_has(as("edu-p", HTTP_GET, "/nrc/v1/quarantine", NULL), "200 {\"events\":[],");
    assert_has(as("edu-p", HTTP_GET, "/nrc/v1/quarantine/groups", NULL), "200 {\"groups\":[]}");
    const char *none = as("edu-p", HTTP_GET, "/nrc/v1/quarantine?dataset=moh.none", NULL);
    assert_string_equal(none,
                        "404 {\"error_code\":40401,\"message\":\"there is no dataset moh.none\"}");
    assert_has(as("edu-p", HTTP_GET, "/nrc/v1/quarantine?dataset=moh.births", NULL),
               "404 {\"error_code\":40401,\"message\":\"there is no dataset moh.births\"}");
    assert_has(as("edu-p", HTTP_GET, "/nrc/v1/quarantine/1", NULL),
               "404 {\"error_code\":40401,\"message\":\"there is no quarantined event 1\"}");
    assert_has(as("edu-p", HTTP_GET, "/nrc/v1/quarantine/99", NULL),
               "404 {\"error_code\":40401,\"message\":\"there is no quarantined event 99\"}");
    static const char *const strangers[] = {"ben", "nobody", ""};
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        assert_has(as(strangers[i], HTTP_GET, "/nrc/v1/quarantine", NULL), "403 ");
        assert_has(as(strangers[i], HTTP_GET, "/nrc/v1/quarantine/1", NULL), "403 ");
    }
    raw_run(kit.raw, "UPDATE nrc.account SET disabled_at = now(), disabled_reason = 'left' WHERE "
                     "name = 'aud'");
    assert_has(as("aud", HTTP_GET, "/nrc/v1/quarantine", NULL), "403 ");
}

static void lists_are_filtered_and_paged(void **state)
{
    (void)state;
    const char *answer = as("omar", HTTP_GET, "/nrc/v1/quarantine?limit=2", NULL);
    assert_has(answer, "\"next_before_id\":2}");
    answer = as("omar", HTTP_GET, "/nrc/v1/quarantine?limit=2&before_id=2", NULL);
    assert_has(answer, "200 {\"events\":[{\"id\":1,");
    assert_has(as("omar", HTTP_GET, "/nrc/v1/quarantine?reason=truncated", NULL), "[{\"id\":2,");
    assert_has(as("omar", HTTP_GET, "/nrc/v1/quarantine?rule=sex&path=%2Fname&state=open", NULL),
               "[{\"id\":3,");
    assert_has(as("omar", HTTP_GET, "/nrc/v1/quarantine?assigned_to=x", NULL), "\"events\":[]");
    expect_error(HTTP_GET, "/nrc/v1/quarantine?before_id=x", NULL, "400 400");
    answer = as("omar", HTTP_GET, "/nrc/v1/quarantine/groups", NULL);
    assert_has(answer, "\"reason\":\"rule_failed\",\"rule\":\"sex\",\"path\":\"/name\",\"open\":2,"
                       "\"replay\":0,\"discarded\":0,\"replayed\":0,\"superseded\":0");
}

static void a_steward_sees_all_of_an_event_as_far_as_it_can_be_read(void **state)
{
    (void)state;
    const char *answer = as("huda", HTTP_GET, "/nrc/v1/quarantine/1", NULL);
    assert_has(answer,
               "\"key\":{\"structure\":null,\"json\":{\"civil_no\":\"7\"},\"ends_at_byte\":null,"
               "\"fault\":null}");
    assert_has(answer,
               "\"value\":{\"structure\":{\"subject\": \"moh.births-value\", \"version\": 1},"
               "\"json\":{\"civil_no\":\"7\",\"name\":\"Salim\",\"seq\":3,\"ward\":\"Mai\"},"
               "\"ends_at_byte\":null,\"fault\":null},\"hex\":null,\"redacted\":[]");
    assert_has(answer, "\"text\": \"Salim is no sex\"");
    assert_has(answer, "\"headers\":[{\"name\": \"n1\", \"value\": \"S\"}]");
    answer = as("huda", HTTP_GET, "/nrc/v1/quarantine/2", NULL);
    assert_has(answer, "\"seq\":3,\"ward\":null},\"ends_at_byte\":14,\"fault\":\"the value is cut "
                       "short\"},\"hex\":\"0000000001023");
}

static void whoever_else_sees_no_personal_field(void **state)
{
    (void)state;
    static const char *const readers[] = {"omar", "moh-p"};
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        for (int id = 1; id <= 2; id++) {
            char target[64];
            snprintf(target, sizeof(target), "/nrc/v1/quarantine/%d", id);
            const char *answer = as(readers[i], HTTP_GET, target, NULL);
            assert_has(answer, "{\"civil_no\":\"7\",\"name\":null,\"seq\":3,\"ward\":null}");
            assert_has(answer, "\"hex\":null,\"redacted\":[\"/name\",\"/ward\"]");
            assert_has(answer, "\"headers\":[{\"name\": \"n1\", \"value\": null}]");
            assert_lacks(answer, "Salim");
            assert_lacks(answer, "53616c696d");
        }
    }
    raw_run(kit.raw,
            "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, "
            "contract) VALUES (1, '1.0', '{1}', 'active', 't', sha256('t'), '{\"properties\": "
            "[{\"path\": \"/civil_no\", \"classification\": \"personal\"}, {\"path\": \"/ward\", "
            "\"classification\": \"public\"}, {\"path\": \"/name\"}]}')");
    const char *answer = as("omar", HTTP_GET, "/nrc/v1/quarantine/1", NULL);
    assert_has(answer, "\"key\":{\"structure\":null,\"json\":null,");
    assert_has(answer, "{\"civil_no\":null,\"name\":null,\"seq\":3,\"ward\":\"Mai\"}");
    assert_has(answer, "\"redacted\":[\"/civil_no\",\"/name\"]");
    assert_has(as("huda", HTTP_GET, "/nrc/v1/quarantine/1", NULL), "\"name\":\"Salim\"");
}

static void each_look_is_in_the_trail(void **state)
{
    (void)state;
    raw_run(kit.raw, "ALTER TABLE nrc.audit DISABLE TRIGGER kept; DELETE FROM nrc.audit;"
                     "ALTER TABLE nrc.audit ENABLE TRIGGER kept");
    as("omar", HTTP_GET, "/nrc/v1/quarantine/1", NULL);
    as("edu-p", HTTP_GET, "/nrc/v1/quarantine/1", NULL);
    as("omar", HTTP_GET, "/nrc/v1/quarantine", NULL);
    assert_string_equal(raw_text(kit.raw,
                                 "SELECT string_agg(what || ' ' || object || ' ' || by_name"
                                 " || ' ' || (after->>'personal'), ';') FROM nrc.audit"),
                        "quarantine.shown quarantine/1 omar false");
}

static void only_who_may_decides(void **state)
{
    (void)state;
    static const char body[] = "{\"selection\":{\"ids\":[1]},\"to\":\"Salim\",\"why\":\"w\"}";
    static const char *const doings[] = {"replay", "discarding", "reopening", "assignment"};
    static const char *const others[] = {"omar", "aud", "moh-p", "edu-p", "ben", "nobody"};
    for (size_t i = 0; i < COUNT_OF(doings); i++) {
        char target[64];
        snprintf(target, sizeof(target), "/nrc/v1/quarantine/%s", doings[i]);
        for (size_t k = 0; k < COUNT_OF(others); k++) {
            bool may = strcmp(others[k], "omar") == 0 && strcmp(doings[i], "assignment") == 0;
            assert_has(as(others[k], HTTP_POST, target, body), may ? "200 " : "403 ");
        }
    }
    assert_string_equal(raw_text(kit.raw,
                                 "SELECT status || ' ' || assigned_to || ' ' || changed_by "
                                 "FROM nrc.quarantine WHERE id = 1"),
                        "open Salim omar");
    kit.shared.desk = NULL;
    assert_has(as("huda", HTTP_GET, "/nrc/v1/quarantine", NULL), "403 ");
    kit.shared.desk = &desk;
}

static void what_was_done_stands_with_the_event(void **state)
{
    (void)state;
    static const char dry[] =
        "{\"selection\":{\"dataset\":\"moh.births\"},\"why\":\"w\",\"dry_run\":true}";
    assert_string_equal(as("huda", HTTP_POST, "/nrc/v1/quarantine/discarding", dry),
                        "200 {\"selected\":3,\"withheld\":0,\"changed\":0}");
    as("huda", HTTP_POST, "/nrc/v1/quarantine/assignment",
       "{\"selection\":{\"ids\":[1,\"2\"]},\"to\":\"Salim\",\"why\":\"knows it\"}");
    assert_string_equal(as("huda", HTTP_POST, "/nrc/v1/quarantine/discarding",
                           "{\"selection\":{\"ids\":[1]},\"why\":\"a test\"}"),
                        "200 {\"selected\":1,\"withheld\":0,\"changed\":1}");
    const char *answer = as("omar", HTTP_GET, "/nrc/v1/quarantine/1", NULL);
    assert_has(answer, "\"state\":\"discarded\"");
    assert_has(answer, "\"what\": \"assign\"");
    assert_has(answer, "\"by\": \"huda\", \"why\": \"a test\", \"what\": \"discard\"");
    assert_lacks(as("omar", HTTP_GET, "/nrc/v1/quarantine/2", NULL), "discard");
}

static void a_source_is_paused_by_whoever_is_on_call(void **state)
{
    (void)state;
    static const char why[] = "{\"why\":\"w\",\"until\":\"2999-01-01T00:00:00Z\"}";
    static const char *const others[] = {"aud", "moh-p", "edu-p", "ben"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_has(as(others[i], HTTP_POST, "/nrc/v1/sources/moh.births/pausing", why), "403 ");
        assert_has(as(others[i], HTTP_POST, "/nrc/v1/sources/moh.births/resumption", why), "403 ");
    }
    assert_string_equal(as("omar", HTTP_POST, "/nrc/v1/sources/moh.births/pausing", why),
                        "200 {\"dataset\":\"moh.births\",\"paused\":true,"
                        "\"until\":\"2999-01-01T00:00:00Z\"}");
    assert_string_equal(raw_text(kit.raw, "SELECT paused_by || nrc.is_paused(1)::text FROM"
                                          " nrc.source_pause"),
                        "omartrue");
    assert_has(as("omar", HTTP_POST, "/nrc/v1/sources/moh.none/pausing", why), "404 ");
    assert_has(as("omar", HTTP_POST, "/nrc/v1/sources/moh.births/pausing",
                  "{\"why\":\"w\",\"until\":\"2020-01-01\"}"),
               "409 ");
    assert_has(as("omar", HTTP_POST, "/nrc/v1/sources/moh.births/pausing", "{}"), "400 ");
    assert_has(as("huda", HTTP_POST, "/nrc/v1/sources/moh.births/resumption", why),
               "\"paused\":false");
    assert_has(as("huda", HTTP_POST, "/nrc/v1/sources/moh.births/resumption", why), "409 ");
}

static void a_gap_is_accepted_by_a_steward_where_the_monitor_saw_the_log_begin(void **state)
{
    (void)state;
    static const char target[] = "/nrc/v1/sources/moh.births/gap-acceptance";
    static const char why[] = "{\"partition\":0,\"why\":\"retention\"}";
    assert_has(as("omar", HTTP_POST, target, why), "403 ");
    assert_has(as("huda", HTTP_POST, target, why), "409 ");
    raw_run(kit.raw,
            "UPDATE nrc.position SET state = 'halted', halt_kind = 'gap', halt_reason = 'r'");
    assert_has(as("huda", HTTP_POST, target, why), "the monitor has not seen");
    raw_run(kit.raw,
            "INSERT INTO nrc.look (topic, partition, slot, at, next_offset, log_start, log_end)"
            " VALUES ('moh.births', 0, 1, now(), 22, 40, 50)");
    assert_has(as("huda", HTTP_POST, target, "{\"partition\":\"0\",\"why\":\"w\"}"), "400 ");
    assert_string_equal(as("huda", HTTP_POST, target, why),
                        "200 {\"dataset\":\"moh.births\",\"partition\":0,\"next_offset\":40}");
    assert_string_equal(raw_text(kit.raw, "SELECT state || next_offset FROM nrc.position"),
                        "open40");
}

static void a_selection_says_which_events(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}",
                                      "{\"selection\":{},\"why\":\"w\"}",
                                      "{\"selection\":{\"ids\":[]},\"why\":\"w\"}",
                                      "{\"selection\":{\"ids\":1},\"why\":\"w\"}",
                                      "{\"selection\":{\"ids\":[\"1; DROP\"]},\"why\":\"w\"}",
                                      "{\"selection\":{\"ids\":[-1]},\"why\":\"w\"}",
                                      "{\"selection\":{\"before\":\"2099-01-01\"},\"why\":\"w\"}",
                                      "{\"selection\":{\"ids\":[1]}}",
                                      "{\"selection\":{\"dataset\":1},\"why\":\"w\"}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_has(as("huda", HTTP_POST, "/nrc/v1/quarantine/discarding", bad[i]), "400 ");
    }
    assert_has(as("huda", HTTP_POST, "/nrc/v1/quarantine/discarding",
                  "{\"selection\":{\"dataset\":\"moh.none\"},\"why\":\"w\"}"),
               "404 ");
    assert_string_equal(
        raw_text(kit.raw, "SELECT count(*)::text FROM nrc.quarantine WHERE status <> 'open'"), "0");
}

#define TEST(name) cmocka_unit_test_setup(name, refill)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_are_filtered_and_paged),
        TEST(a_steward_sees_all_of_an_event_as_far_as_it_can_be_read),
        TEST(each_look_is_in_the_trail),
        TEST(only_who_may_decides),
        TEST(what_was_done_stands_with_the_event),
        TEST(a_selection_says_which_events),
        TEST(a_source_is_paused_by_whoever_is_on_call),
        TEST(a_gap_is_accepted_by_a_steward_where_the_monitor_saw_the_log_begin),
        TEST(whoever_else_sees_no_personal_field),
        TEST(each_sees_its_own_and_another_agencys_is_as_if_it_were_not_there),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
