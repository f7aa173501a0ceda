/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/admin.h - migrations; agencies and datasets, which stewards add. Each call is one
 * transaction. */
#ifndef STORAGE_ADMIN_ADMIN_H
#define STORAGE_ADMIN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"

struct sto_conn;

/* Brings the database to the newest migration; *applied: how many ran. Safe to run twice at once
 * (advisory lock). The connection needs CREATEROLE and CREATE on the database, and role
 * STO_ROLE_NONE. */
MUST_CHECK int sto_migrate(struct sto_conn *conn, int *applied, struct err *err);

/* 0 when current. FATAL ERR_REGISTER_SCHEMA, naming what is missing or newer. */
MUST_CHECK int sto_migrate_check(struct sto_conn *conn, struct err *err);

struct sto_agency_spec {
    const char *code; /* [a-z][a-z0-9_]{0,30}: also the name of its PostgreSQL schema */
    const char *name;
    const char *name_ar;  /* NULL: none */
    int legal_class;      /* 1, 2, 3 (NRL-2) */
    const char *division; /* the coordinating division and its head (NRL-9), from today */
    const char *head;
    bool declared; /* it names no division and head yet, so it is not active: both are NULL */
};
MUST_CHECK int sto_agency_add(struct sto_conn *conn, const struct sto_agency_spec *spec,
                              struct err *err);

/* How many people must agree to a change of a dataset's structure, 0 to 3 in digits; and whether a breaking one
 * needs a notice beforehand, "true" or "false". NULL: as it is; at first 1, 2 and "true". */
struct sto_policy {
    const char *review_people;
    const char *breaking_people;
    const char *breaking_notice;
};

struct sto_dataset_spec {
    const char *agency;
    const char *name;  /* [a-z][a-z0-9_]{0,40} */
    const char *topic; /* NULL: declared with no stream */
    const char *const *key_fields;
    size_t key_field_count;
    const char *key_format;
    const char *order_field;
    const char *event_time_field;
    bool exempt;
    const char *exempt_field;
    const char *const *exempt_values;
    size_t exempt_value_count;
    int leaves; /* hash partitions of the state; 0: 1, a table without partitions */
    struct sto_policy policy;
};
MUST_CHECK int sto_dataset_add(struct sto_conn *conn, const struct sto_dataset_spec *spec,
                               int32_t *dataset_id, struct err *err);

/* Removes a dataset that never received an event, with its tables and positions. Its structures, *versions
 * of them, stay in the registry without a dataset. FATAL ERR_NOT_FOUND; ERR_REFUSED: names what it has
 * received; ERR_DEPENDED_ON: names the objects of others that use its tables. */
MUST_CHECK int sto_dataset_remove(struct sto_conn *conn, const char *agency, const char *name,
                                  int *versions, struct err *err);

/* Makes the monthly leaves of every partitioned table up to `months` ahead; *made: how many. One
 * transaction a dataset: when one fails, the others get theirs, and then the first failure is returned. */
MUST_CHECK int sto_leaves_make(struct sto_conn *conn, int months, int *made, struct err *err);

#endif
