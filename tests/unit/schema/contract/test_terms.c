/* SPDX-License-Identifier: Apache-2.0
 * Quality rules, relationships, service levels, the calendar, templates. */
#include "contract_help.h"

#include "schema/contract/template.h"

struct row {
    const char *piece;
    const char *by;
    const char *said; /* a line of the findings begins with it; NULL: there is none */
};

static void check_rows(const struct row *rows, size_t count)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        char *text = changed(rows[i].piece, rows[i].by);
        struct sch_findings found = SCH_FINDINGS_INIT;
        struct err err = ERR_INIT;
        struct sch_contract *c = sch_contract_read(text, strlen(text), NULL, &found, &err);
        put_findings(&found, &out);
        const char *said = rows[i].said != NULL ? rows[i].said : "";
        bool is_error = rows[i].said != NULL && strncmp(said, "warning", 7) != 0;
        if (strstr(buf_cstr(&out), said) == NULL || (c == NULL) != is_error ||
            (rows[i].said == NULL && found.count != 0)) {
            fail_msg("%s -> %s\nwanted: %s\nfound: %s", rows[i].piece, rows[i].by, said,
                     buf_cstr(&out));
        }
        sch_contract_free(&c);
        sch_findings_fini(&found);
        free(text);
    }
    buf_fini(&out);
}
#define CHECK(rows) check_rows(rows, COUNT_OF(rows))

#define METRIC "metric: nullValues\n            mustBeLessThan: 5"
#define PATH   "/schema/0/properties/2/quality/0"

