/* SPDX-License-Identifier: Apache-2.0
 * storage/target.c - the stage table and the statements of a dataset, made once a connection and
 * column version.
 *
 * A stage is a temporary table with the columns that a batch brings, and no ON COMMIT clause: it is
 * emptied in the transaction that filled it, together with the ledger (ledger.c), so it is empty
 * whenever a transaction begins.
 *
 * All texts name their columns, so a column added meanwhile changes nothing until the catalogue is
 * read again. */
#include <stdio.h>
#include <stdlib.h>

#include "storage/array.h"
#include "storage/row.h"
#include "storage/writer.h"

static void put_ident(struct buf *out, const char *name)
{
    buf_put_u8(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"') {
            buf_put_u8(out, '"');
        }
        buf_put_u8(out, (uint8_t)*name);
    }
    buf_put_u8(out, '"');
}

static void put_table_name(struct buf *out, const struct sto_table *table, const char *suffix)
{
    char name[256];
    snprintf(name, sizeof(name), "%s%s", table->name, suffix);
    put_ident(out, table->agency);
    buf_put_u8(out, '.');
    put_ident(out, name);
}

static void put_stage_name(struct buf *out, const struct sto_table *table)
{
    buf_printf(out, "pg_temp.nrc_stage_%d_%d", table->dataset_id, table->column_version);
}

static void put_columns(struct buf *out, const struct sto_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        put_ident(out, table->columns[c].name);
        buf_put_str(out, ", ");
    }
}

static const char *key_name(const struct sto_table *table, size_t k)
{
    return table->columns[table->key_columns[k]].name;
}

static bool is_key(const struct sto_table *table, size_t column)
{
    for (size_t k = 0; k < table->key_count; k++) {
        if (table->key_columns[k] == column) {
            return true;
        }
    }
    return false;
}

static void put_stage_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "CREATE TEMP TABLE ");
    put_stage_name(out, table);
    buf_put_str(out, " AS SELECT ");
    put_columns(out, table);
    buf_put_str(out, STO_STAGE_COLUMNS_SQL " FROM ");
    put_table_name(out, table, "_state");
    buf_put_str(out, " WITH NO DATA");
}

static void put_merge_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "INSERT INTO ");
    put_table_name(out, table, "_state");
    buf_put_str(out, " AS s (");
    put_columns(out, table);
    buf_put_str(out, STO_STAGE_COLUMNS_SQL ", _recorded_at) SELECT ");
    put_columns(out, table);
    buf_put_str(out, STO_STAGE_COLUMNS_SQL ", now() FROM ");
    put_stage_name(out, table);
    buf_put_str(out, " ON CONFLICT (");
    for (size_t k = 0; k < table->key_count; k++) {
        buf_put_str(out, k > 0 ? ", " : "");
        put_ident(out, key_name(table, k));
    }
    buf_put_str(out, ") DO UPDATE SET ");
    for (size_t c = 0; c < table->column_count; c++) {
        if (!is_key(table, c)) {
            put_ident(out, table->columns[c].name);
            buf_put_str(out, " = EXCLUDED.");
            put_ident(out, table->columns[c].name);
            buf_put_str(out, ", ");
        }
    }
    buf_printf(out,
               "_order = %s, _op = EXCLUDED._op, _event_time = EXCLUDED._event_time,"
               " _schema_id = EXCLUDED._schema_id, _topic_partition = EXCLUDED._topic_partition,"
               " _offset = EXCLUDED._offset, _kafka_ts = EXCLUDED._kafka_ts,"
               " _recorded_at = EXCLUDED._recorded_at WHERE %s",
               table->has_order ? STO_SET_DECLARED_SQL : STO_SET_KAFKA_SQL,
               table->has_order ? STO_GUARD_DECLARED_SQL : STO_GUARD_KAFKA_SQL);
}

static void put_merge_telling_sql(struct buf *out, const struct sto_table *table)
{
    put_merge_sql(out, table);
    buf_put_str(out, " RETURNING s._topic_partition, s._offset");
}

/* LATERAL … FOR NO KEY UPDATE cannot be flattened into a join, so every key is one descent of the
 * index. */
static void put_lateral_state(struct buf *out, const struct sto_table *table, const char *from,
                              const char *lock)
{
    buf_put_str(out, " LATERAL (SELECT s._order, s._topic_partition, s._offset, s._kafka_ts,"
                     " s._recorded_at FROM ");
    put_table_name(out, table, "_state");
    buf_put_str(out, " s WHERE ");
    for (size_t k = 0; k < table->key_count; k++) {
        buf_put_str(out, k > 0 ? " AND s." : "s.");
        put_ident(out, key_name(table, k));
        buf_printf(out, " = %s.", from);
        put_ident(out, key_name(table, k));
    }
    buf_printf(out, " %s) w", lock);
}

static void put_standing_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out,
                "SELECT u.ord, w._order, w._topic_partition, w._offset, w._kafka_ts FROM unnest(");
    for (size_t k = 0; k < table->key_count; k++) {
        buf_printf(out, "%s$%zu::%s[]", k > 0 ? ", " : "", k + 1,
                   column_type_name(table->columns[table->key_columns[k]].type));
    }
    buf_put_str(out, ") WITH ORDINALITY AS u (");
    for (size_t k = 0; k < table->key_count; k++) {
        put_ident(out, key_name(table, k));
        buf_put_str(out, ", ");
    }
    buf_put_str(out, "ord),");
    put_lateral_state(out, table, "u", "FOR NO KEY UPDATE");
}

/* The winners' rows are this transaction's: its now(), and the very event. The merge has locked the
 * losers' rows too. */
