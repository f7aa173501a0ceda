/* SPDX-License-Identifier: Apache-2.0
 * registry/structure.c - judges a structure against everything its dataset has.
 *
 * Each structure's events fill the columns that it was given, so a new one is judged by the columns
 * there are and not by the structures before it: what it adds, and whether its plan and those of the
 * key's structures compile. Storing is registry/registration.c's; whether the subject's level allows
 * the structure, compatibility.c's. */
#include "registry/structure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyenc.h"
#include "registry/identity.h"
#include "schema/decode/key.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"
#include "schema/plan/layout.h"
#include "schema/plan/plan.h"
#include "storage/catalogue/catalogue.h"

enum { TYPE_BYTES = 96 };

struct reg_judge {
    struct sto_catalogue *catalogue;
    const struct sto_dataset *dataset;
    struct sch_schema *schema;
    struct sch_layout layout; /* of a value structure */
};

/* ---- a value structure ---- */

static bool is_time(const struct sch_type *type)
{
    return type->logical == SCH_DATE || type->logical == SCH_TIMESTAMP_MILLIS ||
           type->logical == SCH_TIMESTAMP_MICROS;
}

static bool is_order(const struct sch_type *type)
{
    bool number = type->kind == SCH_INT || type->kind == SCH_LONG;
    return (number && type->logical == SCH_LOGICAL_NONE) || is_time(type);
}

static bool is_key_able(const struct sch_type *type)
{
    struct column column = {.name = ""};
    bool nullable;
    sch_column_of(type, &column, &nullable);
    return keyenc_allows(column.type);
}

/* The types whose values have one notation that the list of exempt values is compared with, byte by
 * byte (ingest/verdict.c). Any other would let a row through that is written in another way. */
static bool is_exempting(const struct sch_type *type)
{
    return type->logical == SCH_LOGICAL_NONE &&
           (type->kind == SCH_STRING || type->kind == SCH_ENUM || type->kind == SCH_BOOLEAN ||
            type->kind == SCH_INT || type->kind == SCH_LONG);
}

static bool is_symbol(const struct sch_type *type, const char *value)
{
    for (size_t i = 0; i < type->symbols.count; i++) {
        if (strcmp(type->symbols.items[i], value) == 0) {
            return true;
        }
    }
    return false;
}

/* A number as it prints: no zeros in front, no plus sign. */
static bool is_number(const struct sch_type *type, const char *value)
{
    char canonical[24];
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    snprintf(canonical, sizeof(canonical), "%lld", number);
    return errno == 0 && strcmp(canonical, value) == 0 &&
           (type->kind == SCH_LONG || (number >= INT32_MIN && number <= INT32_MAX));
}

static bool can_occur(const struct sch_type *type, const char *value)
{
    switch (type->kind) {
    case SCH_ENUM: return is_symbol(type, value);
    case SCH_BOOLEAN: return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    case SCH_INT:
    case SCH_LONG: return is_number(type, value);
    default: return true;
    }
}

/* A value that the field can never have exempts nothing: somebody wrote it wrongly, and the rows he
 * meant would be stored (NRL-2). */
static int check_exempt_values(const struct reg_judge *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    char found[TYPE_BYTES];
    if (dataset->exempt_field == NULL) {
        return 0;
    }
    const struct sch_type *type =
        sch_bare_type(sch_find_field(sch_root(reg->schema), dataset->exempt_field)->type);
    for (size_t i = 0; i < dataset->exempt_value_count; i++) {
        if (!can_occur(type, dataset->exempt_values[i])) {
            err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                    "%.64s, the value that exempts rows of %s, cannot occur in %.64s, which is %s",
                    dataset->exempt_values[i], dataset->full_name, dataset->exempt_field,
                    sch_describe(type, found, sizeof(found)));
            err_path_prepend(err, dataset->exempt_field);
            return -1;
        }
    }
    return 0;
}

