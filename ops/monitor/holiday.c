/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holiday.c - see the header. */
#include "ops/monitor/holiday.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/day.h"
#include "base/jsonw.h"
#include "base/utf8.h"

void ops_holiday_list_fini(struct ops_holiday_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name_ar);
        free(list->items[i].name_en);
        free(list->items[i].instrument);
    }
    free(list->items);
    *list = (struct ops_holiday_list)OPS_HOLIDAY_LIST_INIT;
}

static int wrong(struct err *err, const struct ops_holiday *holiday, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu: %s", holiday->line, text);
}

static bool is_long(const char *text)
{
    return text != NULL && strlen(text) > OPS_HOLIDAY_TEXT_MAX_BYTES;
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int check(const struct ops_holiday_list *list, const struct ops_holiday *h, struct err *err)
{
    if (h->name_ar == NULL && h->name_en == NULL) {
        return wrong(err, h, "the holiday has no name, in neither language");
    }
    if (is_long(h->name_ar) || is_long(h->name_en) || is_long(h->instrument)) {
        return wrong(err, h, "a text has at most 400 bytes");
    }
    if (h->last < h->first) {
        return wrong(err, h, "the holiday ends before it begins");
    }
    if (h->last - h->first >= OPS_HOLIDAY_DAYS_MAX) {
        return wrong(err, h, "a holiday has at most 60 days");
    }
    if (list->count == OPS_HOLIDAY_LIST_MAX) {
        return wrong(err, h, "a file has at most 2,000 holidays");
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct ops_holiday *o = &list->items[i];
        if (o->first <= h->last && h->first <= o->last && is_same(o->name_ar, h->name_ar) &&
            is_same(o->name_en, h->name_en)) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu: line %zu has this holiday already", h->line, o->line);
        }
    }
    return 0;
}

/* The holiday that this one goes on with, or that goes on with it. */
static struct ops_holiday *neighbour(const struct ops_holiday_list *list,
                                     const struct ops_holiday *h)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ops_holiday *o = &list->items[i];
        if ((o->last + 1 == h->first || h->last + 1 == o->first) &&
            o->last - o->first + h->last - h->first + 2 <= OPS_HOLIDAY_DAYS_MAX &&
            o->is_estimated == h->is_estimated && is_same(o->name_ar, h->name_ar) &&
            is_same(o->name_en, h->name_en) && is_same(o->instrument, h->instrument) &&
            o->instrument_day == h->instrument_day) {
            return o;
        }
    }
    return NULL;
}

static bool copy(char **out, const char *text)
{
    *out = text != NULL ? strdup(text) : NULL;
    return text == NULL || *out != NULL;
}

static bool make_room(struct ops_holiday_list *list)
{
    if (list->count < list->room) {
        return true;
    }
    const size_t room = list->room > 0 ? list->room * 2 : 16;
    struct ops_holiday *items = realloc(list->items, room * sizeof(*items));
    if (items != NULL) {
        list->items = items;
        list->room = room;
    }
    return items != NULL;
}

int ops_holiday_add(struct ops_holiday_list *list, const struct ops_holiday *holiday,
                    struct err *err)
{
    if (check(list, holiday, err) != 0) {
        return -1;
    }
    struct ops_holiday *beside = neighbour(list, holiday);
    if (beside != NULL) {
        beside->first = holiday->first < beside->first ? holiday->first : beside->first;
        beside->last = holiday->last > beside->last ? holiday->last : beside->last;
        return 0;
    }
    bool whole = make_room(list);
    if (whole) {
        struct ops_holiday *to = &list->items[list->count++];
        *to = *holiday;
        whole = copy(&to->name_ar, holiday->name_ar);
        whole = copy(&to->name_en, holiday->name_en) && whole;
        whole = copy(&to->instrument, holiday->instrument) && whole;
    }
    return whole ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a list of holidays");
}

int ops_holiday_list_instrument(struct ops_holiday_list *list, const char *instrument, int64_t day,
                                struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ops_holiday *h = &list->items[i];
        if (h->is_estimated) {
            continue;
        }
        if (h->instrument == NULL && instrument != NULL && h->instrument_day < 0) {
            h->instrument_day = day;
            if (!copy(&h->instrument, instrument)) {
                return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a list");
            }
        }
        if (h->instrument == NULL || h->instrument_day < 0) {
            return wrong(err, h,
                         "an announced holiday names its instrument, and the instrument's date");
        }
    }
    return 0;
}

void ops_holiday_json(const struct ops_holiday_list *list, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct ops_holiday *h = &list->items[i];
        char day[DAY_SIZE];
        jsonw_open(&w, '{');
        jsonw_number(&w, "line", (int64_t)h->line);
        jsonw_key(&w, "first_day");
        day_print(h->first, day);
        jsonw_str(&w, day);
        jsonw_key(&w, "last_day");
        day_print(h->last, day);
        jsonw_str(&w, day);
        jsonw_key(&w, "kind");
        jsonw_str(&w, h->is_estimated ? "estimated" : "announced");
        jsonw_key(&w, "name_ar");
        jsonw_str(&w, h->name_ar);
        jsonw_key(&w, "name_en");
        jsonw_str(&w, h->name_en);
        jsonw_key(&w, "instrument");
        jsonw_str(&w, h->instrument);
        jsonw_key(&w, "instrument_date");
        day_print(h->instrument_day, day);
        jsonw_str(&w, h->instrument_day >= 0 ? day : NULL);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}
