/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holidays_csv.c - see the header. */
#include "ops/monitor/holidays_csv.h"

#include <string.h>
#include <strings.h>

#include "base/csv_table.h"
#include "base/day.h"
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

static int take_day(const struct csv_table *table, enum column column, const char *text,
                    int64_t *day, struct err *err)
{
    return day_parse(text, strlen(text), false, day)
               ? 0
               : csv_table_wrong(table, column,
                                 "a day is written YYYY-MM-DD, and is between 1970 and 2200", err);
}

static int take_kind(const struct csv_table *table, const char *text, struct ops_holiday *out,
                     struct err *err)
{
    out->is_estimated = text != NULL && strcasecmp(text, "estimated") == 0;
    if (!out->is_estimated && (text == NULL || strcasecmp(text, "announced") != 0)) {
        return csv_table_wrong(table, KIND, "a holiday is announced or estimated", err);
    }
    return 0;
}

static int read_holiday(const struct csv_table *table, char *const *values,
                        struct ops_holiday_list *list, struct err *err)
{
    struct ops_holiday holiday = {.name_ar = values[NAME_AR],
                                  .name_en = values[NAME_EN],
                                  .instrument = values[INSTRUMENT],
                                  .instrument_day = -1,
                                  .line = table->record.line};
    if (values[DATE] == NULL) {
        return csv_table_wrong(table, DATE, "there is no day", err);
    }
    if (take_day(table, DATE, values[DATE], &holiday.first, err) != 0) {
        return -1;
    }
    holiday.last = holiday.first;
    if ((values[END_DATE] != NULL &&
         take_day(table, END_DATE, values[END_DATE], &holiday.last, err) != 0) ||
        (values[INSTRUMENT_DATE] != NULL &&
         take_day(table, INSTRUMENT_DATE, values[INSTRUMENT_DATE], &holiday.instrument_day, err) !=
             0) ||
        take_kind(table, values[KIND], &holiday, err) != 0) {
        return -1;
    }
    return ops_holiday_add(list, &holiday, err);
}

int ops_holidays_csv(char *text, size_t len, struct ops_holiday_list *list, struct err *err)
{
    struct csv_table table;
    char *values[COLUMNS];
    int more;
    if (csv_table_open(&table, "a list of holidays", names, COLUMNS, text, len, err) != 0 ||
        csv_table_needs(&table, DATE, err) != 0 || csv_table_needs(&table, KIND, err) != 0) {
        return -1;
    }
    while ((more = csv_table_next(&table, values, err)) == 1) {
        if (read_holiday(&table, values, list, err) != 0) {
            return -1;
        }
    }
    return more;
}
