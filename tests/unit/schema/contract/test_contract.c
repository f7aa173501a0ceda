/* SPDX-License-Identifier: Apache-2.0
 * A contract is read into the model, or every fault is told with line, column and path. */
#include "contract_help.h"

#include "base/utf8.h"

static void a_good_contract_is_read_whole(void **state)
{
    (void)state;
    struct sch_contract *c = read_good(good);
    assert_string_equal(c->dataset, "moh.births");
    assert_string_equal(c->version, "1.2.0");
    assert_int_equal(c->version_parts[1], 2);
    assert_int_equal(c->status, SCH_STATUS_ACTIVE);
    assert_string_equal(c->purpose, "To record each birth.");
    assert_int_equal(c->member_count, 2);
    assert_int_equal(c->members[0].role, SCH_ROLE_COORDINATOR);
    assert_int_equal(c->members[1].role, SCH_ROLE_STEWARD);
    assert_int_equal(c->property_count, 3);
    assert_int_equal(c->key_count, 1);
    assert_string_equal(c->properties[c->key[0]].name, "civil_no");
    assert_string_equal(c->legal_basis, "Law 10");
    assert_string_equal(c->review_date, "2027-06-01");
    assert_int_equal(c->collections[0].mode, SCH_COLLECTION_COMPUTER);
    assert_int_equal(c->service.latency_s, 1800);
    assert_int_equal(c->quality_count, 2);
    assert_int_equal(c->quality[0].kind, SCH_QUALITY_CEL);
    assert_string_equal(c->quality[0].expression, "message.a < 1");
    assert_int_equal(c->quality[0].line, 18);
    assert_int_equal(c->quality[0].severity, SCH_SEVERITY_ERROR);
    assert_int_equal(c->quality[1].property, 2);
    assert_string_equal(c->order_field, "");
    sch_contract_free(&c);
    assert_null(c);
}

/* piece, by: of contract_help.h. said: a line of the findings begins with it; NULL: there is none. */
struct row {
    const char *piece;
    const char *by;
    const char *said;
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
        if (c == NULL && (err.code != ERR_BAD_CONTRACT || found.errors == 0)) {
            fail_msg("%s: refused without a finding: %s", rows[i].by, err.text);
        }
        assert_true(utf8_is_text(out.data, out.len));
        sch_contract_free(&c);
        sch_findings_fini(&found);
        free(text);
    }
    buf_fini(&out);
}
#define CHECK(rows) check_rows(rows, COUNT_OF(rows))

