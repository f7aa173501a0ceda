/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/json.c - the catalogue as nested JSON: agencies, their systems, the datasets of these, and the agency's
 * other datasets. Members are the columns that storage/report/sources.h lists. */
#include "storage/report/json.h"
#include "base/jsonw.h"
#include "registry/sources/writer_priv.h"

/* system: a row, or rows: those that stand under none. */
static void put_datasets(const struct sto_sources *sources, struct reg_sources_range range,
                         size_t system, struct jsonw *w)
{
    jsonw_key(w, "datasets");
    jsonw_open(w, '[');
    for (size_t row = range.from; row < range.to; row++) {
        bool is_here = system < sources->systems->rows ? reg_sources_is_under(sources, row, system)
                                                       : reg_sources_is_alone(sources, row);
        if (is_here) {
            sto_grid_json_record(sources->datasets, row, w);
        }
    }
    jsonw_close(w, ']');
}

static void put_systems(const struct sto_sources *sources, const char *agency,
                        struct reg_sources_range datasets, struct jsonw *w)
{
    struct reg_sources_range systems = reg_sources_of(sources->systems, agency);
    jsonw_key(w, "systems");
    jsonw_open(w, '[');
    for (size_t row = systems.from; row < systems.to; row++) {
        jsonw_open(w, '{');
        sto_grid_json_members(sources->systems, row, w);
        put_datasets(sources, datasets, row, w);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

void reg_sources_json(const struct sto_sources *sources, struct buf *out)
{
    char now[REG_SOURCES_TIME_SIZE];
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "taken_at");
    jsonw_str(&w, reg_sources_now(now));
    jsonw_key(&w, "agencies");
    jsonw_open(&w, '[');
    for (size_t row = 0; row < sources->agencies->rows; row++) {
        const char *agency = sto_grid_get(sources->agencies, row, "code");
        struct reg_sources_range datasets = reg_sources_of(sources->datasets, agency);
        jsonw_open(&w, '{');
        sto_grid_json_members(sources->agencies, row, &w);
        put_systems(sources, agency, datasets, &w);
        put_datasets(sources, datasets, sources->systems->rows, &w);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}
