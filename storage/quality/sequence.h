/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/sequence.h - the agencies' own sequences: which numbers came, and which are missing (NRL-10, DSP-7.4.5).
 *
 * The rules are in storage/migrations/0024_completeness.sql. A turn reads what the history has since the last one, in steps of a
 * transaction each: given a turn that is killed, then the next one goes on where the last whole step ended. Two monitors at once
 * share the datasets. Role: nrc_watch. */
#ifndef STORAGE_QUALITY_SEQUENCE_H
#define STORAGE_QUALITY_SEQUENCE_H

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* Datasets whose contract names a sequence get steps by turns, the one that waited longest first, until all is read or 20 seconds
 * are over. An error of one dataset (RETRY: its structure is just being changed) holds up no other; the first is returned at
 * the end. */
MUST_CHECK int sto_sequences_turn(struct sto_conn *conn, struct err *err);

#endif
