/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_incident_kinds.c - what the register knows of kinds of incidents is what the program's table has. */
#include "incident_kit.h"

static void the_register_has_each_kind_as_urgent_as_the_table(void **state)
{
    struct kit *kit = *state;
    char sql[160];
    for (int kind = 0; kind < STO_INCIDENT_COUNT; kind++) {
        const struct sto_incident_row *row = sto_incident_row((enum sto_incident_kind)kind);
        snprintf(sql, sizeof(sql),
                 "SELECT coalesce(max(severity), 0) FROM nrc.incident_kind WHERE kind = '%s'",
                 row->token);
        if (raw_int(kit->raw, sql) != row->severity) {
            fail_msg("%s: %d in the program, %d in the register", row->token, row->severity,
                     (int)raw_int(kit->raw, sql));
        }
    }
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.incident_kind"),
                     STO_INCIDENT_COUNT);
    assert_int_equal(raw_int(kit->raw, "SELECT nrc.incident_severity('of_a_newer_program')"),
                     STO_SEVERITY_ACT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        INCIDENT_TEST(the_register_has_each_kind_as_urgent_as_the_table),
    };
    return cmocka_run_group_tests_name("incident_kinds", tests, NULL, NULL);
}