static void the_head_is_checked(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"apiVersion: v3.2.0", "apiVersion: v3.1.0", NULL},
        {"v3.2.0", "v3.0.2",
         "1:13: /apiVersion: apiVersion is v3.1.0 or v3.2.0, not v3.0.2; earlier"},
        {"v3.2.0", "v2.2.2", "1:13: /apiVersion: "},
        {"v3.2.0", "3.2.0", "1:13: /apiVersion: "},
        {"apiVersion: v3.2.0\n", "", "1:1: /: a contract needs apiVersion"},
        {"DataContract", "DataProduct", "2:7: /kind: kind is DataContract, not DataProduct"},
        {"id: moh-births\n", "", "1:1: /: a contract needs id"},
        {"id: moh-births", "id:", "3:4: /id: a text is wanted here, and nothing is said"},
        {"id: moh-births", "id: [a]", "3:5: /id: a text is wanted here, not a list"},
        {"version: 1.2.0", "version: 1.2", "warning 4:10: /version: it is taken as the text 1.2; "},
        {"version: 1.2.0", "version: '3.10'", NULL},
        {"version: 1.2.0", "version: 3.10", "warning 4:10: /version: it is taken as the text 3.10"},
        {"version: 1.2.0", "version: v1", "4:10: /version: a version is one to four numbers"},
        {"version: 1.2.0", "version: 1.2.3.4.5", "4:10: /version: a version is"},
        {"version: 1.2.0", "version: 1..2", "4:10: /version: a version is"},
        {"version: 1.2.0", "version: 1.2.", "4:10: /version: a version is"},
        {"version: 1.2.0", "version: 1.02.0", "4:10: /version: a version is"},
        {"version: 1.2.0", "version: 9999999999.0.1", "4:10: /version: a version is"},
        {"status: active", "status: Active",
         "5:9: /status: status is proposed, draft, active, deprecated or retired, not Active"},
        {"status: active", "status: no", "5:9: /status: status is"},
        {"description:\n  purpose: To record each birth.\n", "",
         "1:1: /: the contract says its purpose"},
        {"  purpose: To record", "  purpos: To record",
         "7:3: /description/purpos: the description has no member purpos: is purpose meant?"},
        {"", "quality: []\n", "39:1: /quality: a contract has no member quality"},
        {"", "tags: [a, b]\n", NULL},
        {"", "tags: [a, [b]]\n", "39:11: /tags/1: a text is wanted here, not a list"},
        {"", "tags: a\n", "39:7: /tags: a list is wanted here, not a value"},
        {"", "contractCreatedTs: 2027-06-01T10:00:00Z\n", "warning 39:20: /contractCreatedTs: "},
        {"", "context: be careful\n", NULL},
        {"", "context: {instructions: a, constraints: [{constraint: b}]}\n", NULL},
        {"", "context: {instructions: a, constraints: [{id: b}]}\n",
         "39:42: /context/constraints/0: a constraint needs constraint"},
        {"", "servers: [{server: s, type: kafka, host: 'k:9092'}]\n", NULL},
        {"", "servers: [{server: s, type: kafka}]\n",
         "39:11: /servers/0: a kafka server needs host"},
        {"", "servers: [{server: s, type: kafka, host: h, port: 1}]\n",
         "39:45: /servers/0/port: a kafka server has no member port"},
        {"", "servers: [{server: s, type: snowflake}]\n", "39:29: /servers/0/type: type is kafka"},
        {"", "price: {priceAmount: 9.5, priceUnit: x}\n", NULL},
        {"", "price: {priceAmount: '9.5'}\n", "39:22: /price/priceAmount: a number is wanted"},
        {"", "roles: [{role: reader}]\n", NULL},
        {"", "price: {priceAmount: 1e3}\n", "39:22: /price/priceAmount: a number is wanted"},
    };
    CHECK(rows);
}

static void members_of_3_2_are_not_taken_for_3_1(void **state)
{
    (void)state;
    char *text = changed("v3.2.0", "v3.1.0\ncontext: x");
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    assert_null(sch_contract_read(text, strlen(text), NULL, &found, &err));
    assert_int_equal(found.errors, 1);
    assert_string_equal(found.items[0].text,
                        "context is of the standard's version 3.2: say apiVersion: v3.2.0");
    sch_findings_fini(&found);
    free(text);
}