static void rules_are_checked(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {METRIC, "type: library\n            " METRIC, NULL},
        {METRIC,
         METRIC "\n            unit: percent\n            dimension: completeness\n            "
                "severity: info",
         NULL},
        {METRIC, METRIC "\n            unit: percents",
         "30:19: " PATH "/unit: unit is rows or percent, not percents"},
        {METRIC, METRIC "\n            severity: major",
         "30:23: " PATH "/severity: severity is error, warning or info, not major"},
        {METRIC, METRIC "\n            dimension: validity",
         "30:24: " PATH "/dimension: dimension is accuracy"},
        {METRIC, METRIC "\n            mustBe: 1",
         "30:13: " PATH "/mustBe: a rule has one threshold"},
        {METRIC, "metric: nullValues", "28:13: " PATH ": the rule has no threshold"},
        {METRIC, "mustBeLessThan: 5",
         "28:13: " PATH ": the rule names neither a metric nor a type"},
        {METRIC, "type: text\n            description: d",
         "warning 28:13: " PATH ": the register does not run a rule of text"},
        {METRIC, "type: sql\n            query: SELECT 1\n            mustBe: 1",
         "warning 28:13: " PATH ": the register does not run a rule of sql"},
        {METRIC, "type: sql\n            mustBe: 1",
         "28:13: " PATH ": a rule of type sql needs query"},
        {METRIC, "type: custom\n            engine: soda\n            implementation: {a: b}",
         "warning 28:13: " PATH ": the register does not run a rule of soda"},
        {METRIC, "type: custom\n            engine: cel\n            implementation: {a: b}",
         "30:29: " PATH "/implementation: the implementation of engine: cel is an expression"},
        {METRIC, "type: custom\n            engine: cel\n            implementation: ' '",
         "30:29: " PATH "/implementation: the expression is empty"},
        {METRIC, "type: custom\n            engine: cel",
         "28:13: " PATH ": a rule of type custom needs implementation"},
        {METRIC,
         "type: custom\n            engine: cel\n            implementation: a\n            "
         "mustBe: 1",
         "31:13: " PATH "/mustBe: a rule of type custom is not compared"},
        {METRIC, "metric: rowCount\n            mustBe: 5",
         "28:21: " PATH "/metric: rowCount is of the dataset"},
        {METRIC, "metric: rule\n            mustBe: 5",
         "28:21: " PATH "/metric: metric is nullValues"},
        {METRIC, "metric: nullValues\n            mustBe: '5'",
         "29:21: " PATH "/mustBe: a number is wanted here"},
        {METRIC, "metric: nullValues\n            mustBe: 1:30",
         "29:21: " PATH "/mustBe: a number is wanted here"},
        {METRIC, "metric: nullValues\n            mustBe: 017",
         "29:21: " PATH "/mustBe: a number is wanted here"},
        {METRIC, "metric: nullValues\n            mustBe: 1234567890123",
         "29:21: " PATH "/mustBe: a number is wanted"},
        {METRIC, "metric: nullValues\n            mustBe: 0.1234567",
         "29:21: " PATH "/mustBe: a number is wanted"},
        {METRIC, "metric: nullValues\n            mustBe: -1",
         "29:21: " PATH "/mustBe: a number of values is not below 0"},
        {METRIC, "metric: nullValues\n            mustBe: 100.1\n            unit: percent",
         "29:21: " PATH "/mustBe: a percentage is not above 100"},
        {METRIC, "metric: nullValues\n            mustBeBetween: [1, 2.5]", NULL},
        {METRIC, "metric: nullValues\n            mustBeBetween: [2, 1]",
         "29:28: " PATH "/mustBeBetween: the smaller number stands first"},
        {METRIC, "metric: nullValues\n            mustBeBetween: [1, 1.0]",
         "29:28: " PATH "/mustBeBetween: the smaller"},
        {METRIC, "metric: nullValues\n            mustBeBetween: [1]",
         "29:28: " PATH "/mustBeBetween: a list of two numbers"},
        {METRIC, "metric: nullValues\n            mustBeBetween: 1",
         "29:28: " PATH "/mustBeBetween: a list of two numbers"},
        {METRIC, METRIC "\n            arguments: {x: 1}",
         "30:25: " PATH "/arguments/x: this metric has no argument x"},
        /* The standard's own page has a pattern that is not indented below its arguments. */
        {METRIC,
         "metric: invalidValues\n            arguments:\n            pattern: a\n            "
         "mustBe: 0",
         "30:13: " PATH "/pattern: a quality rule has no member pattern"},
        {METRIC, "metric: invalidValues\n            mustBe: 0",
         "28:13: " PATH ": invalidValues needs arguments"},
        {METRIC,
         "metric: invalidValues\n            mustBe: 0\n            arguments: {validValues: [a, "
         "no, 1]}",
         NULL},
        {METRIC,
         "metric: invalidValues\n            mustBe: 0\n            arguments: {validValues: [a, "
         "null]}",
         "30:42: " PATH "/arguments/validValues/1: a value is wanted here, not nothing"},
        {METRIC,
         "metric: invalidValues\n            mustBe: 0\n            arguments: {validValues: []}",
         "30:38: " PATH "/arguments/validValues: a list of values"},
        {METRIC,
         "metric: missingValues\n            mustBe: 0\n            arguments: {missingValues: "
         "[null, '', N/A]}",
         NULL},
        {METRIC, "metric: duplicateValues\n            mustBe: 0", NULL},
        {METRIC,
         "metric: duplicateValues\n            mustBe: 0\n            arguments: {properties: "
         "[born]}",
         "30:25: " PATH "/arguments/properties: this metric has no argument properties"},
        {"- name: order\n", "- metric: duplicateValues\n        mustBe: 0\n      - name: order\n",
         "15:9: /schema/0/quality/0: duplicateValues of the dataset needs arguments"},
        {"- name: order\n",
         "- metric: duplicateValues\n        mustBe: 0\n        arguments: {properties: [born, "
         "x]}\n      - name: order\n",
         "17:40: /schema/0/quality/0/arguments/properties/1: there is no property x"},
        {"- name: order\n", "- metric: nullValues\n        mustBe: 0\n      - name: order\n",
         "15:17: /schema/0/quality/0/metric: nullValues is of a property"},
        {"- name: order\n",
         "- metric: rowCount\n        mustBe: 1\n        unit: percent\n      - name: order\n",
         "17:15: /schema/0/quality/0/unit: rowCount is a number of rows"},
        {"- name: order\n",
         "- metric: rowCount\n        mustBe: 1\n        name: order\n      - name: order\n",
         "18:9: /schema/0/quality/1: two rules are called order, here and in line 15"},
    };
    CHECK(rows);
}

