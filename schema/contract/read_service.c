/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_service.c - slaProperties: how fast, how often, until when.
 *
 * The standard leaves units to "the ISO standard" and has names for few of them. Here a unit is one of the words below; `m`,
 * which others read as a minute or a month, is refused. Properties that the register does not judge are left to people. */
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"

static const struct {
    const char *word;
    int64_t seconds; /* 0: a month or a year */
    int months;
} units[] = {
    {"s", 1, 0},        {"second", 1, 0},    {"seconds", 1, 0},    {"min", 60, 0},
    {"minute", 60, 0},  {"minutes", 60, 0},  {"h", 3600, 0},       {"hour", 3600, 0},
    {"hours", 3600, 0}, {"d", 86400, 0},     {"day", 86400, 0},    {"days", 86400, 0},
    {"w", 604800, 0},   {"week", 604800, 0}, {"weeks", 604800, 0}, {"mo", 0, 1},
    {"month", 0, 1},    {"months", 0, 1},    {"y", 0, 12},         {"yr", 0, 12},
    {"year", 0, 12},    {"years", 0, 12},
};

struct amount {
    long long n;
    int64_t unit_s; /* 0: months */
    int months;
};

/* A whole number of a unit; false: told. */
static bool read_amount(struct reader *r, const struct yaml_node *item, struct amount *out)
{
    const struct yaml_node *value = yaml_member(item, "value");
    const struct yaml_node *unit = yaml_member(item, "unit");
    size_t at = 0;
    if (value == NULL || (unit != NULL && unit->kind != YAML_VALUE)) {
        return false;
    }
    if (!shape_is_integer(value, &out->n) || out->n < 1 || out->n > 100000) {
        finding_error(r->findings, value,
                      "the value is a whole number from 1 to 100,000, with a unit");
        return false;
    }
    while (unit != NULL && at < COUNT_OF(units) && strcmp(units[at].word, unit->text) != 0) {
        at++;
    }
    if (unit == NULL || at == COUNT_OF(units)) {
        finding_error(r->findings, unit != NULL ? unit : item,
                      unit != NULL && strcmp(unit->text, "m") == 0
                          ? "the unit m is a minute to some and a month to others: write min or mo"
                          : "the unit is s, min, h, d, w, mo or y, or such a word in full");
        return false;
    }
    out->unit_s = units[at].seconds;
    out->months = units[at].months;
    return true;
}

static int64_t read_seconds(struct reader *r, const struct yaml_node *item)
{
    struct amount amount;
    if (!read_amount(r, item, &amount)) {
        return 0;
    }
    if (amount.unit_s == 0 || amount.n * amount.unit_s > 366 * INT64_C(86400)) {
        finding_error(r->findings, item, "it is at most 366 days, in s, min, h, d or w");
        return 0;
    }
    return amount.n * amount.unit_s;
}

/* ---- the properties ---- */

struct service_reader {
    struct reader *r;
    struct sch_retention *retentions;
    const struct yaml_node *frequency;
    const struct yaml_node *time;
    long long month_day; /* valueExt of a frequency of a month; 0: none */
};

static void read_latency(struct service_reader *s, const struct yaml_node *item)
{
    s->r->contract->service.latency_s = read_seconds(s->r, item);
}

static void read_heartbeat(struct service_reader *s, const struct yaml_node *item)
{
    s->r->contract->service.heartbeat_s = read_seconds(s->r, item);
}

static void read_months(struct service_reader *s, const struct yaml_node *item,
                        const struct amount *amount)
{
    const struct yaml_node *day = yaml_member(item, "valueExt");
    struct sch_service *out = &s->r->contract->service;
    if (amount->n * amount->months != 1) {
        finding_error(s->r->findings, item, "of months, a frequency is of one");
        return;
    }
    s->month_day = -1;
    if (day != NULL && (!shape_is_integer(day, &s->month_day) || s->month_day < -1 ||
                        s->month_day == 0 || s->month_day > 23)) {
        finding_error(s->r->findings, day,
                      "valueExt is the working day of the month, from 1 to 23; -1 is the last");
    }
    out->cadence = SCH_CADENCE_MONTHLY;
    out->n = (int)s->month_day;
}

