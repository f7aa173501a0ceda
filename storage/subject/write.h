/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/write.h - for registrations: the settings in force for a subject, its versions, and the
 * transaction that adds a version.
 *
 * Everything read belongs to the caller's arena. Two instances may register under one subject at once:
 * sto_register_begin makes the second wait, and only reads after it are final. */
#ifndef STORAGE_SUBJECT_WRITE_H
#define STORAGE_SUBJECT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "storage/catalogue/state.h"

struct buf;
struct sto_conn;

/* The subject's own settings, else the global ones, else the defaults. */
struct sto_scope {
    const char *level; /* "BACKWARD" … */
    const char *mode;  /* "READWRITE" … */
    const char
        *group; /* the metadata property: only versions with its value must be compatible; NULL */
    bool normalize;
    int32_t dataset_id;  /* 0: the subject is no dataset's */
    const char *dataset; /* "moh.births"; NULL */
    bool is_key;
};
MUST_CHECK int sto_scope_load(struct sto_conn *conn, const char *subject, struct arena *arena,
                              struct sto_scope *out, struct err *err);

struct sto_registered {
    int32_t version;
    int32_t schema_id;
    enum sto_structure_state state;
    bool deleted;     /* softly */
    bool is_attached; /* registered as the structure of a dataset */
    uint8_t sha256[32];
    uint8_t normalized[32]; /* the hash of its normalized form; zeros: not known */
    const char *guid;
    const char *subject;
    const char *text;       /* as clients get it; NULL in a list without texts */
    const char *resolved;   /* parses alone; NULL: so does text */
    const char *references; /* "[{"name":…,"subject":…,"version":…}]"; NULL: none */
    const char *metadata;   /* JSON; NULL: none */
    const char *rule_set;   /* JSON; NULL: none */
};

/* Looks for the version with the same text (plain, or normalized where the settings in force say normalize);
 * if there is none, for the newest with the same meaning. */
struct sto_lookup {
    const char *subject;
    const uint8_t *plain;      /* 32 bytes */
    const uint8_t *normalized; /* may be `plain` */
    bool deleted;              /* soft-deleted versions too */
    bool attached; /* only a version that belongs to the subject's dataset, if it has one */
};
/* One indexed read, without a lock. *found false: there is none. Pending versions are not seen. */
MUST_CHECK int sto_registered_find(struct sto_conn *conn, const struct sto_lookup *lookup,
                                   struct arena *arena, struct sto_registered *out, bool *found,
                                   struct err *err);
/* The newest version whose text with all references written out is this one. */
MUST_CHECK int sto_registered_find_resolved(struct sto_conn *conn, const struct sto_lookup *lookup,
                                            const char *resolved, const char *metadata,
                                            const char *rule_set, struct arena *arena,
                                            struct sto_registered *out, bool *found,
                                            struct err *err);
/* version -1: the latest. */
MUST_CHECK int sto_registered_get(struct sto_conn *conn, const char *subject, int32_t version,
                                  bool deleted, struct arena *arena, struct sto_registered *out,
                                  bool *found, struct err *err);
/* All of a subject, oldest first, deleted and pending ones among them. Texts: of every live one, or
 * of the last live one alone. */
MUST_CHECK int sto_registered_list(struct sto_conn *conn, const char *subject, bool every_text,
                                   struct arena *arena, struct sto_registered **list, size_t *count,
                                   struct err *err);

/* BEGIN, and the locks of the subject and of its dataset's row. RETRY ERR_REGISTER_TIMEOUT: not within 2 s.
 * After any later failure: sto_register_abort. */
MUST_CHECK int sto_register_begin(struct sto_conn *conn, const char *subject, struct err *err);
void sto_register_abort(struct sto_conn *conn);
MUST_CHECK int sto_register_commit(struct sto_conn *conn, struct err *err);

struct sto_reference {
    const char *name;
    const char *subject;
    int32_t version;
};

/* [{"name":…,"subject":…,"version":…}] */
void sto_references_put(struct buf *out, const struct sto_reference *references, size_t count);

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
    size_t field_count;
    int32_t want_id;      /* -1: the next */
    int32_t want_version; /* 0: the next */
    const char *by;       /* the account; NULL: the database's login */
    bool patient; /* wait for tables until PostgreSQL ends an autovacuum; else for 200 ms each */
};
/* Inside sto_register_begin. FATAL ERR_ID_MISMATCH, ERR_NOT_PERMITTED (the version is another
 * schema's), ERR_BAD_SCHEMA (columns, a reference that is gone), ERR_INCOMPATIBLE; RETRY
 * ERR_REGISTER_TIMEOUT, ERR_REGISTER_BUSY: it did not get a lock, and nothing is stored. */
MUST_CHECK int sto_version_add(struct sto_conn *conn, const struct sto_version_spec *spec,
                               int32_t *schema_id, int32_t *version, struct err *err);

#endif
