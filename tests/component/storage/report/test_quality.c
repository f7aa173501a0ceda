/* SPDX-License-Identifier: Apache-2.0
 * component/storage/report/test_quality.c - scores, from counters that are made by hand: each expected number was computed on
 * paper. What was not measured is never good (NRL-10, DSP-7.4.5).
 *
 * Several inputs are complaints of other tools' users: a percentage of no rows that passes or fails, a skipped check that counts
 * as passed, one failure in a thousand that is rounded to 100 %, an optional field that spoils completeness, good checks that
 * dilute a bad one, values in several columns that are no duplicates because one is null. */
#include "births.h"

#include "storage/report/quality.h"

#define DAY "date_trunc('day', now())"

static int build(void **state)
{
    struct births_room *room = births_room_new(state);
    room->dataset_id = births_build();
    room->conn = sto_open(STO_ROLE_MONITOR);
    raw_run(room->raw, "SET timezone = 'UTC'");
    raw_run(room->raw, "UPDATE nrc.dataset SET created_at = now() - interval '100 days'");
    raw_run(room->raw, "UPDATE nrc.subject_version SET active_from = '-infinity'");
    return 0;
}

/* "score|numerator|denominator|why" of the only part of that name, in the last thirty days. */
static const char *part(struct births_room *room, const char *dimension, const char *name)
{
    char sql[600];
    snprintf(sql, sizeof(sql),
             "SELECT string_agg(concat_ws('|', coalesce(part_score::text, '-'), numerator,"
             " denominator, why), ' and ') FROM nrc.quality('moh.births', NULL, NULL, NULL, false,"
             " false) WHERE dimension = '%s' AND part = '%s'",
             dimension, name);
    return raw_text(room->raw, sql);
}

/* "score state" and "broken" */
static const char *dimension(struct births_room *room, const char *name)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "SELECT DISTINCT concat_ws(' ', coalesce(score::text, '-'), state,"
             " CASE WHEN is_broken THEN 'broken' END)"
             " FROM nrc.quality('moh.births', NULL, NULL, NULL, false, false)"
             " WHERE dimension = '%s'",
             name);
    return raw_text(room->raw, sql);
}

/* A minute's counters; keys and counts as '{…}'. */
static void count(struct births_room *room, const char *minute, const char *numbers,
                  const char *keys, const char *counts, const char *reasons)
{
    char sql[1500];
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO nrc.measure_minute (minute, position_id, dataset_id, kind, received,"
        " applied, duplicate, stale, quarantined, exempt, deletes, keys, counts, reasons,"
        " reason_counts) VALUES (date_trunc('minute', %s), 1, 1, 'stream', %s, '%s', '%s', %s)",
        minute, numbers, keys, counts, reasons);
    raw_run(room->raw, sql);
}

/* A contract: `rest` is of its JSON. */
static void contract(struct births_room *room, const char *version, const char *status,
                     const char *applied_at, const char *rest)
{
    char sql[4000];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256,"
             " contract, applied_at) VALUES (1, '%s', nrc.version_parts('%s'), '%s', 'x',"
             " sha256('x'), '{\"collection_points\": [{\"point\": \"desk\"}], \"properties\": [],"
             " \"relationships\": [], \"service\": {}, \"quality\": [], %s}', %s)",
             version, version, status, rest, applied_at);
    raw_run(room->raw, sql);
}

/* An engine took the rule up: its id is the next. */
static void taken_up(struct births_room *room, const char *version, const char *rule)
{
    char sql[300];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.rule (dataset_id, origin, version, name, action)"
             " VALUES (1, 'contract', '%s', '%s', 'warn')",
             version, rule);
    raw_run(room->raw, sql);
}

#define LONG_AGO "now() - interval '90 days'"
#define RULE(name, rest)                                                                           \
    "{\"name\": \"" name "\", \"kind\": \"cel\", \"severity\": \"error\"" rest "}"
#define METRIC(name, metric, path, rest)                                                           \
    "{\"name\": \"" name "\", \"kind\": \"metric\", \"severity\": \"warning\", \"metric\": "       \
    "\"" metric "\"" path rest "}"

static void thousand(struct births_room *room)
{
    /* -1: a rule of accuracy; -2: nulls of name; each was run on 940; 65538 and 131076: name null, weight missing; 458752 …: occurred → available. */
    count(room, "now()", "1000, 800, 50, 50, 90, 10, 20",
          "{-536870914, -536870913, -2, -1, 65538, 131076, 458752, 458753, 458757, 458820, 458832}",
          "{940, 940, 30, 60, 30, 5, 250, 10, 500, 100, 50}",
          "'{bad_text,rule_failed,unknown_structure}', '{10,60,20}'");
}

