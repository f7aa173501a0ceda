/* SPDX-License-Identifier: Apache-2.0
 * registry/structure.c - registers a structure: parse, judge against everything the dataset has,
 * store.
 *
 * Nothing is stored unless every structure in force can still be read (Avro 1.11, "Schema
 * Resolution"): the columns that follow from the new structure are worked out, then each writer's
 * plan is compiled against them, and each key structure's against the key's columns. Storage makes
 * structure and tables one transaction; two registrations at once are told apart there, by the
 * dataset's row.
 *
 * Identity: SHA-256 of the JSON text without the white space between its tokens. Attributes that
 * Avro does not know and their order count, so what a client registered is what it gets back;
 * `"string"` and `{"type":"string"}` are two. */
#include "registry/structure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/keyenc.h"
#include "base/sha256.h"
#include "schema/columns.h"
#include "schema/key.h"
#include "schema/model.h"
#include "schema/plan.h"
#include "schema/reader.h"
#include "storage/admin.h"
#include "storage/catalogue.h"

enum { TYPE_BYTES = 96 };

/* One registration; everything found on its way. */
struct registration {
    const struct sto_dataset *dataset;
    bool is_key;
    const char *text;
    uint8_t identity[SHA256_BYTES];
    bool known; /* the dataset has it already: nothing is judged again */
    struct sch_schema *schema;
    struct sch_schema *
        *values;  /* value structures that are or were in force, oldest first, then the new one */
    bool *active; /* beside values: events may still come with it */
    size_t value_count;
    struct sch_reader reader;
    struct column *columns; /* of the reader */
};

static int identify(const char *text, size_t len, uint8_t out[SHA256_BYTES], struct err *err)
{
    struct buf tokens = BUF_INIT;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            continue;
        }
        buf_put_u8(&tokens, (uint8_t)c);
        if (in_string && c == '\\' && i + 1 < len) {
            buf_put_u8(&tokens, (uint8_t)text[++i]);
        } else if (c == '"') {
            in_string = !in_string;
        }
    }
    bool failed = buf_failed(&tokens) || sha256_bytes(tokens.data, tokens.len, out) != 0;
    buf_fini(&tokens);
    return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure") : 0;
}

static const struct sto_dataset *find_dataset(const struct sto_catalogue *catalogue,
                                              const char *name, struct err *err)
{
    for (size_t i = 0; i < catalogue->dataset_count; i++) {
        if (strcmp(catalogue->datasets[i].full_name, name) == 0) {
            return &catalogue->datasets[i];
        }
    }
    err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.128s", name);
    return NULL;
}

/* Parses the value structures that count, and finds out whether the new text is one of the
 * dataset's. */
static int collect(struct registration *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    reg->values = calloc(dataset->structure_count + 1, sizeof(*reg->values));
    reg->active = calloc(dataset->structure_count + 1, sizeof(*reg->active));
    if (reg->values == NULL || reg->active == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the structures of %s",
                       dataset->full_name);
    }
    for (size_t i = 0; i < dataset->structure_count; i++) {
        const struct sto_structure *structure = &dataset->structures[i];
        uint8_t identity[SHA256_BYTES];
        if (identify(structure->text, structure->text_len, identity, err) != 0) {
            return -1;
        }
        if (structure->is_key == reg->is_key &&
            memcmp(identity, reg->identity, sizeof(identity)) == 0) {
            reg->known = true;
        }
        if (structure->is_key || structure->state == STO_STRUCTURE_PENDING) {
            continue;
        }
        struct sch_schema *schema = sch_parse(structure->text, structure->text_len, err);
        if (schema == NULL) {
            return err_add(err, "reading version %d of %s", (int)structure->version,
                           dataset->full_name);
        }
        reg->active[reg->value_count] = structure->state == STO_STRUCTURE_ACTIVE;
        reg->values[reg->value_count++] = schema;
    }
    return 0;
}

/* ---- a value structure ---- */

/* The field's type without null: ["null", T] and [T, "null"] are T. */
static const struct sch_type *bare_type(const struct sch_type *type)
{
    if (type->kind == SCH_UNION && type->branch_count == 2) {
        if (type->branches[0]->kind == SCH_NULL) {
            return type->branches[1];
        }
        if (type->branches[1]->kind == SCH_NULL) {
            return type->branches[0];
        }
    }
    return type;
}

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

static bool is_any(const struct sch_type *type)
{
    (void)type;
    return true;
}

/* A field that the dataset names must be in the structure, and of a type that serves. */
static int check_field(const struct registration *reg, const char *name, const char *role,
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
    } else if (!serves(bare_type(field->type))) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%.64s, the %s of %s, must be %s, not %s",
                name, role, reg->dataset->full_name, wanted,
                sch_describe(bare_type(field->type), found, sizeof(found)));
    } else {
        return 0;
    }
    err_path_prepend(err, name);
    return -1;
}

