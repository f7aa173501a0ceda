/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/contracts.c - see the header. Given a contract of some kilobytes for each of 1,000 sources, then reading them anew
 * each minute was most of what a monitor did. */
#include "ops/monitor/contracts.h"

#include <stdlib.h>
#include <string.h>

#include "schema/contract/contract.h"

static struct ops_contract_kept *find(struct ops_contracts *contracts, int32_t dataset_id)
{
    for (size_t i = 0; i < contracts->count; i++) {
        if (contracts->list[i].dataset_id == dataset_id) {
            return &contracts->list[i];
        }
    }
    return NULL;
}

/* An empty place for the dataset; NULL: no memory. */
static struct ops_contract_kept *add(struct ops_contracts *contracts, int32_t dataset_id)
{
    if (contracts->count == contracts->room) {
        size_t room = contracts->room > 0 ? contracts->room * 2 : 16;
        struct ops_contract_kept *list =
            reallocarray(contracts->list, room, sizeof(*contracts->list));
        if (list == NULL) {
            return NULL;
        }
        contracts->list = list;
        contracts->room = room;
    }
    struct ops_contract_kept *kept = &contracts->list[contracts->count++];
    *kept = (struct ops_contract_kept){.dataset_id = dataset_id};
    return kept;
}

const struct sch_contract *ops_contracts_get(struct ops_contracts *contracts, int32_t dataset_id,
                                             const char *text, struct err *err)
{
    uint8_t sha256[SHA256_BYTES];
    size_t len = strlen(text);
    struct ops_contract_kept *kept = find(contracts, dataset_id);
    kept = kept != NULL ? kept : add(contracts, dataset_id);
    if (kept == NULL || sha256_bytes(text, len, sha256) < 0) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a contract");
        return NULL;
    }
    kept->is_wanted = true;
    if (kept->contract == NULL || memcmp(kept->sha256, sha256, sizeof(sha256)) != 0) {
        struct sch_findings findings = SCH_FINDINGS_INIT;
        sch_contract_free(&kept->contract);
        kept->contract = sch_contract_read(text, len, NULL, &findings, err);
        memcpy(kept->sha256, sha256, sizeof(sha256));
        sch_findings_fini(&findings);
    }
    return kept->contract;
}

void ops_contracts_sweep(struct ops_contracts *contracts)
{
    size_t stay = 0;
    for (size_t i = 0; i < contracts->count; i++) {
        struct ops_contract_kept *kept = &contracts->list[i];
        if (kept->is_wanted) {
            kept->is_wanted = false;
            contracts->list[stay++] = *kept;
        } else {
            sch_contract_free(&kept->contract);
        }
    }
    contracts->count = stay;
}

void ops_contracts_fini(struct ops_contracts *contracts)
{
    for (size_t i = 0; i < contracts->count; i++) {
        sch_contract_free(&contracts->list[i].contract);
    }
    free(contracts->list);
    *contracts = (struct ops_contracts){.count = 0};
}
