/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/catalogue_load.c - nrc catalogue load: the regulation's list of sources, from CSV (NRL-5).
 *
 * Every fault of the file is found before anything is written, and is named by file, line and column. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_table.h"
#include "base/jsonw.h"
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
    struct csv_table table;
    size_t sources;
    struct jsonw w;
};

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

static int check_values(const struct csv_table *table, char *const *values, struct err *err)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (values[i] != NULL && strlen(values[i]) > TEXT_MAX_BYTES) {
            return csv_table_wrong(table, i, "a text has at most 400 bytes", err);
        }
    }
    if (values[AGENCY] == NULL) {
        return csv_table_wrong(table, AGENCY, "no agency is named", err);
    }
    if (values[NAME] == NULL && values[NAME_AR] == NULL) {
        return csv_table_wrong(table, NAME, "no source is named, in neither language", err);
    }
    return values[CLASS] != NULL && class_of(values[CLASS]) == 0
               ? csv_table_wrong(table, CLASS, "a legal class is 1, 2 or 3 (NRL-2)", err)
               : 0;
}

static int read_source(struct list *list, char *const *values, struct err *err)
{
    if (check_values(&list->table, values, err) != 0) {
        return -1;
    }
    if (++list->sources > SOURCES_MAX) {
        return csv_table_wrong(&list->table, AGENCY, "a list has at most 10,000 sources", err);
    }
    jsonw_open(&list->w, '{');
    jsonw_number(&list->w, "line", (int64_t)list->table.record.line);
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

static int read_head(struct csv_table *table, const struct buf *file, struct err *err)
{
    if (csv_table_open(table, "a list", names, COLUMNS, (char *)file->data, file->len, err) != 0 ||
        csv_table_needs(table, AGENCY, err) != 0) {
        return -1;
    }
    return csv_table_has(table, NAME) || csv_table_has(table, NAME_AR)
               ? 0
               : csv_table_wrong(table, NAME, "the column is missing, and so is name_ar", err);
}

/* The file's sources as a JSON array. */
static int read_list(const struct buf *file, struct buf *json, size_t *sources, struct err *err)
{
    struct list list = {.w = jsonw_to(json)};
    char *values[COLUMNS];
    int more;
    if (read_head(&list.table, file, err) != 0) {
        return -1;
    }
    jsonw_open(&list.w, '[');
    while ((more = csv_table_next(&list.table, values, err)) == 1) {
        if (read_source(&list, values, err) != 0) {
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
                         list.table.reader.line)
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
