/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_reject_data.c - what of an event goes out: its place, and names that the structure has; and never a
 * value. */
#include "reject_kit.h"

/* Stands for any value of an event: the name of a person. */
#define SECRET "Salim"

static const char structure[] =
    "{\"type\":\"record\",\"name\":\"Birth\",\"namespace\":\"moh\",\"fields\":["
    "{\"name\":\"civil_no\",\"type\":\"string\",\"confluent:rules\":["
    "{\"name\":\"eight\",\"doc\":\"eight digits\",\"expr\":\"size(this) == 8\"}]},"
    "{\"name\":\"homes\",\"type\":{\"type\":\"map\",\"values\":[\"null\",{\"type\":\"record\","
    "\"name\":"
    "\"Home\",\"fields\":[{\"name\":\"zip\",\"type\":\"int\"},"
    "{\"name\":\"older\",\"type\":[\"null\",\"moh.Home\"]}]}]}},"
    "{\"name\":\"kin\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":"
    "\"Home\"}}},"
    "{\"name\":\"tag\",\"type\":{\"type\":\"enum\",\"name\":\"Tag\",\"symbols\":[\"A\"]}},"
    "{\"name\":\"last\",\"type\":[\"null\",\"Home\"]}],"
    "\"confluent:rules\":[{\"name\":\"named\",\"expr\":\"this.civil_no != ''\"}]}";

static const char rule_set[] =
    "{\"domainRules\":[{\"name\":\"weight\",\"type\":\"CEL\",\"expr\":\"message.w > 0\"},"
    "{\"name\":\"said\",\"type\":\"CEL_FIELD\",\"doc\":\"what it says\",\"expr\":\"false\"},"
    "{\"name\":\"eight\",\"type\":\"CEL\",\"doc\":\"of the rule set\"}]}";

static int build(void **state)
{
    int rc = reject_build(state);
    struct room *room = *state;
    const char *const values[] = {structure, rule_set};
    PGresult *res =
        PQexecParams(room->raw, "UPDATE nrc.schema SET text = $1, rule_set = $2 WHERE id = 1", 2,
                     NULL, values, NULL, NULL, 0);
    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);
    return rc;
}

/* The only event that waits. */
static struct sto_reject_claim told(struct room *room)
{
    assert_int_equal(reject_queue(room, MOST), 1);
    struct sto_reject_claim claim = reject_claim(room);
    assert_int_equal(claim.count, 1);
    return claim;
}