static void each_score_is_what_its_counts_say(void **state)
{
    struct births_room *room = *state;
    contract(
        room, "1.0", "active", LONG_AGO,
        "\"review_date\": \"2099-01-01\", \"service\": {\"latency_seconds\": 3600},"
        "\"properties\": [{\"name\": \"name\", \"path\": \"/name\", \"required\": true},"
        " {\"name\": \"weight\", \"path\": \"/weight\"}],"
        "\"quality\": [" RULE("exact", ", \"dimension\": \"accuracy\"") "," METRIC(
            "nulls of name", "nullValues", ", \"path\": \"/name\"",
            ", \"comparison\": \"mustBeLessThan\", \"threshold\": 5, \"unit\": \"percent\"") "]");
    taken_up(room, "1.0", "exact");
    taken_up(room, "1.0", "nulls of name");
    thousand(room);
    assert_string_equal(part(room, "accuracy", "recorded once"), "94.44|850|900");
    assert_string_equal(part(room, "accuracy", "rule exact"), "93.61|880|940");
    assert_string_equal(dimension(room, "accuracy"), "93.61 measured broken");
    assert_string_equal(part(room, "validity", "values can be kept"), "98.96|960|970");
    assert_string_equal(part(room, "structure_fitness", "of a structure in force"),
                        "97.97|970|990");
    assert_string_equal(dimension(room, "structure_fitness"), "97.97 measured");
    assert_string_equal(part(room, "timeliness", "in time"), "75.75|500|660");
    assert_string_equal(part(room, "completeness", "rule nulls of name"), "100.00|910|940");
    assert_string_equal(part(room, "completeness", "required /name"), "96.59|850|880");
    assert_string_equal(part(room, "completeness", "required /weight"), "");
    assert_string_equal(part(room, "relevance", "reviewed in time"), "100.00|1|1");
    assert_string_equal(part(room, "source_credibility", "somebody answers"), "100.00|1|1");
    assert_string_equal(part(room, "source_credibility", "days without unannounced change"),
                        "100.00|30|30");
}

static void one_bad_event_of_a_million_is_not_100(void **state)
{
    struct births_room *room = *state;
    count(room, "now()", "1000000, 999999, 1, 0, 0, 0, 0", "{}", "{}", "'{}', '{}'");
    assert_string_equal(part(room, "accuracy", "recorded once"), "99.99|999999|1000000");
}

/* Of no rows a percentage passes here, fails there: it is not measured. */
static void of_no_events_nothing_is_good(void **state)
{
    struct births_room *room = *state;
    contract(
        room, "1", "active", LONG_AGO,
        "\"quality\": [" RULE("exact", ", \"dimension\": \"accuracy\"") "," METRIC(
            "nulls of name", "nullValues", ", \"path\": \"/name\"",
            ", \"comparison\": \"mustBeLessThan\", \"threshold\": 5, \"unit\": \"percent\"") "]");
    taken_up(room, "1", "exact");
    taken_up(room, "1", "nulls of name");
    static const char *const names[] = {"accuracy",   "validity",     "consistency",
                                        "timeliness", "completeness", "flow_readiness"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(dimension(room, names[i]), "- not_measured");
    }
    assert_string_equal(part(room, "completeness", "rule nulls of name"),
                        "-|no event came that it could be run on");
}

/* A check that was skipped counts as passed elsewhere. */
static void what_could_not_run_says_so_and_is_never_good(void **state)
{
    struct births_room *room = *state;
    contract(
        room, "1", "active", LONG_AGO,
        "\"quality\": [" RULE(
            "unfit",
            ", \"dimension\": \"accuracy\"") ","
                                             "{\"name\": \"by hand\", \"kind\": \"not_run\", "
                                             "\"engine\": \"sql\","
                                             " \"severity\": \"error\", \"dimension\": "
                                             "\"consistency\"}," METRIC(
                                                 "null words", "nullValues",
                                                 ", \"path\": \"/words/zip\"",
                                                 ", \"comparison\": \"mustBe\", \"threshold\": 0, "
                                                 "\"unit\": \"rows\"") "],"
                                                                       "\"properties\": "
                                                                       "[{\"name\": \"zip\", "
                                                                       "\"path\": \"/words/zip\", "
                                                                       "\"required\": true},"
                                                                       " {\"name\": \"ghost\", "
                                                                       "\"path\": \"/ghost\", "
                                                                       "\"required\": true}],"
                                                                       "\"relationships\": "
                                                                       "[{\"name\": \"employer\", "
                                                                       "\"to_dataset\": "
                                                                       "\"moci.companies\"}]");
    thousand(room);
    assert_string_equal(part(room, "accuracy", "rule unfit"),
                        "-|no engine has run it: it does not fit the structure, or version 1 is not"
                        " taken up yet");
    assert_string_equal(dimension(room, "accuracy"), "94.44 partly_measured");
    assert_string_equal(part(room, "consistency", "rule by hand"),
                        "-|the register does not run rules of sql");
    assert_string_equal(part(room, "completeness", "rule null words"),
                        "-|no engine has run it: it does not fit the structure, or version 1 is not"
                        " taken up yet");
    assert_string_equal(part(room, "completeness", "required /words/zip"),
                        "-|values within values are not counted");
    assert_string_equal(part(room, "completeness", "required /ghost"),
                        "-|no structure has the field");
    assert_string_equal(part(room, "validity", "reference employer"),
                        "-|no turn has looked at it yet");
    assert_string_equal(dimension(room, "completeness"), "- not_measured");
    /* In no dimension does a part without a count have a score, nor one without a reason lack it. */
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM nrc.quality(NULL, NULL, NULL, NULL,"
                             " false, false) WHERE (part_score IS NULL) = (why IS NULL)"),
                     0);
    assert_int_equal(raw_int(room->raw, "SELECT count(DISTINCT dimension) FROM nrc.quality(NULL,"
                                        " NULL, NULL, NULL, false, false)"),
                     9);
}

