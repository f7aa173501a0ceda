/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/table.h - a grid of text as people read it (storage/report/json.h: as programs do).
 *
 * Columns are aligned by the width that text takes in a terminal, Arabic or not. What would move
 * the cursor or turn the reading direction of its surroundings is shown as an escape. A JSON list
 * of texts is shown as its items with commas between them. */
#ifndef OPS_CLI_TABLE_H
#define OPS_CLI_TABLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "storage/report/report.h"

/* terminal: after right-to-left text comes a left-to-right mark, without which a terminal that
 * knows both directions would swap neighbouring columns. */
void ops_table_print(const struct sto_grid *grid, bool terminal, struct buf *out);
/* One row, a line for each field. */
void ops_table_print_record(const struct sto_grid *grid, size_t row, bool terminal,
                            struct buf *out);

/* The text, with characters that must not reach a terminal escaped; lines: line ends and tabs stay. */
void ops_put_safe(const char *text, bool lines, struct buf *out);

#endif
