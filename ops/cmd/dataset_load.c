/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/dataset_load.c - nrc dataset load: many datasets and their first structures, from CSV.
 *
 * Everything that can be known without the register is found before anything is written: the file's faults, and those of
 * every structure that it names. Each dataset is then a transaction of its own, as `dataset add` makes it: the tables of
 * hundreds are more than the locks of one. All share a session, whose statements are planned once. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/csv_table.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/progress.h"
#include "ops/cmd/dataset.h"
#include "ops/cmd/handlers.h"
#include "registry/registration_command.h"
#include "schema/parse/parse.h"
#include "storage/admin/admin.h"

enum {
    FILE_MAX_BYTES = 4 * 1024 * 1024,
    DATASETS_MAX = 10000,
    STRUCTURES_MAX_BYTES = 64 * 1024 * 1024 /* of all together */
};

enum list_column {
    DATASET,
    TOPIC,
    KEY,
    KEY_FORMAT,
    ORDER,
    EVENT_TIME,
    EXEMPT,
    EXEMPT_FIELD,
    EXEMPT_VALUES,
    LEAVES,
    STRUCTURE,
    COLUMNS
};
static const char *const names[] = {
    [DATASET] = "dataset",
    [TOPIC] = "topic",
    [KEY] = "key",
    [KEY_FORMAT] = "key_format",
    [ORDER] = "order",
    [EVENT_TIME] = "event_time",
    [EXEMPT] = "exempt",
    [EXEMPT_FIELD] = "exempt_field",
    [EXEMPT_VALUES] = "exempt_values",
    [LEAVES] = "leaves",
    [STRUCTURE] = "structure",
};

struct entry {
    size_t line;
    const char *full; /* moh.births */
    struct sto_dataset_spec spec;
    const char *structure; /* NULL: none is named */
    size_t structure_len;
};

struct list {
    const char *path;
    struct csv_table table;
    struct entry *entries;
    size_t count;
    struct buf read; /* the last structure, with room for the longest */
    size_t structure_bytes;
    struct arena arena; /* all but the texts of the file */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a list of datasets");
}

static void fini(struct list *list)
{
    buf_fini(&list->read);
    arena_fini(&list->arena);
}

/* ---- reading ---- */

/* "a,b" in place; *count of them. */
static int cut(struct list *list, enum list_column column, char *text, const char *const **out,
               size_t *count, struct err *err)
{
    size_t most = 1;
    for (const char *at = text; *at != '\0'; at++) {
        most += *at == ',';
    }
    const char **items = arena_calloc(&list->arena, most, sizeof(*items));
    if (items == NULL) {
        return no_memory(err);
    }
    *count = 0;
    for (char *item = strsep(&text, ","); item != NULL; item = strsep(&text, ",")) {
        if (*item == '\0') {
            return csv_table_wrong(&list->table, column, "there is an empty name in it", err);
        }
        items[(*count)++] = item;
    }
    *out = items;
    return 0;
}

static int read_exempt(struct list *list, const char *text, bool *exempt, struct err *err)
{
    *exempt = text != NULL && strcasecmp(text, "yes") == 0;
    return text == NULL || *exempt || strcasecmp(text, "no") == 0
               ? 0
               : csv_table_wrong(&list->table, EXEMPT, "yes or no", err);
}

static int read_leaves(struct list *list, const char *text, int *leaves, struct err *err)
{
    char *end = NULL;
    const long number = text != NULL ? strtol(text, &end, 10) : 0;
    *leaves = (int)number;
    return text == NULL || (*end == '\0' && number >= 1 && number <= 256)
               ? 0
               : csv_table_wrong(&list->table, LEAVES, "a number from 1 to 256", err);
}

/* Beside the list, unless its path is absolute. */
static int path_of(const struct list *list, const char *named, char out[PATH_MAX], struct err *err)
{
    const char *slash = named[0] == '/' ? NULL : strrchr(list->path, '/');
    const int folder = slash != NULL ? (int)(slash - list->path) + 1 : 0;
    const int len = snprintf(out, PATH_MAX, "%.*s%s", folder, list->path, named);
    return len < PATH_MAX ? 0
                          : csv_table_wrong(&list->table, STRUCTURE, "the path is too long", err);
}