static void people_are_checked(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"team:\n  members:\n", "team:\n", NULL}, /* the list of before 3.1 */
        {"role: coordinator", "role: Coordinator", NULL},
        {"role: coordinator", "role: منسق", NULL},
        {"role: coordinator", "role: owner",
         "9:3: /team: the team names a coordinator: a member with role: coordinator"},
        {"role: steward", "role: steward, dateOut: '2026-01-31'",
         "9:3: /team: the team names a steward"},
        {"role: steward", "role: steward, dateIn: '2026-01-31'", NULL},
        {"role: steward", "role: steward, dateIn: 2026-01-31",
         "warning 11:48: /team/members/1/dateIn"},
        {"role: steward", "role: steward, dateIn: '2026-02-30'",
         "11:48: /team/members/1/dateIn: a day is written YYYY-MM-DD, and exists"},
        {"username: salma, ", "", "10:7: /team/members/0: a member of the team needs username"},
        {"username: salma", "usrname: salma",
         "10:8: /team/members/0/usrname: a member of the team has no member usrname: is username "
         "meant?"},
        {"", "support: [{channel: c}]\n", NULL},
        {"", "support: [{url: c}]\n", "39:11: /support/0: a support channel needs channel"},
        {"value: Ministry", "value: [a]",
         "36:35: /customProperties/1/value: controller is a text, not a list"},
        {"mode: computer", "mode: paper",
         "38:63: /customProperties/3/value/0/mode: mode is computer or manual"},
        {"value: [{point: wards, mode: computer}]", "value: wards",
         "38:41: /customProperties/3/value: the contract says where the data is collected"},
        {"value: [{point: wards, mode: computer}]", "value: []",
         "38:41: /customProperties/3/value: the contract says where"},
        {"{property: legalBasis, value: Law 10}", "{property: legalBasi, value: Law 10}",
         "warning 35:16: /customProperties/0/property: the Center does not know the custom "
         "property "
         "legalBasi: is legalBasis meant?"},
    };
    for (size_t i = 0; i + 1 < COUNT_OF(rows); i++) {
        check_rows(&rows[i], 1);
    }
    /* The last is a warning beside an error. */
    char *text = changed(rows[COUNT_OF(rows) - 1].piece, rows[COUNT_OF(rows) - 1].by);
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    assert_null(sch_contract_read(text, strlen(text), NULL, &found, &err));
    put_findings(&found, &out);
    assert_non_null(strstr(buf_cstr(&out), rows[COUNT_OF(rows) - 1].said));
    assert_non_null(strstr(buf_cstr(&out), "1:1: /: the contract says by which law"));
    buf_fini(&out);
    sch_findings_fini(&found);
    free(text);
}

