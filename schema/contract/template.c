/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/template.c - see the headers. */
#include "schema/contract/template.h"

#include <stdlib.h>
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/template_priv.h"

const struct sch_template *sch_template(size_t index)
{
    return index < template_row_count ? &template_rows[index] : NULL;
}

static long version_of(const struct sch_template *t)
{
    return strtol(strchr(t->full_name, '@') + 1, NULL, 10);
}

const struct sch_template *sch_template_find(const char *name)
{
    const struct sch_template *found = NULL;
    for (size_t i = 0; i < template_row_count; i++) {
        const struct sch_template *t = &template_rows[i];
        if (strcmp(t->full_name, name) == 0) {
            return t;
        }
        if (strcmp(t->name, name) == 0 && (found == NULL || version_of(t) > version_of(found))) {
            found = t;
        }
    }
    return found;
}

/* ---- joining two trees ---- */

/* The lists that are joined, and what names an item. */
static const struct {
    const char *list;
    const char *name;
    const char *also; /* two items are one only if this is alike, too */
} joined[] = {
    {"properties", "name", NULL},
    {"quality", "name", NULL},
    {"slaProperties", "property", "element"},
    {"customProperties", "property", NULL},
    {"members", "username", NULL},
    {"team", "username", NULL},
    {"support", "channel", NULL},
    {"servers", "server", NULL},
    {"roles", "role", NULL},
};

static void adopt(struct yaml_node *to, struct yaml_node *node)
{
    node->parent = to;
    node->next = NULL;
    node->index = to->count++;
    if (to->last != NULL) {
        to->last->next = node;
    } else {
        to->first = node;
    }
    to->last = node;
}

static bool is_alike(const struct yaml_node *a, const struct yaml_node *b, const char *key)
{
    const struct yaml_node *x = yaml_member(a, key);
    const struct yaml_node *y = yaml_member(b, key);
    if (x == NULL || y == NULL) {
        return x == y;
    }
    return x->kind == YAML_VALUE && y->kind == YAML_VALUE && strcmp(x->text, y->text) == 0;
}

static void merge_list(struct yaml_node *to, struct yaml_node *from, size_t row)
{
    struct yaml_node *next;
    for (struct yaml_node *item = from->first; item != NULL; item = next) {
        struct yaml_node *own = to->first;
        next = item->next;
        while (own != NULL &&
               (yaml_member(own, joined[row].name) == NULL ||
                !is_alike(own, item, joined[row].name) ||
                (joined[row].also != NULL && !is_alike(own, item, joined[row].also)))) {
            own = own->next;
        }
        if (own != NULL) {
            template_merge(own, item);
        } else {
            adopt(to, item);
        }
    }
}

static void merge_lists(struct yaml_node *to, struct yaml_node *from)
{
    if (to->key != NULL && strcmp(to->key, "schema") == 0) {
        if (to->count == 1 && from->count == 1) {
            template_merge(to->first, from->first);
        }
        return;
    }
    for (size_t i = 0; to->key != NULL && i < COUNT_OF(joined); i++) {
        if (strcmp(joined[i].list, to->key) == 0) {
            merge_list(to, from, i);
            return;
        }
    }
}

void template_merge(struct yaml_node *to, struct yaml_node *from)
{
    if (to->kind != from->kind) {
        return;
    }
    if (to->kind == YAML_LIST) {
        merge_lists(to, from);
        return;
    }
    struct yaml_node *next;
    for (struct yaml_node *member = from->first; member != NULL; member = next) {
        struct yaml_node *own = yaml_member(to, member->key);
        next = member->next;
        if (own == NULL) {
            adopt(to, member);
        } else {
            template_merge(own, member);
        }
    }
}

/* ---- the contract's own ---- */

static void mark(struct yaml_node *node)
{
    node->is_template = true;
    for (struct yaml_node *child = node->first; child != NULL; child = child->next) {
        mark(child);
    }
}

static void refuse_unknown(struct sch_findings *findings, const struct yaml_node *value)
{
    char known[160] = "";
    for (size_t i = 0; i < template_row_count; i++) {
        strncat(known, i > 0 ? ", " : "", sizeof(known) - strlen(known) - 1);
        strncat(known, template_rows[i].full_name, sizeof(known) - strlen(known) - 1);
    }
    finding_error(findings, value, "there is no template " SHOWN ": there is %s",
                  value->kind == YAML_VALUE ? value->text : "of that form", known);
}

int template_apply(struct yaml_node *root, struct arena *arena, struct sch_findings *findings,
                   const char **name)
{
    const struct yaml_node *value = reader_custom(root, "template");
    struct yaml_fault fault;
    struct err err = ERR_INIT;
    *name = "";
    if (value == NULL) {
        return 0;
    }
    const struct sch_template *found = value->kind == YAML_VALUE && strchr(value->text, '@') != NULL
                                           ? sch_template_find(value->text)
                                           : NULL;
    if (found == NULL) {
        refuse_unknown(findings, value);
        return 0;
    }
    struct yaml_node *tree = yaml_read(found->text, strlen(found->text), arena, &fault, &err);
    if (tree == NULL) {
        return -1; /* memory: the tests read every template */
    }
    *name = found->full_name;
    mark(tree);
    template_merge(root, tree);
    return 0;
}