static void put_losers_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out,
                "SELECT t._topic_partition, t._offset, w._order, w._topic_partition, w._offset,"
                " w._kafka_ts FROM ");
    put_stage_name(out, table);
    buf_put_str(out, " t,");
    put_lateral_state(out, table, "t", "OFFSET 0");
    buf_put_str(out, " WHERE w._recorded_at <> now() OR w._topic_partition <> t._topic_partition"
                     " OR w._offset <> t._offset");
}

static void put_copy_stage_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "COPY ");
    put_stage_name(out, table);
    buf_put_str(out, " FROM STDIN BINARY");
}

static void put_copy_history_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "COPY ");
    put_table_name(out, table, "_history");
    buf_put_str(out, " (");
    put_columns(out, table);
    buf_put_str(out, STO_HISTORY_COLUMNS_SQL ") FROM STDIN BINARY");
}

static void put_truncate_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "TRUNCATE ");
    put_stage_name(out, table);
}

static void put_delete_sql(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "DELETE FROM ");
    put_stage_name(out, table);
}

typedef void put_sql(struct buf *out, const struct sto_table *table);

/* The text, for as long as the writer lives; NULL: memory is out. */
static const char *keep_sql(struct sto_writer *writer, const struct sto_table *table, put_sql *put)
{
    struct buf text = BUF_INIT;
    put(&text, table);
    const char *sql = buf_cstr(&text);
    const char *kept = buf_failed(&text) ? NULL : arena_strdup(&writer->arena, sql);
    buf_fini(&text);
    return kept;
}

static const char *prepare(struct sto_writer *writer, const struct sto_table *table,
                           const char *prefix, put_sql *put, struct err *err)
{
    /* A name of its own for each attempt: one that failed half-way leaves its statements behind. */
    const char *name = arena_printf(&writer->arena, "%s_%d_%d_%u", prefix, table->dataset_id,
                                    table->column_version, writer->statements++);
    struct buf sql = BUF_INIT;
    put(&sql, table);
    const char *text = buf_cstr(&sql);
    if (name == NULL || buf_failed(&sql)) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a statement");
        name = NULL;
    } else if (sto_prepare(writer->conn, name, text, err) != 0) {
        (void)!err_add(err, "preparing %s", name);
        name = NULL;
    }
    buf_fini(&sql);
    return name;
}

static int make_stage(struct sto_writer *writer, const struct sto_table *table, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_put_str(&sql, "DROP TABLE IF EXISTS "); /* left by a start that failed half-way */
    put_stage_name(&sql, table);
    buf_put_str(&sql, "; ");
    put_stage_sql(&sql, table);
    const char *text = buf_cstr(&sql);
    int rc = buf_failed(&sql)
                 ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a statement")
                 : sto_run(writer->conn, text, err);
    buf_fini(&sql);
    return rc;
}

static int add_target(struct sto_writer *writer, struct sto_target *target, struct err *err)
{
    if (writer->target_count == writer->target_capacity) {
        size_t capacity = writer->target_capacity > 0 ? writer->target_capacity * 2 : 16;
        struct sto_target **grown =
            realloc(writer->targets, capacity * sizeof(struct sto_target *));
        if (grown == NULL) {
            return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a dataset");
        }
        writer->targets = grown;
        writer->target_capacity = capacity;
    }
    writer->targets[writer->target_count++] = target;
    return 0;
}

static struct sto_target *make_target(struct sto_writer *writer, const struct sto_table *table,
                                      struct err *err)
{
    struct sto_target *target = arena_calloc(&writer->arena, 1, sizeof(*target));
    if (target == NULL) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a dataset");
        return NULL;
    }
    *target = (struct sto_target){
        .dataset_id = table->dataset_id,
        .column_version = table->column_version,
        .copy_stage_sql = keep_sql(writer, table, put_copy_stage_sql),
        .copy_history_sql = keep_sql(writer, table, put_copy_history_sql),
        .truncate_sql = keep_sql(writer, table, put_truncate_sql),
        .delete_sql = keep_sql(writer, table, put_delete_sql),
        .business_columns = (unsigned)table->column_count,
    };
    if (target->copy_stage_sql == NULL || target->copy_history_sql == NULL ||
        target->truncate_sql == NULL || target->delete_sql == NULL) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a dataset");
        return NULL;
    }
    if (make_stage(writer, table, err) != 0 ||
        (target->standing_name = prepare(writer, table, "nrc_standing", put_standing_sql, err)) ==
            NULL ||
        (target->merge_name = prepare(writer, table, "nrc_merge", put_merge_sql, err)) == NULL ||
        (target->merge_telling_name =
             prepare(writer, table, "nrc_merge_telling", put_merge_telling_sql, err)) == NULL ||
        (target->losers_name = prepare(writer, table, "nrc_losers", put_losers_sql, err)) == NULL ||
        add_target(writer, target, err) != 0) {
        (void)!err_add(err, "preparing %s.%s", table->agency, table->name);
        return NULL;
    }
    return target;
}

static struct sto_target *find_target(const struct sto_writer *writer,
                                      const struct sto_table *table)
{
    for (size_t i = 0; i < writer->target_count; i++) {
        struct sto_target *target = writer->targets[i];
        if (target->dataset_id == table->dataset_id &&
            target->column_version == table->column_version) {
            return target;
        }
    }
    return NULL;
}

int sto_targets_prepare(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    for (size_t i = 0; i < batch->section_count; i++) {
        const struct sto_table *table = batch->sections[i].table;
        if (batch->sections[i].count == 0) {
            writer->section_targets[i] = NULL;
            continue;
        }
        struct sto_target *target = find_target(writer, table);
        if (target == NULL && (target = make_target(writer, table, err)) == NULL) {
            return -1;
        }
        writer->section_targets[i] = target;
    }
    return 0;
}