static void read_frequency(struct service_reader *s, const struct yaml_node *item)
{
    struct sch_service *out = &s->r->contract->service;
    const struct yaml_node *value = yaml_member(item, "value");
    struct amount amount;
    s->frequency = item;
    if (value != NULL && value->kind == YAML_VALUE && reader_is(value->text, "continuous")) {
        out->cadence = SCH_CADENCE_CONTINUOUS;
        return;
    }
    if (!read_amount(s->r, item, &amount)) {
        return;
    }
    if (amount.unit_s == 0) {
        read_months(s, item, &amount);
        return;
    }
    bool is_days = amount.unit_s >= 86400;
    int64_t unit = is_days ? 86400 : 60;
    int64_t all_s = amount.n * amount.unit_s;
    if (all_s % unit != 0 || all_s > 366 * INT64_C(86400)) {
        finding_error(s->r->findings, item,
                      "a frequency is of whole minutes, and of at most 366 days");
        return;
    }
    out->cadence = is_days ? SCH_CADENCE_DAYS : SCH_CADENCE_MINUTES;
    out->n = (int)(all_s / unit);
}

/* 08:30, of the contract's zone. */
static void read_time(struct service_reader *s, const struct yaml_node *item)
{
    const struct yaml_node *value = yaml_member(item, "value");
    s->time = item;
    if (value == NULL) {
        return;
    }
    int minute = value->kind == YAML_VALUE ? reader_clock(value->text) : -1;
    if (minute < 0) {
        finding_error(s->r->findings, value,
                      "a time of the day is written HH:MM, from 00:00 to 24:00, in the contract's "
                      "timeZone and without an offset");
        return;
    }
    s->r->contract->service.minute_of_day = minute;
}

static int32_t read_element(struct reader *r, const struct yaml_node *item)
{
    const struct yaml_node *element = yaml_member(item, "element");
    if (element == NULL || element->kind != YAML_VALUE) {
        return -1;
    }
    size_t len = strlen(r->contract->dataset);
    const char *field = element->text;
    if (len > 0 && strncmp(field, r->contract->dataset, len) == 0) {
        if (field[len] == '\0') {
            return -1;
        }
        field += field[len] == '.' ? len + 1 : 0;
    }
    int32_t index = sch_contract_field(r->contract, field);
    if (index < 0) {
        finding_error(r->findings, element,
                      "there is no property " SHOWN ": element is one of the "
                      "dataset's, or the dataset",
                      element->text);
    }
    return index;
}

static void read_retention(struct service_reader *s, const struct yaml_node *item)
{
    struct sch_service *out = &s->r->contract->service;
    struct amount amount;
    int32_t property = read_element(s->r, item);
    for (size_t i = 0; i < out->retention_count; i++) {
        if (s->retentions[i].property == property) {
            finding_error(s->r->findings, item, "a retention of it is said already");
            return;
        }
    }
    if (!read_amount(s->r, item, &amount) || out->retention_count == SCH_MAX_RETENTIONS) {
        return;
    }
    if (amount.unit_s > 0 && amount.unit_s < 86400) {
        finding_error(s->r->findings, item, "a retention is in d, w, mo or y");
        return;
    }
    bool is_years = amount.months == 12;
    s->retentions[out->retention_count++] =
        (struct sch_retention){.property = property,
                               .n = (int32_t)(amount.n * (amount.unit_s == 604800 ? 7 : 1)),
                               .period = amount.unit_s > 0 ? SCH_PERIOD_DAYS
                                         : is_years        ? SCH_PERIOD_YEARS
                                                           : SCH_PERIOD_MONTHS};
}

