/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/reader_priv.h - what the readers share: the tree, the contract that is made of it, what was found.
 *
 * A reader takes what it understands and passes over what has another shape, which shape.c has told. */
#ifndef SCHEMA_CONTRACT_READER_PRIV_H
#define SCHEMA_CONTRACT_READER_PRIV_H

#include "base/arena.h"
#include "schema/contract/contract.h"
#include "schema/contract/findings_priv.h"
#include "schema/contract/yaml.h"

struct reader {
    struct sch_contract *contract;
    struct arena *arena;
    struct sch_findings *findings;
    const struct yaml_node *root;
    const struct yaml_node *object;          /* the dataset in `schema`; NULL: there is none */
    const struct yaml_node **property_nodes; /* of each property by its index */
    bool failed;                             /* memory was out */
    bool too_many_rules;                     /* and it was said */
};

/* Zeroed memory of the contract; NULL: r->failed. */
void *reader_alloc(struct reader *r, size_t count, size_t size);

/* A member's text; "" when it is absent, or no text. At most `most` bytes, else a finding. */
const char *reader_text(struct reader *r, const struct yaml_node *node, const char *key,
                        size_t most);
/* The same of the node itself, which may be NULL; what: for the finding. */
const char *reader_value(struct reader *r, const struct yaml_node *node, const char *what,
                         size_t most);
bool reader_flag(const struct yaml_node *node, const char *key);
/* A list's items, and no more than `most` (a finding at the first beyond it). NULL: it is no list. */
const struct yaml_node *reader_list(struct reader *r, const struct yaml_node *list, size_t most,
                                    size_t *count);

/* The value of a custom property of the node; NULL: it is not said. */
const struct yaml_node *reader_custom(const struct yaml_node *node, const char *name);
/* Names that are given twice, and names that are nearly one of the known ones, which NULL ends. */
void reader_custom_check(struct reader *r, const struct yaml_node *node, const char *const *known);

/* Whole words, in any case: "Hours" is "hours". */
bool reader_is(const char *text, const char *word);
/* Seconds of an ISO 8601 duration of days, hours and minutes: "P2D", "PT36H". */
bool reader_duration(const char *text, int64_t *seconds);
/* Minutes of the day of "07:30"; -1: it is none. */
int reader_clock(const char *text);

void read_team(struct reader *r);
void read_schema(struct reader *r);
/* Behind read_schema, for each property that stands in the row itself or within another. */
void read_key(struct reader *r);
void read_personal(struct reader *r);
void read_relationships(struct reader *r);
void read_quality(struct reader *r);
void read_service(struct reader *r);
void read_calendar(struct reader *r);
void read_collections(struct reader *r);

#endif
