/* SPDX-License-Identifier: Apache-2.0
 * schema/reader.c - the columns that all structures of a dataset together have.
 *
 * Columns only ever grow: the ones there are keep place and type, so that a newer structure never
 * rewrites a table. A field that changes its column's type is refused here; whether the values of
 * an older writer can be read as the newest structure has them is for the plan to say. */
#include "schema/reader.h"

#include <stdlib.h>
#include <string.h>

#include "schema/columns.h"

enum { PAD_BYTES = 96 };

static bool is_same_type(const struct column *a, const struct column *b)
{
    return a->type == b->type && (a->type != COLUMN_NUMERIC || a->scale == b->scale);
}

static int refuse_change(const struct column *old, const struct sch_field *field, struct err *err)
{
    struct column now;
    bool nullable;
    char type[PAD_BYTES];
    sch_column_of(field->type, &now, &nullable);
    sch_describe(field->type, type, sizeof(type));
    if (old->type == COLUMN_NUMERIC && now.type == COLUMN_NUMERIC) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "%s is numeric with scale %d in the register, which scale %d would change",
                field->name, old->scale, now.scale);
    } else {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "%s is %s in the register, which %s (%s) would change", field->name,
                column_type_name(old->type), type, column_type_name(now.type));
    }
    err_path_prepend(err, field->name);
    return -1;
}

/* The field becomes the column's definition: structures come oldest first, so the newest stays. */
static int take_field(struct sch_reader *out, const struct sch_field *field, struct err *err)
{
    struct column column = {.name = field->name};
    bool nullable;
    if (sch_check_column_name(field->name, err) != 0) {
        err_path_prepend(err, field->name);
        return -1;
    }
    sch_column_of(field->type, &column, &nullable);
    column.name = field->name;

    int at = sch_reader_column(out, field->name);
    if (at < 0) {
        out->targets[out->count++] = (struct sch_target){.column = column, .field = field};
        return 0;
    }
    struct sch_target *target = &out->targets[at];
    if (!is_same_type(&target->column, &column)) {
        return refuse_change(&target->column, field, err);
    }
    if (column.precision < target->column.precision) {
        column.precision = target->column.precision;
    }
    *target = (struct sch_target){.column = column, .field = field};
    return 0;
}

static int take_structure(struct sch_reader *out, struct sch_schema *schema, struct err *err)
{
    const struct sch_type *root = sch_root(schema);
    if (root->kind != SCH_RECORD) {
        char type[PAD_BYTES];
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "a structure of values must be a record, not %s",
                       sch_describe(root, type, sizeof(type)));
    }
    for (size_t i = 0; i < root->field_count; i++) {
        if (take_field(out, &root->fields[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What every column needs: a field; and whether the newest structure still has it. */
static int finish(struct sch_reader *out, const struct sch_schema *newest, struct err *err)
{
    for (size_t i = 0; i < out->count; i++) {
        struct sch_target *target = &out->targets[i];
        if (target->field == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "the register's column %s is in no structure", target->column.name);
        }
        target->dropped = sch_find_field(sch_root(newest), target->column.name) == NULL;
    }
    if (out->count > SCH_MAX_FIELDS) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "all structures together have %zu fields; a table takes %d", out->count,
                       SCH_MAX_FIELDS);
    }
    return 0;
}

static size_t count_fields(struct sch_schema *const *structures, size_t count)
{
    size_t fields = 0;
    for (size_t i = 0; i < count; i++) {
        fields += sch_root(structures[i])->field_count;
    }
    return fields;
}

int sch_reader_build(struct sch_schema *const *structures, size_t structure_count,
                     const struct column *existing, size_t existing_count, struct sch_reader *out,
                     struct err *err)
{
    *out = (struct sch_reader){0};
    size_t most = existing_count + count_fields(structures, structure_count);
    out->targets = calloc(most + 1, sizeof(*out->targets));
    out->owners = calloc(structure_count + 1, sizeof(*out->owners));
    if (out->targets == NULL || out->owners == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for %zu columns", most);
        goto fail;
    }
    for (size_t i = 0; i < existing_count; i++) {
        out->targets[out->count++].column = existing[i];
    }
    for (size_t i = 0; i < structure_count; i++) {
        out->owners[out->owner_count++] = sch_schema_ref(structures[i]);
        if (take_structure(out, structures[i], err) != 0) {
            goto fail;
        }
    }
    if (structure_count == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "the dataset has no structure");
        goto fail;
    }
    if (finish(out, structures[structure_count - 1], err) != 0) {
        goto fail;
    }
    return 0;
fail:
    sch_reader_fini(out);
    return -1;
}

void sch_reader_fini(struct sch_reader *reader)
{
    for (size_t i = 0; i < reader->owner_count; i++) {
        sch_schema_unref(&reader->owners[i]);
    }
    free(reader->owners);
    free(reader->targets);
    *reader = (struct sch_reader){0};
}

struct sch_plan *sch_reader_plan(const struct sch_reader *reader, struct sch_schema *writer,
                                 struct err *err)
{
    const struct sch_plan_spec spec = {
        .writer = writer,
        .owners = reader->owners,
        .owner_count = reader->owner_count,
        .targets = reader->targets,
        .target_count = reader->count,
    };
    return sch_plan_compile(&spec, err);
}

int sch_reader_column(const struct sch_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->count; i++) {
        /* The analyser takes the zeroed array for its elements.
         * NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
        if (strcmp(reader->targets[i].column.name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}
