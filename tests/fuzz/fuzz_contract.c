/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_contract.c - a contract from outside: whatever its text, it is refused with a place or taken; what is taken is
 * JSON, and is taken again. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/contract/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* Each finding stands in the text, and a refusal has an error. */
static void check_findings(const struct sch_findings *found, bool is_taken)
{
    must(is_taken == (found->errors == 0), "taken with errors, or refused without");
    for (size_t i = 0; i < found->count; i++) {
        must(found->items[i].line > 0 && found->items[i].column > 0, "a finding without a place");
        must(*found->items[i].text != '\0', "a finding without words");
    }
}

static void check_json(const struct sch_contract *contract)
{
    struct buf out = BUF_INIT;
    sch_contract_json(contract, &out);
    json_t *json = json_loads(buf_cstr(&out), JSON_REJECT_DUPLICATES, NULL);
    must(json_is_object(json), "what is read is no JSON");
    json_decref(json);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    struct sch_contract *contract = sch_contract_read((const char *)bytes, len, NULL, &found, &err);
    check_findings(&found, contract != NULL);
    if (contract != NULL) {
        check_json(contract);
    }
    sch_contract_free(&contract);
    sch_findings_fini(&found);
    return 0;
}
