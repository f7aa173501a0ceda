/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/rule.c - what all rules of a contract have: a name, a place, and room. */
#include <string.h>

#include "base/utf8.h"
#include "schema/contract/rule_priv.h"

const char *rule_name(struct reader *r, const char *what, const char *where, const char *behind)
{
    enum { WHERE_BYTES = 200 };
    const char *name = arena_printf(r->arena, "%s of %.*s%s", what,
                                    (int)utf8_cut(where, WHERE_BYTES), where, behind);
    r->failed |= name == NULL;
    return name != NULL ? name : "";
}

void rule_set_place(struct reader *r, struct sch_quality *q, const struct yaml_node *node)
{
    char path[ERR_PATH_BYTES];
    yaml_path(node, path, sizeof(path));
    q->line = node->line;
    q->column = node->column;
    q->is_template = node->is_template;
    q->place = arena_strdup(r->arena, path);
    r->failed |= q->place == NULL;
}

static bool is_free(struct reader *r, const struct sch_quality *q, const struct yaml_node *node)
{
    const struct sch_contract *c = r->contract;
    for (size_t i = 0; i < c->quality_count; i++) {
        if (strcmp(c->quality[i].name, q->name) == 0) {
            finding_error(r->findings, node,
                          "two rules are called " SHOWN
                          ", here and in line %u: give this one a name of its own",
                          q->name, c->quality[i].line);
            return false;
        }
    }
    return true;
}

void rule_add(struct reader *r, const struct sch_quality *q, const struct yaml_node *node)
{
    struct sch_contract *c = r->contract;
    if (c->quality_count == SCH_MAX_QUALITY) {
        r->too_many_rules = true;
        finding_error(r->findings, node, "a contract has at most %d rules", SCH_MAX_QUALITY);
    } else if (is_free(r, q, node)) {
        c->quality[c->quality_count++] = *q;
    }
}

bool rule_is_of_items(const struct sch_quality *q)
{
    size_t len = strlen(q->path);
    return len > 1 && q->path[len - 1] == '*';
}
