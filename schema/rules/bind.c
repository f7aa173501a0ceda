/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/bind.c - cells as values, and lists, maps and records in whatever shape they come.
 *
 * Invariant: a CELL_NESTED, or an OBJECT or ARRAY on its tape, is what schema/decode made of a value of `type`: so a record is
 * an OBJECT with its fields in their order, a map an OBJECT of what it has, and a union with more than one branch
 * beside null an OBJECT with one key, the branch's name, which nobody sees here. */
#include "schema/rules/bind.h"
#include "schema/rules/compare.h"

#include <stdio.h>
#include <string.h>

enum { ITEMS_A_UNIT = 8 };

/* ---- scalars ---- */

static void from_micros(int64_t us, enum cel_kind kind, struct cel_value *out)
{
    int64_t seconds = us / 1000000;
    int64_t rest = us % 1000000;
    if (rest < 0 && kind == CEL_TIMESTAMP) {
        seconds--;
        rest += 1000000;
    }
    *out = kind == CEL_TIMESTAMP && (seconds < CEL_TIMESTAMP_MIN_S || seconds > CEL_TIMESTAMP_MAX_S)
               ? cel_error(CEL_OVERFLOW, "the time is before the year 1 or after 9999")
               : cel_time(kind, seconds, (int32_t)rest * 1000);
}

static void from_uuid(struct cel_run *run, const uint8_t *p, struct cel_value *out)
{
    char *text = cel_run_alloc(run, 37, out);
    if (text != NULL) {
        snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                 p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12],
                 p[13], p[14], p[15]);
        *out = cel_bytes(CEL_STRING, text, 36);
    }
}

static void from_number(int64_t i, enum column_type column, struct cel_value *out)
{
    switch (column) {
    case COLUMN_DATE:
        if (i < CEL_TIMESTAMP_MIN_S / 86400 || i > CEL_TIMESTAMP_MAX_S / 86400) {
            *out = cel_error(CEL_OVERFLOW, "the date is before the year 1 or after 9999");
            return;
        }
        *out = cel_time(CEL_TIMESTAMP, i * 86400, 0);
        return;
    case COLUMN_TIME: from_micros(i, CEL_DURATION, out); return;
    case COLUMN_TIMESTAMPTZ:
    case COLUMN_TIMESTAMP: from_micros(i, CEL_TIMESTAMP, out); return;
    default: *out = cel_int(i);
    }
}

/* As Avro's JSON encoding names a branch. */
static const char *branch_name(const struct sch_type *branch)
{
    static const char *const names[] = {
        [SCH_NULL] = "null",   [SCH_BOOLEAN] = "boolean", [SCH_INT] = "int",
        [SCH_LONG] = "long",   [SCH_FLOAT] = "float",     [SCH_DOUBLE] = "double",
        [SCH_BYTES] = "bytes", [SCH_STRING] = "string",   [SCH_ARRAY] = "array",
        [SCH_MAP] = "map"};
    return branch->name != NULL ? branch->name : names[branch->kind];
}

/* The branch that a tagged value names: its cell, and its type. A type with one branch beside null is not tagged. */
static const struct cell *untag(const struct cell *cell, const struct sch_type **type)
{
    const struct sch_type *only = NULL;
    size_t values = 0;
    for (size_t i = 0; i < (*type)->branch_count; i++) {
        if ((*type)->branches[i]->kind != SCH_NULL) {
            only = (*type)->branches[i];
            values++;
        }
    }
    if (values <= 1) {
        *type = only;
        return cell;
    }
    if (cell->type != CELL_OBJECT || cell->len < 2) {
        *type = NULL; /* the null branch */
        return cell;
    }
    const struct cell *key = cell + 1;
    for (size_t i = 0; i < (*type)->branch_count; i++) {
        const struct sch_type *branch = (*type)->branches[i];
        const char *text = branch_name(branch);
        if (branch->kind != SCH_NULL && strlen(text) == key->len &&
            memcmp(text, key->p, key->len) == 0) {
            *type = branch;
            return cell + 2;
        }
    }
    *type = NULL;
    return cell + 2;
}

const struct cell *cel_unwrap(const struct cell *cell, const struct sch_type **type)
{
    cell = cell->type == CELL_NESTED ? cell->tape : cell;
    return (*type)->kind == SCH_UNION ? untag(cell, type) : cell;
}