static void a_path_has_names_of_the_structure_alone(void **state)
{
    struct room *room = *state;
    static const char *const cases[][2] = {
        {"", ""},
        {"/civil_no", "/civil_no"},
        {"/last/zip", "/last/zip"},
        {"/last/older/older/zip", "/last/older/older/zip"},
        {"/homes/" SECRET, "/homes/*"},
        {"/homes/" SECRET "/zip", "/homes/*/zip"},
        {"/homes/" SECRET "~1" SECRET "/older/zip", "/homes/*/older/zip"},
        {"/homes/" SECRET "/" SECRET "/zip", "/homes/*/*/*"}, /* a name that is cut, or older */
        {"/homes//zip", "/homes/*/zip"},
        {"/kin/17/" SECRET "/zip", "/kin/*/*/zip"},
        {"/kin/zip/" SECRET, "/kin/*/*"},
        {"/" SECRET, "/*"},
        {"/" SECRET "/zip", "/*/*"},
        {"/tag/" SECRET, "/tag/*"},
        {"/civil_no/" SECRET, "/civil_no/*"},
        {"/zip", "/*"},
        {"/was_key/x", "/was_key/*"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const values[] = {cases[i][0]};
        PGresult *res = PQexecParams(room->raw,
                                     "SELECT nrc.redacted_path($1, text::jsonb, '{was_key,NULL}')"
                                     " FROM nrc.schema WHERE id = 1",
                                     1, NULL, values, NULL, NULL, 0);
        assert_string_equal(PQgetvalue(res, 0, 0), cases[i][1]);
        PQclear(res);
    }
    assert_string_equal(
        raw_text(room->raw, "SELECT nrc.redacted_path('/civil_no/x', NULL, '{civil_no}')"),
        "/civil_no/*");
    assert_string_equal(raw_text(room->raw, "SELECT nrc.redacted_path('/a/b', '\"M\"', NULL)"),
                        "/*/*");
}

static void every_failed_rule_says_what_the_structure_says_of_it(void **state)
{
    struct room *room = *state;
    static const char *const failures =
        ", '[{\"rule\":\"weight\",\"path\":\"\",\"reason\":\"rule_failed\",\"text\":\"" SECRET
        "\"},"
        "{\"rule\":\"said\",\"path\":\"/last/zip\",\"reason\":\"rule_error\",\"text\":\"" SECRET
        "\"},"
        "{\"rule\":\"eight\",\"path\":\"/homes/" SECRET
        "\",\"reason\":\"rule_failed\",\"text\":\"\"},"
        "{\"rule\":\"named\",\"path\":\"\",\"reason\":\"rule_failed\",\"text\":\"" SECRET "\"},"
        "{\"rule\":\"rule 1 of the event\",\"path\":\"\",\"reason\":\"rule_cost\"}]',"
        " 'weight', '/homes/" SECRET "', 1, '" SECRET "', '" SECRET "', '" SECRET "'";
    reject_put_as(room->raw, 1, 0, "rule_failed",
                  ", failures, rule, path, schema_id, detail, key, payload", failures);
    struct sto_reject_claim claim = told(room);
    const struct sto_reject *reject = &claim.list[0];
    assert_string_equal(reject->rule, "weight");
    assert_string_equal(reject->path, "/homes/*");
    assert_string_equal(
        reject->failures,
        "[{\"kind\": \"CEL\", \"path\": \"\", \"rule\": \"weight\", \"reason\": \"rule_failed\", "
        "\"expects\": \"message.w > 0\"}, "
        "{\"kind\": \"CEL_FIELD\", \"path\": \"/last/zip\", \"rule\": \"said\", \"reason\": "
        "\"rule_error\", \"expects\": \"what it says\"}, "
        "{\"kind\": \"CEL\", \"path\": \"/homes/*\", \"rule\": \"eight\", \"reason\": "
        "\"rule_failed\", \"expects\": \"of the rule set\"}, "
        "{\"kind\": \"inline\", \"path\": \"\", \"rule\": \"named\", \"reason\": \"rule_failed\", "
        "\"expects\": \"this.civil_no != ''\"}, "
        "{\"path\": \"\", \"rule\": \"rule 1 of the event\", \"reason\": \"rule_cost\"}]");
    assert_null(strstr(reject->event, SECRET));
    assert_non_null(strstr(reject->event, "\"subject\": \"moh.births-value\""));
    assert_string_equal(reject->dataset, "moh.births");
    sto_reject_claim_fini(&claim);
}

/* Names of the two are apart. */
static void a_rule_of_the_contract_says_what_the_contract_says_of_it(void **state)
{
    struct room *room = *state;
    raw_run(room->raw,
            "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256,"
            " contract) VALUES (1, '1', '{1}', 'active', 'x', sha256('x'), '{\"quality\":["
            "{\"name\":\"weight\",\"description\":\"of the contract\",\"expression\":\"\"},"
            "{\"name\":\"cel\",\"description\":\"\",\"expression\":\"this > 1\"},"
            "{\"name\":\"metric\",\"metric\":\"invalidValues\",\"pattern\":\"[0-9]\","
            "\"valid_values\":[\"v\"]}]}')");
    reject_put_as(room->raw, 1, 0, "rule_failed", ", failures, schema_id",
                  ", '[{\"rule\":\"weight\",\"origin\":\"contract\",\"path\":\"\"},"
                  "{\"rule\":\"weight\",\"origin\":\"structure\",\"path\":\"\"},"
                  "{\"rule\":\"cel\",\"origin\":\"contract\",\"path\":\"/last/zip\"},"
                  "{\"rule\":\"metric\",\"origin\":\"contract\",\"path\":\"\"},"
                  "{\"rule\":\"said\",\"origin\":\"contract\",\"path\":\"\"}]', 1");
    struct sto_reject_claim claim = told(room);
    char sql[2000];
    snprintf(sql, sizeof(sql),
             "SELECT string_agg(concat_ws(':', f->>'kind', f->>'expects'), '; ' ORDER BY n) FROM"
             " jsonb_array_elements($$%s$$) WITH ORDINALITY e(f, n)",
             claim.list[0].failures);
    assert_string_equal(raw_text(room->raw, sql), "contract:of the contract; CEL:message.w > 0; "
                                                  "contract:this > 1; contract:invalidValues "
                                                  "[0-9]; ");
    sto_reject_claim_fini(&claim);
}

/* "\0Sali" is a frame with the id 1399942249. */
static void four_bytes_of_a_value_are_no_schema_id(void **state)
{
    struct room *room = *state;
    reject_put_as(room->raw, 1, 0, "unknown_structure", ", schema_id", ", 1399942249");
    struct sto_reject_claim claim = told(room);
    assert_null(strstr(claim.list[0].event, "1399942249"));
    assert_non_null(strstr(claim.list[0].event, "\"schema_id\": null"));
    assert_string_equal(claim.list[0].failures, "[]");
    assert_string_equal(claim.list[0].path, "");
    sto_reject_claim_fini(&claim);
}

/* Given an event that stops the topic, then nothing of the agency is told any more. */
static void no_clock_and_no_structure_is_too_strange(void **state)
{
    struct room *room = *state;
    static const char *const strange[][2] = {
        {"UPDATE nrc.schema SET text = '{\"doc\":\"\\u0000\",\"type\":\"string\"}'",
         "'2026-01-02Z'"},
        {"UPDATE nrc.schema SET text = repeat('{\"type\":', 5000) || '\"int\"' || repeat('}', "
         "5000)",
         "'infinity'"},
        {"UPDATE nrc.schema SET text = '[]', rule_set = '[1, {\"domainRules\": 7}]'",
         "'50000-01-01Z'"},
        {"UPDATE nrc.schema SET text = '{\"type\":\"record\",\"fields\":7}', rule_set = 'null'",
         "'-infinity'"},
    };
    char values[200];
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        raw_run(room->raw, strange[i][0]);
        snprintf(values, sizeof(values),
                 ", 1, '/civil_no/" SECRET "', %s, '[{\"rule\":\"r\",\"path\":\"/" SECRET "\"}]'",
                 strange[i][1]);
        reject_put_as(room->raw, 1, (int64_t)i, "rule_failed",
                      ", schema_id, path, kafka_ts, failures", values);
        struct sto_reject_claim claim = told(room);
        assert_null(strstr(claim.list[0].path, SECRET));
        assert_null(strstr(claim.list[0].failures, SECRET));
        assert_non_null(strstr(claim.list[0].event, i == 0 ? "\"appended_at\": \"2026-01-02T00"
                                                           : "\"appended_at\": null"));
        assert_true(reject_record(room, &claim, 1, NULL));
    }
}

static void what_a_rule_expects_is_short(void **state)
{
    struct room *room = *state;
    raw_run(room->raw,
            "UPDATE nrc.schema SET rule_set = jsonb_build_object('domainRules',"
            " jsonb_build_array(jsonb_build_object('name', 'r', 'doc', repeat('ع', 100000))))");
    assert_int_equal(
        raw_int(room->raw, "SELECT char_length(nrc.rule_told('r', 'structure', '1', rule_set, NULL)"
                           " ->> 'expects') FROM nrc.schema WHERE id = 1"),
        1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_path_has_names_of_the_structure_alone),
        TEST(every_failed_rule_says_what_the_structure_says_of_it),
        TEST(a_rule_of_the_contract_says_what_the_contract_says_of_it),
        TEST(four_bytes_of_a_value_are_no_schema_id),
        TEST(no_clock_and_no_structure_is_too_strange),
        TEST(what_a_rule_expects_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
