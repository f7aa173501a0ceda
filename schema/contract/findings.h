/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/findings.h - what is wrong with a contract, and what others may stumble over: all of it, each with its place.
 *
 * Texts hold no control characters, whatever the contract has. Starts as SCH_FINDINGS_INIT; owns its texts. */
#ifndef SCHEMA_CONTRACT_FINDINGS_H
#define SCHEMA_CONTRACT_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"

enum sch_finding_level {
    SCH_FINDING_ERROR = 0, /* the contract is refused */
    SCH_FINDING_WARNING /* it is taken; something in it is not run, or other tools read it in another way */
};

struct sch_finding {
    enum sch_finding_level level;
    uint32_t line; /* from 1 */
    uint32_t column;
    const char *
        template_name; /* the place is in this template's text: "register@1"; NULL: in the contract's own */
    const char *path; /* "/schema/0/properties/2/name" */
    const char *text;
};

/* Findings that are kept; those beyond are only counted. */
enum { SCH_FINDINGS_MAX = 200 };

struct sch_findings {
    struct sch_finding *items; /* in the order of the text */
    size_t count;
    size_t errors; /* all of them, kept or not */
    size_t warnings;
    bool failed; /* memory was out: not all errors are told, and the contract is refused */
    struct arena arena;
};

#define SCH_FINDINGS_INIT                                                                          \
    {                                                                                              \
        .arena = ARENA_INIT                                                                        \
    }

void sch_findings_fini(struct sch_findings *findings);
/* An array of {level, line, column, path, message} and, of a template's, template. */
struct jsonw;
void sch_findings_json(const struct sch_findings *findings, struct jsonw *w);
const char *sch_finding_level_name(enum sch_finding_level level); /* "error", "warning" */

#endif