static void from_tape(struct cel_run *run, const struct cell *cell, const struct sch_type *type,
                      struct cel_value *out)
{
    if (type != NULL && type->kind == SCH_UNION) {
        cell = untag(cell, &type);
    }
    if (cell->type != CELL_OBJECT && cell->type != CELL_ARRAY) {
        cel_from_cell(run, cell, (enum column_type)cell->column_type, type, out);
        return;
    }
    if (type == NULL) {
        *out = cel_error(CEL_BAD_ARGUMENT, "the value has no known type");
        return;
    }
    struct cel_value value = {.kind = type->kind == SCH_ARRAY ? CEL_LIST
                                      : type->kind == SCH_MAP ? CEL_MAP
                                                              : CEL_RECORD,
                              .shape = CEL_TAPE,
                              .tape = cell,
                              .avro = type};
    value.len = value.kind == CEL_RECORD ? 0 : cel_size(&value); /* each time anew: paid for */
    if (cel_run_charge(run, value.len / ITEMS_A_UNIT, out)) {
        *out = value;
    }
}

void cel_from_cell(struct cel_run *run, const struct cell *cell, enum column_type column,
                   const struct sch_type *type, struct cel_value *out)
{
    switch ((enum cell_type)cell->type) {
    case CELL_NULL: *out = cel_null(); return;
    case CELL_UNCHANGED:
        *out = cel_error(CEL_UNKNOWN_VALUE, "the source did not send the field");
        return;
    case CELL_BOOL: *out = cel_bool(cell->i != 0); return;
    case CELL_I64: from_number(cell->i, column, out); return;
    case CELL_F64: *out = cel_double(cell->d); return;
    case CELL_BYTES:
    case CELL_KEY:
        *out =
            cel_bytes(column == COLUMN_BYTEA && cell->type == CELL_BYTES ? CEL_BYTES : CEL_STRING,
                      cell->p, cell->len);
        return;
    case CELL_DECIMAL:
        *out = cel_bytes(CEL_DECIMAL, cell->p, cell->len);
        out->scale = cell->scale;
        return;
    case CELL_UUID: from_uuid(run, cell->p, out); return;
    case CELL_NESTED: from_tape(run, cell->tape, type, out); return;
    case CELL_OBJECT:
    case CELL_ARRAY: from_tape(run, cell, type, out); return;
    }
    *out = cel_error(CEL_BAD_ARGUMENT, "the value has no known type");
}

/* ---- lists and maps ---- */

uint32_t cel_size(const struct cel_value *value)
{
    if (value->shape == CEL_VALUES || value->len > 0) {
        return value->len;
    }
    const struct cell *end = value->tape + 1 + value->tape->len;
    uint32_t count = 0;
    for (const struct cell *cell = value->tape + 1; cell < end; count++) {
        cell += value->kind == CEL_MAP ? 1 : 0; /* its key */
        cell += cell_span(cell);
    }
    return count;
}

void cel_walk_begin(struct cel_walk *walk, const struct cel_value *of)
{
    *walk =
        (struct cel_walk){.of = of, .at = 0, .cell = of->shape == CEL_TAPE ? of->tape + 1 : NULL};
}

bool cel_walk_next(struct cel_walk *walk, struct cel_run *run, struct cel_value *key,
                   struct cel_value *value)
{
    const struct cel_value *of = walk->of;
    bool map = of->kind == CEL_MAP;
    if (of->shape == CEL_VALUES) {
        if (walk->at >= of->len) {
            return false;
        }
        *key = map ? of->items[2 * (size_t)walk->at] : cel_int(walk->at);
        *value = of->items[map ? 2 * (size_t)walk->at + 1 : walk->at];
        walk->at++;
        return true;
    }
    if (walk->cell >= of->tape + 1 + of->tape->len) {
        return false;
    }
    *key = map ? cel_bytes(CEL_STRING, walk->cell->p, walk->cell->len) : cel_int(walk->at);
    walk->cell += map;
    from_tape(run, walk->cell, of->avro->items, value);
    walk->cell += cell_span(walk->cell);
    walk->at++;
    return true;
}

void cel_list_at(struct cel_run *run, const struct cel_value *list, int64_t index,
                 struct cel_value *out)
{
    if (index < 0 || index >= (int64_t)cel_size(list)) {
        *out = cel_error(CEL_NO_KEY, "the index is outside the list");
        return;
    }
    if (list->shape == CEL_VALUES) {
        *out = list->items[index];
        return;
    }
    if (!cel_run_charge(run, (uint64_t)index, out)) {
        return;
    }
    const struct cell *cell = list->tape + 1;
    for (int64_t i = 0; i < index; i++) {
        cell += cell_span(cell);
    }
    from_tape(run, cell, list->avro->items, out);
}

