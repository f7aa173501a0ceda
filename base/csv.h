/* SPDX-License-Identifier: Apache-2.0
 * base/csv.h - comma-separated values (RFC 4180), as people's spreadsheets write them.
 *
 * A reader works inside the text that it is given and allocates nothing. It takes a byte order mark, CR LF, LF or CR at a
 * line's end, and a comma, a semicolon or a tab between fields: the one that the first line has most of, or the one that a
 * first line "sep=;" names. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

enum { CSV_FIELDS_MAX = 64 };

struct csv_reader {
    char *at; /* the next record */
    char *end;
    char separator;
    size_t line; /* of the next record, from 1 */
};

struct csv_record {
    size_t line; /* on which it begins */
    size_t count;
    char *fields[CSV_FIELDS_MAX]; /* without their quotes; inside the reader's text */
};

/* text: of `len` bytes and a NUL behind them; the reader changes it. FATAL ERR_USAGE: it is no text in UTF-8; the error says
 * so of UTF-16 too, with the line and column. */
MUST_CHECK int csv_open(struct csv_reader *reader, char *text, size_t len, struct err *err);
/* 1: a record; 0: the end. Lines with nothing in any field are passed over. FATAL ERR_USAGE with line and column: a quote
 * in the wrong place or without its end, or too many fields. */
MUST_CHECK int csv_next(struct csv_reader *reader, struct csv_record *record, struct err *err);

/* A field, in quotes if it needs them; NULL writes nothing between the commas. What a spreadsheet would take for a formula
 * gets an apostrophe in front: names are not to be trusted. */
void csv_put(struct buf *out, const char *text, bool is_first);
void csv_end(struct buf *out); /* the record */

#endif
