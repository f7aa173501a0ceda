/* SPDX-License-Identifier: Apache-2.0
 * unit/storage/catalogue/test_incident_table.c - which reasons of quarantine open an incident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "storage/catalogue/incident.h"

static void a_structure_not_agreed_on_opens_the_incident_of_its_name(void **state)
{
    static const struct {
        enum err_code reason;
        enum sto_incident_kind kind;
    } cases[] = {
        {ERR_UNKNOWN_STRUCTURE, STO_INCIDENT_UNKNOWN_STRUCTURE},
        {ERR_OTHER_SUBJECT, STO_INCIDENT_OTHER_SUBJECT},
        {ERR_FOREIGN_STRUCTURE, STO_INCIDENT_FOREIGN_STRUCTURE},
        {ERR_NOT_YET_ACTIVE, STO_INCIDENT_NOT_YET_ACTIVE},
        {ERR_STRUCTURE_RETIRED, STO_INCIDENT_STRUCTURE_RETIRED},
        {ERR_BAD_FRAME, STO_INCIDENT_BAD_FRAME},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum sto_incident_kind kind = STO_INCIDENT_COUNT;
        assert_true(sto_incident_of_quarantine(cases[i].reason, &kind));
        assert_int_equal(kind, cases[i].kind);
    }
}

/* register_refused is also the name of a halted partition's incident. */
static void what_the_register_refuses_counts_as_refusals(void **state)
{
    enum sto_incident_kind kind = STO_INCIDENT_COUNT;
    (void)state;
    assert_true(sto_incident_of_quarantine(ERR_REGISTER_REFUSED, &kind));
    assert_int_equal(kind, STO_INCIDENT_REFUSALS);
}

/* topic_missing and register_sql name incidents too, but of no quarantined event. */
static void any_other_reason_concerns_its_event_alone(void **state)
{
    static const enum err_code reasons[] = {
        ERR_TRUNCATED, ERR_BAD_NUMBER,   ERR_EMPTY_VALUE,   ERR_MISSING_KEY,   ERR_KEY_MISMATCH,
        ERR_BAD_ORDER, ERR_REGISTER_SQL, ERR_TOPIC_MISSING, ERR_TOPIC_REPLACED};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        enum sto_incident_kind kind;
        assert_false(sto_incident_of_quarantine(reasons[i], &kind));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_structure_not_agreed_on_opens_the_incident_of_its_name),
        cmocka_unit_test(what_the_register_refuses_counts_as_refusals),
        cmocka_unit_test(any_other_reason_concerns_its_event_alone),
    };
    return cmocka_run_group_tests_name("incident_table", tests, NULL, NULL);
}
