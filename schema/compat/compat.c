/* SPDX-License-Identifier: Apache-2.0
 * schema/compat/compat.c - may a structure follow the ones before it, by its level?
 *
 * check.c compares one reader with one writer. Here a level becomes such comparisons, in
 * Confluent's order: from the newest of the earlier schemas to the oldest. Confluent's registry
 * stops at the first schema that does not fit. This one goes on, so that a steward sees every
 * reason at once. */
#include <string.h>

#include "schema/compat/check_priv.h"

struct level {
    const char *name;
    bool backward;
    bool forward;
    bool transitive;
};

static const struct level levels[] = {
    [SCH_LEVEL_NONE] = {"NONE", false, false, false},
    [SCH_LEVEL_BACKWARD] = {"BACKWARD", true, false, false},
    [SCH_LEVEL_BACKWARD_TRANSITIVE] = {"BACKWARD_TRANSITIVE", true, false, true},
    [SCH_LEVEL_FORWARD] = {"FORWARD", false, true, false},
    [SCH_LEVEL_FORWARD_TRANSITIVE] = {"FORWARD_TRANSITIVE", false, true, true},
    [SCH_LEVEL_FULL] = {"FULL", true, true, false},
    [SCH_LEVEL_FULL_TRANSITIVE] = {"FULL_TRANSITIVE", true, true, true},
};

bool sch_level_parse(const char *text, enum sch_level *level)
{
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level = (enum sch_level)i;
            return true;
        }
    }
    return false;
}

const char *sch_level_name(enum sch_level level)
{
    return levels[level].name;
}

int sch_read_check(const struct sch_schema *reader, const struct sch_schema *writer,
                   struct sch_faults *faults, struct err *err)
{
    if (faults->more) {
        return 0;
    }
    struct sch_check check = {.faults = faults, .err = err};
    struct sch_spot root = {.up = NULL};
    sch_check_pair(&check, sch_root(reader), sch_root(writer), &root);
    sch_pairs_fini(&check.pairs);
    return check.failed ? -1 : 0;
}

static int check_one(const struct sch_schema *reader, const struct sch_schema *writer,
                     size_t earlier, bool backward, struct sch_faults *faults, struct err *err)
{
    size_t before = faults->count;
    int rc = sch_read_check(reader, writer, faults, err);
    for (size_t i = before; i < faults->count; i++) {
        faults->items[i].earlier = earlier;
        faults->items[i].backward = backward;
    }
    return rc;
}

int sch_compatible(enum sch_level level, const struct sch_schema *next,
                   struct sch_schema *const *earlier, size_t count, struct sch_faults *faults,
                   struct err *err)
{
    const struct level *rule = &levels[level];
    size_t oldest = rule->transitive || count == 0 ? 0 : count - 1;
    for (size_t i = count; i > oldest; i--) {
        const struct sch_schema *old = earlier[i - 1];
        if (rule->forward && check_one(old, next, i - 1, false, faults, err) != 0) {
            return -1;
        }
        if (rule->backward && check_one(next, old, i - 1, true, faults, err) != 0) {
            return -1;
        }
    }
    return 0;
}