/* 29,999 of 1,000,000 is below 3 %, 30,000 is not. Ten good rules beside a bad one do not make it better. */
static void thresholds_are_exact_and_the_worst_part_is_the_score(void **state)
{
    static const struct {
        const char *rule;
        const char *found;
        const char *holds;
    } cases[] = {
        {"{\"comparison\": \"mustBeLessThan\", \"threshold\": 3, \"unit\": \"percent\"}",
         "29999, 1000000", "t"},
        {"{\"comparison\": \"mustBeLessThan\", \"threshold\": 3, \"unit\": \"percent\"}",
         "30000, 1000000", "f"},
        {"{\"comparison\": \"mustBeLessOrEqualTo\", \"threshold\": 0.5, \"unit\": \"percent\"}",
         "1, 200", "t"},
        {"{\"comparison\": \"mustBe\", \"threshold\": 33.333333, \"unit\": \"percent\"}", "1, 3",
         "f"},
        {"{\"comparison\": \"mustNotBe\", \"threshold\": 0, \"unit\": \"percent\"}", "0, 0", "t"},
        {"{\"comparison\": \"mustNotBe\", \"threshold\": 0, \"unit\": \"rows\"}", "0, 0", "f"},
        {"{\"comparison\": \"mustBeGreaterThan\", \"threshold\": 7, \"unit\": \"rows\"}", "7, 9",
         "f"},
        {"{\"comparison\": \"mustBeGreaterOrEqualTo\", \"threshold\": 7, \"unit\": \"rows\"}",
         "7, 9", "t"},
        {"{\"comparison\": \"mustBeBetween\", \"low\": 1, \"high\": 3, \"unit\": \"rows\"}", "3, 9",
         "t"},
        {"{\"comparison\": \"mustNotBeBetween\", \"low\": 1, \"high\": 3, \"unit\": \"rows\"}",
         "1, 9", "f"},
        {"{\"comparison\": \"mustNotBeBetween\", \"low\": 1, \"high\": 3, \"unit\": \"rows\"}",
         "3, 9", "f"},
        {"{\"comparison\": \"mustBeLessThan\", \"threshold\": 99.999999, \"unit\": \"percent\"}",
         "9223372036854775806, 9223372036854775807", "f"},
    };
    struct births_room *room = *state;
    char sql[400];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        snprintf(sql, sizeof(sql), "SELECT nrc.threshold_holds('%s', %s)", cases[i].rule,
                 cases[i].found);
        assert_string_equal(raw_text(room->raw, sql), cases[i].holds);
    }
    contract(room, "1", "active", LONG_AGO,
             "\"quality\": [" METRIC(
                 "few rows", "rowCount", "",
                 ", \"comparison\": \"mustBeGreaterThan\", \"threshold\": 800, "
                 "\"unit\": \"rows\"") "," METRIC("nulls of name", "nullValues",
                                                  ", \"path\": \"/name\"",
                                                  ", \"comparison\": "
                                                  "\"mustBeLessThan\", "
                                                  "\"threshold\": 50, \"unit\": "
                                                  "\"percent\"") "," METRIC("some "
                                                                            "missin"
                                                                            "g",
                                                                            "missing"
                                                                            "Values",
                                                                            ", "
                                                                            "\"path"
                                                                            "\": "
                                                                            "\"/"
                                                                            "name\"",
                                                                            ", "
                                                                            "\"compa"
                                                                            "rison\""
                                                                            ": "
                                                                            "\"mustB"
                                                                            "eGreate"
                                                                            "rThan\""
                                                                            ", "
                                                                            "\"thres"
                                                                            "hold\":"
                                                                            " 900, "
                                                                            "\"unit"
                                                                            "\": "
                                                                            "\"rows"
                                                                            "\"") "]");
    taken_up(room, "1", "nulls of name");
    taken_up(room, "1", "some missing");
    thousand(room); /* -1 is now of nulls, 60 of 940; -2 of the missing ones */
    assert_string_equal(part(room, "completeness", "rule nulls of name"), "100.00|880|940");
    assert_string_equal(part(room, "completeness", "rule few rows"), "0.00|800|990");
    assert_string_equal(part(room, "completeness", "rule some missing"), "0.00|910|940");
    assert_string_equal(dimension(room, "completeness"), "0.00 partly_measured broken");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT string_agg(concat_ws(' ', rule, found, total, threshold, holds),"
                 " ', ' ORDER BY rule) FROM nrc.metric_results(1, " DAY ", now())"),
        "few rows 800 990 mustBeGreaterThan 800 rows f, nulls of name 60 940 mustBeLessThan 50"
        " percent t, some missing 30 940 mustBeGreaterThan 900 rows f");
}

