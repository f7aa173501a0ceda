/* SPDX-License-Identifier: Apache-2.0
 * tools/contract_tool.c - contracts, for tests/oracle/contract_oracle.py: a file's name a line, a JSON answer a line, with what was
 * found in it. What is read is written as JSON, too, so that a sanitizer sees it. */
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "schema/contract/contract.h"

static void read_file(const char *name, struct buf *out)
{
    FILE *file = fopen(name, "rbe");
    uint8_t *to = buf_reserve(out, SCH_CONTRACT_MAX_BYTES + 1);
    out->len = file != NULL && to != NULL ? fread(to, 1, SCH_CONTRACT_MAX_BYTES + 1, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
}

static void answer(const char *name)
{
    struct buf text = BUF_INIT;
    struct buf out = BUF_INIT;
    struct buf model = BUF_INIT;
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    read_file(name, &text);
    struct sch_contract *contract =
        sch_contract_read((const char *)text.data, text.len, NULL, &found, &err);
    struct jsonw w = jsonw_to(&out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "valid");
    jsonw_bool(&w, contract != NULL);
    jsonw_key(&w, "findings");
    sch_findings_json(&found, &w);
    if (contract != NULL) {
        sch_contract_json(contract, &model);
        jsonw_key(&w, "contract");
        jsonw_raw(&w, buf_cstr(&model));
    }
    jsonw_close(&w, '}');
    puts(buf_cstr(&out));
    fflush(stdout);
    sch_contract_free(&contract);
    sch_findings_fini(&found);
    buf_fini(&model);
    buf_fini(&out);
    buf_fini(&text);
}

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        answer(line);
    }
    return 0;
}
