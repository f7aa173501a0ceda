/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/layout.c - which column each field of a structure fills, in four passes: by name, by the
 * name that readers know, by alias, as new ones.
 *
 * Names go before aliases over the whole structure. Given a structure with the fields a and b,
 * where b has the alias a, then each keeps its own column. */
#include "schema/plan/layout.h"

#include <string.h>

#include "schema/model/nameset.h"
#include "schema/plan/columns.h"

enum { TYPE_BYTES = 96, FREE = -1 };

struct build {
    struct sch_layout *out;
    const struct sch_type *root;
    bool may_change_types;
    int32_t *field_of;         /* of each column: the field that fills it, or FREE */
    int32_t *next_of;          /* of each column: the next one of the same field, or FREE */
    struct sch_nameset fields; /* columns that there were, the first of each field, by field */
    struct sch_nameset names;  /* all columns, by their name in the register */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the columns of a structure");
}

static bool is_same_type(const struct column *a, const struct column *b)
{
    return a->type == b->type && (a->type != COLUMN_NUMERIC || a->scale == b->scale);
}

static struct column column_of(const struct sch_field *field)
{
    struct column column = {.name = NULL};
    bool nullable;
    sch_column_of(field->type, &column, &nullable);
    return column;
}

static int refuse_change(const struct column *old, const struct sch_field *field, struct err *err)
{
    struct column now = column_of(field);
    char type[TYPE_BYTES];
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

/* The field fills the column, whose type it keeps. */
static void fill(struct build *b, size_t field, int32_t at)
{
    struct column *column = &b->out->columns[at];
    struct column now = column_of(&b->root->fields[field]);
    if (now.precision > column->precision) {
        column->precision = now.precision;
    }
    b->out->column_of[field] = at;
    b->field_of[at] = (int32_t)field;
}

static int32_t column_named(const struct build *b, const char *field)
{
    const struct column *found = sch_nameset_get(&b->fields, field);
    return found != NULL ? (int32_t)(found - b->out->columns) : FREE;
}

/* The column of the field that is of the type and that no field fills yet, or FREE. */
static int32_t column_like(const struct build *b, const char *field, const struct column *now)
{
    int32_t at = column_named(b, field);
    while (at != FREE && (b->field_of[at] != FREE || !is_same_type(&b->out->columns[at], now))) {
        at = b->next_of[at];
    }
    return at;
}

/* Another field of the structure fills one of the columns under this name. */
static bool is_filled(const struct build *b, const char *field)
{
    for (int32_t at = column_named(b, field); at != FREE; at = b->next_of[at]) {
        if (b->field_of[at] != FREE) {
            return true;
        }
    }
    return false;
}

static void pair_names(struct build *b)
{
    for (size_t i = 0; i < b->root->field_count; i++) {
        const struct sch_field *field = &b->root->fields[i];
        struct column now = column_of(field);
        int32_t at = column_like(b, field->name, &now);
        if (at != FREE) {
            fill(b, i, at);
        }
    }
}

/* The columns that readers know by the fields' names, if none has the name and the type. */
static int pair_shown(struct build *b, struct err *err)
{
    for (size_t i = 0; i < b->root->field_count; i++) {
        const struct sch_field *field = &b->root->fields[i];
        char name[SCH_COLUMN_NAME_BYTES];
        sch_column_name(field->name, name);
        if (name[0] == '\0') {
            return no_memory(err);
        }
        struct column now = column_of(field);
        for (size_t k = 0; b->out->column_of[i] == FREE && k < b->out->column_count; k++) {
            const struct column *column = &b->out->columns[k];
            if (column->shown != NULL && strcmp(column->shown, name) == 0 &&
                b->field_of[k] == FREE && is_same_type(column, &now)) {
                fill(b, i, (int32_t)k);
            }
        }
    }
    return 0;
}

/* Of fields that have columns, but none of their type. */
static int check_types(const struct build *b, struct err *err)
{
    for (size_t i = 0; i < b->root->field_count; i++) {
        const struct sch_field *field = &b->root->fields[i];
        int32_t first = column_named(b, field->name);
        if (b->out->column_of[i] == FREE && first != FREE) {
            return refuse_change(&b->out->columns[first], field, err);
        }
    }
    return 0;
}

static int pair_known(struct build *b, struct err *err)
{
    pair_names(b);
    if (pair_shown(b, err) != 0) {
        return -1;
    }
    return b->may_change_types ? 0 : check_types(b, err);
}

/* Names the column as a field; one that is not the field's first has its number in the name. */
static int name_column(struct build *b, struct column *column, const char *field, int number,
                       struct err *err)
{
    char name[SCH_COLUMN_NAME_BYTES];
    sch_column_name_of(field, number, name);
    if (name[0] == '\0') {
        return no_memory(err);
    }
    column->field = arena_strdup(&b->out->arena, field);
    column->name = arena_strdup(&b->out->arena, name);
    return column->field != NULL && column->name != NULL ? 0 : no_memory(err);
}

/* All columns that the field had under its old name. */
static int rename_field(struct build *b, const char *old_name, int32_t filled,
                        const struct sch_field *field, struct err *err)
{
    int number = 1;
    if (name_column(b, &b->out->columns[filled], field->name, number, err) != 0) {
        return -1;
    }
    for (int32_t at = column_named(b, old_name); at != FREE; at = b->next_of[at]) {
        if (at != filled && name_column(b, &b->out->columns[at], field->name, ++number, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int pair_aliases(struct build *b, struct err *err)
{
    for (size_t i = 0; i < b->root->field_count; i++) {
        const struct sch_field *field = &b->root->fields[i];
        struct column now = column_of(field);
        bool is_new = b->out->column_of[i] == FREE && column_named(b, field->name) == FREE;
        for (size_t k = 0; is_new && k < field->aliases.count; k++) {
            const char *alias = field->aliases.items[k];
            int32_t at = column_like(b, alias, &now);
            if (at == FREE || is_filled(b, alias)) {
                continue;
            }
            fill(b, i, at);
            if (rename_field(b, alias, at, field, err) != 0) {
                return -1;
            }
            break;
        }
    }
    return 0;
}

/* One more than the field has. */
static int next_number(const struct build *b, const char *field)
{
    int number = 1;
    for (int32_t at = column_named(b, field); at != FREE; at = b->next_of[at]) {
        number++;
    }
    return number;
}

static int add_columns(struct build *b, struct err *err)
{
    for (size_t i = 0; i < b->root->field_count; i++) {
        if (b->out->column_of[i] != FREE) {
            continue;
        }
        if (b->out->column_count >= SCH_MAX_COLUMNS) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                           "all structures together have more than %d fields, and a dataset takes "
                           "no more",
                           SCH_MAX_COLUMNS);
        }
        const char *field = b->root->fields[i].name;
        size_t at = b->out->column_count++;
        b->out->columns[at] = column_of(&b->root->fields[i]);
        if (name_column(b, &b->out->columns[at], field, next_number(b, field), err) != 0) {
            return -1;
        }
        b->out->column_of[i] = (int32_t)at;
    }
    return 0;
}

/* A name that is made for a field may be another field's own. */
static int check_names(struct build *b, struct err *err)
{
    for (size_t i = 0; i < b->out->column_count; i++) {
        struct column *column = &b->out->columns[i];
        void *existing = NULL;
        int put = sch_nameset_put(&b->names, column->name, column, &existing);
        if (put < 0) {
            return no_memory(err);
        }
        if (put > 0) {
            const struct column *other = existing;
            err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                    "the field's column would be named %s, as that of %.100s is", column->name,
                    other->field);
            err_path_prepend(err, column->field);
            return -1;
        }
    }
    return 0;
}

static int copy_existing(struct build *b, const struct column *existing, size_t count,
                         struct err *err)
{
    struct sch_layout *out = b->out;
    for (size_t i = 0; i < count; i++) {
        struct column *column = &out->columns[i];
        *column = existing[i];
        column->name = arena_strdup(&out->arena, existing[i].name);
        column->field = arena_strdup(&out->arena, existing[i].field);
        if (existing[i].shown != NULL) {
            column->shown = arena_strdup(&out->arena, existing[i].shown);
        }
        void *first = NULL;
        int put = column->name != NULL && column->field != NULL
                      ? sch_nameset_put(&b->fields, column->field, column, &first)
                      : -1;
        if (put < 0) {
            return no_memory(err);
        }
        if (put > 0) {
            struct column *before = first;
            int32_t last = (int32_t)(before - out->columns);
            while (b->next_of[last] != FREE) {
                last = b->next_of[last];
            }
            b->next_of[last] = (int32_t)i;
        }
    }
    out->column_count = count;
    return 0;
}

static int make_room(struct build *b, size_t existing, struct err *err)
{
    struct sch_layout *out = b->out;
    size_t most = existing + b->root->field_count;
    out->field_count = b->root->field_count;
    out->columns = arena_calloc(&out->arena, most + 1, sizeof(*out->columns));
    out->column_of = arena_calloc(&out->arena, out->field_count + 1, sizeof(*out->column_of));
    out->names = arena_calloc(&out->arena, out->field_count + 1, sizeof(*out->names));
    b->field_of = arena_calloc(&out->arena, most + 1, sizeof(*b->field_of));
    b->next_of = arena_calloc(&out->arena, most + 1, sizeof(*b->next_of));
    if (out->columns == NULL || out->column_of == NULL || out->names == NULL ||
        b->field_of == NULL || b->next_of == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < out->field_count; i++) {
        out->column_of[i] = FREE;
    }
    for (size_t i = 0; i < most; i++) {
        b->field_of[i] = FREE;
        b->next_of[i] = FREE;
    }
    return 0;
}

/* As readers are to see each field's column: without its number. */
static int put_names(struct build *b, struct err *err)
{
    for (size_t i = 0; i < b->root->field_count; i++) {
        char name[SCH_COLUMN_NAME_BYTES];
        sch_column_name(b->root->fields[i].name, name);
        b->out->names[i] = name[0] != '\0' ? arena_strdup(&b->out->arena, name) : NULL;
        if (b->out->names[i] == NULL) {
            return no_memory(err);
        }
    }
    return 0;
}

int sch_layout_extend(const struct column *existing, size_t existing_count,
                      const struct sch_schema *structure, bool may_change_types,
                      struct sch_layout *out, struct err *err)
{
    *out = (struct sch_layout){.arena = ARENA_INIT};
    struct build b = {
        .out = out, .root = sch_root(structure), .may_change_types = may_change_types};
    if (b.root->kind != SCH_RECORD) {
        char type[TYPE_BYTES];
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "a structure of values must be a record, not %s",
                       sch_describe(b.root, type, sizeof(type)));
    }
    int rc = make_room(&b, existing_count, err) != 0 ||
                     copy_existing(&b, existing, existing_count, err) != 0 ||
                     pair_known(&b, err) != 0 || pair_aliases(&b, err) != 0 ||
                     add_columns(&b, err) != 0 || check_names(&b, err) != 0 ||
                     put_names(&b, err) != 0
                 ? -1
                 : 0;
    sch_nameset_fini(&b.fields);
    sch_nameset_fini(&b.names);
    if (rc != 0) {
        sch_layout_fini(out);
    }
    return rc;
}

void sch_layout_fini(struct sch_layout *layout)
{
    arena_fini(&layout->arena);
    *layout = (struct sch_layout){.arena = ARENA_INIT};
}

int sch_column_of_field(const struct column *columns, size_t count, const char *field)
{
    for (size_t i = 0; field != NULL && i < count; i++) {
        if (strcmp(columns[i].field, field) == 0) {
            return (int)i;
        }
    }
    return -1;
}
