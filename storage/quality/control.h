/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/control.h - control totals: what an agency says that it sent for a period, and what the Center has of it
 * (NRL-10, DSP-7.4.5).
 *
 * The rules are in storage/migrations/0024_completeness.sql. Statements are kept as they were made; the newest of a period
 * counts. Stating: role nrc_registry; judging: nrc_watch. */
#ifndef STORAGE_QUALITY_CONTROL_H
#define STORAGE_QUALITY_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_CONTROL_KEYS_MAX = 100000 }; /* of one list; the callers hold it */

/* Texts as they were given; NULL: not said. */
struct sto_control_spec {
    const char *dataset; /* its full name */
    const char *from;    /* times as sto_given_time reads them */
    const char *until;
    const char *events; /* whole numbers in decimal */
    const char *keys;
    const char *checksum;     /* 64 digits of hex */
    const char *statement_id; /* the agency's own */
    const char *grace_s;  /* how long after the period's end events may still come; NULL: an hour */
    const char *key_list; /* JSON: an array of key texts */
    const char *digest_list; /* JSON: an array of their SHA-256 in hex */
};

struct sto_control_stated {
    int64_t id;
    bool is_new;         /* else it was stated before, with the same numbers */
    int64_t contradicts; /* the statement that it takes the place of; 0: none */
};

/* agency: of the account that states it; NULL: the Center. One transaction, with its row of the audit trail. FATAL ERR_USAGE;
 * ERR_NOT_FOUND: the dataset; ERR_REFUSED: nothing is said, the list says something else, another agency's dataset. */
MUST_CHECK int sto_control_state(struct sto_conn *conn, const struct sto_control_spec *spec,
                                 const char *agency, struct sto_control_stated *out,
                                 struct err *err);

/* Judges the statements that are due, the longest overdue first, until 20 seconds are over. Errors as of sto_sequences_turn. */
MUST_CHECK int sto_controls_turn(struct sto_conn *conn, struct err *err);

#endif
