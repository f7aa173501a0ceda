/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/catalogue_load.c - nrc catalogue load: the regulation's list of sources, from CSV (NRL-5).
 *
 * Every fault of the file is found before anything is written, and is named by file, line and column. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/progress.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/source.h"

enum { FILE_MAX_BYTES = 4 * 1024 * 1024, SOURCES_MAX = 10000, TEXT_MAX_BYTES = 400 };

enum column { AGENCY, NAME, NAME_AR, CLASS, DATASET, NOTE, COLUMNS };
static const char *const names[] = {
    [AGENCY] = "agency", [NAME] = "name",       [NAME_AR] = "name_ar",
    [CLASS] = "class",   [DATASET] = "dataset", [NOTE] = "note"};

struct list {
    size_t place[COLUMNS]; /* of the column in a line; CSV_FIELDS_MAX: it is not there */
    size_t width;
    size_t sources;
    struct jsonw w;
};

/* Without the space around it, and NULL for nothing. */
static const char *trimmed(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return utf8_is_blank(text) ? NULL : text;
}

static int wrong(struct err *err, size_t line, const char *column, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu, column %s: %s", line, column, text);
}

/* "Name AR" is name_ar. */
static enum column column_of(const char *given)
{
    int column = 0;
    while (column < COLUMNS) {
        const char *a = names[column];
        const char *b = given;
        while (*a != '\0' &&
               (strncasecmp(a, b, 1) == 0 || (*a == '_' && (*b == ' ' || *b == '-')))) {
            a++;
            b++;
        }
        if (*a == '\0' && *b == '\0') {
            break;
        }
        column++;
    }
    return (enum column)column;
}

static int read_head(struct list *list, const struct csv_record *record, struct err *err)
{
    for (int i = 0; i < COLUMNS; i++) {
        list->place[i] = CSV_FIELDS_MAX;
    }
    for (size_t i = 0; i < record->count; i++) {
        const char *name = trimmed(record->fields[i]);
        enum column column = name != NULL ? column_of(name) : COLUMNS;
        if (name != NULL && column == COLUMNS) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu, column %zu: \"%.64s\" is no column of a list: these are "
                           "agency, name, name_ar, class, dataset and note",
                           record->line, i + 1, name);
        }
        if (name != NULL && list->place[column] != CSV_FIELDS_MAX) {
            return wrong(err, record->line, name, "the column is there twice");
        }
        if (name != NULL) {
            list->place[column] = i;
        }
    }
    list->width = record->count;
    if (list->place[AGENCY] == CSV_FIELDS_MAX) {
        return wrong(err, record->line, "agency", "the column is missing");
    }
    return list->place[NAME] == CSV_FIELDS_MAX && list->place[NAME_AR] == CSV_FIELDS_MAX
               ? wrong(err, record->line, "name", "the column is missing, and so is name_ar")
               : 0;
}

/* 1, 2, 3, in the digits of either language; 0: none of them. */
static int class_of(const char *text)
{
    static const char *const digits[][3] = {{"1", "١", "۱"}, {"2", "٢", "۲"}, {"3", "٣", "۳"}};
    for (int class = 1; class <= 3; class ++) {
        for (size_t i = 0; i < COUNT_OF(digits[0]); i++) {
            if (strcmp(text, digits[class - 1][i]) == 0) {
                return class;
            }
        }
    }
    return 0;
}

