/* SPDX-License-Identifier: Apache-2.0
 * storage/admin_structure.c - the columns of a structure, as the functions that make tables take
 * them.
 *
 * What the names of columns may be is checked here, before any DDL is tried. */
#include "base/attr.h"
#include "base/buf.h"
#include "base/column_name.h"
#include "base/jsonw.h"
#include "storage/admin_priv.h"

/* A table has at most 1,600 columns; some are ours. */
enum { COLUMNS_MAX = 1500 };

/* Whoever registers a structure gives its columns names that are free (schema/columns.h). */
static int check_name(const char *name, struct err *err)
{
    return column_name_is_free(name) ? 0
                                     : err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                                               "no column can be named \"%.63s\"", name);
}

int sto_columns_check(const struct column *columns, size_t count, struct err *err)
{
    if (count == 0 || count > COLUMNS_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "a dataset has 1 to %d columns, not %zu", COLUMNS_MAX, count);
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
    return 0;
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
            jsonw_key(&w, "precision");
            jsonw_int(&w, c->precision);
            jsonw_key(&w, "scale");
            jsonw_int(&w, c->scale);
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}
