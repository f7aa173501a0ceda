/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/target.c - a dataset at one version of its columns, as this connection knows it: the row
 * type that its rows are sent as, and its statements.
 *
 * Rows are sent as records of the state table's row type, so a record has that table's fields in that
 * table's order, of which the catalogue of datasets says nothing: PostgreSQL's own is asked, once for all
 * datasets that a batch meets for the first time on the connection. A statement is prepared in the pipe of
 * its first use. So a first touch costs one query, however many datasets it is of.
 *
 * The row type changes with the table. Given a column that is added between that query and a batch, then
 * the server refuses the record (42804), or the ledger's statement the batch (ledger.c), which also sees two
 * columns that took each other's names: no row is written by columns of another version. */
#include <stdlib.h>

#include "storage/commit/row.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

static const char *const prefixes[] = {
#define X(name, prefix, put) [name] = prefix,
    STO_STATEMENT_TABLE(X)
#undef X
};

static const char row_types_name[] = "nrc_row_types";
static const char row_types_sql[] =
    "SELECT t.ord::int4, c.reltype::int8, a.atttypid::int8, a.attname::text"
    " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (agency, name, ord)"
    " JOIN pg_catalog.pg_namespace n ON n.nspname = t.agency"
    " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name || '_state'"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY t.ord, a.attnum";
enum { R_ORDINAL, R_ROW_OID, R_FIELD_OID, R_NAME };

int sto_targets_init(struct sto_writer *writer, struct err *err)
{
    return sto_prepare(writer->conn, row_types_name, row_types_sql, err);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a dataset");
}

/* ---- those that are known ---- */

static int compare(const struct sto_target *target, const struct sto_table *table)
{
    if (target->dataset_id != table->dataset_id) {
        return target->dataset_id < table->dataset_id ? -1 : 1;
    }
    return (target->column_version > table->column_version) -
           (target->column_version < table->column_version);
}