static void a_rule_says_what_is_done_about_it(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        enum sch_severity severity;
        bool per_event;
    } rows[] = {
        {"metric: nullValues\n            mustBe: 0", SCH_SEVERITY_WARNING, true},
        {"metric: nullValues\n            mustBe: 0.0\n            severity: error",
         SCH_SEVERITY_ERROR, true},
        {"metric: nullValues\n            mustBeLessOrEqualTo: 0\n            unit: percent",
         SCH_SEVERITY_WARNING, true},
        {"metric: nullValues\n            mustBeLessThan: 1\n            severity: error",
         SCH_SEVERITY_ERROR, false},
        {"metric: nullValues\n            mustNotBe: 0", SCH_SEVERITY_WARNING, false},
        {"metric: missingValues\n            mustBe: 0", SCH_SEVERITY_WARNING, true},
        {"metric: duplicateValues\n            mustBe: 0", SCH_SEVERITY_WARNING, false},
        {"type: custom\n            engine: CEL\n            implementation: a", SCH_SEVERITY_ERROR,
         true},
        {"type: custom\n            engine: cel\n            implementation: a\n            "
         "severity: info",
         SCH_SEVERITY_INFO, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = changed(METRIC, rows[i].rule);
        struct sch_contract *c = read_good(text);
        const struct sch_quality *q = &c->quality[1];
        if (q->severity != rows[i].severity || q->is_per_event != rows[i].per_event) {
            fail_msg("%s: %s, %d", rows[i].rule, sch_severity_name(q->severity), q->is_per_event);
        }
        sch_contract_free(&c);
        free(text);
    }
}

/* With a name of its own each, at the property, its items, or a map's keys; unique is for the register to count. */
static void what_a_type_promises_becomes_rules(void **state)
{
    (void)state;
    static const struct {
        const char *property; /* behind "- name: weight" */
        const char *rules;    /* "kind name @path severity", one a line */
    } rows[] = {
        {"logicalType: string, logicalTypeOptions: {minLength: 1, maxLength: 9}",
         "cel minLength of weight @/weight error\ncel maxLength of weight @/weight error\n"},
        {"logicalType: string, unique: true, enum: [{value: a}, {value: null}]",
         "invalidValues enum of weight @/weight error\n"
         "duplicateValues unique of weight @/weight warning\n"},
        {"logicalType: string, unique: false", ""},
        {"logicalType: integer, logicalTypeOptions: {format: i64}", ""},
        {"logicalType: array, items: {logicalType: array, items: {logicalType: integer, "
         "logicalTypeOptions: {minimum: 1}}}",
         "cel minimum of weight/*/* @/weight/*/* error\n"},
        {"logicalType: map, map: {key: {logicalType: string, logicalTypeOptions: {maxLength: 2}}, "
         "value: {logicalType: string, logicalTypeOptions: {maxLength: 2}}}",
         "cel maxLength of weight keys @/weight error\n"
         "cel maxLength of weight/* @/weight/* error\n"},
        {"logicalType: array, items: {logicalType: string, quality: [{metric: invalidValues, "
         "arguments: {pattern: a}, mustBe: 0}]}",
         "invalidValues invalidValues of weight/* @/weight/* warning\n"},
    };
    struct buf found = BUF_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char property[600];
        snprintf(property, sizeof(property), "      - {name: weight, %s}\n", rows[i].property);
        char *text = changed("      - name: weight\n        logicalType: number\n        quality:\n"
                             "          - " METRIC "\n",
                             property);
        struct sch_contract *c = read_good(text);
        buf_reset(&found);
        for (size_t k = 1; k < c->quality_count; k++) {
            const struct sch_quality *q = &c->quality[k];
            buf_printf(&found, "%s %s @%s %s\n",
                       q->kind == SCH_QUALITY_CEL ? "cel" : sch_metric_name(q->metric), q->name,
                       q->path, sch_severity_name(q->severity));
        }
        assert_string_equal(buf_cstr(&found), rows[i].rules);
        sch_contract_free(&c);
        free(text);
    }
    buf_fini(&found);
}