static void a_new_version_hides_no_failure(void **state)
{
    struct births_room *room = *state;
    const char *quality = "\"quality\": [" RULE("exact", ", \"dimension\": \"accuracy\"") "]";
    contract(room, "1", "active", LONG_AGO, quality);
    taken_up(room, "1", "exact");
    thousand(room);
    raw_run(room->raw, "UPDATE nrc.measure_minute SET minute = minute - interval '3 days'");
    contract(room, "2", "active", "now() - interval '2 days'", quality);
    taken_up(room, "2", "exact");
    thousand(room); /* -1 is of version 1, -2 of version 2 */
    assert_string_equal(part(room, "accuracy", "rule exact"), "95.21|3580|3760");
    assert_string_equal(
        raw_text(room->raw, "SELECT detail->'by_version' FROM nrc.quality('moh.births', NULL, NULL,"
                            " NULL, false, false) WHERE part = 'rule exact'"),
        "[{\"failed\": 120, \"skipped\": 0, \"version\": \"1\", \"evaluated\": 1880},"
        " {\"failed\": 60, \"skipped\": 0, \"version\": \"2\", \"evaluated\": 1880}]");
    assert_string_equal(
        raw_text(room->raw, "SELECT detail->'versions' FROM nrc.quality('moh.births', NULL, NULL,"
                            " NULL, false, false) WHERE part = 'rule exact'"),
        "[\"1\", \"2\"]");
}

/* Others' users see 40 % where each row that a check was for is bad, 0 % of no rows, and 200 % where rows were left out below the
 * line alone. Of a thousand events a structure with the rule sent 150, and of these a null or a guard skipped 50. As the standard counts a
 * metric's rows, a null is one of them. */
static void a_rule_is_judged_by_the_events_that_it_was_run_on(void **state)
{
    struct births_room *room = *state;
    contract(
        room, "1", "active", LONG_AGO,
        "\"quality\": [" RULE("exact", ", \"dimension\": \"accuracy\"") "," METRIC(
            "odd", "invalidValues", ", \"path\": \"/name\"",
            ", \"comparison\": "
            "\"mustBeLessThan\", "
            "\"threshold\": 1, \"unit\": "
            "\"percent\"") "," RULE("idle",
                                    ", "
                                    "\"dimensi"
                                    "on\": "
                                    "\"consist"
                                    "ency\"") "," RULE("old",
                                                       ", \"dimension\": \"completeness\"") "]");
    taken_up(room, "1", "exact");
    taken_up(room, "1", "odd");
    taken_up(room, "1", "idle");
    taken_up(room, "1", "old");
    raw_run(room->raw,
            "INSERT INTO nrc.rule (dataset_id, origin, version, name, action) VALUES"
            " (1, 'structure', '1', 'own', 'warn'), (1, 'structure', '2', 'own', 'warn'),"
            " (1, 'structure', '2', 'newer', 'count')");
    count(room, "now()", "1000, 1000, 0, 0, 0, 0, 0",
          "{-1, -536870913, -1073741825, -2, -536870914, -1073741826, -1073741827, -4,"
          " -5, -536870917, -536870918, -536870919}",
          "{10, 100, 50, 2, 100, 50, 30, 7, 1, 600, 400, 400}", "'{}', '{}'");
    assert_string_equal(part(room, "accuracy", "rule exact"), "90.00|90|100");
    assert_string_equal(part(room, "validity", "rule odd"), "98.66|148|150");
    assert_string_equal(part(room, "consistency", "rule idle"),
                        "-|it was skipped for each of the 30 events: a guard, a null, or a field"
                        " that was not sent");
    assert_string_equal(part(room, "completeness", "rule old"),
                        "-|when its events came, the runs of rules were not counted yet");
    assert_string_equal(part(room, "validity", "rule own"), "99.90|999|1000");
    assert_string_equal(part(room, "validity", "rule newer"), "100.00|400|400");
    struct err err = ERR_INIT;
    const struct sto_quality_filter filter = {.dataset = "moh.births"};
    struct sto_grid *grid = sto_quality_parts(room->conn, &filter, &err);
    assert_non_null(grid);
    for (size_t row = 0; row < grid->rows; row++) {
        const char *name = sto_grid_get(grid, row, "part");
        if (strcmp(name, "rule own") == 0) {
            assert_string_equal(sto_grid_get(grid, row, "by_version"),
                                "1: 599 of 600, 2: 400 of 400");
        } else if (strcmp(name, "rule exact") == 0) {
            assert_string_equal(sto_grid_get(grid, row, "skipped"), "50");
            assert_null(sto_grid_get(grid, row, "by_version"));
        }
    }
    sto_grid_free(&grid);
}

