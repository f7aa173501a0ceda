/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/columns.c - the columns of a structure, as the functions that make tables take
 * them.
 *
 * Before any DDL is tried, the names of columns are checked here, and whether a row fits a page. How
 * many columns there are is checked where they are laid out (SCH_MAX_COLUMNS in schema/plan/layout.h). */
#include "storage/admin/columns.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/column_name.h"
#include "base/jsonw.h"
#include <inttypes.h>

/* A registration gives its columns free names (schema/plan/columns.h). */
static int check_name(const char *name, struct err *err)
{
    return column_name_is_free(name) ? 0
                                     : err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                                               "no column can be named \"%.63s\"", name);
}

/* ---- how wide a row is ----
 *
 * A row is in one page, and takes ROW_MAX_BYTES of it at most. PostgreSQL moves a long value out of its row
 * and leaves 18 bytes, but it never moves one of 24 bytes or fewer, its length included. So such a value
 * takes 24 bytes at most, and short values fill a row. (Given 452 texts of 24 letters each, a row of
 * pointers fits; of 23 letters each, it does not.)
 *
 * There may be gaps between values: a fixed width begins at a multiple of its own, a compressed value at a
 * multiple of 4. The stage has the columns in this order. The tables have those of the first structure by
 * width, with fewer gaps (but after short numerics), and later ones in this order. So the sum here is at
 * least the width in each of them. */
enum {
    ROW_MAX_BYTES = 8160,
    HEADER_BYTES = 23, /* and a bit for each column */
    ALIGNMENT = 8,
    KEPT_MAX_BYTES = 24,
    OUR_COLUMNS = 9, /* of the state: it has the most */
    OUR_BYTES = 64
};

/* A width of 0 varies. */
static const unsigned char widths[] = {
    [COLUMN_BIGINT] = 8,    [COLUMN_DOUBLE] = 8, [COLUMN_BOOLEAN] = 1, [COLUMN_DATE] = 4,
    [COLUMN_TIME] = 8,      [COLUMN_UUID] = 16,  [COLUMN_TEXT] = 0,    [COLUMN_BYTEA] = 0,
    [COLUMN_TIMESTAMP] = 8, [COLUMN_JSONB] = 0,  [COLUMN_NUMERIC] = 0, [COLUMN_TIMESTAMPTZ] = 8,
};

static size_t aligned(size_t bytes, size_t alignment)
{
    return (bytes + alignment - 1) / alignment * alignment;
}

/* A numeric is a length, a head and two bytes for each four digits on either side of the point. */
static size_t kept_bytes(const struct column *c)
{
    if (c->type != COLUMN_NUMERIC) {
        return KEPT_MAX_BYTES;
    }
    size_t head = c->scale < 64 && c->precision - c->scale <= 256 ? 2 : 4;
    size_t groups = (size_t)(c->precision - c->scale + 3) / 4 + (size_t)(c->scale + 3) / 4;
    size_t bytes = 1 + head + 2 * groups;
    return bytes < KEPT_MAX_BYTES ? bytes : KEPT_MAX_BYTES;
}

struct row_sum {
    size_t fixed; /* with all gaps */
    size_t varying;
    size_t varying_count;
    size_t ours; /* the header too */
};

static struct row_sum sum_up(const struct column *columns, size_t count)
{
    struct row_sum sum = {0};
    size_t end = 0;
    size_t numerics = 0; /* too short to be moved or compressed */
    for (size_t i = 0; i < count; i++) {
        size_t bytes = widths[columns[i].type];
        if (bytes > 0) {
            end = aligned(end, bytes == 16 ? 1 : bytes) + bytes;
            continue;
        }
        bytes = kept_bytes(&columns[i]);
        numerics += bytes < KEPT_MAX_BYTES;
        end = aligned(end, bytes < KEPT_MAX_BYTES ? 1 : 4) + bytes;
        sum.varying += bytes;
        sum.varying_count++;
    }
    size_t others = sum.varying_count - numerics;
    end += 3 * (numerics < others ? numerics : others) + ALIGNMENT - 1;
    size_t header = aligned(HEADER_BYTES + (count + OUR_COLUMNS + 7) / 8, ALIGNMENT);
    sum.fixed = end - sum.varying;
    sum.ours = aligned(header + OUR_BYTES + end, ALIGNMENT) - end;
    return sum;
}

size_t sto_columns_row_bytes(const struct column *columns, size_t count)
{
    const struct row_sum sum = sum_up(columns, count);
    return sum.fixed + sum.varying + sum.ours;
}

static int check_width(const struct column *columns, size_t count, struct err *err)
{
    const struct row_sum sum = sum_up(columns, count);
    size_t bytes = sum.fixed + sum.varying + sum.ours;
    if (bytes <= ROW_MAX_BYTES) {
        return 0;
    }
    return err_set(
        err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
        "a row of these %zu fields can need %zu bytes, and a page of PostgreSQL has room "
        "for %d: %zu for numbers, dates and other fixed widths, %zu for %zu texts and other "
        "values of which up to %d bytes each stay in the row, %zu for the register's own columns. "
        "Fields that are grouped in a record are one column",
        count, bytes, ROW_MAX_BYTES, sum.fixed, sum.varying, sum.varying_count, KEPT_MAX_BYTES,
        sum.ours);
}

int sto_columns_check(const struct column *columns, size_t count, struct err *err)
{
    if (count == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "a dataset has at least one column");
    }
    for (size_t i = 0; i < count; i++) {
        const struct column *c = &columns[i];
        if (check_name(c->name, err) != 0) {
            return -1;
        }
        if (c->type == COLUMN_NUMERIC &&
            (c->precision < 1 || c->precision > 1000 || c->scale < 0 || c->scale > c->precision)) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                           "field %s: no column holds decimal(%d,%d)", c->name, c->precision,
                           c->scale);
        }
    }
    return check_width(columns, count, err);
}

void sto_columns_put(struct buf *out, const struct column *columns, size_t count)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        const struct column *c = &columns[i];
        jsonw_open(&w, '{');
        jsonw_key(&w, "field");
        jsonw_str(&w, c->field);
        jsonw_key(&w, "name");
        jsonw_str(&w, c->name);
        jsonw_key(&w, "type");
        jsonw_str(&w, column_type_name(c->type));
        if (c->type == COLUMN_NUMERIC) {
            jsonw_number(&w, "precision", c->precision);
            jsonw_number(&w, "scale", c->scale);
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}

void sto_column_ordinals_put(struct buf *out, const int32_t *column_of, size_t count)
{
    buf_put_u8(out, '{');
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s%" PRId32, i > 0 ? "," : "", column_of[i] + 1);
    }
    buf_put_u8(out, '}');
}