static void an_expression_has_at_most_64_kib(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        size_t len = SCH_MAX_EXPRESSION_BYTES + (size_t)more;
        char *long_text = malloc(len + 1);
        assert_non_null(long_text);
        memset(long_text, 'a', len);
        long_text[len] = '\0';
        char *text = changed("message.a < 1", long_text);
        struct sch_findings found = SCH_FINDINGS_INIT;
        struct err err = ERR_INIT;
        struct sch_contract *c = sch_contract_read(text, strlen(text), NULL, &found, &err);
        assert_int_equal(c != NULL, more == 0);
        assert_true(more == 0 || strstr(err.text, "an expression has at most 65536 bytes") != NULL);
        sch_contract_free(&c);
        sch_findings_fini(&found);
        free(text);
        free(long_text);
    }
}

static void thresholds_are_exact(void **state)
{
    (void)state;
    const uint64_t most = UINT64_MAX;
    static const struct {
        struct sch_threshold t;
        uint64_t found;
        uint64_t total;
        bool holds;
    } rows[] = {
        {{SCH_MUST_BE, false, {0, 0}, {0, 0}}, 0, 0, true},
        {{SCH_MUST_BE, false, {50, 1}, {0, 0}}, 5, 9, true},
        {{SCH_MUST_BE, false, {51, 1}, {0, 0}}, 5, 9, false},
        {{SCH_MUST_NOT_BE, false, {5, 0}, {0, 0}}, 5, 9, false},
        {{SCH_MUST_BE_LESS, true, {5, 1}, {0, 0}},
         1,
         200,
         false}, /* 0.5 % is not less than 0.5 % */
        {{SCH_MUST_BE_LESS, true, {5, 1}, {0, 0}}, 1, 201, true},
        {{SCH_MUST_BE_AT_MOST, true, {5, 1}, {0, 0}}, 1, 200, true},
        {{SCH_MUST_BE_AT_MOST, true, {333333, 4}, {0, 0}},
         1,
         3,
         false}, /* 33.3333 % is less than a third */
        {{SCH_MUST_BE_GREATER, true, {333333, 4}, {0, 0}}, 1, 3, true},
        {{SCH_MUST_BE_AT_LEAST, false, {3, 0}, {0, 0}}, 3, 3, true},
        {{SCH_MUST_BE_BETWEEN, false, {1, 0}, {3, 0}}, 1, 9, true},
        {{SCH_MUST_BE_BETWEEN, false, {1, 0}, {3, 0}}, 3, 9, true},
        {{SCH_MUST_BE_BETWEEN, false, {1, 0}, {3, 0}}, 4, 9, false},
        {{SCH_MUST_NOT_BE_BETWEEN, false, {1, 0}, {3, 0}}, 3, 9, false},
        {{SCH_MUST_NOT_BE_BETWEEN, false, {1, 0}, {3, 0}}, 4, 9, true},
        {{SCH_MUST_BE, true, {7, 0}, {0, 0}}, 0, 0, true}, /* of nothing */
        {{SCH_MUST_BE_LESS, true, {99999999, 6}, {0, 0}}, most, most, false},
        {{SCH_MUST_BE_LESS, true, {99999999, 6}, {0, 0}}, most - most / 1000, most, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (sch_threshold_holds(&rows[i].t, rows[i].found, rows[i].total) != rows[i].holds) {
            fail_msg("row %zu", i);
        }
    }
}

#define SLA "property: latency\n    value: 30\n    unit: min"

static void service_levels_are_checked(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {SLA, "property: latency\n    value: 30\n    unit: m",
         "33:11: /slaProperties/0/unit: the unit m is a minute to some"},
        {SLA, "property: latency\n    value: 30", "31:5: /slaProperties/0: the unit is s, min"},
        {SLA, "property: latency\n    unit: min",
         "31:5: /slaProperties/0: a service level needs value"},
        {SLA, "property: latency\n    value: 1:30\n    unit: min",
         "32:12: /slaProperties/0/value: the value is a whole number"},
        {SLA, "property: latency\n    value: 0\n    unit: min",
         "32:12: /slaProperties/0/value: the value is"},
        {SLA, "property: latency\n    value: 1\n    unit: y",
         "31:5: /slaProperties/0: it is at most 366 days"},
        {SLA, "property: latency\n    value: '1'\n    unit: d",
         "32:12: /slaProperties/0/value: the value is"},
        {SLA, SLA "\n  - " SLA, "34:5: /slaProperties/1: latency is said already"},
        {SLA, "property: freshness\n    value: 1",
         "warning 31:15: /slaProperties/0/property: the register does not judge freshness"},
        {SLA, "property: availability\n    value: 99.9", NULL},
        {SLA, "property: frequency\n    value: 90\n    unit: s",
         "31:5: /slaProperties/0: a frequency is of whole minutes"},
        {SLA, "property: frequency\n    value: 2\n    unit: mo",
         "31:5: /slaProperties/0: of months, a frequency is of one"},
        {SLA, "property: frequency\n    value: 1\n    unit: mo\n    valueExt: 24",
         "34:15: /slaProperties/0/valueExt: valueExt is the working day"},
        {SLA, "property: timeOfAvailability\n    value: 09:00-08:00",
         "32:12: /slaProperties/0/value: a time of the day is written HH:MM"},
        {SLA, "property: timeOfAvailability\n    value: 24:01",
         "32:12: /slaProperties/0/value: a time"},
        {SLA, "property: timeOfAvailability\n    value: '9:00'",
         "32:12: /slaProperties/0/value: a time"},
        {SLA,
         "property: timeOfAvailability\n    value: 08:00\n  - property: frequency\n    value: 2\n  "
         "  unit: d",
         "31:5: /slaProperties/0: timeOfAvailability goes with"},
        {SLA, "property: retention\n    value: 36\n    unit: h",
         "31:5: /slaProperties/0: a retention is in d, w, mo or y"},
        {SLA, "property: retention\n    value: 5\n    unit: y\n    element: moh.births.x",
         "34:14: /slaProperties/0/element: there is no property moh.births.x"},
        {SLA,
         "property: retention\n    value: 5\n    unit: y\n  - property: retention\n    value: 6\n  "
         "  unit: y\n    element: moh.births",
         "34:5: /slaProperties/1: a retention of it is said already"},
        {SLA,
         "property: retention\n    value: 5\n    unit: y\n  - property: retention\n    value: 6\n  "
         "  unit: y\n    element: moh.births.born",
         NULL},
        {"", "  - {property: timeZone, value: Asia//Muscat}\n",
         "39:33: /customProperties/4/value: timeZone is a name"},
        {"", "  - {property: timeZone, value: /etc/passwd}\n",
         "39:33: /customProperties/4/value: timeZone is"},
        {"", "  - {property: workingWeek, value: [sunday, fryday]}\n",
         "39:45: /customProperties/4/value/1: a day of the week"},
        {"", "  - {property: workingHours, value: 14:30-07:30}\n",
         "39:37: /customProperties/4/value: hours are written"},
        {"",
         "  - {property: otherHours, value: [{from: '2027-02-08', until: '2027-03-08', hours: "
         "09:00-14:00}]}\n",
         NULL},
        {"",
         "  - {property: otherHours, value: [{from: '2027-02-30', until: '2027-03-08', hours: "
         "09:00-14:00}]}\n",
         "39:43: /customProperties/4/value/0/from: other hours have"},
        {"",
         "  - {property: otherHours, value: [{from: '2027-03-09', until: '2027-03-08', hours: "
         "09:00-14:00}]}\n",
         "39:36: /customProperties/4/value/0: until is not before from"},
    };
    CHECK(rows);
}