/* A rule that is new is judged by what came since, not by what came before it. */
static void what_came_before_a_rule_does_not_make_it_good(void **state)
{
    struct births_room *room = *state;
    contract(room, "1", "active", LONG_AGO, "\"id\": \"x\"");
    count(room, "now()", "1000, 1000, 0, 0, 0, 0, 0", "{}", "{}", "'{}', '{}'");
    raw_run(room->raw, "UPDATE nrc.measure_minute SET minute = minute - interval '3 days'");
    contract(room, "2", "active", "now() - interval '2 days'",
             "\"quality\": [" RULE("exact", ", \"dimension\": \"accuracy\"") "]");
    taken_up(room, "2", "exact");
    assert_string_equal(part(room, "accuracy", "rule exact"),
                        "-|no event came that it could be run on");
}

static void a_reason_is_of_one_class_and_one_that_is_new_is_never_good(void **state)
{
    struct births_room *room = *state;
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT string_agg(nrc.quality_reasons("
                 "'{rule_failed, not_yet_active, of_tomorrow, bad_text}', '{1, 2, 4, 8}',"
                 " class)::text, ' ' ORDER BY class)"
                 " FROM unnest('{rule, structure, value}'::text[]) class"),
        "1 2 12");
    /* Rules were run on 10 recorded events but for 2 deletes, and on what they or PostgreSQL refused. */
    assert_int_equal(raw_int(room->raw,
                             "SELECT nrc.quality_judged(10, 2,"
                             " '{register_refused, rule_failed, bad_text}', '{3, 4, 5}')"),
                     15);
}

/* A promise that is broken is not 100, though no value is bad; a rule that counts alone breaks none. */
static void a_broken_promise_is_never_100_and_what_counts_alone_is_none(void **state)
{
    struct births_room *room = *state;
    contract(
        room, "1", "active", LONG_AGO,
        "\"quality\": [" METRIC(
            "five", "nullValues", ", \"path\": \"/seq\"",
            ", \"comparison\": \"mustBe\", \"threshold\": 5,"
            " \"unit\": \"rows\"") ","
                                   "{\"name\": \"told\", \"kind\": \"cel\", \"severity\": \"info\","
                                   " \"dimension\": \"accuracy\"}]");
    taken_up(room, "1", "told");
    taken_up(room, "1", "five");
    count(room, "now()", "1000, 1000, 0, 0, 0, 0, 0", "{-1,-536870913,-536870914}",
          "{300,1000,1000}", "'{}', '{}'");
    assert_string_equal(part(room, "completeness", "rule five"), "99.99|1000|1000");
    assert_string_equal(part(room, "accuracy", "rule told"), "70.00|700|1000");
    assert_string_equal(dimension(room, "accuracy"), "70.00 measured");
}

static void what_waited_was_received_before(void **state)
{
    struct births_room *room = *state;
    contract(room, "1", "active", LONG_AGO,
             "\"quality\": [" METRIC("rows", "rowCount", "",
                                     ", \"comparison\": \"mustBeGreaterThan\", \"threshold\": 0,"
                                     " \"unit\": \"rows\"") "]");
    thousand(room);
    raw_run(room->raw,
            "INSERT INTO nrc.measure_minute SELECT minute, 2, 1, 'replay', false, 7, 7, 0, 0, 0,"
            " 0, 0, '{}', '{}', '{}', '{}' FROM nrc.measure_minute");
    assert_string_equal(raw_text(room->raw, "SELECT concat_ws(' ', found, total) FROM"
                                            " nrc.metric_results(1, " DAY ", now())"),
                        "807 990");
}