static int read_values(const struct list *list, const struct csv_record *record,
                       const char *values[COLUMNS], struct err *err)
{
    for (size_t i = list->width; i < record->count; i++) {
        if (!utf8_is_blank(record->fields[i])) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu, column %zu: the first line names only %zu columns",
                           record->line, i + 1, list->width);
        }
    }
    for (int i = 0; i < COLUMNS; i++) {
        values[i] = list->place[i] < record->count ? trimmed(record->fields[list->place[i]]) : NULL;
        if (values[i] != NULL && strlen(values[i]) > TEXT_MAX_BYTES) {
            return wrong(err, record->line, names[i], "a text has at most 400 bytes");
        }
    }
    if (values[AGENCY] == NULL) {
        return wrong(err, record->line, names[AGENCY], "no agency is named");
    }
    if (values[NAME] == NULL && values[NAME_AR] == NULL) {
        return wrong(err, record->line, names[NAME], "no source is named, in neither language");
    }
    return values[CLASS] != NULL && class_of(values[CLASS]) == 0
               ? wrong(err, record->line, names[CLASS], "a legal class is 1, 2 or 3 (NRL-2)")
               : 0;
}

static int read_source(struct list *list, const struct csv_record *record, struct err *err)
{
    const char *values[COLUMNS] = {NULL};
    if (read_values(list, record, values, err) != 0) {
        return -1;
    }
    if (++list->sources > SOURCES_MAX) {
        return wrong(err, record->line, names[AGENCY], "a list has at most 10,000 sources");
    }
    jsonw_open(&list->w, '{');
    jsonw_number(&list->w, "line", (int64_t)record->line);
    for (int i = 0; i < COLUMNS; i++) {
        jsonw_key(&list->w, names[i]);
        if (i == CLASS && values[i] != NULL) {
            jsonw_int(&list->w, class_of(values[i]));
        } else {
            jsonw_str(&list->w, values[i]);
        }
    }
    jsonw_close(&list->w, '}');
    return 0;
}

/* The file's sources as a JSON array. */
static int read_list(struct buf *file, struct buf *json, size_t *sources, struct err *err)
{
    struct list list = {.w = jsonw_to(json)};
    struct csv_reader reader;
    struct csv_record record;
    size_t len = file->len;
    (void)buf_cstr(file);
    int rc = buf_failed(file) ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a list")
                              : csv_open(&reader, (char *)file->data, len, err);
    int more = rc == 0 ? csv_next(&reader, &record, err) : -1;
    if (more == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line 1: there is nothing in it");
    }
    if (more != 1 || read_head(&list, &record, err) != 0) {
        return -1;
    }
    jsonw_open(&list.w, '[');
    while ((more = csv_next(&reader, &record, err)) == 1) {
        if (read_source(&list, &record, err) != 0) {
            return -1;
        }
    }
    jsonw_close(&list.w, ']');
    *sources = list.sources;
    if (more == 0 && buf_failed(json)) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a list");
    }
    return more == 0 && list.sources == 0
               ? err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu: there is no source in it",
                         reader.line)
               : more;
}

int ops_catalogue_load(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *path = args->arguments[0];
    struct buf file = BUF_INIT;
    struct buf json = BUF_INIT;
    size_t sources = 0;
    int64_t id = 0;
    struct sto_conn *conn = NULL;
    int rc = ops_read_text(path, "a list", FILE_MAX_BYTES, &file, err);
    if (rc == 0 && read_list(&file, &json, &sources, err) != 0) {
        rc = err_add(err, "reading %.256s", path);
    }
    if (rc == 0) {
        struct ops_progress progress;
        ops_progress_begin(&progress, context, "loading the list", NULL);
        conn = ops_connect_patient(context, STO_ROLE_REGISTRY, &progress, err);
        rc = conn != NULL
                 ? sto_source_list_load(conn, ops_args_get(args, "instrument"),
                                        ops_args_get(args, "dated"), buf_cstr(&json), &id, err)
                 : -1;
        ops_progress_end(&progress);
    }
    sto_conn_close(&conn);
    buf_fini(&file);
    buf_fini(&json);
    if (rc != 0) {
        return -1;
    }
    char line[128];
    char said[128];
    snprintf(line, sizeof(line), "list %" PRId64 " loaded: %zu sources", id, sources);
    snprintf(said, sizeof(said), "{\"list\":%" PRId64 ",\"sources\":%zu}", id, sources);
    return ops_say(context, line, said, err);
}