static void a_cadence_is_what_the_calendar_takes(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        enum sch_cadence cadence;
        int n;
        int minute;
    } rows[] = {
        {SLA, SCH_CADENCE_NONE, 0, 1440},
        {"property: frequency\n    value: continuous", SCH_CADENCE_CONTINUOUS, 0, 1440},
        {"property: fy\n    value: 2\n    unit: hours", SCH_CADENCE_MINUTES, 120, 1440},
        {"property: Frequency\n    value: 1\n    unit: w", SCH_CADENCE_DAYS, 7, 1440},
        {"property: timeOfAvailability\n    value: 10:30", SCH_CADENCE_DAILY, 1, 630},
        {"property: timeOfAvailability\n    value: 24:00\n  - property: frequency\n    value: 1\n  "
         "  unit: d",
         SCH_CADENCE_DAILY, 1, 1440},
        {"property: frequency\n    value: 1\n    unit: mo\n    valueExt: 3\n  - property: "
         "timeOfAvailability\n    value: 08:00",
         SCH_CADENCE_MONTHLY, 3, 480},
        {"property: frequency\n    value: 1\n    unit: month", SCH_CADENCE_MONTHLY, -1, 1440},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = changed(SLA, rows[i].said);
        struct sch_contract *c = read_good(text);
        const struct sch_service *s = &c->service;
        if (s->cadence != rows[i].cadence || s->n != rows[i].n ||
            s->minute_of_day != rows[i].minute) {
            fail_msg("%s: %s %d %d", rows[i].said, sch_cadence_name(s->cadence), s->n,
                     s->minute_of_day);
        }
        sch_contract_free(&c);
        free(text);
    }
}

