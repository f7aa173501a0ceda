/* SPDX-License-Identifier: Apache-2.0
 * ingest/rule_ids.h - the ids under which the register counts what became of rules. Thread: the upkeep. */
#ifndef INGEST_RULE_IDS_H
#define INGEST_RULE_IDS_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct ing_dataset;
struct sto_conn;

/* Fills rule_ids of the dataset and rule_slots of its writers, in the arena; of no rules nothing. RETRY, FATAL as storage/catalogue/rule.h. */
MUST_CHECK int ing_rule_ids(struct sto_conn *conn, struct ing_dataset *dataset, struct arena *arena,
                            struct err *err);

#endif