static void the_past_is_judged_by_its_own_contract(void **state)
{
    struct births_room *room = *state;
    contract(room, "1", "active", LONG_AGO, "\"review_date\": \"2000-01-01\"");
    contract(room, "2", "active", "now() - interval '2 days'", "\"review_date\": \"2099-01-01\"");
    assert_string_equal(part(room, "relevance", "reviewed in time"), "100.00|1|1");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT concat_ws(' ', contract, part_score, numerator) FROM nrc.quality("
                 "'moh.births', NULL, " DAY " - interval '9 days', " DAY " - interval '5 days',"
                 " false, false) WHERE part = 'reviewed in time'"),
        "1 0.00 0");
}

static void without_a_contract_or_with_a_retired_one_its_parts_say_so(void **state)
{
    struct births_room *room = *state;
    thousand(room);
    assert_string_equal(part(room, "timeliness", "in time"), "-|there is no contract");
    assert_string_equal(part(room, "accuracy", "rules"), "-|there is no contract");
    contract(room, "1", "active", LONG_AGO, "\"quality\": [" RULE("exact", "") "]");
    contract(room, "2", "retired", "now() - interval '89 days'",
             "\"quality\": [" RULE("exact", "") "]");
    assert_string_equal(part(room, "accuracy", "rules"),
                        "-|the contract was retired by its version 2");
    assert_string_equal(part(room, "validity", "rule exact"), "");
    assert_string_equal(part(room, "accuracy", "recorded once"), "94.44|850|900");
}

/* NRL-2: counts alone. */
static void of_an_exempt_dataset_nothing_is_said(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "UPDATE nrc.dataset SET exempt = true");
    contract(
        room, "1", "active", LONG_AGO,
        "\"quality\": [" METRIC(
            "few rows", "rowCount", "",
            ", \"comparison\": \"mustBeGreaterThan\", \"threshold\": 800, \"unit\": \"rows\"") "]");
    count(room, "now()", "1000, 0, 0, 0, 0, 1000, 0", "{}", "{}", "'{}', '{}'");
    static const char *const names[] = {"accuracy",   "validity",     "consistency",
                                        "timeliness", "completeness", "structure_fitness"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(dimension(room, names[i]), "- not_measured");
        assert_string_equal(part(room, names[i], "all"),
                            "-|the dataset is exempt: its events are counted, and nothing else is"
                            " said of them (NRL-2)");
    }
    assert_string_equal(raw_text(room->raw, "SELECT concat_ws(' ', coalesce(holds::text, '-'),"
                                            " found) FROM nrc.metric_results(1, " DAY ", now())"),
                        "-");
}

static void a_retired_dataset_has_scores_of_its_time_alone(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw,
            "UPDATE nrc.dataset SET retired_on = current_date - 40, retired_reason = 'x'");
    assert_string_equal(dimension(room, "flow_readiness"), "- not_measured");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.quality('moh.births', NULL, NULL,"
                                        " NULL, false, false) WHERE why NOT LIKE 'the dataset was"
                                        " retired on%'"),
                     0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.quality(NULL, NULL, NULL, NULL,"
                                        " false, false)"),
                     0);
}

/* Rows whose values have a null are not unique elsewhere. Here null is a value; a row of nulls alone is none. */
static void duplicates_are_rows_beyond_the_first(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw,
            "INSERT INTO moh.births_state (civil_no, name, weight, seq, _op, _recorded_at,"
            " _topic_partition, _offset, _content) SELECT n, name, weight, 1, 'u', now(), 1, n, 1"
            " FROM (VALUES (1, 'a', 1), (2, 'a', NULL), (3, 'a', NULL), (4, NULL, NULL),"
            " (5, NULL, NULL), (6, 'b', 1)) v (n, name, weight)");
    contract(room, "1", "active", LONG_AGO,
             "\"quality\": [" METRIC(
                 "twins", "duplicateValues", ", \"fields\": [\"name\", \"weight\"]",
                 ", \"comparison\": \"mustBe\", \"threshold\": 0, \"unit\": "
                 "\"rows\"") "," METRIC("nested", "duplicateValues", ", \"path\": \"/words/zip\"",
                                        ", \"comparison\": \"mustBe\", "
                                        "\"threshold\": 0, \"unit\": \"rows\"") "]");
    const char *asked = "SELECT string_agg(concat_ws('|', rule, found, total, holds, why), ' and '"
                        " ORDER BY rule DESC) FROM nrc.metric_results(1, " DAY ", now(), true)";
    assert_string_equal(raw_text(room->raw, asked),
                        "twins|1|4|f and nested|the register has no column of words/zip");
    assert_string_equal(raw_text(room->raw,
                                 "SELECT string_agg(coalesce(why, 'counted'), ' ') FROM"
                                 " nrc.metric_results(1, " DAY " - interval '2 days', " DAY
                                 ", true) WHERE rule = 'twins'"),
                        "duplicates are counted in the register as it is now, not as it was");
    assert_string_equal(part(room, "accuracy", "rule twins"),
                        "-|duplicates are counted when asked for: nrc quality DATASET --explain");
    assert_string_equal(raw_text(room->raw,
                                 "SELECT concat_ws('|', part_score, numerator, denominator) FROM"
                                 " nrc.quality('moh.births', NULL, NULL, NULL, false, true)"
                                 " WHERE part = 'rule twins'"),
                        "75.00|3|4");
}

