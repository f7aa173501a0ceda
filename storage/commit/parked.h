/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/parked.h - events in the quarantine whose structure has come into force: they are read here, judged, and
 * recorded by sto_commit as a batch with `parked`. Thread: the connection's. */
#ifndef STORAGE_COMMIT_PARKED_H
#define STORAGE_COMMIT_PARKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct sto_parked {
    int64_t id;
    int32_t dataset_id;
    int32_t position_id;
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t ts_ms;      /* -1: none */
    const uint8_t *key; /* NULL: none */
    const uint8_t *payload;
    const uint8_t *headers; /* as struct sto_quarantined has them */
    size_t key_len;
    size_t payload_len;
    size_t headers_len;
};

enum sto_parked_which {
    STO_PARKED_DUE,     /* to be recorded */
    STO_CASES_SELECTED, /* open, of a selection: to be judged, and not recorded */
    STO_CASES_UNREAD,   /* open, and nobody has read their keys yet: storage/commit/cases.h */
};

/* The oldest ones, in the order in which they came: at most so many, and (but for the first) so many bytes decompressed.
 * They belong to the arena. RETRY; FATAL ERR_REGISTER_SCHEMA: a payload is not what was kept. */
struct sto_parked_ask {
    enum sto_parked_which which;
    int most_rows;
    int64_t most_bytes;
    const char *selection; /* STO_CASES_SELECTED: JSON, sto_case_selection_json */
};
MUST_CHECK int sto_parked_load(struct sto_conn *conn, const struct sto_parked_ask *ask,
                               struct arena *arena, struct sto_parked **list, size_t *count,
                               struct err *err);

#endif
