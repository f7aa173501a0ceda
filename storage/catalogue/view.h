/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/view.h - moves the views of datasets to structures that came into force by the clock
 * (storage/migrations/0019_views.sql). Whoever comes first does it: an engine, a registry.
 *
 * Thread: the one that has the connection. */
#ifndef STORAGE_CATALOGUE_VIEW_H
#define STORAGE_CATALOGUE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* Starts as {0}. */
struct sto_views {
    bool due; /* the catalogue changed: some view may have to move */
    int64_t again_ms;
};

/* Moves what has to move, each in a transaction of its own; what readers or an administrator hinder is logged and tried
 * again. Nothing is done unless `due`. -1: the connection is lost. */
MUST_CHECK int sto_views_turn(struct sto_views *views, struct sto_conn *conn, struct err *err);

#endif
