/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/statement.h - a message on <agency>.control, read: a heartbeat, or a control total.
 *
 * Its structure is ops/doc/control-statement.avsc, in the version that it was written with. A later version may have more
 * fields, which are skipped, and more kinds, which are refused. Bytes are hostile: schema/decode/decode.h reads them.
 *
 * Thread: a plan is read by any. */
#ifndef OPS_MONITOR_STATEMENT_H
#define OPS_MONITOR_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "storage/quality/control.h"

struct sch_plan;

/* How a version is read; for the caller to free with sch_plan_free. FATAL ERR_BAD_SCHEMA, ERR_INCOMPATIBLE: it is none that can
 * be read here; ERR_NO_MEMORY. */
MUST_CHECK struct sch_plan *ops_statement_plan(const char *text, size_t len, struct err *err);

/* Texts are in the arena. Of a heartbeat: dataset, from, events, counted_at. */
struct ops_statement {
    bool is_heartbeat;
    struct sto_control_spec spec;
    const char *counted_at; /* NULL: not said */
};

/* bytes: Avro, without the frame. POISON: what is wrong with it, without a value of it. RETRY, FATAL: ERR_NO_MEMORY. */
MUST_CHECK int ops_statement_read(const struct sch_plan *plan, const uint8_t *bytes, size_t len,
                                  struct arena *arena, struct ops_statement *out, struct err *err);

#endif
