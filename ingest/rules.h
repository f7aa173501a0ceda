/* SPDX-License-Identifier: Apache-2.0
 * ingest/rules.h - the step of a verdict that runs the rules of the event's structure. Thread: the lane. */
#ifndef INGEST_RULES_H
#define INGEST_RULES_H

#include "ingest/context.h"

/* ING_QUARANTINE when one of them does not hold whose failure is to keep an event out; all that do not hold are then in
 * the scratch. */
enum ing_verdict ing_check_rules(const struct ing_context *context);

/* The failures of the event judged last as JSON, in the arena: [{rule, origin, path, reason, text, more}]. NULL: no memory. */
const char *ing_failures_json(const struct ing_scratch *scratch, struct arena *arena);

#endif
