/* SPDX-License-Identifier: Apache-2.0
 * base/csv.c - see the header. */
#include "base/csv.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static int wrong(struct err *err, size_t line, size_t column, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu, column %zu: %s", line, column, text);
}

/* The bytes of the line's end at p, in a text that ends with NUL: 0, 1 or 2. */
static size_t line_end(const char *p)
{
    return p[0] == '\r' ? (p[1] == '\n' ? 2 : 1) : p[0] == '\n' ? 1 : 0;
}

/* Where the text stops being one: its line, and the byte in it from 1. */
static int not_text(const char *text, size_t len, struct err *err)
{
    size_t line = 1;
    size_t from = 0;
    for (size_t at = 0; at < len;) {
        size_t good = 1;
        while (good <= 4 && at + good <= len && !utf8_is_text((const uint8_t *)text + at, good)) {
            good++;
        }
        if (good > 4 || at + good > len) {
            return wrong(err, line, at - from + 1,
                         "this byte is not UTF-8: save the file as CSV in UTF-8");
        }
        if (text[at] == '\n') {
            line++;
            from = at + 1;
        }
        at += good;
    }
    return wrong(err, line, 1, "not UTF-8");
}

/* The most frequent outside quotes, in the first record. */
static char find_separator(const char *at)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = {0, 0, 0};
    bool quoted = false;
    for (; *at != '\0' && (quoted || line_end(at) == 0); at++) {
        const char *which = strchr(candidates, *at);
        quoted = quoted != (*at == '"');
        if (!quoted && which != NULL) {
            counts[which - candidates]++;
        }
    }
    size_t best = 0;
    for (size_t i = 1; i < sizeof(counts) / sizeof(counts[0]); i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return candidates[best];
}

int csv_open(struct csv_reader *reader, char *text, size_t len, struct err *err)
{
    const uint8_t *bytes = (const uint8_t *)text;
    if (len >= 2 &&
        ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF))) {
        return wrong(err, 1, 1, "the file is UTF-16: save it as CSV in UTF-8");
    }
    if (!utf8_is_text(bytes, len)) {
        return not_text(text, len, err);
    }
    size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    *reader = (struct csv_reader){.at = text + mark, .end = text + len, .line = 1};
    char *at = reader->at;
    if (strncasecmp(at, "sep=", 4) == 0 && at[4] != '\0' && strchr(",;\t|", at[4]) != NULL &&
        line_end(at + 5) > 0) {
        reader->separator = at[4];
        reader->at = at + 5 + line_end(at + 5);
        reader->line = 2;
    } else {
        reader->separator = find_separator(at);
    }
    return 0;
}

/* A field in quotes, from behind the first one: its text moves together over doubled quotes. *at ends behind the last quote. */
static int read_quoted(struct csv_reader *reader, char **at, size_t column, struct err *err)
{
    const size_t line = reader->line;
    char *to = *at;
    for (char *from = *at;; from++) {
        if (from == reader->end) {
            return wrong(err, line, column, "a quote opens here and never closes");
        }
        if (from[0] == '"' && from[1] != '"') {
            *to = '\0';
            *at = from + 1;
            return 0;
        }
        from += from[0] == '"';
        reader->line += line_end(from) > 0 && !(from[0] == '\r' && from[1] == '\n');
        *to++ = *from;
    }
}

/* One field; *at ends on what follows it: the separator, a line's end, or the text's end. */
static int read_field(struct csv_reader *reader, char **at, size_t column, char **field,
                      struct err *err)
{
    if (**at == '"') {
        *field = ++*at;
        if (read_quoted(reader, at, column, err) != 0) {
            return -1;
        }
        if (*at != reader->end && **at != reader->separator && line_end(*at) == 0) {
            return wrong(err, reader->line, column, "something follows the closing quote");
        }
        return 0;
    }
    *field = *at;
    while (*at != reader->end && **at != reader->separator && line_end(*at) == 0) {
        if (**at == '"') {
            return wrong(err, reader->line, column,
                         "a quote stands inside a field that does not begin with one");
        }
        (*at)++;
    }
    return 0;
}

static int read_record(struct csv_reader *reader, struct csv_record *record, struct err *err)
{
    char *at = reader->at;
    *record = (struct csv_record){.line = reader->line};
    for (;;) {
        if (record->count == CSV_FIELDS_MAX) {
            return wrong(err, reader->line, record->count + 1, "a line has at most 64 fields");
        }
        if (read_field(reader, &at, record->count + 1, &record->fields[record->count], err) != 0) {
            return -1;
        }
        record->count++;
        size_t end = at == reader->end ? 0 : line_end(at);
        bool more = at != reader->end && end == 0; /* a separator */
        char *next = at + (more ? 1 : end);
        *at = '\0';
        at = next;
        if (!more) {
            reader->line += end > 0;
            reader->at = at;
            return 0;
        }
    }
}

static bool has_nothing(const struct csv_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        if (!utf8_is_blank(record->fields[i])) {
            return false;
        }
    }
    return true;
}

int csv_next(struct csv_reader *reader, struct csv_record *record, struct err *err)
{
    while (reader->at != reader->end) {
        if (read_record(reader, record, err) != 0) {
            return -1;
        }
        if (!has_nothing(record)) {
            return 1;
        }
    }
    return 0;
}

void csv_put(struct buf *out, const char *text, bool is_first)
{
    if (!is_first) {
        buf_put_u8(out, ',');
    }
    if (text == NULL) {
        return;
    }
    bool is_formula = *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
    bool quoted = is_formula || text[strcspn(text, ",;\"\r\n\t")] != '\0';
    if (!quoted) {
        buf_put_str(out, text);
        return;
    }
    buf_put_u8(out, '"');
    if (is_formula) {
        buf_put_u8(out, '\'');
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            buf_put_u8(out, '"');
        }
        buf_put_u8(out, (uint8_t)*at);
    }
    buf_put_u8(out, '"');
}

void csv_end(struct buf *out)
{
    buf_put_str(out, "\r\n");
}
