/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_stored.c - nrc structure diff --stored: each stored row, by the structure that it was written with,
 * under the newer one. */
#include "ops/cmd/structure_stored.h"

#include <stdlib.h>
#include <string.h>

#include "ops/cli/progress.h"
#include "schema/parse/parse.h"
#include "storage/report/history.h"

/* One structure that rows were written with. */
struct writer {
    const struct sto_structure *structure;
    struct sch_schema *schema;
    struct sch_suspect *suspects;
    size_t suspect_count;
};

struct check {
    const struct sto_dataset *dataset;
    struct writer *writers;
    size_t writer_count;
    const char **columns; /* to be read: those of the key first */
    int32_t *place_of;    /* of each of the dataset's columns; -1: is not read */
    size_t column_count;
    struct ops_stored *out;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a check of stored rows");
}

/* ---- what is to be read ---- */

static void read_column(struct check *check, size_t column)
{
    if (check->place_of[column] < 0) {
        check->place_of[column] = (int32_t)check->column_count;
        check->columns[check->column_count++] = check->dataset->table.columns[column].name;
    }
}

static int add_writer(struct check *check, const struct sto_structure *structure,
                      const struct sch_schema *newer, struct err *err)
{
    struct writer *writer = &check->writers[check->writer_count++];
    writer->structure = structure;
    writer->schema = sch_parse(structure->text, structure->text_len, err);
    if (writer->schema == NULL ||
        sch_suspects(writer->schema, newer, &writer->suspects, &writer->suspect_count, err) != 0) {
        return err_add(err, "structure version %d", (int)structure->version);
    }
    for (size_t i = 0; i < writer->suspect_count; i++) {
        size_t older = writer->suspects[i].older;
        if (older != SCH_NO_FIELD && older < structure->field_count) {
            read_column(check, (size_t)structure->column_of[older]);
        }
    }
    return 0;
}

