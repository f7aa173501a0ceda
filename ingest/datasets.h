/* SPDX-License-Identifier: Apache-2.0
 * ingest/datasets.h - the catalogue with everything compiled that the event path needs.
 *
 * A snapshot never changes; the upkeep makes a new one and lanes take it between batches. Thread:
 * built by one, read by any; counted with ref/unref. */
#ifndef INGEST_DATASETS_H
#define INGEST_DATASETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "ingest/dataset.h"

struct conf;
struct sto_conn;

struct ing_datasets; /* body in datasets.c */

/* Compiles a snapshot. conf: of the national formats in rules; NULL: as they are by default. FATAL ERR_CONFIG: one of these is
 * no regular expression. RETRY ERR_NO_MEMORY. */
MUST_CHECK struct ing_datasets *ing_datasets_new(struct sto_catalogue **taken,
                                                 const struct conf *conf, struct err *err);

/* The same, of the register as it stands, which gives each rule its id. What did not change since `former` is shared with it,
 * not loaded again. NULL, or a former one that is not this connection's: everything is loaded. RETRY, FATAL as
 * storage/catalogue/catalogue.h. */
MUST_CHECK struct ing_datasets *ing_datasets_load(struct sto_conn *conn, const struct conf *conf,
                                                  const struct ing_datasets *former,
                                                  struct err *err);
/* Whether it was loaded since the connection was opened. If not, it may be of another register: one that was restored from
 * a backup may have any version, and other ids of rules. */
bool ing_datasets_is_of(const struct ing_datasets *datasets, const struct sto_conn *conn);
struct ing_datasets *ing_datasets_ref(struct ing_datasets *datasets);
void ing_datasets_unref(struct ing_datasets **taken);

int64_t ing_datasets_version(const struct ing_datasets *datasets);
/* From then on, by the register's clock, other structures are in force; INT64_MAX: never. */
int64_t ing_datasets_until_us(const struct ing_datasets *datasets);
size_t ing_datasets_count(const struct ing_datasets *datasets);
const struct ing_dataset *ing_datasets_at(const struct ing_datasets *datasets, size_t index);

/* NULL: no dataset has the topic, the id. These and the following search by halves. */
const struct ing_dataset *ing_datasets_by_topic(const struct ing_datasets *datasets,
                                                const char *topic);
const struct ing_dataset *ing_datasets_by_id(const struct ing_datasets *datasets, int32_t id);

/* Whether some other dataset has the structure. */
bool ing_datasets_has_schema(const struct ing_datasets *datasets, int32_t schema_id);
bool ing_datasets_has_guid(const struct ing_datasets *datasets, const uint8_t guid[16]);

#endif
