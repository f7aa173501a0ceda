/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/target_sql.c - the texts of a dataset's statements.
 *
 * Rows come to the server as a statement's one parameter, an array of records of the state table's own
 * row type (rows.c). A history row is such a record, too: it has no _content, so there the column carries
 * the effect. Many history rows are COPYed.
 *
 * All texts name their columns. The ledger's statement checks that these are still the dataset's columns
 * (ledger.c). An agency's columns are quoted, and qualified where there is more than one source. Our own
 * names beside them begin with _nrc_ (base/column_name.h), but for the s of storage/commit/order.h, which
 * is only a qualifier. Given a key field `ord` and an ordinality of that name, then the look-up of keys
 * was ambiguous and every partition of the dataset halted. */
#include "storage/commit/target_sql.h"

#include <stdio.h>

#include "storage/catalogue/catalogue.h"
#include "storage/commit/order.h"
#include "storage/commit/row.h"

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

static void put_rows(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "unnest($1::");
    put_table_name(out, table, "_state");
    buf_put_str(out, "[])");
}

static void put_merge(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "INSERT INTO ");
    put_table_name(out, table, "_state");
    buf_put_str(out, " AS s (");
    put_columns(out, table);
    buf_put_str(out, STO_STATE_COLUMNS_SQL ", _recorded_at) SELECT ");
    put_columns(out, table);
    buf_put_str(out, STO_STATE_COLUMNS_SQL ", now() FROM ");
    put_rows(out, table);
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
               " _content = EXCLUDED._content, _recorded_at = EXCLUDED._recorded_at WHERE %s",
               table->has_order ? STO_SET_DECLARED_SQL : STO_SET_KAFKA_SQL,
               table->has_order ? STO_GUARD_DECLARED_SQL : STO_GUARD_KAFKA_SQL);
}

static void put_merge_returning(struct buf *out, const struct sto_table *table)
{
    put_merge(out, table);
    buf_put_str(out, " RETURNING s._topic_partition, s._offset");
}

/* PostgreSQL cannot flatten LATERAL … FOR NO KEY UPDATE into a join, so every key is one descent of the
 * index. */
static void put_lateral_state(struct buf *out, const struct sto_table *table, const char *from,
                              const char *lock)
{
    buf_put_str(out, " LATERAL (SELECT _nrc_s._order, _nrc_s._topic_partition, _nrc_s._offset,"
                     " _nrc_s._kafka_ts, _nrc_s._content, _nrc_s._recorded_at FROM ");
    put_table_name(out, table, "_state");
    buf_put_str(out, " _nrc_s WHERE ");
    for (size_t k = 0; k < table->key_count; k++) {
        buf_put_str(out, k > 0 ? " AND _nrc_s." : "_nrc_s.");
        put_ident(out, key_name(table, k));
        buf_printf(out, " = %s.", from);
        put_ident(out, key_name(table, k));
    }
    buf_printf(out, " %s) _nrc_w", lock);
}

static void put_lookup(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out,
                "SELECT _nrc_u._nrc_ord, _nrc_w._order, _nrc_w._topic_partition, _nrc_w._offset,"
                " _nrc_w._kafka_ts, _nrc_w._content FROM unnest(");
    for (size_t k = 0; k < table->key_count; k++) {
        buf_printf(out, "%s$%zu::%s[]", k > 0 ? ", " : "", k + 1,
                   column_type_name(table->columns[table->key_columns[k]].type));
    }
    buf_put_str(out, ") WITH ORDINALITY AS _nrc_u (");
    for (size_t k = 0; k < table->key_count; k++) {
        put_ident(out, key_name(table, k));
        buf_put_str(out, ", ");
    }
    buf_put_str(out, "_nrc_ord),");
    put_lateral_state(out, table, "_nrc_u", "FOR NO KEY UPDATE");
}

/* An applied row has this transaction's now(), and its event's position. The merge has locked the rows of
 * the unapplied ones too. */
static void put_unapplied(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "SELECT _nrc_t._topic_partition, _nrc_t._offset, _nrc_w._order,"
                     " _nrc_w._topic_partition, _nrc_w._offset, _nrc_w._kafka_ts,"
                     " _nrc_w._content FROM ");
    put_rows(out, table);
    buf_put_str(out, " _nrc_t,");
    put_lateral_state(out, table, "_nrc_t", "OFFSET 0");
    buf_put_str(out, " WHERE _nrc_w._recorded_at <> now()"
                     " OR _nrc_w._topic_partition <> _nrc_t._topic_partition"
                     " OR _nrc_w._offset <> _nrc_t._offset");
}

static void put_history_columns(struct buf *out, const struct sto_table *table)
{
    put_table_name(out, table, "_history");
    buf_put_str(out, " (");
    put_columns(out, table);
    buf_put_str(out, STO_HISTORY_COLUMNS_SQL ")");
}

static void put_history_copy(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "COPY ");
    put_history_columns(out, table);
    buf_put_str(out, " FROM STDIN BINARY");
}

static void put_history(struct buf *out, const struct sto_table *table)
{
    buf_put_str(out, "INSERT INTO ");
    put_history_columns(out, table);
    buf_put_str(out, " SELECT ");
    put_columns(out, table);
    buf_put_str(out, STO_PROVENANCE_SQL ", now(), _content::int4::\"char\" FROM ");
    put_rows(out, table);
}

void sto_target_sql(struct buf *out, const struct sto_table *table, enum sto_statement which)
{
    static void (*const texts[])(struct buf * out, const struct sto_table *table) = {
#define X(name, prefix, put) [name] = put,
        STO_STATEMENT_TABLE(X) STO_TEXT_TABLE(X)
#undef X
    };
    texts[which](out, table);
}
