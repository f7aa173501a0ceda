/* SPDX-License-Identifier: Apache-2.0
 * ingest/judge.h - what would become of quarantined events if they were replayed now: judged by the code of the door, by the
 * structures, contracts and rules of now, and by what the register has of their keys. Nothing is changed.
 *
 * Thread: the connection's. Role: nrc_steward. */
#ifndef INGEST_JUDGE_H
#define INGEST_JUDGE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct sto_conn;

enum { ING_JUDGED_MOST = 1000 };

struct ing_judged {
    int64_t id;
    /* applied, duplicate, stale, exempt; quarantined, with its new reason; or waits, while the dataset itself is broken */
    const char *would;
    const char *reason; /* NULL: there is none; likewise the others */
    const char *rule;
    const char *path;
};

/* selection: JSON (storage/admin/case.h). Tells of the first ING_JUDGED_MOST that are open, in the order in which they would be
 * recorded. */
MUST_CHECK int ing_judge(struct sto_conn *conn, const struct conf *conf, const char *selection,
                         void (*tell)(void *arg, const struct ing_judged *one), void *arg,
                         struct err *err);

#endif