/* The value of a key on a tape; NULL: none. */
static const struct cell *find_on_tape(const struct cell *object, const char *name, uint32_t len)
{
    const struct cell *end = object + 1 + object->len;
    for (const struct cell *cell = object + 1; cell < end; cell += cell_span(cell)) {
        const struct cell *key = cell++;
        if (key->len == len && (len == 0 || memcmp(key->p, name, len) == 0)) {
            return cell;
        }
    }
    return NULL;
}

static struct cel_value no_key(void)
{
    return cel_error(CEL_NO_KEY, "the map has no such key");
}

void cel_map_at(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
                struct cel_value *out)
{
    uint64_t each = 1 + (key->kind == CEL_STRING ? cel_compare_units(key, key) : 0);
    if (!cel_run_charge(run, cel_size(map) * each, out)) {
        return;
    }
    if (map->shape == CEL_TAPE) {
        const struct cell *found = key->kind == CEL_STRING
                                       ? find_on_tape(map->tape, (const char *)key->p, key->len)
                                       : NULL;
        if (found == NULL) {
            *out = no_key();
        } else {
            from_tape(run, found, map->avro->items, out);
        }
        return;
    }
    for (uint32_t i = 0; i < map->len; i++) {
        if (cel_compare(key, &map->items[2 * (size_t)i]) == 0) {
            *out = map->items[2 * (size_t)i + 1];
            return;
        }
    }
    *out = no_key();
}

/* ---- records ---- */

static void row_field_at(struct cel_run *run, const struct cel_row *row, uint32_t field,
                         struct cel_value *out)
{
    int32_t column = row->column_of[field];
    if (column < 0) {
        *out = cel_error(CEL_UNKNOWN_VALUE, "the register does not read the field");
        return;
    }
    cel_from_cell(run, &row->cells[column], row->column_types[column],
                  row->record->fields[field].type, out);
}

void cel_field_at(struct cel_run *run, const struct cel_value *record, uint32_t field,
                  struct cel_value *out)
{
    if (record->shape == CEL_ROW) {
        row_field_at(run, record->row, field, out);
        return;
    }
    if (!cel_run_charge(run, field / ITEMS_A_UNIT, out)) {
        return;
    }
    const struct cell *cell = record->tape + 2; /* behind the first key */
    for (uint32_t i = 0; i < field; i++) {
        cell += cell_span(cell) + 1;
    }
    from_tape(run, cell, record->avro->fields[field].type, out);
}

static const struct sch_type *type_of(const struct cel_value *record)
{
    return record->shape == CEL_ROW ? record->row->record : record->avro;
}

static int64_t field_number(const struct cel_value *record, const char *name, uint32_t len)
{
    const struct sch_type *type = type_of(record);
    for (size_t i = 0; i < type->field_count; i++) {
        if (strlen(type->fields[i].name) == len && memcmp(type->fields[i].name, name, len) == 0) {
            return (int64_t)i;
        }
    }
    return -1;
}

void cel_field_named(struct cel_run *run, const struct cel_value *of, const char *name,
                     uint32_t len, struct cel_value *out)
{
    if (of->kind == CEL_MAP) {
        const struct cel_value key = cel_bytes(CEL_STRING, name, len);
        cel_map_at(run, of, &key, out);
        return;
    }
    if (!cel_run_charge(run, type_of(of)->field_count, out)) {
        return;
    }
    int64_t number = field_number(of, name, len);
    if (number < 0) {
        *out = cel_error(CEL_NO_FIELD, "the record has no such field");
        return;
    }
    cel_field_at(run, of, (uint32_t)number, out);
}

void cel_field_present(struct cel_run *run, const struct cel_value *of, const char *name,
                       uint32_t len, struct cel_value *out)
{
    cel_field_named(run, of, name, len, out);
    if (out->kind == CEL_ERROR && out->shape == CEL_NO_KEY) {
        *out = cel_bool(false);
    } else if (out->kind != CEL_ERROR) {
        *out = cel_bool(of->kind == CEL_MAP || out->kind != CEL_NULL);
    }
}
