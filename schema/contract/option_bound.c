/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/option_bound.c - options that compare: numbers exactly, days and times as the standard writes them. */
#include <string.h>

#include "base/day.h"
#include "schema/contract/option_priv.h"

const char *option_operator(const char *key)
{
    static const struct {
        const char *key;
        const char *operator;
    } words[] = {
        {"minimum", ">="}, {"maximum", "<="}, {"exclusiveMinimum", ">"}, {"exclusiveMaximum", "<"}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(words[i].key, key) == 0) {
            return words[i].operator;
        }
    }
    return NULL;
}

static bool is_whole(const struct option *o)
{
    return strcmp(o->e->type, "integer") == 0 && strchr(o->node->text, '.') == NULL;
}

/* Whole numbers as they are; others exactly, whether the structure has a decimal or a double. */
static void put_number(struct option *o, const char *operator)
{
    const char *format = is_whole(o) ? "%s %s %s" : "decimal(%s) %s decimal('%s')";
    buf_printf(&o->expr, format, o->e->value, operator, o->node->text);
}

void option_put_multiple(struct option *o)
{
    buf_printf(&o->expr,
               is_whole(o) ? "%s %% %s == 0"
                           : "decimals.mod(decimal(%s), decimal('%s')) == decimal('0')",
               o->e->value, o->node->text);
}

/* "09": two digits from 0 to `most`; *p moves behind them. -1: they are none. */
static int two_digits(const char **p, int most)
{
    if (strspn(*p, "0123456789") < 2) {
        return -1;
    }
    int n = ((*p)[0] - '0') * 10 + ((*p)[1] - '0');
    *p += 2;
    return n <= most ? n : -1;
}

/* YYYY-MM-DD */
static bool take_day(const char **p)
{
    int64_t year = 0;
    const char *at = *p;
    if (strspn(at, "0123456789") != 4 || at[4] != '-') {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        year = year * 10 + (at[i] - '0');
    }
    at += 5;
    int month = two_digits(&at, 12);
    bool dashed = *at == '-';
    at += dashed;
    int day = dashed ? two_digits(&at, 31) : -1;
    *p = at;
    return year > 0 && month > 0 && day > 0 && day <= day_month_length(year, month);
}

/* HH:MM or HH:MM:SS; -1: it is none. */
static int take_seconds(const char **p)
{
    int hours = two_digits(p, 23);
    if (hours < 0 || **p != ':') {
        return -1;
    }
    ++*p;
    int minutes = two_digits(p, 59);
    int seconds = 0;
    if (minutes >= 0 && **p == ':') {
        ++*p;
        seconds = two_digits(p, 59);
    }
    return minutes < 0 || seconds < 0 ? -1 : hours * 3600 + minutes * 60 + seconds;
}

/* Z, or +04:00 */
static bool take_offset(const char **p)
{
    const char *from = *p;
    if (*from == 'Z') {
        ++*p;
        return true;
    }
    ++*p;
    return (*from == '+' || *from == '-') && take_seconds(p) >= 0 && *p - from == 6;
}

/* A date is its midnight, and so is a time that is written as a day. */
static void put_instant(struct option *o, const char *operator)
{
    bool is_date = strcmp(o->e->type, "date") == 0;
    const char *p = o->node->text;
    bool good = take_day(&p);
    bool has_time = good && !is_date && *p == 'T';
    if (has_time) {
        p++;
        good =
            strspn(p, "0123456789") == 2 && take_seconds(&p) >= 0 && p[-3] == ':' && p[-6] == ':';
        size_t parts = *p == '.' ? strspn(p + 1, "0123456789") : 0;
        p += parts > 0 ? parts + 1 : 0;
        good = good && parts <= 9 && take_offset(&p);
    }
    if (!good || *p != '\0') {
        finding_error(o->e->r->findings, o->node, "%s is written %s, not " SHOWN, o->node->key,
                      is_date ? "YYYY-MM-DD"
                              : "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ, with Z or an offset",
                      o->node->text);
        return;
    }
    buf_printf(&o->expr, "%s %s timestamp('%s%s')", o->e->value, operator, o->node->text,
               has_time ? "" : "T00:00:00Z");
}

static void put_clock(struct option *o, const char *operator)
{
    const char *p = o->node->text;
    int seconds = take_seconds(&p);
    if (seconds < 0 || *p != '\0') {
        finding_error(o->e->r->findings, o->node, "%s is written HH:MM or HH:MM:SS, not " SHOWN,
                      o->node->key, o->node->text);
        return;
    }
    buf_printf(&o->expr, "%s %s duration('%ds')", o->e->value, operator, seconds);
}

void option_put_bound(struct option *o)
{
    const char *operator= option_operator(o->node->key);
    if (strcmp(o->e->type, "time") == 0) {
        put_clock(o, operator);
    } else if (strcmp(o->e->type, "date") == 0 || strcmp(o->e->type, "timestamp") == 0) {
        put_instant(o, operator);
    } else {
        put_number(o, operator);
    }
}
