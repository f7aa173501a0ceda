/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/probe.h - whether the register can be written: a hot standby and a full disk still answer
 * reads. */
#ifndef STORAGE_CONN_PROBE_H
#define STORAGE_CONN_PROBE_H

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* Writes one row and commits: 0 means that it was written. Sessions have rows of their own and do
 * not wait for each other. */
MUST_CHECK int sto_probe(struct sto_conn *conn, struct err *err);

#endif