/* A field that the dataset names must be in the structure, and of a type that serves. */
static int check_field(const struct reg_judge *reg, const char *name, const char *role,
                       bool (*serves)(const struct sch_type *), const char *wanted, struct err *err)
{
    if (name == NULL) {
        return 0;
    }
    char found[TYPE_BYTES];
    const struct sch_field *field = sch_find_field(sch_root(reg->schema), name);
    if (field == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "the structure has no field %.64s, the %s of %s", name, role,
                reg->dataset->full_name);
    } else if (!serves(sch_bare_type(field->type))) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%.64s, the %s of %s, must be %s, not %s",
                name, role, reg->dataset->full_name, wanted,
                sch_describe(sch_bare_type(field->type), found, sizeof(found)));
    } else {
        return 0;
    }
    err_path_prepend(err, name);
    return -1;
}

static int check_fields(const struct reg_judge *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    for (size_t i = 0; i < dataset->key_field_count; i++) {
        if (check_field(reg, dataset->key_fields[i], "key field", is_key_able,
                        "string, enum, int, long, uuid, date, fixed or bytes", err) != 0) {
            return -1;
        }
    }
    if (check_field(reg, dataset->order_field, "order field", is_order,
                    "int, long, date or a timestamp", err) != 0 ||
        check_field(reg, dataset->event_time_field, "event-time field", is_time,
                    "date or a timestamp", err) != 0) {
        return -1;
    }
    if (check_field(reg, dataset->exempt_field, "field that exempts rows", is_exempting,
                    "string, enum, boolean, int or long", err) != 0) {
        return -1;
    }
    return check_exempt_values(reg, err);
}

static int compile_value(const struct reg_judge *reg, struct err *err)
{
    const struct sch_plan_spec spec = {
        .structure = reg->schema,
        .column_of = reg->layout.column_of,
        .columns = reg->layout.columns,
        .column_count = reg->layout.column_count,
    };
    struct sch_plan *plan = sch_plan_compile(&spec, err);
    bool compiled = plan != NULL;
    sch_plan_free(&plan);
    return compiled ? 0 : -1;
}

/* The columns of the key fields, in key order. */
static struct column *key_columns(const struct reg_judge *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    const struct sch_layout *layout = &reg->layout;
    struct column *columns = calloc(dataset->key_field_count + 1, sizeof(*columns));
    if (columns == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a key");
        return NULL;
    }
    for (size_t i = 0; i < dataset->key_field_count; i++) {
        columns[i] = layout->columns[sch_column_of_field(layout->columns, layout->column_count,
                                                         dataset->key_fields[i])];
    }
    return columns;
}

static int compile_key(struct sch_schema *schema, const struct column *columns, size_t count,
                       struct err *err)
{
    struct sch_plan *plan = sch_key_plan_compile(schema, columns, count, err);
    bool compiled = plan != NULL;
    sch_plan_free(&plan);
    return compiled ? 0 : -1;
}

/* Key structures registered before: producers register the key first, so its columns may only be
 * known now. */
static int compile_keys(const struct reg_judge *reg, struct err *err)
{
    struct column *columns = key_columns(reg, err);
    int rc = columns == NULL ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < reg->dataset->structure_count; i++) {
        const struct sto_structure *structure = &reg->dataset->structures[i];
        if (!structure->is_key || structure->state != STO_STRUCTURE_ACTIVE) {
            continue;
        }
        struct sch_schema *schema = sch_parse(structure->text, structure->text_len, err);
        rc = schema == NULL ? -1 : compile_key(schema, columns, reg->dataset->key_field_count, err);
        if (rc != 0) {
            err_add(err, "reading keys of structure %d", (int)structure->schema_id);
        }
        sch_schema_unref(&schema);
    }
    free(columns);
    return rc;
}

/* A structure that was here before keeps its columns: its events may have come already. */
static int take_columns_of(struct reg_judge *reg, const struct sto_structure *known,
                           struct err *err)
{
    const struct sch_layout *layout = &reg->layout;
    if (known->field_count != layout->field_count) {
        return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                       "version %d of %s has columns for %zu fields, and %zu fields",
                       (int)known->version, reg->dataset->full_name, known->field_count,
                       layout->field_count);
    }
    const struct sto_table *table = &reg->dataset->table;
    for (size_t i = 0; i < known->field_count; i++) {
        layout->column_of[i] = known->column_of[i];
    }
    for (size_t i = 0; i < table->column_count; i++) {
        layout->columns[i] = table->columns[i];
    }
    reg->layout.column_count = table->column_count;
    return 0;
}