static void time_that_the_way_was_shut_is_counted_once(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset,"
        " first_offset, epoch, log_start, owner, created_at) VALUES (1, 'moh.births', 0, 1, 0, 0,"
        " 1, 0, 'me', now() - interval '90 days')");
    assert_string_equal(part(room, "flow_readiness", "partitions open"), "100.00|1|1");
    raw_run(room->raw,
            "INSERT INTO nrc.incident (kind, closes, dataset_id, engine, detail, opened_at, count,"
            " last_seen_at, reopened, closed_at, closed_why)"
            " SELECT 'gap', c, 1, c, 'x', now(), 1, now(), 0, now(), 'x'"
            " FROM unnest(ARRAY['partition_flows', 'topic_read', 'good_event']) c");
    /* 02:00 to 03:00 and 05:00 to 06:00; 02:30 to 03:30: two and a half hours of the day. The third is about events. */
    raw_run(room->raw,
            "INSERT INTO nrc.incident_event (incident_id, at, what, detail)"
            " SELECT i, " DAY " - interval '1 day' + t, w, 'x' FROM (VALUES"
            " (1, '02:00'::interval, 'opened'), (1, '03:00', 'closed'), (1, '05:00', 'reopened'),"
            " (1, '06:00', 'closed'), (2, '02:30', 'opened'), (2, '03:30', 'closed'),"
            " (3, '09:00', 'opened'), (3, '20:00', 'closed')) v (i, t, w)");
    raw_run(room->raw,
            "UPDATE nrc.incident SET opened_at = " DAY " - interval '22 hours', closed_at"
            " = " DAY " - interval '18 hours'");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT concat_ws('|', part_score, numerator, denominator) FROM nrc.quality("
                 "'moh.births', NULL, " DAY " - interval '1 day', " DAY ", false, false)"
                 " WHERE part = 'time open'"),
        "89.58|77400|86400");
    raw_run(room->raw,
            "UPDATE nrc.position SET state = 'halted', halt_kind = 'gap', halt_reason = 'x'");
    assert_string_equal(part(room, "flow_readiness", "partitions open"), "0.00|0|1");
}

static void a_change_that_nobody_announced_costs_its_day(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "INSERT INTO nrc.violation (at, kind, dataset_id, object) VALUES"
                       " (now() - interval '2 days', 'unannounced_change', 1, 'request/1'),"
                       " (now() - interval '2 days', 'unannounced_collection', 1, 'request/1'),"
                       " (now(), 'unregistered_data', 1, 'incident/1')");
    assert_string_equal(part(room, "source_credibility", "days without unannounced change"),
                        "96.66|29|30");
}

static void each_day_has_its_own_scores(void **state)
{
    struct births_room *room = *state;
    thousand(room);
    raw_run(room->raw, "UPDATE nrc.measure_minute SET minute = minute - interval '2 days'");
    count(room, "now()", "10, 10, 0, 0, 0, 0, 0", "{}", "{}", "'{}', '{}'");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT string_agg(coalesce(part_score::text, '-'), ' ' ORDER BY from_at) FROM"
                 " nrc.quality('moh.births', NULL, " DAY " - interval '2 days', NULL, true, false)"
                 " WHERE part = 'recorded once'"),
        "94.44 - 100.00");
}

