/* SPDX-License-Identifier: Apache-2.0
 * storage/report/handover.h - what a shift hands over to the next: what began and ended, what is open, what nobody has acknowledged, and
 * what was written. */
#ifndef STORAGE_REPORT_HANDOVER_H
#define STORAGE_REPORT_HANDOVER_H

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

struct jsonw;
struct sto_conn;

enum sto_handover_part {
    STO_HANDOVER_OPENED, /* opened, or opened again */
    STO_HANDOVER_CLOSED,
    STO_HANDOVER_OPEN,
    STO_HANDOVER_UNACKNOWLEDGED, /* but what another explains */
    STO_HANDOVER_PARTS
};

struct sto_handover {
    struct sto_grid *span;                      /* from, to, from_local, to_local */
    struct sto_grid *parts[STO_HANDOVER_PARTS]; /* as STO_REPORT_INCIDENTS */
    struct sto_grid *comments;
    char sentence[256];
    char sentence_ar[512];
};

/* since NULL: the last eight hours. reader: an agency; NULL: the Center. FATAL ERR_USAGE. Needs sto_handover_fini in any case. */
MUST_CHECK int sto_handover_load(struct sto_conn *conn, const char *since, const char *reader,
                                 struct sto_handover *out, struct err *err);
void sto_handover_fini(struct sto_handover *handover);
const char *sto_handover_part_name(enum sto_handover_part part); /* "opened" */
/* One object. */
void sto_handover_json(const struct sto_handover *handover, struct jsonw *w);

#endif
