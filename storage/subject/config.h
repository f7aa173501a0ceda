/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/config.h - levels and modes: of one subject, of a context (":.ctx:"), and of the
 * registry (""). The subject need not exist.
 *
 * In force is the subject's own, else its context's (the default context has the registry's), else that of
 * all contexts (":.__GLOBAL:"), else BACKWARD and READWRITE. */
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
    /* The registry's own, when it has none: BACKWARD. */
    char level[STO_WORD_BYTES]; /* in force */
    char *settings;             /* a JSON object: its own, or in force */
    bool changed;               /* a put changed it */
};
void sto_config_fini(struct sto_config *config);

MUST_CHECK int sto_config_get(struct sto_conn *conn, const char *subject, bool in_force,
                              struct sto_config *out, struct err *err);

struct sto_config_change {
    bool has_level;
    const char *level;    /* NULL: none of its own */
    const char *settings; /* a JSON object; a member null: none of its own */
};
/* Members that the change does not name stay. out: the subject's own afterwards. FATAL ERR_NOT_PERMITTED in
 * a read-only mode. */
MUST_CHECK int sto_config_put(struct sto_conn *conn, const char *subject,
                              const struct sto_config_change *change, struct sto_config *out,
                              struct err *err);
/* out: the deleted one; without a level of its own, the level in force. Not set: there was none. FATAL
 * ERR_NOT_PERMITTED likewise. */
MUST_CHECK int sto_config_delete(struct sto_conn *conn, const char *subject, struct sto_config *out,
                                 struct err *err);

/* The registry's own READONLY_OVERRIDE holds for every subject, before the subject's own mode. */
struct sto_mode {
    bool set;
    char word[STO_WORD_BYTES]; /* its own or READWRITE, or in force */
    bool changed;              /* by a delete */
};
MUST_CHECK int sto_mode_get(struct sto_conn *conn, const char *subject, bool in_force,
                            struct sto_mode *out, struct err *err);
/* FATAL ERR_NOT_PERMITTED: IMPORT while there are subjects, unless it is forced or already in force. */
MUST_CHECK int sto_mode_put(struct sto_conn *conn, const char *subject, const char *word,
                            bool force, bool *changed, struct err *err);
/* out: as sto_mode_get before. */
MUST_CHECK int sto_mode_delete(struct sto_conn *conn, const char *subject, struct sto_mode *out,
                               struct err *err);
/* The length of the context, ":.ctx:", with which the name begins; 0: the default one. */
size_t sto_context_len(const char *subject);
/* -1, FATAL ERR_NOT_PERMITTED. why: "is in read-only mode". */
int sto_mode_refuse(const char *subject, const char *why, struct err *err);

#endif
