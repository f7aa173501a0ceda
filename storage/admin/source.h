/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/source.h - changes of the catalogue of sources (NRL-5): agencies, their systems and datasets are edited,
 * retired and succeeded, never deleted; and the regulation's list is loaded. Each call is one transaction, with its reason
 * in every row of the audit trail, in the name that sto_conn_act_as gave.
 *
 * Errors: FATAL ERR_USAGE; ERR_NOT_FOUND; ERR_REFUSED: it is retired, or nothing would change, or a rule that the text
 * names. Reports: storage/report/sources.h. */
#ifndef STORAGE_ADMIN_SOURCE_H
#define STORAGE_ADMIN_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum sto_source { STO_AGENCY, STO_SYSTEM, STO_DATASET };

/* What may be edited, by kind: enum sto_source; the fact's name; its most bytes. */
#define STO_FACT_TABLE(X)                                                                          \
    X(STO_AGENCY, "name", 400)                                                                     \
    X(STO_AGENCY, "name_ar", 400)                                                                  \
    X(STO_AGENCY, "class", 1)                                                                      \
    X(STO_SYSTEM, "name", 400)                                                                     \
    X(STO_SYSTEM, "name_ar", 400)                                                                  \
    X(STO_SYSTEM, "description", 4000)                                                             \
    X(STO_DATASET, "system", 80)                                                                   \
    X(STO_DATASET, "title", 400)                                                                   \
    X(STO_DATASET, "title_ar", 400)                                                                \
    X(STO_DATASET, "description", 4000)                                                            \
    X(STO_DATASET, "description_ar", 4000)                                                         \
    X(STO_DATASET, "origin", 10)                                                                   \
    X(STO_DATASET, "legal_basis", 400)                                                             \
    X(STO_DATASET, "cadence", 20)                                                                  \
    X(STO_DATASET, "steward", 400)                                                                 \
    X(STO_DATASET, "steward_account", 63)                                                          \
    X(STO_DATASET, "contact", 400)

/* The facts of a kind, in the table's order; NULL: there are fewer. */
const char *sto_fact(enum sto_source kind, size_t index);

/* One fact gets another value; NULL takes it away. */
struct sto_edit {
    const char *fact;
    const char *value;
};
enum { STO_EDITS_MAX = 16 };

/* name: "moh", "moh.registry", "moh.births". */
MUST_CHECK int sto_source_edit(struct sto_conn *conn, enum sto_source kind, const char *name,
                               const struct sto_edit *changes, size_t count, const char *reason,
                               struct err *err);

/* on: YYYY-MM-DD, not in the future; NULL: today. successor: of a dataset alone, or NULL. */
MUST_CHECK int sto_source_retire(struct sto_conn *conn, enum sto_source kind, const char *name,
                                 const char *on, const char *successor, const char *reason,
                                 struct err *err);
/* A dataset that was retired by mistake. */
MUST_CHECK int sto_dataset_reopen(struct sto_conn *conn, const char *name, const char *reason,
                                  struct err *err);

/* A division or a head from a day on (NULL: today); what is NULL stays. The former one's last day is the day before. A
 * declared agency becomes active. */
MUST_CHECK int sto_agency_head(struct sto_conn *conn, const char *code, const char *division,
                               const char *head, const char *from, const char *reason,
                               struct err *err);
/* The last day of the present head. */
MUST_CHECK int sto_agency_head_end(struct sto_conn *conn, const char *code, const char *last_day,
                                   const char *reason, struct err *err);
/* From a day on `successor` answers for the agency's datasets. */
MUST_CHECK int sto_agency_succeed(struct sto_conn *conn, const char *code, const char *successor,
                                  const char *on, const char *instrument, const char *reason,
                                  struct err *err);

struct sto_system_spec {
    const char *system; /* AGENCY.CODE, the code as [a-z][a-z0-9_]{0,40} */
    const char *name;
    const char *name_ar;     /* NULL: none */
    const char *description; /* NULL: none */
};
/* ERR_EXISTS too. */
MUST_CHECK int sto_system_add(struct sto_conn *conn, const struct sto_system_spec *spec,
                              struct err *err);

/* The list of an instrument, in place of the former one. sources: a JSON array of objects with line, agency, name, name_ar,
 * class, dataset and note; *id: of the list. */
MUST_CHECK int sto_source_list_load(struct sto_conn *conn, const char *instrument,
                                    const char *dated, const char *sources, int64_t *id,
                                    struct err *err);

#endif
