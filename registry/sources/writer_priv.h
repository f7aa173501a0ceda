/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/writer_priv.h - one writer for each format, and what they have alike. */
#ifndef REGISTRY_SOURCES_WRITER_PRIV_H
#define REGISTRY_SOURCES_WRITER_PRIV_H

#include "registry/sources/sources.h"

void reg_sources_json(const struct sto_sources *sources, struct buf *out);
void reg_sources_csv(const struct sto_sources *sources, bool bom, struct buf *out);
void reg_sources_html(const struct sto_sources *sources, struct buf *out);
int reg_sources_dcat(const struct sto_sources *sources, const char *public_url, struct buf *out,
                     struct err *err);

/* Whether both texts are there and are the same. */
bool reg_sources_same(const char *a, const char *b);
/* The row of the grid whose column has the value; grid->rows: none has. */
size_t reg_sources_find(const struct sto_grid *grid, const char *column, const char *value);
/* The rows of systems or of datasets that are the agency's: they stand together. */
struct reg_sources_range {
    size_t from;
    size_t to;
};
struct reg_sources_range reg_sources_of(const struct sto_grid *grid, const char *agency);
/* Whether the dataset stands under that system, which is of the same agency. */
bool reg_sources_is_under(const struct sto_sources *sources, size_t dataset, size_t system);
/* Whether it stands under none. */
bool reg_sources_is_alone(const struct sto_sources *sources, size_t dataset);
/* "2026-03-01T09:30:00Z" */
enum { REG_SOURCES_TIME_SIZE = 40 };
const char *reg_sources_now(char out[REG_SOURCES_TIME_SIZE]);

#endif
