/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/holiday.h - public holidays: announced, or estimated until they are. Each call is one transaction, with its
 * rows of the audit trail, in the name that sto_conn_act_as gave. Reports of holidays: storage/report/report.h. */
#ifndef STORAGE_ADMIN_HOLIDAY_H
#define STORAGE_ADMIN_HOLIDAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* What a list changed. */
struct sto_holidays_loaded {
    int64_t added;
    int64_t
        replaced; /* of what was in force: estimates that were announced, announcements that were changed */
    int64_t kept; /* is in force already, or a later announcement is */
};

/* list: a JSON array of {line, first_day, last_day, kind, name_en, name_ar, instrument, instrument_date}. A holiday replaces those in
 * force that have one of its names and are at most two days from it; an estimate never replaces what was announced.
 * try_only: nothing is kept of it. FATAL ERR_USAGE: a day; ERR_REFUSED. */
MUST_CHECK int sto_holidays_load(struct sto_conn *conn, const char *list, bool try_only,
                                 struct sto_holidays_loaded *loaded, struct err *err);
/* It stays on record. FATAL ERR_USAGE; ERR_NOT_FOUND; ERR_REFUSED: it is not in force. */
MUST_CHECK int sto_holiday_withdraw(struct sto_conn *conn, int64_t id, const char *why,
                                    struct err *err);

#endif
