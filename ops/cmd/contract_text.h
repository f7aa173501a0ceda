/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/contract_text.h - a contract in a file, and what was found in it, printed. */
#ifndef OPS_CMD_CONTRACT_TEXT_H
#define OPS_CMD_CONTRACT_TEXT_H

#include "base/buf.h"
#include "ops/cli/command.h"
#include "schema/contract/contract.h"

struct ops_contract_file {
    const char *name; /* as messages have it */
    struct buf text;
    struct sch_findings findings;
    struct sch_contract *contract; /* NULL: it has errors */
};

#define OPS_CONTRACT_FILE_INIT                                                                     \
    {                                                                                              \
        NULL, BUF_INIT, SCH_FINDINGS_INIT, NULL                                                    \
    }

struct sch_schema;

/* -1: it cannot be read at all. A contract with errors is no failure: file->contract is NULL then. schema: what its rules are
 * held against; NULL: nothing. */
MUST_CHECK int ops_contract_load(const char *path, struct sch_schema *schema,
                                 struct ops_contract_file *file, struct err *err);
/* Again, with the text of the structure that only the contract could name. */
MUST_CHECK int ops_contract_judge(struct ops_contract_file *file, const struct buf *structure,
                                  struct err *err);
void ops_contract_file_fini(struct ops_contract_file *file);

/* A line for each: FILE:LINE:COLUMN: PATH: TEXT. */
void ops_contract_put_findings(const struct ops_contract_file *file, struct buf *out);

#endif
