/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/holiday.c - see the header. What replaces what is judged by the functions of nrc_owner (0022_calendar.sql). */
#include "storage/admin/holiday.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/admin/given_priv.h"

enum { ID_SIZE = 24, COUNTS_SIZE = 160 };

int sto_holidays_load(struct sto_conn *conn, const char *list, bool try_only,
                      struct sto_holidays_loaded *loaded, struct err *err)
{
    char counts[COUNTS_SIZE];
    const char *const values[] = {list, try_only ? "true" : "false"};
    if (sto_given_call(conn,
                       "SELECT concat_ws(' ', l->>'added', l->>'replaced', l->>'kept')"
                       " FROM nrc.load_holidays($1::jsonb, $2::boolean) l",
                       values, COUNT_OF(values), counts, sizeof(counts), err) != 0) {
        return -1;
    }
    char *at = counts;
    char *end;
    int64_t *const all[] = {&loaded->added, &loaded->replaced, &loaded->kept};
    for (size_t i = 0; i < COUNT_OF(all); i++, at = end) {
        *all[i] = strtoll(at, &end, 10);
        if (end == at) {
            return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SQL,
                           "the register counted no holidays");
        }
    }
    return 0;
}

int sto_holiday_withdraw(struct sto_conn *conn, int64_t id, const char *why, struct err *err)
{
    char of[ID_SIZE];
    snprintf(of, sizeof(of), "%" PRId64, id);
    const char *const values[] = {of, why};
    return sto_given_text(why, true, "the reason of the withdrawal", err) == 0
               ? sto_given_call(conn, "SELECT nrc.withdraw_holiday($1::bigint, $2)", values,
                                COUNT_OF(values), NULL, 0, err)
               : -1;
}
