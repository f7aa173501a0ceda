/* SPDX-License-Identifier: Apache-2.0
 * ingest/rule_ids.h - the ids under which the register counts what became of rules. Thread: the upkeep. */
#ifndef INGEST_RULE_IDS_H
#define INGEST_RULE_IDS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct ing_dataset;
struct sto_conn;

/* Fills rule_ids of the datasets and rule_slots of their writers, in the arena; of no rules nothing. One query for all. RETRY,
 * FATAL as storage/catalogue/rule.h. */
MUST_CHECK int ing_rule_ids(struct sto_conn *conn, struct ing_dataset *items, size_t count,
                            struct arena *arena, struct err *err);

#endif
