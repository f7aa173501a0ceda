/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/contract/contract_help.h - a good contract, changed in one place. */
#ifndef TESTS_CONTRACT_HELP_H
#define TESTS_CONTRACT_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/contract/contract.h"

static const char good[] =
    "apiVersion: v3.2.0\n"
    "kind: DataContract\n"
    "id: moh-births\n"
    "version: 1.2.0\n"
    "status: active\n"
    "description:\n"
    "  purpose: To record each birth.\n"
    "team:\n"
    "  members:\n"
    "    - {username: salma, role: coordinator}\n"
    "    - {username: yusuf, role: steward}\n"
    "schema:\n"
    "  - name: moh.births\n"
    "    quality:\n"
    "      - name: order\n"
    "        type: custom\n"
    "        engine: cel\n"
    "        implementation: message.a < 1\n"
    "    properties:\n"
    "      - name: civil_no\n"
    "        logicalType: string\n"
    "        primaryKey: true\n"
    "      - name: born\n"
    "        logicalType: timestamp\n"
    "      - name: weight\n"
    "        logicalType: number\n"
    "        quality:\n"
    "          - metric: nullValues\n"
    "            mustBeLessThan: 5\n"
    "slaProperties:\n"
    "  - property: latency\n"
    "    value: 30\n"
    "    unit: min\n"
    "customProperties:\n"
    "  - {property: legalBasis, value: Law 10}\n"
    "  - {property: controller, value: Ministry}\n"
    "  - {property: reviewDate, value: '2027-06-01'}\n"
    "  - {property: collectionPoints, value: [{point: wards, mode: computer}]}\n";

/* The good contract with one piece replaced; "" adds behind the whole. */
static inline char *changed(const char *piece, const char *by)
{
    const char *at = *piece == '\0' ? good + strlen(good) : strstr(good, piece);
    if (at == NULL) {
        fail_msg("the good contract has no %s", piece);
    }
    struct buf out = BUF_INIT;
    buf_put(&out, good, (size_t)(at - good));
    buf_put_str(&out, by);
    buf_put_str(&out, at + strlen(piece));
    char *text = strdup(buf_cstr(&out));
    buf_fini(&out);
    return text;
}

/* "18:25: /schema/0/quality/0: text", one a line; warnings begin with "warning ". */
static inline void put_findings(const struct sch_findings *found, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < found->count; i++) {
        const struct sch_finding *f = &found->items[i];
        buf_printf(out, "%s%s%u:%u: %s: %s\n", f->level == SCH_FINDING_WARNING ? "warning " : "",
                   f->template_name != NULL ? "template " : "", f->line, f->column, f->path,
                   f->text);
    }
}

static inline struct sch_contract *read_good(const char *text)
{
    struct sch_findings found = SCH_FINDINGS_INIT;
    struct err err = ERR_INIT;
    struct sch_contract *contract = sch_contract_read(text, strlen(text), NULL, &found, &err);
    if (contract == NULL) {
        fail_msg("refused: %s\n%s", err.text, text);
    }
    sch_findings_fini(&found);
    return contract;
}

#endif
