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
#include "schema/decode/key.h"
#include "schema/plan/plan.h"
#include "schema/ruleset/checks.h"
#include "storage/catalogue/catalogue.h"

struct conf;
struct sch_contract;
struct sto_conn;

/* One structure of a dataset, ready to decode with. */
struct ing_writer {
    const struct sto_structure *structure;
    struct sch_plan *plan; /* NULL when not active, or when `broken` */
    struct sch_checks
        *checks; /* the rules of the structure and the contract; NULL: there are none */
    uint32_t *
        rule_slots; /* of the checks' rules: indexes of the dataset's rule_ids; NULL: not asked for */
    size_t rule_count;
    struct err *broken; /* why an active structure does not compile: our fault, never the event's */
    /* Of a value's: the columns whose fields its structure does not have; of a field with several columns the newest. */
    const uint16_t *missing;
    size_t missing_count;
};

struct ing_dataset {
    const struct sto_dataset *row;
    struct ing_writer *writers; /* by schema id; value structures */
    size_t writer_count;
    struct ing_writer *key_writers; /* by schema id; key structures */
    size_t key_writer_count;
    int32_t *
        rule_ids; /* of the rules of all writers, as the register counts them, each once and ascending */
    size_t rule_count;
    enum sch_key_format key_format;
    struct sch_contract *contract; /* while it is compiled */
    struct err
        *broken; /* why no event of it can be judged: our fault, never the event's; or NULL */
    struct column *key_columns; /* in key order */
    int order_column;           /* index, or -1 */
    int event_time_column;      /* index, or -1 */
    int exempt_column;          /* index, or -1 */
};

struct ing_datasets; /* body in datasets.c */

/* Compiles a snapshot. conf: of the national formats in rules; NULL: as they are by default. FATAL ERR_CONFIG: one of these is
 * no regular expression. RETRY ERR_NO_MEMORY. */
MUST_CHECK struct ing_datasets *ing_datasets_new(struct sto_catalogue **taken,
                                                 const struct conf *conf, struct err *err);

/* The same, of the register as it stands, which gives each rule its id. RETRY, FATAL as storage/catalogue/catalogue.h. */
MUST_CHECK struct ing_datasets *ing_datasets_load(struct sto_conn *conn, const struct conf *conf,
                                                  struct err *err);
struct ing_datasets *ing_datasets_ref(struct ing_datasets *datasets);
void ing_datasets_unref(struct ing_datasets **taken);

int64_t ing_datasets_version(const struct ing_datasets *datasets);
/* From then on, by the register's clock, other structures are in force; INT64_MAX: never. */
int64_t ing_datasets_until_us(const struct ing_datasets *datasets);
size_t ing_datasets_count(const struct ing_datasets *datasets);
const struct ing_dataset *ing_datasets_at(const struct ing_datasets *datasets, size_t index);

/* NULL: no dataset has the topic. */
const struct ing_dataset *ing_datasets_by_topic(const struct ing_datasets *datasets,
                                                const char *topic);
const struct ing_dataset *ing_datasets_by_id(const struct ing_datasets *datasets, int32_t id);

/* The writer of a value (or key) by id or GUID in one dataset, or NULL. */
const struct ing_writer *ing_writer_by_id(const struct ing_writer *writers, size_t count,
                                          int32_t schema_id);
const struct ing_writer *ing_writer_by_guid(const struct ing_writer *writers, size_t count,
                                            const uint8_t guid[16]);

/* Whether some other dataset has the structure. */
bool ing_datasets_has_schema(const struct ing_datasets *datasets, int32_t schema_id);
bool ing_datasets_has_guid(const struct ing_datasets *datasets, const uint8_t guid[16]);

#endif
