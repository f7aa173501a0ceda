/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/compile_priv.h - what checks.c, checks_places.c and checks_compile.c share. */
#ifndef SCHEMA_RULESET_COMPILE_PRIV_H
#define SCHEMA_RULESET_COMPILE_PRIV_H

#include <string.h>

#include "schema/ruleset/checks_priv.h"
#include "schema/ruleset/reach_priv.h"

struct compiling {
    const struct sch_ruleset *ruleset;
    struct sch_checks *out;
    struct cel_machine *machine; /* to try guards */
    bool strict;
    bool rule_is_new; /* the rule that is being compiled has no check yet */
    struct err *err;
    struct arena types; /* of what follows */
    struct reach reach;
    const uint8_t **leads; /* by a record's number, in the checks' arena; NULL: not asked for yet */
    size_t leads_bytes;
};

/* Where a rule may stand, and the way to it. */
struct place {
    const struct sch_type *record; /* that has the field; of the event itself: the event */
    const struct sch_field *field; /* NULL: a record */
    const struct sch_type *type;   /* of the value */
    const char *path;              /* for messages */
    struct step steps[MAX_STEPS];
    uint32_t step_count;
};

/* checks_places.c: -1 with nothing set: memory is out. The other: compiles the rule wherever it stands. */
int checks_places_begin(struct compiling *c);
int checks_compile_rule(struct compiling *c, const struct sch_rule *rule);

/* checks_compile.c. Each returns 0, or -1 with the error set. */
int checks_no_memory(struct compiling *c);
int checks_compile_at(struct compiling *c, const struct sch_rule *rule, const struct place *place);
int checks_leave(struct compiling *c, const struct sch_rule *rule, const char *path,
                 const char *why);

static inline bool checks_is_tags_of(const struct sch_field_tags *tags, const struct place *place)
{
    return strcmp(tags->field, place->field->name) == 0 &&
           strcmp(tags->record, place->record->name) == 0;
}

#endif
