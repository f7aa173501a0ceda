/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/catalogue.h - agencies, datasets and structures, as one snapshot.
 *
 * Thread: loaded by one, then read by any, until freed. Every pointer belongs to the snapshot.
 * Every change to the catalogue bumps its version and notifies channel STO_CATALOGUE_CHANNEL; what the clock
 * changes does not notify: sto_catalogue_age says when that is. */
#ifndef STORAGE_CATALOGUE_CATALOGUE_H
#define STORAGE_CATALOGUE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "storage/catalogue/state.h"

struct sto_conn;

#define STO_CATALOGUE_CHANNEL "nrc_catalogue"

struct sto_structure {
    int32_t schema_id;
    int32_t version;
    bool is_key; /* a structure of the key, not of the value */
    enum sto_structure_state state;
    uint8_t guid[16];
    const char *text; /* Avro JSON */
    size_t text_len;
    const char *rule_set; /* JSON; NULL: none */
    const char *metadata; /* likewise */
    /* Of a value structure: for each of its fields the index of the column that it fills. */
    const int32_t *column_of;
    size_t field_count;
};

/* A dataset's tables: <agency>.<name>_state, <agency>.<name>_history, and the view
 * <agency>.<name>. */
struct sto_table {
    int32_t dataset_id;
    int32_t column_version; /* rises with every change of the columns */
    const char *agency;
    const char *name;
    const struct column *columns; /* business columns in their order; key fields among them */
    size_t column_count;
    const uint16_t *key_columns; /* indexes into columns, in key order */
    size_t key_count;
    bool has_order; /* an order field is declared; else order is what Kafka offers */
};

struct sto_dataset {
    int32_t id;
    const char *full_name; /* "moh.births" */
    const char *topic;     /* NULL: declared with no stream */
    bool closed;           /* retired, or its agency is not active: the topic is not read */
    bool paused;           /* by a person, for a while: its partitions stand still */
    int leaves;            /* of its state */
    const char *key_format;
    const char **
        key_fields; /* as declared, in key order; table.key_columns is empty until there are columns */
    size_t key_field_count;
    const char *order_field;      /* NULL: none */
    const char *event_time_field; /* NULL: none */
    bool exempt;                  /* every event (NRL-2) */
    const char
        *exempt_field; /* NULL: none; else events whose field has one of the values are exempt */
    const char **exempt_values;
    size_t exempt_value_count;
    const char *contract;         /* the text of the one in force; NULL: none is */
    const char *contract_version; /* "1.2.0" */
    struct sto_table table;       /* column_count 0 until a value structure is registered */
    const struct sto_structure *structures; /* by version, value and key structures mixed */
    size_t structure_count;
};

/* A catalogue changes when somebody changes it, and when the time comes at which a structure takes effect or
 * is retired. Its version rises with both. */
struct sto_catalogue_age {
    int64_t version;
    int64_t now_us; /* the register's clock, since 1970 */
    int64_t
        until_us; /* from then on the version is greater, by the clock alone; INT64_MAX: never */
};

/* A hash of what one dataset is in the register. */
struct sto_mark {
    int32_t dataset_id;
    int64_t mark;
};

struct sto_catalogue {
    struct sto_catalogue_age age;
    const struct sto_dataset *datasets; /* by id */
    size_t dataset_count;
    const struct sto_mark *marks; /* of every dataset, loaded or not, by id */
    size_t mark_count;
    struct arena arena; /* owns all of it */
};

MUST_CHECK int sto_catalogue_age(struct sto_conn *conn, struct sto_catalogue_age *age,
                                 struct err *err);
MUST_CHECK struct sto_catalogue *sto_catalogue_load(struct sto_conn *conn, struct err *err);
/* Without the datasets whose marks are among `former`, which are by id: they are as they were then. NULL: all of them. */
MUST_CHECK struct sto_catalogue *sto_catalogue_load_changed(struct sto_conn *conn,
                                                            const struct sto_mark *former,
                                                            size_t former_count, struct err *err);
/* The dataset of that full name; NULL: FATAL ERR_NOT_FOUND. */
const struct sto_dataset *sto_catalogue_find(const struct sto_catalogue *catalogue,
                                             const char *full_name, struct err *err);

/* One dataset, or none; the version is 0. The caller's transaction has locked the dataset's row, so it does
 * not change. */
MUST_CHECK struct sto_catalogue *sto_catalogue_load_one(struct sto_conn *conn, int32_t dataset_id,
                                                        struct err *err);
void sto_catalogue_free(struct sto_catalogue **taken);

/* LISTENs on the channel; then sto_catalogue_wait answers 1 when something changed, 0 after
 * timeout_ms or as soon as wake_fd (-1: none) can be read, -1 on failure. */
MUST_CHECK int sto_catalogue_listen(struct sto_conn *conn, struct err *err);
MUST_CHECK int sto_catalogue_wait(struct sto_conn *conn, int timeout_ms, int wake_fd,
                                  struct err *err);

#endif
