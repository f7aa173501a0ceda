/* SPDX-License-Identifier: Apache-2.0
 * base/zone_rule.h - the rule for the years behind a zone file's last transition: its footer, a TZ string of
 * POSIX with the hours of RFC 8536 3.3.1 ("EET-2EEST,M4.5.5/0,M10.5.4/24"). */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct zone_change {
    char
        form; /* 'M': month, week and weekday; 'J': day of a year without 29 February; 'D': day of the year from 0 */
    int month;
    int week;
    int day;
    int32_t at_s; /* local seconds from that day's midnight */
};

struct zone_rule {
    int32_t standard_s; /* ahead of UTC */
    int32_t summer_s;
    bool has_summer;
    struct zone_change begin; /* of summer time */
    struct zone_change end;
};

MUST_CHECK bool zone_rule_parse(const char *text, struct zone_rule *out);
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t instant);

#endif
