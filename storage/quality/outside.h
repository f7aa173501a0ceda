/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/outside.h - what the monitor watches from outside: engines, the register's disk, and the register itself
 * (0035_sources.sql). Role nrc_watch. Thread: the connection's. */
#ifndef STORAGE_QUALITY_OUTSIDE_H
#define STORAGE_QUALITY_OUTSIDE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* Opens, counts and ends incidents of engines that are gone, or that take nothing. After the sources of the turn are recorded. */
MUST_CHECK int sto_engines_turn(struct sto_conn *conn, struct err *err);

struct sto_room {
    int64_t bytes;      /* of the register's database */
    int64_t free_bytes; /* -1: nobody can tell */
    double
        full_s; /* seconds until nothing is left; negative: it does not grow, or nobody can tell */
};
/* free_bytes: of the register's disk, as this host sees it, else -1. capacity: what the database may have, else -1. */
MUST_CHECK int sto_register_measure(struct sto_conn *conn, int64_t free_bytes, int64_t capacity,
                                    struct sto_room *out, struct err *err);

/* That the register could not be written, now that it can: kind is that of an incident, which is opened and ended. */
MUST_CHECK int sto_outage_record(struct sto_conn *conn, const char *kind, int64_t began_s,
                                 const char *what, struct err *err);

#endif
