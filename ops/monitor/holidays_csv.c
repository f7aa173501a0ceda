/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holidays_csv.c - see the header. */
#include "ops/monitor/holidays_csv.h"

#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/day.h"
#include "base/utf8.h"
#include "ops/monitor/holiday.h"

enum column { DATE, END_DATE, NAME_AR, NAME_EN, KIND, INSTRUMENT, INSTRUMENT_DATE, COLUMNS };
static const char *const names[] = {
    [DATE] = "date",
    [END_DATE] = "end_date",
    [NAME_AR] = "name_ar",
    [NAME_EN] = "name_en",
    [KIND] = "kind",
    [INSTRUMENT] = "instrument",
    [INSTRUMENT_DATE] = "instrument_date",
};

struct table {
    size_t place[COLUMNS]; /* of the column in a line; CSV_FIELDS_MAX: it is not there */
    size_t width;
};

static int wrong(struct err *err, size_t line, const char *column, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu, column %s: %s", line, column, text);
}

/* Without the space around it, and NULL for nothing. */
static char *trimmed(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return utf8_is_blank(text) ? NULL : text;
}

/* "End date" is end_date. */
static enum column column_of(char *given)
{
    for (char *at = given; *at != '\0'; at++) {
        if (*at == ' ' || *at == '-') {
            *at = '_';
        }
    }
    int column = 0;
    while (column < COLUMNS && strcasecmp(names[column], given) != 0) {
        column++;
    }
    return (enum column)column;
}

static int read_head(struct table *table, const struct csv_record *record, struct err *err)
{
    for (int i = 0; i < COLUMNS; i++) {
        table->place[i] = CSV_FIELDS_MAX;
    }
    for (size_t i = 0; i < record->count; i++) {
        char *name = trimmed(record->fields[i]);
        const enum column column = name != NULL ? column_of(name) : COLUMNS;
        if (name != NULL && column == COLUMNS) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu, column %zu: \"%.64s\" is no column of a list of holidays: "
                           "these are date, end_date, name_ar, name_en, kind, instrument and "
                           "instrument_date",
                           record->line, i + 1, name);
        }
        if (name != NULL && table->place[column] != CSV_FIELDS_MAX) {
            return wrong(err, record->line, name, "the column is there twice");
        }
        if (name != NULL) {
            table->place[column] = i;
        }
    }
    table->width = record->count;
    for (int i = 0; i < COLUMNS; i++) {
        if ((i == DATE || i == KIND) && table->place[i] == CSV_FIELDS_MAX) {
            return wrong(err, record->line, names[i], "the column is missing");
        }
    }
    return 0;
}

static int take_day(const struct csv_record *record, enum column column, const char *text,
                    int64_t *day, struct err *err)
{
    return day_parse(text, strlen(text), false, day)
               ? 0
               : wrong(err, record->line, names[column],
                       "a day is written YYYY-MM-DD, and is between 1970 and 2200");
}

static int take_kind(const struct csv_record *record, const char *text, struct ops_holiday *out,
                     struct err *err)
{
    out->is_estimated = text != NULL && strcasecmp(text, "estimated") == 0;
    if (!out->is_estimated && (text == NULL || strcasecmp(text, "announced") != 0)) {
        return wrong(err, record->line, names[KIND], "a holiday is announced or estimated");
    }
    return 0;
}

static int read_holiday(const struct table *table, const struct csv_record *record,
                        struct ops_holiday_list *list, struct err *err)
{
    char *values[COLUMNS];
    for (size_t i = table->width; i < record->count; i++) {
        if (!utf8_is_blank(record->fields[i])) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu, column %zu: the first line names only %zu columns",
                           record->line, i + 1, table->width);
        }
    }
    for (int i = 0; i < COLUMNS; i++) {
        values[i] =
            table->place[i] < record->count ? trimmed(record->fields[table->place[i]]) : NULL;
    }
    struct ops_holiday holiday = {.name_ar = values[NAME_AR],
                                  .name_en = values[NAME_EN],
                                  .instrument = values[INSTRUMENT],
                                  .instrument_day = -1,
                                  .line = record->line};
    if (values[DATE] == NULL) {
        return wrong(err, record->line, names[DATE], "there is no day");
    }
    if (take_day(record, DATE, values[DATE], &holiday.first, err) != 0) {
        return -1;
    }
    holiday.last = holiday.first;
    if ((values[END_DATE] != NULL &&
         take_day(record, END_DATE, values[END_DATE], &holiday.last, err) != 0) ||
        (values[INSTRUMENT_DATE] != NULL &&
         take_day(record, INSTRUMENT_DATE, values[INSTRUMENT_DATE], &holiday.instrument_day, err) !=
             0) ||
        take_kind(record, values[KIND], &holiday, err) != 0) {
        return -1;
    }
    return ops_holiday_add(list, &holiday, err);
}

int ops_holidays_csv(char *text, size_t len, struct ops_holiday_list *list, struct err *err)
{
    struct csv_reader reader;
    struct csv_record record;
    struct table table = {.width = 0};
    int more = csv_open(&reader, text, len, err) == 0 ? csv_next(&reader, &record, err) : -1;
    if (more == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line 1: there is nothing in it");
    }
    if (more != 1 || read_head(&table, &record, err) != 0) {
        return -1;
    }
    while ((more = csv_next(&reader, &record, err)) == 1) {
        if (read_holiday(&table, &record, list, err) != 0) {
            return -1;
        }
    }
    return more;
}