/* The standard's names and their synonyms, in any case. Those without a reader are left to people. */
static const struct {
    const char *name;
    const char *synonym;
    void (*read)(struct service_reader *s, const struct yaml_node *item);
    bool may_repeat;
} properties[] = {
    {"latency", "ly", read_latency, false},
    {"frequency", "fy", read_frequency, false},
    {"timeOfAvailability", "toa", read_time, false},
    {"retention", "re", read_retention, true},
    {"heartbeat", NULL, read_heartbeat, false},
    {"availability", "av", NULL, true},
    {"throughput", "th", NULL, true},
    {"errorRate", "er", NULL, true},
    {"generalAvailability", "ga", NULL, true},
    {"endOfSupport", "es", NULL, true},
    {"endOfLife", "el", NULL, true},
    {"timeToDetect", "td", NULL, true},
    {"timeToNotify", "tn", NULL, true},
    {"timeToRepair", "tr", NULL, true},
};

static void read_property(struct service_reader *s, const struct yaml_node *item, unsigned *seen)
{
    const struct yaml_node *name = yaml_member(item, "property");
    if (name == NULL || name->kind != YAML_VALUE) {
        return;
    }
    size_t at = 0;
    while (at < COUNT_OF(properties) && !reader_is(name->text, properties[at].name) &&
           (properties[at].synonym == NULL || !reader_is(name->text, properties[at].synonym))) {
        at++;
    }
    if (at == COUNT_OF(properties)) {
        finding_warning(
            s->r->findings, name,
            "the register does not judge " SHOWN
            ": it judges latency, frequency, timeOfAvailability, heartbeat and retention",
            name->text);
        return;
    }
    if ((*seen & (1U << at)) != 0 && !properties[at].may_repeat) {
        finding_error(s->r->findings, item, "%s is said already", properties[at].name);
        return;
    }
    *seen |= 1U << at;
    if (properties[at].read != NULL) {
        properties[at].read(s, item);
    }
}

/* A time alone is each working day's; beside a frequency it is that of a day or a month. */
static void join_time(struct service_reader *s)
{
    struct sch_service *out = &s->r->contract->service;
    bool is_day = out->cadence == SCH_CADENCE_DAYS && out->n == 1;
    if (s->time == NULL) {
        out->minute_of_day = 1440;
        return;
    }
    if (s->frequency == NULL || is_day) {
        out->cadence = SCH_CADENCE_DAILY;
        out->n = 1;
    } else if (out->cadence != SCH_CADENCE_MONTHLY && out->cadence != SCH_CADENCE_NONE) {
        finding_error(s->r->findings, s->time,
                      "timeOfAvailability goes with a frequency of 1 d or 1 mo, or with none");
    }
}

/* PDP-1.2: personal data is kept no longer than its purpose needs. */
static void check_retention(struct service_reader *s)
{
    const struct sch_contract *c = s->r->contract;
    bool any = false;
    for (size_t i = 0; i < c->property_count; i++) {
        any |= c->properties[i].is_personal;
    }
    if (any && c->service.retention_count == 0) {
        finding_error(s->r->findings, s->r->root,
                      "the contract has personal data: slaProperties says how long it is kept, "
                      "as retention (PDP-1.2)");
    }
}

void read_service(struct reader *r)
{
    struct service_reader s = {.r = r};
    const struct yaml_node *list = yaml_member(r->root, "slaProperties");
    unsigned seen = 0;
    s.retentions = reader_alloc(r, SCH_MAX_RETENTIONS, sizeof(*s.retentions));
    if (r->failed) {
        return;
    }
    r->contract->service.retentions = s.retentions;
    for (const struct yaml_node *item = list != NULL && list->kind == YAML_LIST ? list->first
                                                                                : NULL;
         item != NULL; item = item->next) {
        read_property(&s, item, &seen);
    }
    join_time(&s);
    check_retention(&s);
}