static void the_report_is_for_the_monitor_and_checks_what_is_asked(void **state)
{
    struct births_room *room = *state;
    struct err err = ERR_INIT;
    struct sto_quality_filter filter = {.dataset = "moh.births"};
    thousand(room);
    struct sto_grid *grid = sto_quality(room->conn, &filter, &err);
    assert_non_null(grid);
    assert_int_equal(grid->rows, 1);
    assert_string_equal(sto_grid_get(grid, 0, "accuracy"), "94.44");
    assert_null(sto_grid_get(grid, 0, "timeliness"));
    assert_non_null(strstr(sto_grid_get(grid, 0, "dimensions"), "الدقة"));
    sto_grid_free(&grid);
    filter.agency = "edu";
    grid = sto_quality(room->conn, &filter, &err);
    assert_int_equal(grid->rows, 0);
    sto_grid_free(&grid);
    static const struct {
        struct sto_quality_filter filter;
        enum err_code code;
    } wrong[] = {
        {{.dataset = "moh.deaths"}, ERR_NOT_FOUND},
        {{.dataset = "moh.births", .by = "hour"}, ERR_USAGE},
        {{.by = "day"}, ERR_USAGE},
        {{.since = "yesterday"}, ERR_USAGE},
        {{.since = "2026-02-30"}, ERR_USAGE},
        {{.since = "2020-01-02", .until = "2020-01-01"}, ERR_REFUSED},
        {{.dataset = "moh.births", .since = "2020-01-02", .by = "day"}, ERR_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        err_reset(&err);
        assert_null(sto_quality(room->conn, &wrong[i].filter, &err));
        assert_int_equal(err.code, wrong[i].code);
    }
    raw_run(room->raw, "SET ROLE nrc_reader");
    assert_string_equal(raw_sqlstate(room->raw, "SELECT * FROM nrc.quality(NULL, NULL, NULL, NULL,"
                                                " false, false)"),
                        "42501");
    raw_run(room->raw, "SET ROLE nrc_monitor");
    assert_string_equal(raw_sqlstate(room->raw, "SELECT nrc.count_duplicates(1, '{name}')"),
                        "42501");
    raw_run(room->raw, "RESET ROLE");
}

/* Ten hours: four late, of which one by a broken path; two of an announced stop; one of which nothing is known. */
static void regularity_is_the_monitors_and_one_that_stopped_leaves_no_good_verdict(void **state)
{
    struct births_room *room = *state;
    assert_string_equal(part(room, "timeliness", "regularity"), "-|there is no contract");
    contract(room, "1", "active", LONG_AGO,
             "\"service\": {\"cadence\": \"minutes\", \"n\": 5, \"latency_seconds\": 60}");
    assert_string_equal(part(room, "timeliness", "regularity"),
                        "-|no monitor judged it in the period");
    raw_run(room->raw, "INSERT INTO nrc.freshness VALUES (1, 'fresh', 'on_time', now(), NULL, NULL,"
                       " false, 'x', 'x', now())");
    raw_run(room->raw,
            "INSERT INTO nrc.freshness_change SELECT 1, now() - h * interval '1 hour', s, r,"
            " 'x' FROM (VALUES (10, 'fresh', 'on_time'), (9, 'late', 'dead_source'),"
            " (6, 'late', 'broken_path'), (5.5, 'late', 'slow_center'), (5, 'suspended', 'x'),"
            " (3, 'unknown', 'no_facts'),"
            " (2, 'quiet', 'x')) v (h, s, r)");
    raw_run(room->raw, "UPDATE nrc.freshness SET judged_at = (SELECT max(at) + interval '2 hours'"
                       " FROM nrc.freshness_change)");
    assert_string_equal(part(room, "timeliness", "regularity"), "57.14|14400|25200");
    assert_string_equal(part(room, "flow_readiness", "path and Center"), "85.71|21600|25200");
    raw_run(room->raw, "UPDATE nrc.freshness SET judged_at = now() - interval '11 minutes'");
    assert_non_null(
        strstr(part(room, "timeliness", "regularity"), "-|no monitor has judged it since"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_score_is_what_its_counts_say),
        TEST(one_bad_event_of_a_million_is_not_100),
        TEST(of_no_events_nothing_is_good),
        TEST(what_could_not_run_says_so_and_is_never_good),
        TEST(thresholds_are_exact_and_the_worst_part_is_the_score),
        TEST(a_new_version_hides_no_failure),
        TEST(a_rule_is_judged_by_the_events_that_it_was_run_on),
        TEST(what_came_before_a_rule_does_not_make_it_good),
        TEST(a_reason_is_of_one_class_and_one_that_is_new_is_never_good),
        TEST(a_broken_promise_is_never_100_and_what_counts_alone_is_none),
        TEST(what_waited_was_received_before),
        TEST(the_past_is_judged_by_its_own_contract),
        TEST(without_a_contract_or_with_a_retired_one_its_parts_say_so),
        TEST(of_an_exempt_dataset_nothing_is_said),
        TEST(a_retired_dataset_has_scores_of_its_time_alone),
        TEST(duplicates_are_rows_beyond_the_first),
        TEST(time_that_the_way_was_shut_is_counted_once),
        TEST(a_change_that_nobody_announced_costs_its_day),
        TEST(regularity_is_the_monitors_and_one_that_stopped_leaves_no_good_verdict),
        TEST(each_day_has_its_own_scores),
        TEST(the_report_is_for_the_monitor_and_checks_what_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
