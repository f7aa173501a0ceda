/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/expect.c - see the header. */
#include "ops/monitor/expect.h"

#include <stdlib.h>

#include "schema/contract/service.h"

static const enum ops_cadence_kind kinds[] = {
    [SCH_CADENCE_NONE] = OPS_CADENCE_CONTINUOUS, [SCH_CADENCE_CONTINUOUS] = OPS_CADENCE_CONTINUOUS,
    [SCH_CADENCE_MINUTES] = OPS_CADENCE_MINUTES, [SCH_CADENCE_DAYS] = OPS_CADENCE_DAYS,
    [SCH_CADENCE_DAILY] = OPS_CADENCE_DAILY,     [SCH_CADENCE_MONTHLY] = OPS_CADENCE_MONTHLY,
};

/* Data that comes as it happens, with no latency, can never be late: that is no promise. */
static bool is_promise(const struct sch_service *s)
{
    return s->cadence != SCH_CADENCE_NONE &&
           (s->cadence != SCH_CADENCE_CONTINUOUS || s->latency_s > 0);
}

static struct ops_calendar *calendar_of(const struct sch_service *s, const struct ops_days *days,
                                        size_t day_count, struct err *err)
{
    struct ops_hours *hours = calloc(s->hours_count + 1, sizeof(*hours));
    if (hours == NULL) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a calendar");
        return NULL;
    }
    for (size_t i = 0; i < s->hours_count; i++) {
        hours[i] = (struct ops_hours){s->hours[i].first, s->hours[i].last, s->hours[i].opens_min,
                                      s->hours[i].closes_min};
    }
    const struct ops_calendar_spec spec = {.zone = s->zone,
                                           .week = s->week,
                                           .opens_min = s->opens_min,
                                           .closes_min = s->closes_min,
                                           .hours = hours,
                                           .hours_count = s->hours_count,
                                           .holidays = days,
                                           .holiday_count = day_count};
    struct ops_calendar *calendar = ops_calendar_new(&spec, err);
    free(hours);
    return calendar;
}

int ops_expect(const struct sch_service *s, const struct ops_days *days, size_t day_count,
               int64_t since, int64_t commit_s, struct ops_expected *out, struct err *err)
{
    *out = (struct ops_expected){.is_promised = is_promise(s)};
    if (!out->is_promised) {
        return 0;
    }
    out->calendar = calendar_of(s, days, day_count, err);
    if (out->calendar == NULL) {
        return -1;
    }
    out->expectation = (struct ops_expectation){
        .cadence = {.kind = kinds[s->cadence], .n = s->n, .minute_of_day = s->minute_of_day},
        .latency_s = s->latency_s,
        .heartbeat_s = s->heartbeat_s,
        .commit_s = commit_s,
        .since = since,
        .calendar = out->calendar};
    if (ops_cadence_check(&out->expectation.cadence, err) < 0) {
        ops_expected_fini(out);
        return -1;
    }
    return 0;
}

void ops_expected_fini(struct ops_expected *expected)
{
    ops_calendar_free(&expected->calendar);
    *expected = (struct ops_expected){0};
}