static int read_structure(struct list *list, const char *named, struct entry *entry,
                          struct err *err)
{
    char path[PATH_MAX];
    struct buf *text = &list->read;
    if (path_of(list, named, path, err) != 0) {
        return -1;
    }
    struct sch_schema *schema = NULL;
    buf_reset(text);
    int rc = ops_read_text(path, "a structure", SCH_MAX_TEXT_BYTES, text, err);
    if (rc == 0) {
        schema = sch_parse((const char *)text->data, text->len, err);
        rc = schema != NULL ? 0 : err_add(err, "reading %.256s", path);
    }
    sch_schema_unref(&schema);
    if (rc != 0) {
        return err_add(err, "line %zu, column %s", list->table.record.line, names[STRUCTURE]);
    }
    list->structure_bytes += text->len;
    if (list->structure_bytes > STRUCTURES_MAX_BYTES) {
        return csv_table_wrong(&list->table, STRUCTURE,
                               "the structures have more than 64 MiB together", err);
    }
    char *copy = arena_alloc(&list->arena, text->len);
    if (copy == NULL) {
        return no_memory(err);
    }
    memcpy(copy, text->data, text->len);
    entry->structure = copy;
    entry->structure_len = text->len;
    return 0;
}

static int check_once(struct list *list, const struct entry *entry, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entries[i].full, entry->full) == 0) {
            char text[64];
            snprintf(text, sizeof(text), "the dataset is in line %zu too", list->entries[i].line);
            return csv_table_wrong(&list->table, DATASET, text, err);
        }
    }
    return 0;
}

static int read_entry(struct list *list, char *const *values, struct entry *entry, struct err *err)
{
    struct sto_dataset_spec *spec = &entry->spec;
    *entry = (struct entry){.line = list->table.record.line,
                            .full = values[DATASET],
                            .spec = {.topic = values[TOPIC],
                                     .key_format = values[KEY_FORMAT],
                                     .order_field = values[ORDER],
                                     .event_time_field = values[EVENT_TIME],
                                     .exempt_field = values[EXEMPT_FIELD]}};
    if (spec->key_format == NULL) {
        spec->key_format = "auto";
    }
    if (values[DATASET] == NULL) {
        return csv_table_wrong(&list->table, DATASET, "no dataset is named", err);
    }
    if (values[KEY] == NULL) {
        return csv_table_wrong(&list->table, KEY, "no key field is named", err);
    }
    char *name = arena_strdup(&list->arena, entry->full);
    if (name == NULL) {
        return no_memory(err);
    }
    if (ops_dataset_split_name(name, &spec->agency, &spec->name, err) != 0) {
        return err_add(err, "line %zu, column %s", entry->line, names[DATASET]);
    }
    return check_once(list, entry, err) != 0 ||
                   cut(list, KEY, values[KEY], &spec->key_fields, &spec->key_field_count, err) !=
                       0 ||
                   (values[EXEMPT_VALUES] != NULL &&
                    cut(list, EXEMPT_VALUES, values[EXEMPT_VALUES], &spec->exempt_values,
                        &spec->exempt_value_count, err) != 0) ||
                   read_exempt(list, values[EXEMPT], &spec->exempt, err) != 0 ||
                   read_leaves(list, values[LEAVES], &spec->leaves, err) != 0 ||
                   (values[STRUCTURE] != NULL &&
                    read_structure(list, values[STRUCTURE], entry, err) != 0)
               ? -1
               : 0;
}

static int add_entry(struct list *list, char *const *values, struct err *err)
{
    if (list->count == DATASETS_MAX) {
        return csv_table_wrong(&list->table, DATASET, "a list has at most 10,000 datasets", err);
    }
    struct entry *entries = arena_push(&list->arena, list->entries, list->count, sizeof(*entries));
    if (entries == NULL) {
        return no_memory(err);
    }
    list->entries = entries;
    if (read_entry(list, values, &list->entries[list->count], err) != 0) {
        return -1;
    }
    list->count++;
    return 0;
}