static void the_dataset_and_its_key_are_checked(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"name: moh.births", "name: births",
         "13:11: /schema/0/name: the object's name is the dataset's"},
        {"name: moh.births", "name: Moh.Births", "13:11: /schema/0/name: the object's name"},
        {"name: moh.births", "name: a.b.c", "13:11: /schema/0/name: the object's name"},
        {"slaProperties:", "  - name: moh.deaths\nslaProperties:",
         "13:3: /schema: schema has one object"},
        {"primaryKey: true", "primaryKey: yes",
         "22:21: /schema/0/properties/0/primaryKey: true or false is wanted here, without quotes, "
         "not yes"},
        {"primaryKey: true", "primaryKey: 'true'",
         "22:21: /schema/0/properties/0/primaryKey: true or"},
        {"primaryKey: true", "primaryKey: false", "13:5: /schema/0: the dataset has a key"},
        {"primaryKey: true", "primaryKey: true\n        primaryKeyPosition: 1", NULL},
        {"primaryKey: true", "primaryKey: true\n        primaryKeyPosition: 2",
         "20:9: /schema/0/properties/0: each of the key's 1 fields has a primaryKeyPosition"},
        {"primaryKey: true", "primaryKey: true\n        primaryKeyPosition: 0",
         "23:29: /schema/0/properties/0/primaryKeyPosition: primaryKeyPosition is from 1 to 8"},
        {"primaryKey: true", "primaryKey: true\n        primaryKeyPosition: 1.0",
         "23:29: /schema/0/properties/0/primaryKeyPosition: a whole number is wanted"},
        {"logicalType: timestamp", "logicalType: timestamp\n        primaryKeyPosition: 2",
         "25:29: /schema/0/properties/1/primaryKeyPosition: primaryKeyPosition is of a property "
         "with"},
        {"logicalType: timestamp", "logicalType: timestamp\n        primaryKeyPosition: -1", NULL},
        {"logicalType: timestamp", "logicalType: timestamp\n        primaryKey: true",
         "20:9: /schema/0/properties/0: each of the key's 2 fields"},
        {"name: born", "name: civil_no",
         "23:15: /schema/0/properties/1/name: the property /civil_no is there"},
        {"        logicalType: timestamp\n", "",
         "23:9: /schema/0/properties/1: a property needs logicalType"},
        {"logicalType: timestamp", "logicalType: datetime",
         "24:22: /schema/0/properties/1/logicalType: logicalType is string, date, timestamp"},
        {"logicalType: timestamp", "logicalType: timestamp\n        properties: []",
         "25:9: /schema/0/properties/1/properties: properties is for logicalType object, and this "
         "is timestamp"},
        {"logicalType: timestamp", "logicalType: timestamp\n        isNullable: true",
         "25:9: /schema/0/properties/1/isNullable: a property has no member isNullable"},
        {"logicalType: number",
         "logicalType: number\n        logicalTypeOptions: {minimum: 0, multipleOf: 0.5}", NULL},
        {"logicalType: number", "logicalType: number\n        logicalTypeOptions: {minLength: 0}",
         "27:30: /schema/0/properties/2/logicalTypeOptions/minLength: a number's "
         "logicalTypeOptions has no"},
        {"logicalType: number", "logicalType: number\n        logicalTypeOptions: {multipleOf: 0}",
         "27:42: /schema/0/properties/2/logicalTypeOptions/multipleOf: multipleOf is above 0"},
        {"logicalType: number", "logicalType: number\n        logicalTypeOptions: {minimum: 0o17}",
         "27:39: /schema/0/properties/2/logicalTypeOptions/minimum: a number is wanted here"},
        {"logicalType: number", "logicalType: boolean\n        logicalTypeOptions: {}",
         "27:9: /schema/0/properties/2/logicalTypeOptions: a boolean has no logicalTypeOptions"},
        {"logicalType: number", "logicalType: number\n        enum: [{value: 1}, {value: 1}]",
         "27:36: /schema/0/properties/2/enum/1/value: the value is in the enum twice"},
        {"", "  - {property: orderField, value: seq}\n",
         "39:35: /customProperties/4/value: orderField is seq, and there is no such property"},
        {"", "  - {property: eventTimeField, value: born}\n", NULL},
        {"", "  - {property: eventTimeField, value: [born]}\n",
         "39:39: /customProperties/4/value: eventTimeField names a property"},
        {"", "  - {property: sequenceField, value: weight}\n",
         "39:38: /customProperties/4/value: sequenceField is weight, which is no field of "
         "logicalType integer"},
        {"", "  - {property: sequenceField, value: seq}\n",
         "39:38: /customProperties/4/value: sequenceField is seq, and there is no such property"},
        {"", "  - {property: sequenceFrom, value: 1}\n",
         "39:37: /customProperties/4/value: sequenceFrom is of a contract with sequenceField"},
        {"logicalType: number",
         "logicalType: integer\n      - name: n\n        logicalType: integer", NULL},
        {"", "  - {property: sequenceFrom, value: first}\n",
         "39:37: /customProperties/4/value: sequenceFrom is the whole number that is counted from"},
        {"", "  - {property: sequencefield, value: weight}\n", "warning"},
        {"", "  - {property: reviewDate, value: '2027-06-02'}\n",
         "39:16: /customProperties/4/property: the custom property reviewDate is given already, in "
         "line 37"},
    };
    CHECK(rows);
}

static void the_agencys_sequence_is_a_field_of_whole_numbers(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    static const char *const froms[] = {"", "  - {property: sequenceFrom, value: -5}\n"};
    for (int i = 0; i < 2; i++) {
        char *text = changed("logicalType: number", "logicalType: integer");
        buf_reset(&out);
        buf_printf(&out, "%s  - {property: sequenceField, value: weight}\n%s", text, froms[i]);
        struct sch_contract *c = read_good(buf_cstr(&out));
        assert_string_equal(c->sequence_field, "weight");
        assert_int_equal(c->has_sequence_from, i);
        assert_int_equal(c->sequence_from, i * -5);
        buf_reset(&out);
        sch_contract_json(c, &out);
        assert_non_null(strstr(buf_cstr(&out), "\"sequence_field\":\"weight\""));
        assert_int_equal(strstr(buf_cstr(&out), "\"sequence_from\":-5") != NULL, i);
        sch_contract_free(&c);
        free(text);
    }
    buf_fini(&out);
}

