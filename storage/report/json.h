/* SPDX-License-Identifier: Apache-2.0
 * storage/report/json.h - a grid as JSON: numbers, booleans and JSON unchanged, all else as text. A failure is
 * the buffer's. */
#ifndef STORAGE_REPORT_JSON_H
#define STORAGE_REPORT_JSON_H

#include <stddef.h>

#include "base/jsonw.h"
#include "storage/report/report.h"

/* An array of objects; and one object. */
void sto_grid_json(const struct sto_grid *grid, struct jsonw *w);
void sto_grid_json_record(const struct sto_grid *grid, size_t row, struct jsonw *w);
/* The members of the object alone, for a caller that has more of them. */
void sto_grid_json_members(const struct sto_grid *grid, size_t row, struct jsonw *w);

#endif
