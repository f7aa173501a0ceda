/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/target.c - the stage table and the statements of a dataset, made once for a connection and
 * column version; and the choice between the two ways for a batch's rows.
 *
 * A stage is a temporary table with the columns of a batch's rows, and no ON COMMIT clause: the
 * transaction that fills it also empties it (commit.c), so it is empty whenever a transaction begins. Few
 * rows do not go there: they are the parameter of a statement, and only use the stage's row type. */
#include <stdlib.h>

#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

static const char *const prefixes[] = {
#define X(name, prefix, put) [name] = prefix,
    STO_STATEMENT_TABLE(X)
#undef X
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a dataset's statements");
}

/* The text, for as long as the writer lives; NULL: memory is out. */
static const char *keep_sql(struct sto_writer *writer, const struct sto_table *table,
                            enum sto_statement which)
{
    struct buf text = BUF_INIT;
    sto_target_sql(&text, table, which);
    const char *sql = buf_cstr(&text);
    const char *kept = buf_failed(&text) ? NULL : arena_strdup(&writer->arena, sql);
    buf_fini(&text);
    return kept;
}

/* Statements first..last, unless they are prepared already. */
static int prepare(struct sto_writer *writer, struct sto_target *target,
                   const struct sto_table *table, enum sto_statement first, enum sto_statement last,
                   struct err *err)
{
    for (enum sto_statement i = first; i <= last; i++) {
        if (target->names[i] != NULL) {
            continue;
        }
        /* Each attempt has names of its own: one that failed half-way leaves its statements behind. */
        const char *name =
            arena_printf(&writer->arena, "%s_%d_%d_%u", prefixes[i], table->dataset_id,
                         table->column_version, writer->statements++);
        struct buf sql = BUF_INIT;
        sto_target_sql(&sql, table, i);
        const char *text = buf_cstr(&sql);
        int rc = name == NULL || buf_failed(&sql) ? no_memory(err)
                                                  : sto_prepare(writer->conn, name, text, err);
        buf_fini(&sql);
        if (rc != 0) {
            return err_add(err, "preparing %s", prefixes[i]);
        }
        target->names[i] = name;
    }
    return 0;
}

static int run_text(struct sto_writer *writer, const struct sto_table *table,
                    enum sto_statement which, struct err *err)
{
    struct buf sql = BUF_INIT;
    sto_target_sql(&sql, table, which);
    const char *text = buf_cstr(&sql);
    int rc = buf_failed(&sql) ? no_memory(err) : sto_run(writer->conn, text, err);
    buf_fini(&sql);
    return rc;
}

/* The row type has the table's name, and an oid of its own on every connection. */
static int read_row_oid(struct sto_writer *writer, struct sto_target *target,
                        const struct sto_table *table, struct err *err)
{
    struct buf sql = BUF_INIT;
    sto_target_sql(&sql, table, STO_STAGE_OID);
    const char *text = buf_cstr(&sql);
    PGresult *result = NULL;
    int rc = -1;
    if (buf_failed(&sql)) {
        (void)no_memory(err);
    } else if ((result = sto_exec(writer->conn, text, NULL, 0, err)) != NULL) {
        target->row_oid = (uint32_t)strtoul(PQgetvalue(result, 0, 0), NULL, 10);
        rc = 0;
    }
    PQclear(result);
    buf_fini(&sql);
    return rc;
}

/* The types of the stage's columns, as a record's fields name them. */
static int set_column_oids(struct sto_writer *writer, struct sto_target *target,
                           const struct sto_table *table)
{
    uint32_t *oids = arena_calloc(&writer->arena, table->column_count, sizeof(*oids));
    if (oids == NULL) {
        return -1;
    }
    for (size_t c = 0; c < table->column_count; c++) {
        oids[c] = htobe32(sto_column_oid(table->columns[c].type));
    }
    target->be_column_oids = oids;
    return 0;
}

static int make_stage(struct sto_writer *writer, struct sto_target *target,
                      const struct sto_table *table, struct err *err)
{
    /* An attempt that failed half-way may have left one. */
    if (run_text(writer, table, STO_STAGE_DROP, err) != 0 ||
        run_text(writer, table, STO_STAGE_MAKE, err) != 0 ||
        read_row_oid(writer, target, table, err) != 0) {
        return err_add(err, "making the stage");
    }
    return 0;
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
        .stage_copy_sql = keep_sql(writer, table, STO_STAGE_COPY),
        .history_copy_sql = keep_sql(writer, table, STO_HISTORY_COPY),
        .stage_truncate_sql = keep_sql(writer, table, STO_STAGE_TRUNCATE),
        .business_columns = (unsigned)table->column_count,
    };
    if (target->stage_copy_sql == NULL || target->history_copy_sql == NULL ||
        target->stage_truncate_sql == NULL || set_column_oids(writer, target, table) != 0) {
        (void)no_memory(err);
        return NULL;
    }
    if (make_stage(writer, target, table, err) != 0 || add_target(writer, target, err) != 0) {
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

/* For all parameters of a batch: each is in memory three times (here, in libpq, in the server). */
enum { ROWS_MAX_BYTES = 2 * 1024 * 1024 };

/* Whether the section's rows are few enough for a parameter; then their bytes are taken off bytes_left. */
static bool goes_as_rows(const struct sto_writer *writer, const struct sto_section *section,
                         size_t *bytes_left)
{
    size_t bytes = 0;
    if (section->count > writer->rows_max) {
        return false;
    }
    for (size_t i = 0; i < section->count; i++) {
        bytes += section->events[i].image_len;
    }
    if (bytes > *bytes_left) {
        return false;
    }
    *bytes_left -= bytes;
    return true;
}

int sto_targets_prepare(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    size_t bytes_left = ROWS_MAX_BYTES;
    for (size_t i = 0; i < batch->section_count; i++) {
        const struct sto_section *section = &batch->sections[i];
        const struct sto_table *table = section->table;
        struct sto_route *route = &writer->routes[i];
        *route = (struct sto_route){0};
        if (section->count == 0) {
            continue;
        }
        route->target = find_target(writer, table);
        route->as_rows = goes_as_rows(writer, section, &bytes_left);
        if ((route->target == NULL && (route->target = make_target(writer, table, err)) == NULL) ||
            prepare(writer, route->target, table, STO_LOOKUP, STO_LOOKUP, err) != 0 ||
            prepare(writer, route->target, table, route->as_rows ? STO_ROWS_MERGE : STO_MERGE,
                    route->as_rows ? STO_ROWS_HISTORY : STO_STAGE_DELETE, err) != 0) {
            return sto_section_failed(section, "preparing", err);
        }
    }
    return 0;
}