static int prepare(struct check *check, const struct sch_schema *newer, struct err *err)
{
    const struct sto_dataset *dataset = check->dataset;
    const struct sto_table *table = &dataset->table;
    check->writers = calloc(dataset->structure_count + 1, sizeof(*check->writers));
    check->columns = calloc(table->column_count + 1, sizeof(*check->columns));
    check->place_of = calloc(table->column_count + 1, sizeof(*check->place_of));
    if (check->writers == NULL || check->columns == NULL || check->place_of == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        check->place_of[i] = -1;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        read_column(check, table->key_columns[i]);
    }
    for (size_t i = 0; i < dataset->structure_count; i++) {
        const struct sto_structure *structure = &dataset->structures[i];
        if (!structure->is_key && add_writer(check, structure, newer, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void release(struct check *check)
{
    for (size_t i = 0; i < check->writer_count; i++) {
        sch_schema_unref(&check->writers[i].schema);
        free(check->writers[i].suspects);
    }
    free(check->writers);
    free(check->columns);
    free(check->place_of);
}

/* ---- rows ---- */

/* NULL: a kind too many, or no memory. */
static struct ops_stored_kind *find_kind(struct ops_stored *out, const char *path,
                                         enum sch_misfit misfit)
{
    for (size_t i = 0; i < out->kind_count; i++) {
        if (out->kinds[i].misfit == misfit && strcmp(out->kinds[i].path, path) == 0) {
            return &out->kinds[i];
        }
    }
    if (out->kind_count == OPS_STORED_KINDS) {
        return NULL;
    }
    struct ops_stored_kind *kinds =
        arena_push(&out->arena, out->kinds, out->kind_count, sizeof(*kinds));
    const char *copy = arena_strdup(&out->arena, path);
    if (kinds == NULL || copy == NULL) {
        return NULL;
    }
    out->kinds = kinds;
    kinds[out->kind_count] = (struct ops_stored_kind){.path = copy, .misfit = misfit};
    return &kinds[out->kind_count++];
}

/* A copy of the row's key; NULL: no memory. */
static const char *const *copy_key(struct check *check, const struct sto_history_row *row)
{
    struct arena *arena = &check->out->arena;
    size_t count = check->dataset->table.key_count;
    const char **key = arena_calloc(arena, count + 1, sizeof(*key));
    for (size_t i = 0; i < count && key != NULL; i++) {
        const char *value = row->values[check->place_of[check->dataset->table.key_columns[i]]];
        key[i] = arena_strdup(arena, value != NULL ? value : "");
        key = key[i] != NULL ? key : NULL;
    }
    return key;
}

static int keep(struct check *check, const struct sto_history_row *row, const char *path,
                enum sch_misfit misfit, struct err *err)
{
    struct ops_stored_kind *kind = find_kind(check->out, path, misfit);
    if (kind == NULL && check->out->kind_count < OPS_STORED_KINDS) {
        return no_memory(err);
    }
    if (kind == NULL) {
        check->out->omitted++;
        return 0;
    }
    if (kind->count < OPS_STORED_SHOWN) {
        kind->keys[kind->count] = copy_key(check, row);
        if (kind->keys[kind->count] == NULL) {
            return no_memory(err);
        }
    }
    kind->count++;
    return 0;
}

static int check_suspect(struct check *check, const struct writer *writer,
                         const struct sch_suspect *suspect, const struct sto_history_row *row,
                         struct err *err)
{
    enum sch_misfit misfit = SCH_MISFIT_MISSING;
    struct buf path = BUF_INIT;
    buf_put_str(&path, suspect->newer->name);
    if (suspect->older != SCH_NO_FIELD) {
        const struct sch_field *field = &sch_root(writer->schema)->fields[suspect->older];
        int32_t column = writer->structure->column_of[suspect->older];
        const char *text = row->values[check->place_of[column]];
        misfit = sch_misfit_of(field->type, suspect->newer->type, text,
                               text != NULL ? strlen(text) : 0, &path);
    }
    int rc = misfit != SCH_FITS ? keep(check, row, buf_cstr(&path), misfit, err) : 0;
    rc = buf_failed(&path) ? no_memory(err) : rc;
    buf_fini(&path);
    return rc;
}

static int check_row(struct check *check, const struct sto_history_row *row, struct err *err)
{
    const struct writer *writer = NULL;
    for (size_t i = 0; i < check->writer_count && writer == NULL; i++) {
        bool is_it = check->writers[i].structure->schema_id == row->schema_id;
        writer = is_it ? &check->writers[i] : NULL;
    }
    check->out->rows++;
    check->out->unknown += writer == NULL;
    for (size_t i = 0; writer != NULL && i < writer->suspect_count; i++) {
        if (check_suspect(check, writer, &writer->suspects[i], row, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int check_rows(struct check *check, struct sto_history *history,
                      struct ops_progress *progress, struct err *err)
{
    struct sto_history_row row;
    int more;
    while ((more = sto_history_next(history, &row, err)) > 0 && !ops_interrupted()) {
        if (check_row(check, &row, err) != 0) {
            return -1;
        }
        ops_progress_step(progress, check->out->rows, progress->total);
    }
    return more > 0 ? err_set(err, ERR_KIND_FATAL, ERR_REFUSED, "interrupted") : more;
}

static int read_sample(const struct ops_context *context, int64_t *sample, struct err *err)
{
    const char *text = ops_args_get(context->args, "sample");
    *sample = 0;
    return text != NULL ? ops_parse_int(text, "--sample", 1, INT64_MAX, sample, err) : 0;
}

int ops_stored_check(const struct ops_context *context, const struct sto_dataset *dataset,
                     const struct sch_schema *newer, struct ops_stored *out, struct err *err)
{
    struct check check = {.dataset = dataset, .out = out};
    struct sto_history_spec spec = {.dataset = dataset->full_name,
                                    .since = ops_args_get(context->args, "since")};
    struct ops_progress progress;
    struct sto_conn *conn = NULL;
    struct sto_history *history = NULL;
    int rc = -1;
    out->dataset = dataset;
    if (read_sample(context, &spec.sample, err) != 0 || prepare(&check, newer, err) != 0) {
        goto out;
    }
    spec.columns = check.columns;
    spec.column_count = check.column_count;
    ops_progress_begin(&progress, context, "checking stored rows", "rows");
    conn = ops_connect_patient(context, STO_ROLE_STEWARD, &progress, err);
    history = conn != NULL ? sto_history_open(conn, &spec, err) : NULL;
    if (history != NULL) {
        out->is_sample = spec.sample > 0;
        out->known_rows = sto_history_known_rows(history);
        /* How many rows a sample or a time has nobody knows. */
        progress.total = out->is_sample || spec.since != NULL ? 0 : (uint64_t)out->known_rows;
        rc = check_rows(&check, history, &progress, err);
    }
    ops_progress_end(&progress);
out:
    sto_history_close(&history);
    sto_conn_close(&conn);
    release(&check);
    return rc;
}

void ops_stored_fini(struct ops_stored *stored)
{
    arena_fini(&stored->arena);
    *stored = (struct ops_stored){.rows = 0};
}
