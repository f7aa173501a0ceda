/* SPDX-License-Identifier: Apache-2.0
 * storage/probe.h - can the register be written? A hot standby and a full disk answer reads. */
#ifndef STORAGE_PROBE_H
#define STORAGE_PROBE_H

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* Writes one row and commits. One row for all: whoever finds it locked by another's probe knows
 * enough and does not wait. */
MUST_CHECK int sto_probe(struct sto_conn *conn, struct err *err);

#endif
