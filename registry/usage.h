/* SPDX-License-Identifier: Apache-2.0
 * registry/usage.h - who asks for which structure: counted in memory, added to the register beside the requests.
 *
 * A note waits for no register: it takes a lock that workers hold for some nanoseconds. What a thread of its own
 * could not add stays until the register is back. Both are bounded; what finds no place is counted as lost.
 *
 * Thread: any. */
#ifndef REGISTRY_USAGE_H
#define REGISTRY_USAGE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/conn/conn.h"

struct http_request;
struct reg_usage;

/* Entries are pairs of structure and account; a shard serves the workers of its number, counted in a circle. */
enum { REG_USAGE_SHARDS = 8, REG_USAGE_ENTRIES = 1024 };

/* conn: copied; its texts are borrowed until stop. flush_ms: between two turns. FATAL ERR_NO_MEMORY, ERR_IO. */
MUST_CHECK struct reg_usage *reg_usage_start(const struct sto_conn_options *conn, int flush_ms,
                                             struct err *err);
/* Adds what is left, if the register takes it at once. After the last note. */
void reg_usage_stop(struct reg_usage **taken);

void reg_usage_note(struct reg_usage *usage, int worker, int32_t schema_id, const char *account);
/* The request got this structure or its id. schema_id 0, or a process that counts nothing: nothing is done. */
void reg_note_use(const struct http_request *req, int32_t schema_id);

struct reg_usage_counts {
    uint64_t added;        /* requests that the register knows of */
    uint64_t lost;         /* requests that found no place */
    uint64_t failed_turns; /* in which the register took nothing */
};
struct reg_usage_counts reg_usage_counts(struct reg_usage *usage);

#endif