static void a_key_of_two_fields_keeps_its_order(void **state)
{
    (void)state;
    char *text = changed("primaryKey: true\n      - name: born\n        logicalType: timestamp\n",
                         "primaryKey: true\n        primaryKeyPosition: 2\n      - name: born\n"
                         "        logicalType: timestamp\n        primaryKey: true\n"
                         "        primaryKeyPosition: 1\n");
    struct sch_contract *c = read_good(text);
    assert_int_equal(c->key_count, 2);
    assert_string_equal(c->properties[c->key[0]].name, "born");
    assert_string_equal(c->properties[c->key[1]].name, "civil_no");
    sch_contract_free(&c);
    free(text);
}

static void properties_within_others_have_a_path(void **state)
{
    (void)state;
    char *text =
        changed("logicalType: number", "logicalType: object\n"
                                       "        properties:\n"
                                       "          - name: kg\n"
                                       "            logicalType: number\n"
                                       "          - name: list\n"
                                       "            logicalType: array\n"
                                       "            items:\n"
                                       "              logicalType: object\n"
                                       "              properties:\n"
                                       "                - {name: kg, logicalType: number}");
    struct sch_contract *c = read_good(text);
    assert_int_equal(c->property_count, 6);
    assert_string_equal(c->properties[3].path, "/weight/kg");
    assert_int_equal(c->properties[3].parent, 2);
    assert_string_equal(c->properties[5].path, "/weight/list/kg");
    assert_int_equal(sch_contract_field(c, "kg"), -1);
    sch_contract_free(&c);
    free(text);
}

/* PDP-1.1, 1.2, 1.3, 1.4 */
static void a_personal_field_says_why_and_by_what_right(void **state)
{
    (void)state;
    static const char retention[] =
        "slaProperties:\n  - {property: retention, value: 5, unit: years}\n";
    static const struct {
        const char *customs;
        const char *said; /* NULL: good */
    } rows[] = {
        {"{property: necessity, value: n}, {property: legalBasis, value: l}", NULL},
        {"{property: necessity, value: n}, {property: consent, value: l}", NULL},
        {"{property: necessity, value: n}", "by what right (PDP-1.3)"},
        {"{property: legalBasis, value: l}", "what it is needed for (PDP-1.4)"},
        {"{property: necessity, value: }, {property: legalBasis, value: l}", "(PDP-1.4)"},
    };
    struct buf piece = BUF_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&piece);
        buf_printf(
            &piece,
            "primaryKey: true\n        classification: personal\n        customProperties: [%s]\n",
            rows[i].customs);
        char *text = changed("primaryKey: true\n", buf_cstr(&piece));
        char *sla = strstr(text, "slaProperties:\n");
        struct buf all = BUF_INIT;
        buf_put(&all, text, (size_t)(sla - text));
        buf_put_str(&all, retention);
        buf_put_str(&all, sla + strlen("slaProperties:\n"));
        struct sch_findings found = SCH_FINDINGS_INIT;
        struct err err = ERR_INIT;
        struct sch_contract *c = sch_contract_read(buf_cstr(&all), all.len, NULL, &found, &err);
        if ((c == NULL) != (rows[i].said != NULL) ||
            (c == NULL && strstr(err.text, rows[i].said) == NULL)) {
            fail_msg("%s: %s", rows[i].customs, err.text);
        }
        sch_contract_free(&c);
        sch_findings_fini(&found);
        buf_fini(&all);
        free(text);
    }
    buf_fini(&piece);
    static const struct row faults[] = {
        {"primaryKey: true", "primaryKey: true\n        classification: sensitive",
         "1:1: /: the contract has "
         "personal data: slaProperties says"},
        {"  - {property: controller, value: Ministry}\n", "  - {property: x, value: 1}\n", NULL},
        {"primaryKey: true", "primaryKey: true\n        classification: personel",
         "23:25: /schema/0/properties/0/classification: classification is public, internal"},
    };
    CHECK(faults);
}

