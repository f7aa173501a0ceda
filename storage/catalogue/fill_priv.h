/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/fill_priv.h - a catalogue of the rows that storage/catalogue/catalogue.c has asked for. */
#ifndef STORAGE_CATALOGUE_FILL_PRIV_H
#define STORAGE_CATALOGUE_FILL_PRIV_H

#include <libpq-fe.h>

#include "base/attr.h"
#include "storage/catalogue/catalogue.h"

/* Each by dataset id; the columns are those of its query. */
struct sto_catalogue_rows {
    PGresult *datasets;
    PGresult *exempt;
    PGresult *keys;
    PGresult *columns;
    PGresult *structures;
};

/* Copies them into the catalogue's arena. FATAL ERR_NO_MEMORY, ERR_REGISTER_SCHEMA. */
MUST_CHECK int sto_catalogue_fill(struct sto_catalogue *catalogue,
                                  const struct sto_catalogue_rows *r, struct err *err);

int sto_catalogue_no_memory(struct err *err);

#endif
