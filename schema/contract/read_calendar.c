/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_calendar.c - when people work there, by custom properties: timeZone, workingWeek, workingHours and,
 * for days that differ, otherHours. */
#include <string.h>

#include "base/day.h"
#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int reader_clock(const char *text)
{
    if (strlen(text) != 5 || !is_digit(text[0]) || !is_digit(text[1]) || text[2] != ':' ||
        !is_digit(text[3]) || !is_digit(text[4])) {
        return -1;
    }
    int hour = (text[0] - '0') * 10 + text[1] - '0';
    int minute = (text[3] - '0') * 10 + text[4] - '0';
    return minute > 59 || hour * 60 + minute > 1440 ? -1 : hour * 60 + minute;
}

/* "07:30-14:30"; false: told. */
static bool read_hours(struct reader *r, const struct yaml_node *node, int *opens, int *closes)
{
    char text[12] = "";
    if (node != NULL && node->kind == YAML_VALUE && node->len == 11) {
        memcpy(text, node->text, 11);
    }
    bool has_dash = text[5] == '-';
    text[5] = '\0';
    *opens = reader_clock(text);
    *closes = reader_clock(text + 6);
    if (node == NULL || !has_dash || *opens < 0 || *closes <= *opens) {
        finding_error(r->findings, node != NULL ? node : r->root,
                      "hours are written HH:MM-HH:MM, such as 07:30-14:30, within one day");
        return false;
    }
    return true;
}

static void read_week(struct reader *r, const struct yaml_node *list)
{
    static const char *const days[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
    size_t count;
    const struct yaml_node *item = reader_list(r, list, COUNT_OF(days), &count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        size_t day = 0;
        while (day < COUNT_OF(days) &&
               (item->kind != YAML_VALUE || !reader_is(item->text, days[day]))) {
            day++;
        }
        if (day == COUNT_OF(days)) {
            finding_error(r->findings, item, "a day of the week is wanted here, such as sunday");
        } else {
            r->contract->service.week |= 1U << day;
        }
    }
    if (count == 0) {
        finding_error(r->findings, list, "workingWeek is a list of days, such as [sunday, monday]");
    }
}

static bool read_day(struct reader *r, const struct yaml_node *item, const char *key, int64_t *day)
{
    const struct yaml_node *node = yaml_member(item, key);
    if (node != NULL && node->kind == YAML_VALUE && day_parse(node->text, node->len, false, day)) {
        return true;
    }
    finding_error(r->findings, node != NULL ? node : item,
                  "other hours have from and until, days as YYYY-MM-DD, and hours");
    return false;
}

static void read_other(struct reader *r, const struct yaml_node *list)
{
    struct sch_service *s = &r->contract->service;
    size_t count;
    const struct yaml_node *item = reader_list(r, list, SCH_MAX_HOURS, &count);
    struct sch_hours *hours = reader_alloc(r, count, sizeof(*hours));
    s->hours = hours;
    for (; !r->failed && count > 0; item = item->next, count--) {
        struct sch_hours *h = &hours[s->hours_count];
        if (!read_day(r, item, "from", &h->first) || !read_day(r, item, "until", &h->last) ||
            !read_hours(r, yaml_member(item, "hours"), &h->opens_min, &h->closes_min)) {
            continue;
        }
        if (h->last < h->first) {
            finding_error(r->findings, item, "until is not before from");
        }
        s->hours_count++;
    }
    if (list->kind != YAML_LIST) {
        finding_error(r->findings, list, "otherHours is a list of {from: …, until: …, hours: …}");
    }
}

/* The name of a zone, not whether there is one: that is for who has the tz database. */
static void read_zone(struct reader *r, const struct yaml_node *node)
{
    const char *zone = reader_value(r, node, "timeZone", 64);
    size_t len = strspn(zone, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/");
    if (*zone == '\0' || zone[len] != '\0' || *zone == '/' || strstr(zone, "//") != NULL) {
        finding_error(r->findings, node,
                      "timeZone is a name of the tz database, such as Asia/Muscat");
        return;
    }
    r->contract->service.zone = zone;
}

void read_calendar(struct reader *r)
{
    struct sch_service *s = &r->contract->service;
    const struct yaml_node *zone = reader_custom(r->root, "timeZone");
    const struct yaml_node *week = reader_custom(r->root, "workingWeek");
    const struct yaml_node *hours = reader_custom(r->root, "workingHours");
    const struct yaml_node *other = reader_custom(r->root, "otherHours");
    if (zone != NULL) {
        read_zone(r, zone);
    }
    if (week != NULL) {
        read_week(r, week);
    }
    if (hours != NULL) {
        (void)read_hours(r, hours, &s->opens_min, &s->closes_min);
    }
    if (other != NULL) {
        read_other(r, other);
    }
}
