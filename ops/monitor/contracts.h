/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/contracts.h - the contracts that a monitor has read, so that it reads a text once and not each turn.
 *
 * Thread: the monitor's. */
#ifndef OPS_MONITOR_CONTRACTS_H
#define OPS_MONITOR_CONTRACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sha256.h"

struct sch_contract;

struct ops_contract_kept {
    int32_t dataset_id;
    uint8_t sha256[SHA256_BYTES]; /* of its text */
    struct sch_contract *contract;
    bool is_wanted; /* since the last sweep */
};

/* Starts as {0}. */
struct ops_contracts {
    struct ops_contract_kept *list;
    size_t count;
    size_t room;
};

/* The dataset's contract with that text, until the next call for the dataset, a sweep without one, or the end. NULL: it cannot be
 * read (as sch_contract_read), and the next call tries again. */
MUST_CHECK const struct sch_contract *ops_contracts_get(struct ops_contracts *contracts,
                                                        int32_t dataset_id, const char *text,
                                                        struct err *err);

/* Forgets the contracts that nobody asked for since the last sweep. */
void ops_contracts_sweep(struct ops_contracts *contracts);
void ops_contracts_fini(struct ops_contracts *contracts);

#endif
