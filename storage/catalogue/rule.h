/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/rule.h - rules by number: the counters of the stream name a rule by its id (0021_measures.sql). */
#ifndef STORAGE_CATALOGUE_RULE_H
#define STORAGE_CATALOGUE_RULE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct sto_rule {
    int32_t dataset_id;
    const char *origin;        /* "structure", "contract" */
    const char *version;       /* of the contract; NULL: structure_version says it */
    int32_t structure_version; /* of a structure's rule */
    const char *name;
    const char *action; /* "quarantine", "warn", "count" */
};

/* The id of each, from 1; one that is new to the register gets one. RETRY, FATAL as a statement fails. */
MUST_CHECK int sto_rule_ids(struct sto_conn *conn, const struct sto_rule *rules, size_t count,
                            int32_t *ids, struct err *err);

#endif
