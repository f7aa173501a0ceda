/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_incident_kinds.c - what the register knows of kinds of incidents is what the program's table has. */
#include "incident_kit.h"

static void the_register_has_each_kind_as_the_table_has_it(void **state)
{
    struct kit *kit = *state;
    char sql[160];
    for (int kind = 0; kind < STO_INCIDENT_COUNT; kind++) {
        const struct sto_incident_row *row = sto_incident_row((enum sto_incident_kind)kind);
        char want[64];
        snprintf(sql, sizeof(sql),
                 "SELECT concat_ws(' ', max(severity), max(owner)) FROM nrc.incident_kind WHERE "
                 "kind = '%s'",
                 row->token);
        snprintf(want, sizeof(want), "%d %s", (int)row->severity,
                 sto_incident_owner_name(row->owner));
        const char *got = raw_text(kit->raw, sql);
        if (strcmp(got, want) != 0) {
            fail_msg("%s: %s in the program, %s in the register", row->token, want, got);
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
        INCIDENT_TEST(the_register_has_each_kind_as_the_table_has_it),
    };
    return cmocka_run_group_tests_name("incident_kinds", tests, NULL, NULL);
}
