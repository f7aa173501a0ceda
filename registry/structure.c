/* SPDX-License-Identifier: Apache-2.0
 * registry/structure.c - judges a structure against everything its dataset has.
 *
 * Each structure's events fill the columns that it was given, so a new one is judged by the columns
 * there are and not by the structures before it: what it adds, and whether its plan and those of the
 * key's structures compile. Storing is registry/registration.c's; whether the subject's level allows
 * the structure, compatibility.c's. */
#include "registry/structure.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "registry/identity.h"
#include "schema/decode/key.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "schema/plan/layout.h"
#include "schema/plan/plan.h"
#include "schema/plan/role.h"
#include "storage/catalogue/catalogue.h"

struct reg_judge {
    struct sto_catalogue *catalogue;
    const struct sto_dataset *dataset;
    struct sch_schema *schema;
    struct sch_layout layout; /* of a value structure */
};

static struct sch_roles roles_of(const struct sto_dataset *dataset)
{
    return (struct sch_roles){
        .dataset = dataset->full_name,
        .key_fields = dataset->key_fields,
        .key_field_count = dataset->key_field_count,
        .order_field = dataset->order_field,
        .event_time_field = dataset->event_time_field,
        .exempt_field = dataset->exempt_field,
        .exempt_values = dataset->exempt_values,
        .exempt_value_count = dataset->exempt_value_count,
    };
}

/* ---- a value structure ---- */

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
        /* One that nobody agreed to has no columns. */
        bool has_columns =
            structure->state != STO_STRUCTURE_PENDING && structure->state != STO_STRUCTURE_REJECTED;
        if (!structure->is_key && has_columns && memcmp(structure->guid, guid, sizeof(guid)) == 0) {
            return structure;
        }
    }
    return NULL;
}

static int settle_columns(struct reg_judge *reg, const struct reg_case *asked, struct err *err)
{
    const struct sto_table *table = &reg->dataset->table;
    const struct sto_structure *known = same_structure(reg, asked->sha256);
    if (sch_layout_extend(table->columns, table->column_count, reg->schema, asked->may_change_types,
                          &reg->layout, err) != 0) {
        return -1;
    }
    return known != NULL ? take_columns_of(reg, known, err) : 0;
}

/* A field by which the dataset's events are told apart, put in order or dated has one column for ever: keys, orders and
 * times of two types cannot be compared. */
static int check_role(const struct reg_judge *reg, const char *field, const char *role,
                      struct err *err)
{
    const struct sch_layout *layout = &reg->layout;
    int first = sch_column_of_field(layout->columns, layout->column_count, field);
    for (size_t i = 0; first >= 0 && i < layout->column_count; i++) {
        if (i != (size_t)first && strcmp(layout->columns[i].field, field) == 0) {
            err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                    "%s is the %s field of %.100s, and %s in its register: of another type it is "
                    "that of another dataset (nrc dataset retire names the one that succeeds)",
                    field, role, reg->dataset->full_name,
                    column_type_name(layout->columns[first].type));
            err_path_prepend(err, field);
            return -1;
        }
    }
    return 0;
}

static int check_role_types(const struct reg_judge *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    for (size_t i = 0; i < dataset->key_field_count; i++) {
        if (check_role(reg, dataset->key_fields[i], "key", err) != 0) {
            return -1;
        }
    }
    const char *const fields[] = {dataset->order_field, dataset->event_time_field,
                                  dataset->exempt_field};
    static const char *const roles[] = {"order", "event-time", "exempt"};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (fields[i] != NULL && check_role(reg, fields[i], roles[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int judge_value(struct reg_judge *reg, const struct reg_case *asked, struct err *err)
{
    const struct sch_roles roles = roles_of(reg->dataset);
    if (settle_columns(reg, asked, err) != 0 || check_role_types(reg, err) != 0 ||
        sch_roles_check(&roles, sch_root(reg->schema), err) != 0 || compile_value(reg, err) != 0) {
        return -1;
    }
    return compile_keys(reg, err);
}

/* ---- a key structure ---- */

static int judge_key(const struct reg_judge *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    const struct sto_table *table = &dataset->table;
    const struct sch_roles roles = roles_of(dataset);
    struct column *columns = calloc(dataset->key_field_count + 1, sizeof(*columns));
    int rc = 0;
    if (columns == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a key");
    }
    if (table->column_count == 0) {
        rc = sch_roles_key_columns(&roles, sch_root(reg->schema), columns, err);
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
    out->roles = roles_of(reg->dataset);
    if ((asked->is_key ? judge_key(reg, err) : judge_value(reg, asked, err)) != 0) {
        return -1;
    }
    out->columns = reg->layout.columns;
    out->column_count = reg->layout.column_count;
    out->column_of = reg->layout.column_of;
    out->names = reg->layout.names;
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