static int check_fields(const struct registration *reg, struct err *err)
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
    return check_field(reg, dataset->exempt_field, "field that exempts rows", is_any, "", err);
}

static int compile_values(const struct registration *reg, struct err *err)
{
    for (size_t i = 0; i < reg->value_count; i++) {
        if (!reg->active[i]) {
            continue;
        }
        struct sch_plan *plan = sch_reader_plan(&reg->reader, reg->values[i], err);
        if (plan == NULL) {
            bool is_new = reg->values[i] == reg->schema;
            return is_new ? -1
                          : err_add(err, "reading events of an earlier structure of %s",
                                    reg->dataset->full_name);
        }
        sch_plan_free(&plan);
    }
    return 0;
}

/* The columns of the key fields, in key order, as the reader has them. */
static struct column *key_columns(const struct registration *reg, struct err *err)
{
    const struct sto_dataset *dataset = reg->dataset;
    struct column *columns = calloc(dataset->key_field_count + 1, sizeof(*columns));
    if (columns == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a key");
        return NULL;
    }
    for (size_t i = 0; i < dataset->key_field_count; i++) {
        columns[i] =
            reg->reader.targets[sch_reader_column(&reg->reader, dataset->key_fields[i])].column;
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
static int compile_keys(const struct registration *reg, struct err *err)
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

static int derive_columns(struct registration *reg, struct err *err)
{
    const struct sto_table *table = &reg->dataset->table;
    if (sch_reader_build(reg->values, reg->value_count, table->columns, table->column_count,
                         &reg->reader, err) != 0) {
        return -1;
    }
    reg->columns = calloc(reg->reader.count + 1, sizeof(*reg->columns));
    if (reg->columns == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for %zu columns",
                       reg->reader.count);
    }
    for (size_t i = 0; i < reg->reader.count; i++) {
        reg->columns[i] = reg->reader.targets[i].column;
    }
    return 0;
}

static int judge_value(struct registration *reg, struct err *err)
{
    if (reg->known) {
        return derive_columns(reg, err);
    }
    reg->active[reg->value_count] = true;
    reg->values[reg->value_count++] = sch_schema_ref(reg->schema);
    if (derive_columns(reg, err) != 0 || check_fields(reg, err) != 0 ||
        compile_values(reg, err) != 0) {
        return -1;
    }
    return compile_keys(reg, err);
}

/* ---- a key structure ---- */

/* The columns that the key structure itself would make: what there is to judge it by before a value
 * structure. */
static int columns_of_key(const struct registration *reg, struct column *columns, struct err *err)
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
        sch_column_of(bare_type(type), &columns[i], &nullable);
        columns[i].name = name;
        if (!keyenc_allows(columns[i].type)) {
            char found[TYPE_BYTES];
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "%s cannot be the key field %.64s of %s",
                           sch_describe(type, found, sizeof(found)), name, dataset->full_name);
        }
    }
    return 0;
}

static int judge_key(const struct registration *reg, struct err *err)
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

static int store(struct sto_conn *conn, const struct registration *reg, struct reg_registered *out,
                 struct err *err)
{
    const struct sto_structure_spec spec = {
        .dataset_id = reg->dataset->id,
        .is_key = reg->is_key,
        .text = reg->text,
        .sha256 = reg->identity,
        .crc64 = sch_fingerprint_crc64(reg->schema),
        .columns = reg->columns,
        .column_count = reg->reader.count,
    };
    return sto_structure_add(conn, &spec, &out->schema_id, &out->version, err);
}

static void fini(struct registration *reg)
{
    sch_reader_fini(&reg->reader);
    for (size_t i = 0; i < reg->value_count; i++) {
        sch_schema_unref(&reg->values[i]);
    }
    sch_schema_unref(&reg->schema);
    free(reg->values);
    free(reg->active);
    free(reg->columns);
}

int reg_structure_register(struct sto_conn *conn, const char *dataset, bool is_key,
                           const char *text, size_t len, struct reg_registered *out,
                           struct err *err)
{
    struct registration reg = {.is_key = is_key};
    struct sto_catalogue *catalogue = NULL;
    char *copy = NULL;
    int rc = -1;

    /* Parsed first: a text with a U+0000, or a long one, goes no further. */
    reg.schema = sch_parse(text, len, err);
    if (reg.schema == NULL) {
        goto out;
    }
    copy = strndup(text, len);
    if (copy == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure");
        goto out;
    }
    reg.text = copy;
    catalogue = sto_catalogue_load(conn, err);
    reg.dataset = catalogue != NULL ? find_dataset(catalogue, dataset, err) : NULL;
    if (reg.dataset == NULL || identify(text, len, reg.identity, err) != 0 ||
        collect(&reg, err) != 0) {
        goto out;
    }
    if ((is_key ? judge_key(&reg, err) : judge_value(&reg, err)) != 0) {
        goto out;
    }
    rc = store(conn, &reg, out, err);
out:
    fini(&reg);
    sto_catalogue_free(&catalogue);
    free(copy);
    return rc;
}
