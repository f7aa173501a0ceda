/* SPDX-License-Identifier: Apache-2.0
 * ingest/load.h - datasets that were loaded and compiled together, and live together.
 *
 * A snapshot of the catalogue has those of one load or of several: what did not change is taken over from the snapshot before.
 * Thread: made by one, then read by any; counted with ref/unref. */
#ifndef INGEST_LOAD_H
#define INGEST_LOAD_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "ingest/dataset.h"

struct conf;
struct sto_conn;

struct ing_load; /* body in load.c */

/* Compiles the catalogue's datasets; conn NULL: their rules get no ids. FATAL ERR_CONFIG, RETRY ERR_NO_MEMORY, and as
 * storage/catalogue/rule.h. */
MUST_CHECK struct ing_load *ing_load_new(struct sto_catalogue **taken, struct sto_conn *conn,
                                         const struct conf *conf, struct err *err);
struct ing_load *ing_load_ref(struct ing_load *load);
void ing_load_unref(struct ing_load **taken);

const struct sto_catalogue *ing_load_catalogue(const struct ing_load *load);
/* By id, as many as the catalogue has datasets. */
const struct ing_dataset *ing_load_items(const struct ing_load *load);

#endif
