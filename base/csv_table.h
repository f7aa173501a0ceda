/* SPDX-License-Identifier: Apache-2.0
 * base/csv_table.h - CSV whose first line names the columns: in any order, and "Name AR" is name_ar.
 *
 *     struct csv_table table;
 *     char *values[COLUMNS];
 *     int more = csv_table_open(&table, "a list of holidays", names, COLUMNS, text, len, err) == 0 ? 1 : -1;
 *     while (more == 1 && (more = csv_table_next(&table, values, err)) == 1) {
 *         …
 *     }
 *
 * Every fault is FATAL ERR_USAGE and names line and column. */
#ifndef BASE_CSV_TABLE_H
#define BASE_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/csv.h"
#include "base/err.h"

struct csv_table {
    const char *what;         /* "a list of holidays", for messages */
    const char *const *names; /* of its columns; borrowed */
    size_t count;             /* of them, at most CSV_FIELDS_MAX */
    struct csv_reader reader;
    struct csv_record record;     /* read last */
    size_t place[CSV_FIELDS_MAX]; /* of each column in a line; CSV_FIELDS_MAX: it is not there */
    size_t width;                 /* of the first line */
};

/* Reads the first line. text: as csv_open's. A column that is not one of names, or is there twice, is a fault. */
MUST_CHECK int csv_table_open(struct csv_table *table, const char *what, const char *const *names,
                              size_t count, char *text, size_t len, struct err *err);

/* Whether the file has it; and a fault if not. */
bool csv_table_has(const struct csv_table *table, size_t column);
MUST_CHECK int csv_table_needs(const struct csv_table *table, size_t column, struct err *err);

/* 1: the next record; values: of each column, without the space around it; NULL: nothing is there. They belong to the text.
 * 0: the end. */
MUST_CHECK int csv_table_next(struct csv_table *table, char **values, struct err *err);

/* -1, with "line 3, column key: " and the text, of the record that was read last. */
int csv_table_wrong(const struct csv_table *table, size_t column, const char *text,
                    struct err *err);

#endif