/* Where it is, or would be. */
static size_t place_of(const struct sto_writer *writer, const struct sto_table *table)
{
    size_t from = 0;
    size_t to = writer->target_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (compare(writer->targets[middle], table) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static struct sto_target *find_target(const struct sto_writer *writer,
                                      const struct sto_table *table)
{
    const size_t at = place_of(writer, table);
    return at < writer->target_count && compare(writer->targets[at], table) == 0
               ? writer->targets[at]
               : NULL;
}

static int add_target(struct sto_writer *writer, struct sto_target *target,
                      const struct sto_table *table, struct err *err)
{
    if (writer->target_count == writer->target_capacity) {
        size_t capacity = writer->target_capacity > 0 ? writer->target_capacity * 2 : 16;
        struct sto_target **grown =
            realloc(writer->targets, capacity * sizeof(struct sto_target *));
        if (grown == NULL) {
            return no_memory(err);
        }
        writer->targets = grown;
        writer->target_capacity = capacity;
    }
    struct sto_target **at = &writer->targets[place_of(writer, table)];
    memmove(at + 1, at, (size_t)(writer->targets + writer->target_count - at) * sizeof(*at));
    *at = target;
    writer->target_count++;
    return 0;
}

/* Its row type is asked for again. */
static void forget_target(struct sto_writer *writer, const struct sto_table *table)
{
    const size_t at = place_of(writer, table);
    if (find_target(writer, table) != NULL) {
        struct sto_target **gone = &writer->targets[at];
        memmove(gone, gone + 1, (writer->target_count - at - 1) * sizeof(*gone));
        writer->target_count--;
    }
}

/* ---- those that are new ---- */

/* What a record's field of that name is made of. */
static uint32_t source_of(const struct sto_table *table, const char *name)
{
    static const char *const provenance[STO_STATE_COLUMNS] = {STO_STATE_COLUMN_NAMES};
    for (uint32_t c = 0; c < table->column_count; c++) {
        if (strcmp(table->columns[c].name, name) == 0) {
            return c;
        }
    }
    for (uint32_t p = 0; p < STO_STATE_COLUMNS; p++) {
        if (strcmp(provenance[p], name) == 0) {
            return (uint32_t)table->column_count + p;
        }
    }
    return STO_NO_SOURCE; /* _recorded_at, and columns that somebody added by hand */
}

/* From the rows first..end of the answer. */
static struct sto_target *make_target(struct sto_writer *writer, const struct sto_table *table,
                                      const PGresult *types, int first, int end)
{
    const size_t parts = table->column_count + STO_STATE_COLUMNS;
    struct sto_target *target = arena_calloc(&writer->arena, 1, sizeof(*target));
    struct sto_field *fields = arena_calloc(&writer->arena, (size_t)(end - first), sizeof(*fields));
    struct sto_slice *slices = arena_calloc(&writer->arena, parts, sizeof(*slices));
    if (target == NULL || fields == NULL || slices == NULL) {
        return NULL;
    }
    *target = (struct sto_target){
        .dataset_id = table->dataset_id,
        .column_version = table->column_version,
        .number = writer->targets_made++,
        .row_oid = (uint32_t)sto_result_int8(types, first, R_ROW_OID),
        .fields = fields,
        .field_count = (unsigned)(end - first),
        .slices = slices,
        .business_columns = (unsigned)table->column_count,
    };
    for (int row = first; row < end; row++) {
        fields[row - first] = (struct sto_field){
            .be_oid = htobe32((uint32_t)sto_result_int8(types, row, R_FIELD_OID)),
            .source = source_of(table, PQgetvalue(types, row, R_NAME)),
        };
    }
    return target;
}

static int add_targets(struct sto_writer *writer, const PGresult *types, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    int row = 0;
    int32_t asked = 0;
    for (size_t s = 0; s < batch->section_count; s++) {
        const struct sto_section *section = &batch->sections[s];
        if (section->count == 0 || find_target(writer, section->table) != NULL) {
            continue;
        }
        const int first = row;
        asked++;
        while (row < PQntuples(types) && sto_result_int4(types, row, R_ORDINAL) == asked) {
            row++;
        }
        if (row == first) {
            (void)err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SQL,
                          "relation \"%s.%s_state\" does not exist", section->table->agency,
                          section->table->name);
            return sto_section_failed(section, "preparing", err);
        }
        struct sto_target *target = make_target(writer, section->table, types, first, row);
        if (target == NULL) {
            return no_memory(err);
        }
        if (add_target(writer, target, section->table, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void put_text(struct buf *out, const char *text)
{
    buf_put_be32(out, (uint32_t)strlen(text));
    buf_put_str(out, text);
}

/* One of the two names of each new table. */
static void put_names(struct sto_writer *writer, size_t count, bool agencies)
{
    struct buf *out = &writer->params.bytes;
    sto_array_open(out, STO_OID_TEXT, count);
    for (size_t s = 0; s < writer->batch->section_count; s++) {
        const struct sto_section *section = &writer->batch->sections[s];
        if (section->count > 0 && find_target(writer, section->table) == NULL) {
            put_text(out, agencies ? section->table->agency : section->table->name);
        }
    }
    sto_param_end(&writer->params);
}

static size_t count_new(const struct sto_writer *writer)
{
    size_t count = 0;
    for (size_t s = 0; s < writer->batch->section_count; s++) {
        const struct sto_section *section = &writer->batch->sections[s];
        count += section->count > 0 && find_target(writer, section->table) == NULL;
    }
    return count;
}

static int ask_row_types(struct sto_writer *writer, size_t count, struct err *err)
{
    struct sto_pipe *pipe = &writer->pipe;
    PGresult *types = NULL;
    int rc = -1;
    sto_params_begin(&writer->params);
    put_names(writer, count, true);
    put_names(writer, count, false);
    if (sto_params_end(&writer->params, err) == 0 && sto_pipe_open(pipe, writer->conn, err) == 0 &&
        sto_pipe_prepared(pipe, row_types_name, &writer->params.params, err) == 0 &&
        sto_pipe_run(pipe, err) == 0 && (types = sto_pipe_next(pipe, err)) != NULL) {
        rc = add_targets(writer, types, err);
    }
    PQclear(types);
    sto_pipe_close(pipe);
    return rc;
}

/* Whether its history is few enough rows, and bytes of them, for one parameter: that is in memory three times (here, in
 * libpq, in the server). */
static bool goes_as_rows(const struct sto_writer *writer, const struct sto_section *section)
{
    size_t bytes = 0;
    for (size_t i = 0; i < section->count && section->count <= writer->rows_max; i++) {
        bytes += section->events[i].image_len;
    }
    return section->count <= writer->rows_max && bytes <= STO_PARAMETER_BYTES;
}

int sto_targets_prepare(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    const size_t count = count_new(writer);
    if (count > 0 && ask_row_types(writer, count, err) != 0) {
        return err_add(err, "asking for row types");
    }
    for (size_t s = 0; s < batch->section_count; s++) {
        const struct sto_section *section = &batch->sections[s];
        writer->routes[s] = (struct sto_route){0};
        if (section->count > 0) {
            writer->routes[s].target = find_target(writer, section->table);
            writer->routes[s].as_rows = goes_as_rows(writer, section);
        }
    }
    return 0;
}

/* ---- their statements ---- */

int sto_target_queue(struct sto_writer *writer, size_t section, enum sto_statement which,
                     struct err *err)
{
    struct sto_target *target = writer->routes[section].target;
    char name[64];
    snprintf(name, sizeof(name), "%s_%u", prefixes[which], target->number);
    if (target->prepared[which] == STO_UNPREPARED) {
        struct buf *sql = &writer->sql;
        buf_reset(sql);
        sto_target_sql(sql, writer->batch->sections[section].table, which);
        const char *text = buf_cstr(sql);
        if (buf_failed(sql)) {
            return no_memory(err);
        }
        if (sto_pipe_prepare(&writer->pipe, name, text, &target->prepared[which], err) != 0) {
            return -1;
        }
    }
    return sto_pipe_prepared(&writer->pipe, name, &writer->params.params, err);
}

/* ---- after a failure ---- */

static const struct sto_section *section_of(const struct sto_batch *batch, int32_t dataset_id)
{
    for (size_t s = 0; s < batch->section_count; s++) {
        if (batch->sections[s].table->dataset_id == dataset_id) {
            return &batch->sections[s];
        }
    }
    return NULL;
}

int sto_targets_failed(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    if (err->kind != ERR_KIND_FATAL || err->progress < 0 || !sto_conn_usable(writer->conn)) {
        return -1;
    }
    const struct sto_section *section =
        section_of(batch, batch->progress[err->progress].dataset_id);
    if (section == NULL) {
        return -1;
    }
    char id[16];
    const char *const values[] = {id};
    struct err later = ERR_INIT;
    snprintf(id, sizeof(id), "%d", section->table->dataset_id);
    forget_target(writer, section->table);
    PGresult *now = sto_exec(writer->conn, "SELECT column_version FROM nrc.dataset WHERE id = $1",
                             values, COUNT_OF(values), &later);
    if (now != NULL && PQntuples(now) == 1 &&
        strtol(PQgetvalue(now, 0, 0), NULL, 10) != section->table->column_version) {
        err->kind = ERR_KIND_RETRY;
        err->code = ERR_COLUMNS_CHANGED;
        (void)err_add(err, "the columns were changed");
    }
    PQclear(now);
    return -1;
}
