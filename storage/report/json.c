/* SPDX-License-Identifier: Apache-2.0
 * storage/report/json.c - a grid as JSON. */
#include "storage/report/json.h"

#include <string.h>

/* PostgreSQL's numbers are JSON numbers, except NaN and the infinities. */
static bool is_json_number(const char *text)
{
    const char *p = text + (*text == '-');
    size_t digits = strspn(p, "0123456789");
    if (digits == 0 || (digits > 1 && *p == '0')) {
        return false;
    }
    return p[strspn(p, "0123456789.eE+-")] == '\0';
}

static void put_json(const char *value, enum sto_field_kind kind, struct jsonw *w)
{
    if (value == NULL) {
        jsonw_null(w);
        return;
    }
    switch (kind) {
    case STO_FIELD_NUMBER:
        if (is_json_number(value)) {
            jsonw_raw(w, value);
        } else {
            jsonw_str(w, value);
        }
        break;
    case STO_FIELD_BOOL: jsonw_bool(w, value[0] == 't'); break;
    case STO_FIELD_JSON: jsonw_raw(w, value); break;
    case STO_FIELD_TEXT: jsonw_str(w, value); break;
    }
}

void sto_grid_json_members(const struct sto_grid *grid, size_t row, struct jsonw *w)
{
    for (size_t col = 0; col < grid->cols; col++) {
        jsonw_key(w, grid->names[col]);
        put_json(grid->values[row * grid->cols + col], grid->kinds[col], w);
    }
}

void sto_grid_json_record(const struct sto_grid *grid, size_t row, struct jsonw *w)
{
    jsonw_open(w, '{');
    sto_grid_json_members(grid, row, w);
    jsonw_close(w, '}');
}

void sto_grid_json(const struct sto_grid *grid, struct jsonw *w)
{
    jsonw_open(w, '[');
    for (size_t row = 0; row < grid->rows; row++) {
        sto_grid_json_record(grid, row, w);
    }
    jsonw_close(w, ']');
}
