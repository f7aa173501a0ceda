/* SPDX-License-Identifier: Apache-2.0
 * ingest/cases.h - reads the keys of what lies in the quarantine, so that a corrected event that arrives by itself ends its case.
 *
 * A batch has no part in this. Thread: the upkeep's. */
#ifndef INGEST_CASES_H
#define INGEST_CASES_H

#include "base/attr.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "ingest/context.h"
#include "ingest/datasets.h"

struct ing_cases;
struct sto_conn;

/* NULL: FATAL ERR_NO_MEMORY. */
MUST_CHECK struct ing_cases *ing_cases_new(struct err *err);
void ing_cases_free(struct ing_cases **taken);

/* The texts of the message's key, or null. After ing_verdict_of, of the same context. */
void ing_cases_put_key(const struct ing_context *context, struct jsonw *w);

/* At most once a second: a few hundred events are read, and of a few hundred it is looked whether they are over. Failures are logged
 * and tried again. */
void ing_cases_serve(struct ing_cases *cases, struct sto_conn *conn, struct ing_datasets *datasets);

#endif
