/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/csv.c - the catalogue as CSV (RFC 4180): a row for each dataset, with what stands above it. */
#include "base/csv.h"

#include "registry/sources/writer_priv.h"

enum of { AGENCY, SYSTEM, DATASET };

/* The names of columns never change: programs read them. */
static const struct {
    const char *name;
    enum of of;
    const char *from;
} columns[] = {
    {"agency", AGENCY, "code"},
    {"agency_name", AGENCY, "name"},
    {"agency_name_ar", AGENCY, "name_ar"},
    {"class", AGENCY, "class"},
    {"agency_state", AGENCY, "state"},
    {"answered_by", AGENCY, "answered_by"},
    {"division", AGENCY, "division"},
    {"head", AGENCY, "head"},
    {"head_since", AGENCY, "since"},
    {"system", DATASET, "system"},
    {"system_name", SYSTEM, "name"},
    {"system_name_ar", SYSTEM, "name_ar"},
    {"dataset", DATASET, "dataset"},
    {"title", DATASET, "title"},
    {"title_ar", DATASET, "title_ar"},
    {"description", DATASET, "description"},
    {"description_ar", DATASET, "description_ar"},
    {"origin", DATASET, "origin"},
    {"legal_basis", DATASET, "legal_basis"},
    {"cadence", DATASET, "cadence"},
    {"steward", DATASET, "steward"},
    {"steward_ar", DATASET, "steward_ar"},
    {"steward_account", DATASET, "steward_account"},
    {"contact", DATASET, "contact"},
    {"topic", DATASET, "topic"},
    {"key", DATASET, "key"},
    {"structures", DATASET, "versions"},
    {"state", DATASET, "state"},
    {"declared_on", DATASET, "declared_on"},
    {"retired_on", DATASET, "retired_on"},
    {"retired_reason", DATASET, "retired_reason"},
    {"successor", DATASET, "successor"},
};

static const char *value(const struct sto_grid *grid, size_t row, const char *column)
{
    return row < grid->rows ? sto_grid_get(grid, row, column) : NULL;
}

static void put_row(const struct sto_sources *sources, size_t dataset, struct buf *out)
{
    const struct sto_grid *datasets = sources->datasets;
    size_t agency =
        reg_sources_find(sources->agencies, "code", sto_grid_get(datasets, dataset, "agency"));
    size_t system =
        reg_sources_find(sources->systems, "system", sto_grid_get(datasets, dataset, "system"));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        const char *text =
            columns[i].of == AGENCY   ? value(sources->agencies, agency, columns[i].from)
            : columns[i].of == SYSTEM ? value(sources->systems, system, columns[i].from)
                                      : value(datasets, dataset, columns[i].from);
        csv_put(out, text, i == 0);
    }
    csv_end(out);
}

void reg_sources_csv(const struct sto_sources *sources, bool bom, struct buf *out)
{
    if (bom) {
        buf_put_str(out, "\xEF\xBB\xBF");
    }
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        csv_put(out, columns[i].name, i == 0);
    }
    csv_end(out);
    for (size_t row = 0; row < sources->datasets->rows; row++) {
        put_row(sources, row, out);
    }
}
