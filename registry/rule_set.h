/* SPDX-License-Identifier: Apache-2.0
 * registry/rule_set.h - data-contract rules: their form, and those that the Center cannot accept.
 *
 * Clients run a schema's rules on the values they send. A rule that encrypts or masks them would
 * leave the register without the data that the law asks for (NRL-4). */
#ifndef REGISTRY_RULE_SET_H
#define REGISTRY_RULE_SET_H

#include <jansson.h>

#include "base/attr.h"
#include "base/err.h"

/* A new reference: known fields alone, defaults written out, sets sorted. NULL: FATAL
 * ERR_BAD_RULE_SET (a malformed rule), ERR_NO_MEMORY. */
MUST_CHECK json_t *reg_rule_set_form(const json_t *given, struct err *err);

/* 0, or FATAL ERR_BAD_RULE_SET naming the rule and NRL-4. `rule_set`: JSON in its one form; NULL: none. */
MUST_CHECK int reg_rule_set_check(const char *rule_set, struct err *err);

/* What both rule sets and metadata are made of; new references. given NULL or null: empty. An
 * entry that is no string, or holds U+0000: NULL. */
MUST_CHECK json_t *reg_json_string_set(const json_t *given); /* sorted, each once */
MUST_CHECK json_t *reg_json_string_map(const json_t *given);

#endif