#define RELATION "logicalType: number\n        relationships:\n          - "

static void relationships_are_checked(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"logicalType: number", RELATION "to: moci.companies.cr_no", NULL},
        {"logicalType: number",
         RELATION
         "{to: moci.companies.cr_no, customProperties: [{property: gracePeriod, value: P1DT12H}]}",
         NULL},
        {"logicalType: number",
         RELATION
         "{to: moci.companies.cr_no, customProperties: [{property: gracePeriod, value: 2 days}]}",
         "28:90: /schema/0/properties/2/relationships/0/customProperties/0/value: gracePeriod is a "
         "duration"},
        {"logicalType: number",
         RELATION
         "{to: moci.companies.cr_no, customProperties: [{property: severity, value: error}]}",
         "28:87: /schema/0/properties/2/relationships/0/customProperties/0/value: the severity of "
         "a relationship is"},
        {"logicalType: number", RELATION "to: companies.cr_no",
         "28:17: /schema/0/properties/2/relationships/0/to: a reference is written"},
        {"logicalType: number", RELATION "to: schema/x/y",
         "28:17: /schema/0/properties/2/relationships/0/to: a reference is written"},
        {"logicalType: number",
         RELATION "from: moh.births.born\n            to: moci.companies.cr_no",
         "28:13: /schema/0/properties/2/relationships/0/from: a relationship of a property has no "
         "member from"},
        {"    properties:\n",
         "    relationships:\n      - {from: moh.births.born, to: a.b.c}\n    properties:\n", NULL},
        {"    properties:\n",
         "    relationships:\n      - {from: [moh.births.born, moh.births.weight], to: [a.b.c, "
         "a.b.d]}\n    properties:\n",
         NULL},
        {"    properties:\n",
         "    relationships:\n      - {from: [moh.births.born, moh.births.weight], to: [a.b.c, "
         "a.e.d]}\n    properties:\n",
         "20:66: /schema/0/relationships/0/to/1: one relationship is to one dataset"},
        {"    properties:\n",
         "    relationships:\n      - {from: [moh.births.born], to: a.b.c}\n    properties:\n",
         "20:9: /schema/0/relationships/0: from and to are"},
        {"    properties:\n",
         "    relationships:\n      - {from: moh.births.x, to: a.b.c}\n    properties:\n",
         "20:16: /schema/0/relationships/0/from: from names a property of moh.births"},
    };
    CHECK(rows);
}

/* ---- templates ---- */

#define WITH_TEMPLATE "  - {property: template, value: register@1}\n"