static int read_list(struct list *list, const struct buf *file, struct err *err)
{
    char *values[COLUMNS];
    int more;
    if (csv_table_open(&list->table, "a list of datasets", names, COLUMNS, (char *)file->data,
                       file->len, err) != 0 ||
        csv_table_needs(&list->table, DATASET, err) != 0 ||
        csv_table_needs(&list->table, KEY, err) != 0) {
        return -1;
    }
    while ((more = csv_table_next(&list->table, values, err)) == 1) {
        if (add_entry(list, values, err) != 0) {
            return -1;
        }
    }
    return more == 0 && list->count == 0
               ? err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu: there is no dataset in it",
                         list->table.reader.line)
               : more;
}

/* ---- writing ---- */

struct done {
    size_t added;
    size_t there; /* already */
};

static int add(const struct ops_context *context, struct sto_conn *conn, const struct entry *entry,
               struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct reg_registered registered = {0};
    int rc = ops_dataset_declare(context, conn, entry->full, &entry->spec, entry->structure,
                                 entry->structure_len, &arena, &registered, err);
    arena_fini(&arena);
    return rc;
}

static int add_all(const struct ops_context *context, struct sto_conn *conn,
                   const struct list *list, struct done *done, struct err *err)
{
    const bool passes = ops_args_has(context->args, "skip-existing");
    struct ops_progress progress;
    int rc = 0;
    ops_progress_begin(&progress, context, "adding datasets", "datasets");
    for (size_t i = 0; rc == 0 && i < list->count && !ops_interrupted(); i++) {
        const struct entry *entry = &list->entries[i];
        rc = add(context, conn, entry, err);
        if (rc == 0) {
            done->added++;
        } else if (passes && err->code == ERR_EXISTS) {
            err_reset(err);
            done->there++;
            rc = 0;
        } else {
            err_add(err, "line %zu, %.128s, after %zu that were added", entry->line, entry->full,
                    done->added);
        }
        ops_progress_step(&progress, i + 1, list->count);
    }
    ops_progress_end(&progress);
    return rc;
}

/* Fewer than the list has: the person has interrupted it. */
static int say(const struct ops_context *context, const struct list *list, const struct done *done,
               bool is_dry, struct err *err)
{
    char line[160];
    char json[160];
    if (is_dry) {
        snprintf(line, sizeof(line), "%zu datasets would be added", list->count);
    } else {
        snprintf(line, sizeof(line), "%zu of %zu datasets added, %zu were there already",
                 done->added, list->count, done->there);
    }
    snprintf(json, sizeof(json), "{\"datasets\":%zu,\"added\":%zu,\"there\":%zu,\"dry_run\":%s}",
             list->count, done->added, done->there, is_dry ? "true" : "false");
    return ops_say(context, line, json, err);
}

int ops_dataset_load(const struct ops_context *context, struct err *err)
{
    const bool is_dry = ops_args_has(context->args, "dry-run");
    struct list list = {.path = context->args->arguments[0], .read = BUF_INIT, .arena = ARENA_INIT};
    struct buf file = BUF_INIT;
    struct done done = {0};
    struct sto_conn *conn = NULL;
    int rc = ops_read_text(list.path, "a list of datasets", FILE_MAX_BYTES, &file, err);
    if (rc == 0 && read_list(&list, &file, err) != 0) {
        rc = err_add(err, "reading %.256s", list.path);
    }
    if (rc == 0 && !is_dry) {
        conn = ops_connect(context, STO_ROLE_REGISTRY, err);
        rc = conn != NULL ? add_all(context, conn, &list, &done, err) : -1;
    }
    if (rc == 0) {
        rc = say(context, &list, &done, is_dry, err);
    }
    sto_conn_close(&conn);
    fini(&list);
    buf_fini(&file);
    return rc;
}