static const struct sto_structure *same_structure(const struct reg_judge *reg,
                                                  const uint8_t *sha256)
{
    uint8_t guid[16];
    reg_guid_bytes(sha256, guid);
    for (size_t i = 0; i < reg->dataset->structure_count; i++) {
        const struct sto_structure *structure = &reg->dataset->structures[i];
        if (!structure->is_key && memcmp(structure->guid, guid, sizeof(guid)) == 0) {
            return structure;
        }
    }
    return NULL;
}

static int settle_columns(struct reg_judge *reg, const uint8_t *sha256, struct err *err)
{
    const struct sto_table *table = &reg->dataset->table;
    const struct sto_structure *known = same_structure(reg, sha256);
    if (sch_layout_extend(table->columns, table->column_count, reg->schema, &reg->layout, err) !=
        0) {
        return -1;
    }
    return known != NULL ? take_columns_of(reg, known, err) : 0;
}

static int judge_value(struct reg_judge *reg, const uint8_t *sha256, struct err *err)
{
    if (settle_columns(reg, sha256, err) != 0 || check_fields(reg, err) != 0 ||
        compile_value(reg, err) != 0) {
        return -1;
    }
    return compile_keys(reg, err);
}

/* ---- a key structure ---- */

/* The columns that the key structure itself would make: what there is to judge it by before a value
 * structure. */
static int columns_of_key(const struct reg_judge *reg, struct column *columns, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    const struct sch_type *root = sch_root(reg->schema);
    for (size_t i = 0; i < dataset->key_field_count; i++) {
        const char *name = dataset->key_fields[i];
        const struct sch_type *type = root;
        bool nullable;
        if (root->kind == SCH_RECORD) {
            const struct sch_field *field = sch_find_field(root, name);
            if (field == NULL) {
                return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                               "the key structure has no field %.64s, a key field of %s", name,
                               dataset->full_name);
            }
            type = field->type;
        }
        sch_column_of(sch_bare_type(type), &columns[i], &nullable);
        columns[i].name = name;
        columns[i].field = name;
        if (!keyenc_allows(columns[i].type)) {
            char found[TYPE_BYTES];
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "%s cannot be the key field %.64s of %s",
                           sch_describe(type, found, sizeof(found)), name, dataset->full_name);
        }
    }
    return 0;
}

static int judge_key(const struct reg_judge *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    const struct sto_table *table = &dataset->table;
    struct column *columns = calloc(dataset->key_field_count + 1, sizeof(*columns));
    int rc = 0;
    if (columns == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a key");
    }
    if (table->column_count == 0) {
        rc = columns_of_key(reg, columns, err);
    }
    for (size_t i = 0; table->column_count > 0 && i < dataset->key_field_count; i++) {
        columns[i] = table->columns[table->key_columns[i]];
    }
    if (rc == 0) {
        rc = compile_key(reg->schema, columns, dataset->key_field_count, err);
    }
    free(columns);
    return rc;
}

/* ---- the whole ---- */

int reg_structure_judge(struct sto_conn *conn, const struct reg_case *asked,
                        struct reg_judgement *out, struct err *err)
{
    *out = (struct reg_judgement){0};
    struct reg_judge *reg = calloc(1, sizeof(*reg));
    if (reg == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure");
    }
    out->held = reg;
    reg->schema = sch_schema_ref(asked->schema);
    reg->catalogue = sto_catalogue_load_one(conn, asked->dataset_id, err);
    if (reg->catalogue == NULL) {
        return -1;
    }
    if (reg->catalogue->dataset_count == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %d",
                       (int)asked->dataset_id);
    }
    reg->dataset = &reg->catalogue->datasets[0];
    if ((asked->is_key ? judge_key(reg, err) : judge_value(reg, asked->sha256, err)) != 0) {
        return -1;
    }
    out->columns = reg->layout.columns;
    out->column_count = reg->layout.column_count;
    out->column_of = reg->layout.column_of;
    out->field_count = reg->layout.field_count;
    return 0;
}

void reg_judgement_fini(struct reg_judgement *judgement)
{
    struct reg_judge *reg = judgement->held;
    if (reg == NULL) {
        return;
    }
    sch_layout_fini(&reg->layout);
    sch_schema_unref(&reg->schema);
    sto_catalogue_free(&reg->catalogue);
    free(reg);
    *judgement = (struct reg_judgement){0};
}
