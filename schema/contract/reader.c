/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/reader.c - see reader_priv.h. */
#include "schema/contract/reader_priv.h"

#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "schema/contract/shape_priv.h"

void *reader_alloc(struct reader *r, size_t count, size_t size)
{
    void *p = arena_calloc(r->arena, count, size);
    r->failed |= p == NULL;
    return p;
}

const char *reader_value(struct reader *r, const struct yaml_node *node, const char *what,
                         size_t most)
{
    if (node == NULL || node->kind != YAML_VALUE || yaml_is_null(node)) {
        return "";
    }
    if (node->len > most) {
        finding_error(r->findings, node, "%s has at most %zu bytes, not %zu", what, most,
                      node->len);
        return "";
    }
    return node->text;
}

const char *reader_text(struct reader *r, const struct yaml_node *node, const char *key,
                        size_t most)
{
    return reader_value(r, yaml_member(node, key), key, most);
}

bool reader_flag(const struct yaml_node *node, const char *key)
{
    bool value = false;
    return yaml_is_bool(yaml_member(node, key), &value) && value;
}

const struct yaml_node *reader_list(struct reader *r, const struct yaml_node *list, size_t most,
                                    size_t *count)
{
    *count = 0;
    if (list == NULL || list->kind != YAML_LIST) {
        return NULL;
    }
    if (list->count > most) {
        finding_error(r->findings, list, "the list has at most %zu items, not %u", most,
                      list->count);
    }
    *count = list->count > most ? most : list->count;
    return list->first;
}

/* ---- custom properties ---- */

static const char *name_of(const struct yaml_node *item)
{
    const struct yaml_node *name = yaml_member(item, "property");
    return name != NULL && name->kind == YAML_VALUE ? name->text : "";
}

static const struct yaml_node *first_custom(const struct yaml_node *node)
{
    const struct yaml_node *list = yaml_member(node, "customProperties");
    return list != NULL && list->kind == YAML_LIST ? list->first : NULL;
}

const struct yaml_node *reader_custom(const struct yaml_node *node, const char *name)
{
    for (const struct yaml_node *item = first_custom(node); item != NULL; item = item->next) {
        if (strcmp(name_of(item), name) == 0) {
            return yaml_member(item, "value");
        }
    }
    return NULL;
}

static void check_name(struct reader *r, const struct yaml_node *item, const char *const *known)
{
    const char *name = name_of(item);
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcmp(known[i], name) == 0) {
            return;
        }
    }
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcasecmp(known[i], name) == 0 || nearest_distance(known[i], name) <= 2) {
            finding_warning(r->findings, yaml_member(item, "property"),
                            "the Center does not know the custom property " SHOWN ": is %s meant?",
                            name, known[i]);
            return;
        }
    }
}

void reader_custom_check(struct reader *r, const struct yaml_node *node, const char *const *known)
{
    const struct yaml_node *first = first_custom(node);
    for (const struct yaml_node *item = first; item != NULL && item->index < YAML_MAX_MEMBERS;
         item = item->next) {
        const char *name = name_of(item);
        if (*name == '\0') {
            continue;
        }
        check_name(r, item, known);
        const struct yaml_node *other = first;
        while (other != item && strcmp(name_of(other), name) != 0) {
            other = other->next;
        }
        if (other != item) {
            finding_error(r->findings, yaml_member(item, "property"),
                          "the custom property " SHOWN " is given already, in line %u", name,
                          other->line);
        }
    }
}

/* ---- words ---- */

bool reader_is(const char *text, const char *word)
{
    return strcasecmp(text, word) == 0;
}

/* "36H": a number of at most five digits before the unit; *at moves behind it. */
static bool take_part(const char **at, char unit, int64_t unit_s, int64_t *seconds)
{
    int64_t n = 0;
    size_t len = strspn(*at, "0123456789");
    if (len == 0 || len > 5 || (*at)[len] != unit) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        n = n * 10 + ((*at)[i] - '0');
    }
    *seconds += n * unit_s;
    *at += len + 1;
    return true;
}

bool reader_duration(const char *text, int64_t *seconds)
{
    const char *p = text;
    *seconds = 0;
    if (*p++ != 'P') {
        return false;
    }
    bool any = take_part(&p, 'D', 86400, seconds);
    if (*p == 'T') {
        p++;
        bool hours = take_part(&p, 'H', 3600, seconds);
        bool minutes = take_part(&p, 'M', 60, seconds);
        any = hours || minutes;
    }
    return any && *p == '\0';
}
