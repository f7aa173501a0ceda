/* SPDX-License-Identifier: Apache-2.0
 * ingest/dataset.h - one dataset of the catalogue with everything compiled that the event path needs.
 *
 * Once compiled it never changes. Thread: compiled by one, read by any. */
#ifndef INGEST_DATASET_H
#define INGEST_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/decode/key.h"
#include "schema/plan/plan.h"
#include "schema/ruleset/checks.h"
#include "storage/catalogue/catalogue.h"

struct cel_settings;
struct sch_contract;

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
    size_t index;               /* its place in the snapshot: ing_datasets_at */
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

/* What datasets are compiled with. */
struct ing_compiler {
    struct arena *arena; /* holds what is compiled */
    const struct cel_settings
        *settings; /* of the functions in rules; borrowed by what is compiled */
};

/* Structures parsed, plans made, names turned into indexes; the row is borrowed for as long. What cannot be compiled is logged
 * and kept as `broken`. -1: memory is out, and there is nothing to release. */
MUST_CHECK int ing_dataset_compile(const struct ing_compiler *compiler,
                                   const struct sto_dataset *row, struct ing_dataset *dataset);
void ing_dataset_fini(struct ing_dataset *dataset);

/* The writer of a value (or key) by id or GUID in one dataset, or NULL. */
const struct ing_writer *ing_writer_by_id(const struct ing_writer *writers, size_t count,
                                          int32_t schema_id);
const struct ing_writer *ing_writer_by_guid(const struct ing_writer *writers, size_t count,
                                            const uint8_t guid[16]);

#endif
