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

enum { STO_CHANGE_CLASSES = 3 }; /* safe, review, breaking */

/* What settings add to a version's own metadata and rules. */
enum sto_layer_kind {
    STO_DEFAULT_METADATA = 0,
    STO_OVERRIDE_METADATA,
    STO_DEFAULT_RULE_SET,
    STO_OVERRIDE_RULE_SET
};
enum { STO_LAYERS = STO_OVERRIDE_RULE_SET + 1 };
struct sto_layer {
    const char *json; /* NULL: none */
    const char *of;   /* whose setting it is: the subject, its context, or ":.__GLOBAL:" */
};

/* The subject's own settings, else the global ones, else the defaults. */
struct sto_scope {
    const char *level; /* "BACKWARD" … */
    const char *mode;  /* "READWRITE" … */
    const char
        *group; /* the metadata property: only versions with its value must be compatible; NULL */
    bool normalize;
    bool validate_fields; /* reserved fields are refused */
    struct sto_layer layers[STO_LAYERS];
    int32_t dataset_id;  /* 0: the subject is no dataset's */
    const char *dataset; /* "moh.births"; NULL */
    bool is_key;
    int people[STO_CHANGE_CLASSES]; /* who must agree to a change of its structure, by class */
    bool has_versions;              /* deleted and pending ones count */
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
    bool as_sent;  /* none where settings add something to what was sent */
};
/* One indexed read, without a lock. *found false: there is none. Only versions in force are seen. */
MUST_CHECK int sto_registered_find(struct sto_conn *conn, const struct sto_lookup *lookup,
                                   struct arena *arena, struct sto_registered *out, bool *found,
                                   struct err *err);
/* The newest version whose text with all references written out is this one. */
MUST_CHECK int sto_registered_find_resolved(struct sto_conn *conn, const struct sto_lookup *lookup,
                                            const char *resolved, const char *metadata,
                                            const char *rule_set, struct arena *arena,
                                            struct sto_registered *out, bool *found,
                                            struct err *err);
/* Those whose metadata has a "confluent:version", and the one with this version; newest first. They are few. */
MUST_CHECK int sto_registered_numbered(struct sto_conn *conn, const struct sto_lookup *lookup,
                                       int32_t version, struct arena *arena,
                                       struct sto_registered **list, size_t *count,
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

/* What a dataset's subjects are named by: its topic; without one, AGENCY.NAME, as it is given. FATAL ERR_NOT_FOUND. */
MUST_CHECK int sto_subject_stem(struct sto_conn *conn, const char *dataset, struct arena *arena,
                                const char **out, struct err *err);

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

/* Why a version is not in force, as the end of "version 3 of x, which …". */
MUST_CHECK int sto_standing(struct sto_conn *conn, const char *subject, int32_t version,
                            struct arena *arena, const char **out, struct err *err);

#endif