static void what_the_contract_says_wins_over_its_template(void **state)
{
    (void)state;
    char *text = changed("", WITH_TEMPLATE);
    struct sch_contract *c = read_good(text);
    assert_string_equal(c->template_name, "register@1");
    assert_int_equal(c->service.latency_s, 1800); /* the contract's 30 minutes, not 15 */
    assert_int_equal(c->service.cadence, SCH_CADENCE_CONTINUOUS);
    assert_int_equal(c->service.heartbeat_s, 3600);
    assert_int_equal(c->service.week, 0x1F);
    assert_int_equal(c->service.opens_min, 450);
    assert_string_equal(c->id, "moh-births");
    assert_string_equal(c->purpose, "To record each birth.");
    assert_true(strlen(c->usage) > 0);
    assert_int_equal(c->support_count, 1);
    sch_contract_free(&c);
    free(text);
}

static void items_of_lists_are_joined_by_their_names(void **state)
{
    (void)state;
    char *text =
        changed(SLA, "property: latency\n    value: 5\n    unit: h\n"
                     "  - property: retention\n    value: 1\n    unit: y\n    element: born");
    char *all = NULL;
    assert_true(asprintf(&all,
                         "%s" WITH_TEMPLATE
                         "  - {property: workingWeek, value: [sunday]}\nsupport:\n"
                         "  - {channel: center, scope: mine}\n  - {channel: ours}\n",
                         text) > 0);
    struct sch_contract *c = read_good(all);
    assert_int_equal(c->service.latency_s, 5 * 3600);
    assert_int_equal(c->service.retention_count,
                     2); /* of one field, and the template's of the rest */
    assert_int_equal(c->service.retentions[1].n, 10);
    assert_int_equal(c->service.week, 1); /* a list of values is not joined */
    assert_int_equal(c->support_count, 2);
    assert_string_equal(c->support[0].scope, "mine");
    assert_true(strlen(c->support[0].description) > 0);
    sch_contract_free(&c);
    free(all);
    free(text);
}

static void a_template_is_named_with_its_version(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "  - {property: template, value: register}\n",
         "39:33: /customProperties/4/value: there is no template register: there is event@1, "
         "register@1"},
        {"", "  - {property: template, value: register@2}\n",
         "39:33: /customProperties/4/value: there is no template"},
        {"", "  - {property: template, value: [register@1]}\n",
         "39:33: /customProperties/4/value: there is no template of that form"},
    };
    CHECK(rows);
}

/* A template is a contract that lacks what only the agency can say, and the blank one lacks no part. */
static void every_template_and_its_blank_one_have_the_standards_shape(void **state)
{
    (void)state;
    const struct sch_template *t;
    size_t count = 0;
    for (; (t = sch_template(count)) != NULL; count++) {
        const char *const texts[] = {t->text, t->blank};
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            struct sch_findings found = SCH_FINDINGS_INIT;
            struct buf out = BUF_INIT;
            struct err err = ERR_INIT;
            struct sch_contract *c =
                sch_contract_read(texts[i], strlen(texts[i]), NULL, &found, &err);
            put_findings(&found, &out);
            assert_null(c);
            if (strstr(buf_cstr(&out), "has no member") != NULL ||
                strstr(buf_cstr(&out), "wanted here") != NULL) {
                fail_msg("%s: %s", t->full_name, buf_cstr(&out));
            }
            sch_findings_fini(&found);
            buf_fini(&out);
        }
        assert_ptr_equal(sch_template_find(t->name), t);
        assert_non_null(strstr(t->blank, t->full_name));
        assert_true(strlen(t->summary) > 0);
    }
    assert_true(count >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_checked),
        cmocka_unit_test(a_rule_says_what_is_done_about_it),
        cmocka_unit_test(what_a_type_promises_becomes_rules),
        cmocka_unit_test(an_expression_has_at_most_64_kib),
        cmocka_unit_test(thresholds_are_exact),
        cmocka_unit_test(service_levels_are_checked),
        cmocka_unit_test(a_cadence_is_what_the_calendar_takes),
        cmocka_unit_test(relationships_are_checked),
        cmocka_unit_test(what_the_contract_says_wins_over_its_template),
        cmocka_unit_test(items_of_lists_are_joined_by_their_names),
        cmocka_unit_test(a_template_is_named_with_its_version),
        cmocka_unit_test(every_template_and_its_blank_one_have_the_standards_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
