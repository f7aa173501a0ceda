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

/* The columns of `datasets`. */
enum {
    D_ID,
    D_AGENCY,
    D_NAME,
    D_FULL,
    D_TOPIC,
    D_KEY_FORMAT,
    D_ORDER,
    D_EVENT_TIME,
    D_EXEMPT,
    D_EXEMPT_FIELD,
    D_COLUMN_VERSION,
    D_CLOSED,
    D_CONTRACT,
    D_CONTRACT_VERSION,
    D_PAUSED,
    D_LEAVES
};

/* Copies them into the catalogue's arena. FATAL ERR_NO_MEMORY, ERR_REGISTER_SCHEMA. */
MUST_CHECK int sto_catalogue_fill(struct sto_catalogue *catalogue,
                                  const struct sto_catalogue_rows *r, struct err *err);

int sto_catalogue_no_memory(struct err *err);

#endif
