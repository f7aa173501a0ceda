/* SPDX-License-Identifier: Apache-2.0
 * base/csv_table.c - see the header. */
#include "base/csv_table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static int wrong(size_t line, const char *column, const char *text, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu, column %s: %s", line, column, text);
}

int csv_table_wrong(const struct csv_table *table, size_t column, const char *text, struct err *err)
{
    return wrong(table->record.line, table->names[column], text, err);
}

static char *trimmed(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return utf8_is_blank(text) ? NULL : text;
}

static bool is_name(const char *name, const char *given)
{
    while (*name != '\0' && (strncasecmp(name, given, 1) == 0 ||
                             (*name == '_' && (*given == ' ' || *given == '-')))) {
        name++;
        given++;
    }
    return *name == '\0' && *given == '\0';
}

/* "date, kind and name" */
static const char *names_of(const struct csv_table *table, char *room, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < table->count && at < size; i++) {
        const char *before = i == 0 ? "" : i + 1 == table->count ? " and " : ", ";
        at += (size_t)snprintf(room + at, size - at, "%s%s", before, table->names[i]);
    }
    return room;
}

static int read_head(struct csv_table *table, struct err *err)
{
    const struct csv_record *record = &table->record;
    char room[512];
    table->width = record->count;
    for (size_t i = 0; i < table->count; i++) {
        table->place[i] = CSV_FIELDS_MAX;
    }
    for (size_t i = 0; i < record->count; i++) {
        const char *given = trimmed(record->fields[i]);
        if (given == NULL) {
            continue;
        }
        size_t column = 0;
        while (column < table->count && !is_name(table->names[column], given)) {
            column++;
        }
        if (column == table->count) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu, column %zu: \"%.64s\" is no column of %s: these are %s",
                           record->line, i + 1, given, table->what,
                           names_of(table, room, sizeof(room)));
        }
        if (table->place[column] != CSV_FIELDS_MAX) {
            return wrong(record->line, given, "the column is there twice", err);
        }
        table->place[column] = i;
    }
    return 0;
}

int csv_table_open(struct csv_table *table, const char *what, const char *const *names,
                   size_t count, char *text, size_t len, struct err *err)
{
    *table = (struct csv_table){.what = what, .names = names, .count = count};
    if (csv_open(&table->reader, text, len, err) != 0) {
        return -1;
    }
    const int more = csv_next(&table->reader, &table->record, err);
    if (more == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line 1: there is nothing in it");
    }
    return more == 1 ? read_head(table, err) : -1;
}

bool csv_table_has(const struct csv_table *table, size_t column)
{
    return table->place[column] != CSV_FIELDS_MAX;
}

int csv_table_needs(const struct csv_table *table, size_t column, struct err *err)
{
    return csv_table_has(table, column)
               ? 0
               : csv_table_wrong(table, column, "the column is missing", err);
}

int csv_table_next(struct csv_table *table, char **values, struct err *err)
{
    struct csv_record *record = &table->record;
    const int more = csv_next(&table->reader, record, err);
    if (more != 1) {
        return more;
    }
    for (size_t i = table->width; i < record->count; i++) {
        if (!utf8_is_blank(record->fields[i])) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu, column %zu: the first line names only %zu columns",
                           record->line, i + 1, table->width);
        }
    }
    for (size_t i = 0; i < table->count; i++) {
        values[i] =
            table->place[i] < record->count ? trimmed(record->fields[table->place[i]]) : NULL;
    }
    return 1;
}
