/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/contract.h - a dataset's contract, from its text in the Open Data Contract Standard (ODCS).
 *
 * ODCS 3.1 and 3.2, in YAML or JSON. ops/doc/contracts.md says how the standard is read where it is vague, and by which custom
 * properties a contract says what the standard has no word for. A stored contract is read by the same function as a new one.
 *
 * Thread: read by one, then read by any. The contract owns all that it points to. A text that was not given is "", a number 0,
 * unless it says otherwise. Places (line, column) are in the contract's text, from 1. */
#ifndef SCHEMA_CONTRACT_CONTRACT_H
#define SCHEMA_CONTRACT_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "schema/contract/findings.h"
#include "schema/contract/quality.h"
#include "schema/contract/service.h"

enum {
    SCH_CONTRACT_MAX_BYTES = 1024 * 1024,
    SCH_MAX_PROPERTIES = 2000,
    SCH_MAX_KEY_FIELDS = 8,
    SCH_VERSION_PARTS = 4,
    SCH_CONTRACT_TEXT_BYTES = 400 /* of names, roles, legal bases and the like */
};

enum sch_status {
    SCH_STATUS_PROPOSED,
    SCH_STATUS_DRAFT,
    SCH_STATUS_ACTIVE,
    SCH_STATUS_DEPRECATED,
    SCH_STATUS_RETIRED
};

enum sch_team_role { SCH_ROLE_OTHER, SCH_ROLE_COORDINATOR, SCH_ROLE_STEWARD };
struct sch_member {
    const char *username;
    const char *name;
    const char *role_name; /* as written */
    enum sch_team_role role;
    bool has_left; /* dateOut is said */
};

struct sch_support {
    const char *channel;
    const char *url;
    const char *tool;
    const char *scope;
    const char *description;
};

enum sch_collection_mode { SCH_COLLECTION_COMPUTER, SCH_COLLECTION_MANUAL };
struct sch_collection { /* DSP-7.4.5 */
    const char *point;
    enum sch_collection_mode mode;
};

struct sch_property {
    const char *name;
    const char
        *path; /* "/address/zip", "/children/zip" within a list; "/civil_no" of the row itself */
    int32_t parent;           /* the index of the property that it is in; -1: the row */
    const char *logical_type; /* a word of the standard: "string" … */
    const char *physical_type;
    const char *business_name;
    const char *description;
    bool is_required;
    bool is_unique;
    int key_position; /* from 1; 0: not of the key */
    const char *classification;
    bool
        is_personal; /* by its classification; then necessity and one of the others are said (PDP-1.3, 1.4) */
    const char *necessity;
    const char *legal_basis;
    const char *consent; /* the statement of consent */
    uint32_t line;
    uint32_t column;
};

struct sch_contract {
    const char *api_version; /* "v3.2.0" */
    const char *id;
    const char *name;
    const char *version; /* "1.2.0" */
    int32_t version_parts[SCH_VERSION_PARTS];
    enum sch_status status;
    const char *domain;
    const char *data_product;
    const char *purpose;
    const char *limitations;
    const char *usage;
    const char *template_name; /* "register@1"; "": none */

    const char *dataset; /* "moh.births" */
    const char *legal_basis;
    const char *controller;
    const char *review_date;      /* YYYY-MM-DD */
    const char *order_field;      /* "": it does not say */
    const char *event_time_field; /* likewise */
    const char *sequence_field;   /* whole numbers that the source counts up without holes */
    bool has_sequence_from;
    int64_t sequence_from; /* where it begins to count */
    const char **processors;
    size_t processor_count;
    struct sch_collection *collections;
    size_t collection_count;

    struct sch_member *members;
    size_t member_count;
    struct sch_support *support;
    size_t support_count;
    struct sch_property *properties; /* those within others behind them, in the order of the text */
    size_t property_count;
    int32_t key[SCH_MAX_KEY_FIELDS]; /* indices of properties, in key order */
    size_t key_count;
    struct sch_quality *quality;
    size_t quality_count;
    struct sch_relationship *relationships;
    size_t relationship_count;
    struct sch_service service;
};

/* How a rule, an expression or a metric, is judged while a contract is read; -1 with an error whose text is told at the expression's place. */
struct sch_contract_options {
    int (*check_expression)(void *arg, const struct sch_contract *contract,
                            const struct sch_quality *rule, struct err *err); /* NULL: it is not */
    void *arg;
};

/* text: len bytes. Every finding is added. NULL: FATAL ERR_BAD_CONTRACT, with the first error as text ("line 3, column 5:
 * /status: …"), or RETRY ERR_NO_MEMORY. options may be NULL. */
MUST_CHECK struct sch_contract *sch_contract_read(const char *text, size_t len,
                                                  const struct sch_contract_options *options,
                                                  struct sch_findings *findings, struct err *err);
void sch_contract_free(struct sch_contract **taken);

/* The contract as one JSON object, for readers of the register: snake_case, what is not said left out. */
void sch_contract_json(const struct sch_contract *contract, struct buf *out);

/* The index of a field of the row; -1: there is none. */
int32_t sch_contract_field(const struct sch_contract *contract, const char *name);
const char *sch_status_name(enum sch_status status);

#endif
