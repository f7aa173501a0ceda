/* SPDX-License-Identifier: Apache-2.0
 * ingest/dataset.c - see the header.
 *
 * An active structure that does not compile is remembered as broken, not dropped: events that use
 * it must stop their partition (the environment is wrong), never fill the quarantine. Memory that
 * is out breaks none: the whole snapshot fails and is loaded again. */
#include "ingest/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "schema/contract/contract.h"
#include "schema/parse/parse.h"
#include "schema/plan/layout.h"
#include "schema/ruleset/ruleset.h"

/* The writer cannot be read; -1 when it is memory that is short, which says nothing about it. */
static int set_broken(struct arena *arena, struct ing_writer *writer, const struct err *err)
{
    if (err->kind == ERR_KIND_RETRY || err->code == ERR_NO_MEMORY) {
        return -1;
    }
    writer->broken = arena_memdup(arena, err, sizeof(*err));
    return writer->broken != NULL ? 0 : -1;
}

/* The register says which column each field fills; what it says is checked, as it is not of this
 * process. */
static int check_fields(const struct sto_structure *structure, const struct sto_table *table,
                        const struct sch_type *root, struct err *err)
{
    bool good = root->kind == SCH_RECORD && root->field_count == structure->field_count;
    for (size_t i = 0; good && i < structure->field_count; i++) {
        good =
            structure->column_of[i] >= 0 && (size_t)structure->column_of[i] < table->column_count;
    }
    return good ? 0
                : err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                          "the columns of structure %d are not those of its fields",
                          (int)structure->schema_id);
}

/* As it was applied; -1 when it cannot be read, which a newer program may have let pass. */
static int read_contract(const struct sto_dataset *row, struct sch_contract **out, struct err *err)
{
    struct sch_findings findings = SCH_FINDINGS_INIT;
    *out = NULL;
    if (row->contract == NULL) {
        return 0;
    }
    *out = sch_contract_read(row->contract, strlen(row->contract), NULL, &findings, err);
    sch_findings_fini(&findings);
    return *out != NULL ? 0 : err_add(err, "reading the contract of %s", row->full_name);
}

/* A rule that an older program let pass and that cannot be run is left out, and said so; one that cannot even be read
 * breaks the structure: an event is not taken for good by rules that nobody knows. */
static int compile_rules(const struct ing_compiler *compiler, const struct ing_dataset *dataset,
                         struct ing_writer *writer, struct sch_schema *schema, struct err *err)
{
    const struct sto_structure *structure = writer->structure;
    const struct sto_table *table = &dataset->row->table;
    const struct sch_ruleset_source source = {.rule_set = structure->rule_set,
                                              .metadata = structure->metadata,
                                              .schema = schema,
                                              .contract = dataset->contract};
    const struct sch_checks_spec spec = {.schema = schema,
                                         .column_of = structure->column_of,
                                         .columns = table->columns,
                                         .column_count = table->column_count,
                                         .settings = compiler->settings};
    struct sch_ruleset ruleset;
    if (sch_ruleset_read(&source, &ruleset, err) < 0) {
        return -1;
    }
    int rc = sch_checks_compile(&ruleset, &spec, false, &writer->checks, err);
    sch_ruleset_fini(&ruleset);
    return rc;
}

/* Whether the structure fills the column, or another one of the same field; or that one stands for the field. */
static bool is_counted_elsewhere(const struct sto_structure *structure,
                                 const struct sto_table *table, size_t column)
{
    const char *field = table->columns[column].field;
    for (size_t i = 0; i < structure->field_count; i++) {
        if (strcmp(table->columns[structure->column_of[i]].field, field) == 0) {
            return true;
        }
    }
    for (size_t i = column + 1; i < table->column_count; i++) {
        if (strcmp(table->columns[i].field, field) == 0) {
            return true;
        }
    }
    return false;
}

static int find_missing(const struct ing_compiler *compiler, const struct sto_table *table,
                        struct ing_writer *writer)
{
    uint16_t *missing = arena_calloc(compiler->arena, table->column_count, sizeof(*missing));
    if (missing == NULL) {
        return -1;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (!is_counted_elsewhere(writer->structure, table, i)) {
            missing[writer->missing_count++] = (uint16_t)i;
        }
    }
    writer->missing = missing;
    return 0;
}

static int compile_value(const struct ing_compiler *compiler, const struct ing_dataset *dataset,
                         struct ing_writer *writer)
{
    struct err err = ERR_INIT;
    const struct sto_structure *structure = writer->structure;
    const struct sto_table *table = &dataset->row->table;
    struct sch_schema *schema = sch_parse(structure->text, structure->text_len, &err);
    if (schema != NULL && check_fields(structure, table, sch_root(schema), &err) == 0) {
        const struct sch_plan_spec spec = {.structure = schema,
                                           .column_of = structure->column_of,
                                           .columns = table->columns,
                                           .column_count = table->column_count};
        writer->plan = sch_plan_compile(&spec, &err);
        if (writer->plan != NULL && compile_rules(compiler, dataset, writer, schema, &err) < 0) {
            sch_plan_free(&writer->plan);
        }
    }
    sch_schema_unref(&schema);
    return writer->plan != NULL ? find_missing(compiler, table, writer)
                                : set_broken(compiler->arena, writer, &err);
}

static int compile_key(const struct ing_compiler *compiler, struct ing_dataset *dataset,
                       struct ing_writer *writer)
{
    struct err err = ERR_INIT;
    const struct sto_structure *structure = writer->structure;
    struct sch_schema *schema = sch_parse(structure->text, structure->text_len, &err);
    if (schema != NULL) {
        writer->plan =
            sch_key_plan_compile(schema, dataset->key_columns, dataset->row->table.key_count, &err);
    }
    sch_schema_unref(&schema);
    return writer->plan != NULL ? 0 : set_broken(compiler->arena, writer, &err);
}

