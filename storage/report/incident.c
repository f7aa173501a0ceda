/* SPDX-License-Identifier: Apache-2.0
 * storage/report/incident.c - see the header. */
#include "storage/report/incident.h"

#include <string.h>

#include "storage/conn/given_time.h"

static bool is_state(const char *text)
{
    static const char *const states[] = {"open", "acknowledged", "closed"};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        if (strcmp(text, states[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct sto_grid *sto_incident_rows(struct sto_conn *conn, enum sto_report which,
                                   const struct sto_incident_filter *filter, struct err *err)
{
    char changed[STO_TIME_SIZE];
    if (filter->state != NULL && !is_state(filter->state)) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                "there is no state %.40s: it is open, acknowledged or closed", filter->state);
        return NULL;
    }
    if (filter->changed != NULL && sto_given_time(filter->changed, false, changed, err) != 0) {
        return NULL;
    }
    const char *const params[] = {
        filter->dataset,
        filter->is_over ? "all" : NULL,
        filter->state,
        filter->kind,
        filter->assigned_to,
        filter->reader,
        filter->changed != NULL ? changed : NULL,
        filter->limit,
    };
    return sto_report(conn, which, params, COUNT_OF(params), err);
}
