/* SPDX-License-Identifier: Apache-2.0
 * base/zone_rule.c - see the header. */
#include "base/zone_rule.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/day.h"

enum { HOURS_MAX = 167, NAME_MIN = 3 };

/* Letters, or whatever stands in <>. */
static bool skip_name(const char **at)
{
    const char *from = *at;
    if (*from == '<') {
        const char *end = strchr(from, '>');
        *at = end != NULL ? end + 1 : from;
        return end != NULL;
    }
    while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z')) {
        (*at)++;
    }
    return *at - from >= NAME_MIN;
}

static bool number(const char **at, int most, int *out)
{
    const char *from = *at;
    *out = 0;
    while (**at >= '0' && **at <= '9' && *at - from < 4) {
        *out = *out * 10 + (*(*at)++ - '0');
    }
    return *at > from && *out <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool seconds(const char **at, int32_t *out)
{
    int parts[3] = {0, 0, 0};
    const bool minus = **at == '-';
    *at += **at == '-' || **at == '+';
    if (!number(at, HOURS_MAX, &parts[0])) {
        return false;
    }
    for (int i = 1; i < 3 && **at == ':'; i++) {
        (*at)++;
        if (!number(at, 59, &parts[i])) {
            return false;
        }
    }
    *out = (parts[0] * 3600 + parts[1] * 60 + parts[2]) * (minus ? -1 : 1);
    return true;
}

static bool month_form(const char **at, struct zone_change *out)
{
    return number(at, 12, &out->month) && out->month > 0 && *(*at)++ == '.' &&
           number(at, 5, &out->week) && out->week > 0 && *(*at)++ == '.' &&
           number(at, 6, &out->day);
}

static bool change(const char **at, struct zone_change *out)
{
    *out = (struct zone_change){.form = 'D', .at_s = 7200};
    if (*(*at)++ != ',') {
        return false;
    }
    if (**at == 'M' || **at == 'J') {
        out->form = *(*at)++;
    }
    if (!(out->form == 'M' ? month_form(at, out) : number(at, 365, &out->day)) ||
        (out->form == 'J' && out->day == 0)) {
        return false;
    }
    if (**at != '/') {
        return true;
    }
    (*at)++;
    return seconds(at, &out->at_s);
}

bool zone_rule_parse(const char *text, struct zone_rule *out)
{
    const char *at = text;
    *out = (struct zone_rule){.has_summer = false};
    if (!skip_name(&at) || !seconds(&at, &out->standard_s)) {
        return false;
    }
    out->standard_s = -out->standard_s; /* POSIX counts westwards */
    if (*at == '\0') {
        return true;
    }
    out->has_summer = true;
    out->summer_s = out->standard_s + 3600;
    if (!skip_name(&at)) {
        return false;
    }
    if (*at != ',') {
        if (!seconds(&at, &out->summer_s)) {
            return false;
        }
        out->summer_s = -out->summer_s;
    }
    return change(&at, &out->begin) && change(&at, &out->end) && *at == '\0';
}

static int64_t day_of_change(const struct zone_change *c, int64_t year)
{
    const int64_t first = day_of(year, 1, 1);
    if (c->form == 'D') {
        return first + c->day;
    }
    if (c->form == 'J') {
        return first + c->day - 1 + (c->day >= 60 && day_month_length(year, 2) == 29);
    }
    const int64_t of_month = day_of(year, c->month, 1);
    int64_t day = of_month + (c->day - day_weekday(of_month) + 7) % 7 + (int64_t)(c->week - 1) * 7;
    while (day >= of_month + day_month_length(year, c->month)) {
        day -= 7; /* the fifth is the last */
    }
    return day;
}

int32_t zone_rule_offset(const struct zone_rule *rule, int64_t instant)
{
    if (!rule->has_summer) {
        return rule->standard_s;
    }
    int64_t year;
    int month;
    int day;
    clock_civil(day_at(instant + rule->standard_s, NULL), &year, &month, &day);
    const int64_t begin =
        day_of_change(&rule->begin, year) * DAY_S + rule->begin.at_s - rule->standard_s;
    const int64_t end = day_of_change(&rule->end, year) * DAY_S + rule->end.at_s - rule->summer_s;
    const bool is_summer =
        begin < end ? instant >= begin && instant < end : instant >= begin || instant < end;
    return is_summer ? rule->summer_s : rule->standard_s;
}
