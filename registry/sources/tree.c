/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/tree.c - how rows of the three grids belong together. */
#include <string.h>

#include "base/clock.h"
#include "registry/sources/writer_priv.h"

bool reg_sources_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

size_t reg_sources_find(const struct sto_grid *grid, const char *column, const char *value)
{
    size_t row = 0;
    while (row < grid->rows && !reg_sources_same(sto_grid_get(grid, row, column), value)) {
        row++;
    }
    return row;
}

struct reg_sources_range reg_sources_of(const struct sto_grid *grid, const char *agency)
{
    struct reg_sources_range range = {0, 0};
    while (range.from < grid->rows &&
           !reg_sources_same(grid->values[range.from * grid->cols], agency)) {
        range.from++;
    }
    range.to = range.from;
    while (range.to < grid->rows && reg_sources_same(grid->values[range.to * grid->cols], agency)) {
        range.to++;
    }
    return range;
}

bool reg_sources_is_under(const struct sto_sources *sources, size_t dataset, size_t system)
{
    return reg_sources_same(sto_grid_get(sources->datasets, dataset, "system"),
                            sto_grid_get(sources->systems, system, "system")) &&
           reg_sources_same(sto_grid_get(sources->datasets, dataset, "agency"),
                            sto_grid_get(sources->systems, system, "agency"));
}

bool reg_sources_is_alone(const struct sto_sources *sources, size_t dataset)
{
    size_t system = reg_sources_find(sources->systems, "system",
                                     sto_grid_get(sources->datasets, dataset, "system"));
    return system == sources->systems->rows || !reg_sources_is_under(sources, dataset, system);
}

const char *reg_sources_now(char out[REG_SOURCES_TIME_SIZE])
{
    const size_t seconds = strlen("2026-03-01T09:30:00");
    clock_format_utc(out, REG_SOURCES_TIME_SIZE, clock_wall_us());
    out[seconds] = 'Z';
    out[seconds + 1] = '\0';
    return out;
}