static void every_error_is_told_in_the_order_of_the_text(void **state)
{
    (void)state;
    char *text = changed("status: active", "status: on");
    char *again = strstr(text, "primaryKey: true");
    memcpy(again, "primaryKey: yes ", 16);
    memcpy(strstr(text, "role: steward"), "rolf: steward", 13);
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    assert_null(sch_contract_read(text, strlen(text), NULL, &found, &err));
    put_findings(&found, &out);
    assert_int_equal(found.errors,
                     5); /* the word, the role's name, no steward, the boolean, no key */
    for (size_t i = 1; i < found.count; i++) {
        assert_true(found.items[i - 1].line <= found.items[i].line);
    }
    assert_non_null(strstr(err.text, "line 5, column 9: /status: "));
    buf_fini(&out);
    sch_findings_fini(&found);
    free(text);
}

static void a_flood_of_errors_is_counted(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_put_str(&text, good);
    buf_put_str(&text, "tags:\n");
    for (int i = 0; i < 5000; i++) {
        buf_put_str(&text, "  - []\n");
    }
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    assert_null(sch_contract_read(buf_cstr(&text), text.len, NULL, &found, &err));
    assert_int_equal(found.errors, 5000);
    assert_int_equal(found.count, SCH_FINDINGS_MAX);
    sch_findings_fini(&found);
    buf_fini(&text);
}

/* A message goes to a terminal. */
static void what_a_terminal_obeys_is_not_in_a_message(void **state)
{
    (void)state;
    char *text = changed("status: active",
                         "\"st\\e[31m\": 1\nstatus: \"\\e]0;x\\a\\u202eevil\\u2066\\x9b\"");
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    assert_null(sch_contract_read(text, strlen(text), NULL, &found, &err));
    put_findings(&found, &out);
    for (const char *p = buf_cstr(&out); *p != '\0';) {
        uint32_t c = utf8_next(&p);
        assert_true(c == '\n' || (c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0) &&
                                  c != 0x202E && c != 0x2066));
    }
    buf_fini(&out);
    sch_findings_fini(&found);
    free(text);
}

static int refuse_expressions(void *arg, const struct sch_contract *contract,
                              const struct sch_quality *rule, struct err *err)
{
    assert_string_equal(contract->dataset, "moh.births");
    (*(int *)arg)++;
    return rule->kind == SCH_QUALITY_CEL
               ? err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE, "no such field in %s", rule->expression)
               : 0;
}

static void an_expression_is_judged_by_whom_the_caller_names(void **state)
{
    (void)state;
    int calls = 0;
    const struct sch_contract_options options = {refuse_expressions, &calls};
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    assert_null(sch_contract_read(good, strlen(good), &options, &found, &err));
    assert_int_equal(calls, 2); /* the metric's rule too */
    assert_int_equal(found.items[0].line, 18);
    assert_int_equal(found.items[0].column, 25);
    assert_string_equal(found.items[0].text, "no such field in message.a < 1");
    sch_findings_fini(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_contract_is_read_whole),
        cmocka_unit_test(the_head_is_checked),
        cmocka_unit_test(members_of_3_2_are_not_taken_for_3_1),
        cmocka_unit_test(people_are_checked),
        cmocka_unit_test(the_dataset_and_its_key_are_checked),
        cmocka_unit_test(the_agencys_sequence_is_a_field_of_whole_numbers),
        cmocka_unit_test(a_key_of_two_fields_keeps_its_order),
        cmocka_unit_test(properties_within_others_have_a_path),
        cmocka_unit_test(a_personal_field_says_why_and_by_what_right),
        cmocka_unit_test(every_error_is_told_in_the_order_of_the_text),
        cmocka_unit_test(a_flood_of_errors_is_counted),
        cmocka_unit_test(what_a_terminal_obeys_is_not_in_a_message),
        cmocka_unit_test(an_expression_is_judged_by_whom_the_caller_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