static int by_schema_id(const void *a, const void *b)
{
    const struct ing_writer *x = a;
    const struct ing_writer *y = b;
    return (x->structure->schema_id > y->structure->schema_id) -
           (x->structure->schema_id < y->structure->schema_id);
}

static bool is_active(const struct ing_writer *writer)
{
    return writer->structure->state == STO_STRUCTURE_ACTIVE;
}

/* Keys are not guessed at, and an event is not taken for good by rules that nobody knows. */
static int set_dataset_broken(const struct ing_compiler *compiler, struct ing_dataset *dataset,
                              const struct err *err)
{
    if (err->kind == ERR_KIND_RETRY || err->code == ERR_NO_MEMORY) {
        return -1;
    }
    log_error("dataset_broken", LOG_STR("dataset", dataset->row->full_name), LOG_ERR(err));
    dataset->broken = arena_memdup(compiler->arena, err, sizeof(*err));
    return dataset->broken != NULL ? 0 : -1;
}

/* One that cannot be compiled breaks its own writer and no other. */
static int compile_writers(const struct ing_compiler *compiler, struct ing_dataset *dataset)
{
    for (size_t i = 0; i < dataset->writer_count; i++) {
        if (is_active(&dataset->writers[i]) &&
            compile_value(compiler, dataset, &dataset->writers[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < dataset->key_writer_count && dataset->row->table.column_count > 0; i++) {
        if (is_active(&dataset->key_writers[i]) &&
            compile_key(compiler, dataset, &dataset->key_writers[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int split_structures(const struct ing_compiler *compiler, struct ing_dataset *dataset)
{
    const struct sto_dataset *row = dataset->row;
    struct arena *arena = compiler->arena;
    dataset->writers = arena_calloc(arena, row->structure_count, sizeof(*dataset->writers));
    dataset->key_writers = arena_calloc(arena, row->structure_count, sizeof(*dataset->writers));
    if (dataset->writers == NULL || dataset->key_writers == NULL) {
        return -1;
    }
    for (size_t i = 0; i < row->structure_count; i++) {
        const struct sto_structure *structure = &row->structures[i];
        if (structure->is_key) {
            dataset->key_writers[dataset->key_writer_count++].structure = structure;
        } else {
            dataset->writers[dataset->writer_count++].structure = structure;
        }
    }
    return 0;
}

static int compile(const struct ing_compiler *compiler, struct ing_dataset *dataset)
{
    const struct sto_dataset *row = dataset->row;
    const struct sto_table *table = &row->table;
    struct err err = ERR_INIT;
    /* What a newer program declared may be unknown to this one. */
    if ((sch_key_format_parse(row->key_format, &dataset->key_format, &err) < 0 ||
         read_contract(row, &dataset->contract, &err) < 0) &&
        set_dataset_broken(compiler, dataset, &err) < 0) {
        return -1;
    }
    dataset->order_column =
        sch_column_of_field(table->columns, table->column_count, row->order_field);
    dataset->event_time_column =
        sch_column_of_field(table->columns, table->column_count, row->event_time_field);
    dataset->exempt_column =
        sch_column_of_field(table->columns, table->column_count, row->exempt_field);
    dataset->key_columns =
        arena_calloc(compiler->arena, table->key_count, sizeof(*dataset->key_columns));
    if (dataset->key_columns == NULL || split_structures(compiler, dataset) < 0) {
        return -1;
    }
    for (size_t i = 0; i < table->key_count && table->column_count > 0; i++) {
        dataset->key_columns[i] = table->columns[table->key_columns[i]];
    }
    int rc = compile_writers(compiler, dataset);
    sch_contract_free(&dataset->contract);
    if (rc < 0) {
        return -1;
    }
    qsort(dataset->writers, dataset->writer_count, sizeof(*dataset->writers), by_schema_id);
    qsort(dataset->key_writers, dataset->key_writer_count, sizeof(*dataset->writers), by_schema_id);
    return 0;
}

static void log_broken(const struct ing_dataset *dataset)
{
    for (size_t i = 0; i < dataset->writer_count; i++) {
        if (dataset->writers[i].broken != NULL) {
            log_error("structure_broken", LOG_STR("dataset", dataset->row->full_name),
                      LOG_INT("schema_id", dataset->writers[i].structure->schema_id),
                      LOG_ERR(dataset->writers[i].broken));
        }
    }
}

static void free_plans(struct ing_writer *writers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sch_plan_free(&writers[i].plan);
        sch_checks_free(&writers[i].checks);
    }
}

int ing_dataset_compile(const struct ing_compiler *compiler, const struct sto_dataset *row,
                        struct ing_dataset *dataset)
{
    *dataset = (struct ing_dataset){.row = row};
    if (compile(compiler, dataset) < 0) {
        ing_dataset_fini(dataset);
        return -1;
    }
    log_broken(dataset);
    return 0;
}

void ing_dataset_fini(struct ing_dataset *dataset)
{
    free_plans(dataset->writers, dataset->writer_count);
    free_plans(dataset->key_writers, dataset->key_writer_count);
}

const struct ing_writer *ing_writer_by_id(const struct ing_writer *writers, size_t count,
                                          int32_t schema_id)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (writers[mid].structure->schema_id < schema_id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < count && writers[low].structure->schema_id == schema_id ? &writers[low] : NULL;
}

const struct ing_writer *ing_writer_by_guid(const struct ing_writer *writers, size_t count,
                                            const uint8_t guid[16])
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(writers[i].structure->guid, guid, 16) == 0) {
            return &writers[i];
        }
    }
    return NULL;
}
