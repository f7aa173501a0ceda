/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/add.h - what a registration stores: a version, and what it changes in its dataset. */
#ifndef STORAGE_SUBJECT_ADD_H
#define STORAGE_SUBJECT_ADD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "storage/subject/write.h"

struct sto_conn;

/* What a structure changes in its dataset (storage/migrations/0015_requests.sql). */
struct sto_change {
    const char *class; /* "safe", "review", "breaking" */
    bool collects_more;
    int32_t compared_with; /* the version before */
    const char *findings;  /* JSON */
    const char *reason;    /* NULL: a client registered it */
    const char *from;      /* when it is to take effect, as PostgreSQL reads times; NULL: at once */
    const char *notice;    /* the number of its notice; NULL */
};

struct sto_version_spec {
    const char *subject;
    int32_t dataset_id; /* 0: none */
    bool is_key;
    const char *text;
    const char *resolved; /* NULL: text parses alone */
    const uint8_t *sha256;
    const uint8_t *normalized; /* the hash of its normalized form; NULL: found by sha256 alone */
    uint64_t crc64;
    const char *metadata;
    const char *rule_set;
    const struct sto_reference *references;
    size_t reference_count;
    /* A dataset's value structure: all columns the dataset must have afterwards, the existing ones
     * first, unchanged but for another name and a greater numeric precision; and which of them each
     * of the structure's fields fills. Tables and view are made or extended in the same transaction.
     */
    const struct column *columns;
    size_t column_count;
    const int32_t *column_of;
    const char *const *names; /* of each field: of its column, as readers are to see it */
    size_t field_count;
    const struct sto_change *change; /* NULL: nothing that anybody must agree to */
    int32_t want_id;                 /* -1: the next */
    int32_t want_version;            /* 0: the next */
    const char *by;                  /* the account; NULL: the database's login */
    bool patient; /* wait for tables until PostgreSQL ends an autovacuum; else for 200 ms each */
};
struct sto_version_added {
    int32_t schema_id;
    int32_t version;
    int64_t request; /* 0: none was filed */
};
/* Inside sto_register_begin. FATAL ERR_ID_MISMATCH, ERR_NOT_PERMITTED (the version is another
 * schema's), ERR_BAD_SCHEMA (columns, a reference that is gone), ERR_INCOMPATIBLE; RETRY
 * ERR_REGISTER_TIMEOUT, ERR_REGISTER_BUSY: it did not get a lock, and nothing is stored. */
MUST_CHECK int sto_version_add(struct sto_conn *conn, const struct sto_version_spec *spec,
                               struct sto_version_added *out, struct err *err);

#endif
