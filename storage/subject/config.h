/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/config.h - levels and modes: of one subject, of a context (":.ctx:"), and of the
 * registry (""). They do not ask whether the subject exists.
 *
 * In force is a subject's own, else its context's (the default context's is the registry's), else
 * that of every context (":.__GLOBAL:"), else BACKWARD and READWRITE. */
#ifndef STORAGE_SUBJECT_CONFIG_H
#define STORAGE_SUBJECT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_WORD_BYTES = 32 };

struct sto_config {
    bool set; /* the subject has its own */
    /* Of the registry that is asked for its own and has none: BACKWARD. */
    char level[STO_WORD_BYTES]; /* in force */
    char *settings;             /* a JSON object: its own, or in force */
    bool changed;               /* by a put: it is not as it was */
};
void sto_config_fini(struct sto_config *config);

MUST_CHECK int sto_config_get(struct sto_conn *conn, const char *subject, bool in_force,
                              struct sto_config *out, struct err *err);

struct sto_config_change {
    bool has_level;
    const char *level;    /* NULL: none of its own */
    const char *settings; /* a JSON object; a member null: none of its own */
};
/* What the change does not name stays. out: the subject's own afterwards. FATAL ERR_NOT_PERMITTED
 * in a mode that only reads. */
MUST_CHECK int sto_config_put(struct sto_conn *conn, const char *subject,
                              const struct sto_config_change *change, struct sto_config *out,
                              struct err *err);
/* out: what was deleted, and where that was no level the one in force; not set: nothing was there. FATAL ERR_NOT_PERMITTED likewise. */
MUST_CHECK int sto_config_delete(struct sto_conn *conn, const char *subject, struct sto_config *out,
                                 struct err *err);

/* The registry's own READONLY_OVERRIDE is said of every subject, and goes before its own. */
struct sto_mode {
    bool set;
    char word[STO_WORD_BYTES]; /* its own or READWRITE, or in force */
    bool changed;              /* by a delete */
};
MUST_CHECK int sto_mode_get(struct sto_conn *conn, const char *subject, bool in_force,
                            struct sto_mode *out, struct err *err);
/* IMPORT where subjects live, unless forced or in force already: FATAL ERR_NOT_PERMITTED. */
MUST_CHECK int sto_mode_put(struct sto_conn *conn, const char *subject, const char *word,
                            bool force, bool *changed, struct err *err);
/* out: what sto_mode_get said before. */
MUST_CHECK int sto_mode_delete(struct sto_conn *conn, const char *subject, struct sto_mode *out,
                               struct err *err);
/* Of a name's beginning that is its context, ":.ctx:"; 0: the default one. */
size_t sto_context_len(const char *subject);
/* -1, FATAL ERR_NOT_PERMITTED. why: "is in read-only mode". */
int sto_mode_refuse(const char *subject, const char *why, struct err *err);

#endif
