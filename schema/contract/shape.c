/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/shape.c - holds a tree against the tables of the standard's structure.
 *
 * Nothing here knows what a member means: the readers (read*.c) take from the same tree what they understand, and leave out
 * what was found wrong here. The tree is at most 32 deep, so this may recurse. */
#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "base/nearest.h"
#include "schema/contract/shape_priv.h"

const char *shape_kind_of(const struct yaml_node *node)
{
    switch (node->kind) {
    case YAML_LIST: return "a list";
    case YAML_OBJECT: return "an object";
    default: return yaml_is_null(node) ? "nothing" : "a value";
    }
}

/* ---- values ---- */

bool shape_is_number(const struct yaml_node *node)
{
    const char *p = node->text;
    if (node->kind != YAML_VALUE || !node->is_plain) {
        return false;
    }
    p += *p == '-';
    size_t whole = strspn(p, "0123456789");
    bool has_point = p[whole] == '.';
    size_t parts = has_point ? strspn(p + whole + 1, "0123456789") : 0;
    return whole > 0 && (whole == 1 || *p != '0') && has_point == (parts > 0) && parts <= 6 &&
           whole + parts <= 12 && p[whole + has_point + parts] == '\0';
}

bool shape_is_integer(const struct yaml_node *node, long long *value)
{
    if (!shape_is_number(node) || strchr(node->text, '.') != NULL) {
        return false;
    }
    const char *p = node->text + (*node->text == '-');
    *value = 0;
    for (; *p != '\0'; p++) {
        *value = *value * 10 + (*p - '0');
    }
    *value = *node->text == '-' ? -*value : *value;
    return true;
}

static void check_text(struct shape_check *c, const struct yaml_node *node)
{
    if (node->kind != YAML_VALUE) {
        finding_error(c->findings, node, "a text is wanted here, not %s", shape_kind_of(node));
    } else if (yaml_is_null(node)) {
        finding_error(c->findings, node,
                      "a text is wanted here, and nothing is said: leave the line out, or say it");
    } else if (yaml_is_ambiguous(node)) {
        finding_warning(c->findings, node,
                        "it is taken as the text " SHOWN
                        "; to other tools it is no text: put it in quotes",
                        node->text);
    }
}

static void check_id(struct shape_check *c, const struct yaml_node *node)
{
    check_text(c, node);
    if (node->kind != YAML_VALUE || yaml_is_null(node)) {
        return;
    }
    if (node->len == 0 || strspn(node->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-") != node->len) {
        finding_error(c->findings, node, "an id has letters A to Z, digits, _ and -, not " SHOWN,
                      node->text);
    }
}

static void check_day(struct shape_check *c, const struct yaml_node *node)
{
    int64_t day;
    if (node->kind != YAML_VALUE || !day_parse(node->text, node->len, false, &day)) {
        finding_error(c->findings, node, "a day is written YYYY-MM-DD, and exists");
    } else if (node->is_plain) {
        finding_warning(c->findings, node,
                        "some tools read a day without quotes as a time: put it in quotes");
    }
}

/* "a, b or c" of the words. */
static void list_words(const char *const *words, char *out, size_t size)
{
    size_t at = 0;
    *out = '\0';
    for (size_t i = 0; words[i] != NULL && at < size; i++) {
        const char *between = i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ";
        at += (size_t)snprintf(out + at, size - at, "%s%s", between, words[i]);
    }
}

static void check_word(struct shape_check *c, const struct yaml_node *node,
                       const struct shape_field *field)
{
    char list[240];
    size_t at = 0;
    while (node->kind == YAML_VALUE && field->words[at] != NULL &&
           strcmp(field->words[at], node->text) != 0) {
        at++;
    }
    if (node->kind != YAML_VALUE || field->words[at] == NULL) {
        list_words(field->words, list, sizeof(list));
        finding_error(c->findings, node, "%s is %s, not " SHOWN, field->key, list,
                      node->kind == YAML_VALUE ? node->text : shape_kind_of(node));
    }
}

static void check_bool(struct shape_check *c, const struct yaml_node *node)
{
    bool value;
    if (!yaml_is_bool(node, &value)) {
        finding_error(c->findings, node, "true or false is wanted here, without quotes, not " SHOWN,
                      node->kind == YAML_VALUE ? node->text : shape_kind_of(node));
    }
}

static void check_number(struct shape_check *c, const struct yaml_node *node,
                         const struct shape_field *field)
{
    long long value = 0;
    bool whole = field->kind == SHAPE_INTEGER;
    bool ok = whole ? shape_is_integer(node, &value) : shape_is_number(node);
    if (!ok) {
        finding_error(c->findings, node,
                      whole ? "a whole number is wanted here, without quotes, not " SHOWN
                            : "a number is wanted here, such as 5 or 99.5, without quotes, with at "
                              "most 12 digits, 6 of them behind the point, not " SHOWN,
                      node->kind == YAML_VALUE ? node->text : shape_kind_of(node));
    } else if ((field->flags & SHAPE_POSITIVE) != 0 && *node->text == '-') {
        finding_error(c->findings, node, "%s is not below 0", field->key);
    }
}

/* ---- lists ---- */

static bool check_list(struct shape_check *c, const struct yaml_node *node, unsigned flags)
{
    if (node->kind != YAML_LIST) {
        finding_error(c->findings, node, "a list is wanted here, not %s", shape_kind_of(node));
        return false;
    }
    if ((flags & SHAPE_NOT_EMPTY) != 0 && node->count == 0) {
        finding_error(c->findings, node, "the list has no item");
    }
    return true;
}

static void check_texts(struct shape_check *c, const struct yaml_node *node, unsigned flags)
{
    if (!check_list(c, node, flags)) {
        return;
    }
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        check_text(c, item);
        if ((flags & SHAPE_DISTINCT) == 0 || item->index >= YAML_MAX_MEMBERS) {
            continue;
        }
        for (const struct yaml_node *other = node->first; other != item; other = other->next) {
            if (other->kind == YAML_VALUE && item->kind == YAML_VALUE &&
                strcmp(other->text, item->text) == 0) {
                finding_error(c->findings, item, "it is in the list twice");
                break;
            }
        }
    }
}

static void check_numbers(struct shape_check *c, const struct yaml_node *node,
                          const struct shape_field *field)
{
    const struct shape_field number = {field->key, SHAPE_NUMBER, 0, NULL, NULL, NULL};
    if (node->kind != YAML_LIST || node->count != 2) {
        finding_error(c->findings, node, "a list of two numbers is wanted here: [low, high]");
        return;
    }
    check_number(c, node->first, &number);
    check_number(c, node->last, &number);
}

static void check_objects(struct shape_check *c, const struct yaml_node *node,
                          const struct shape_field *field)
{
    if (!check_list(c, node, field->flags)) {
        return;
    }
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        shape_check_object(c, item, field->of);
    }
}

void shape_check_value(struct shape_check *c, const struct yaml_node *node,
                       const struct shape_field *field)
{
    switch (field->kind) {
    case SHAPE_TEXT: check_text(c, node); break;
    case SHAPE_ID: check_id(c, node); break;
    case SHAPE_WORD: check_word(c, node, field); break;
    case SHAPE_DAY: check_day(c, node); break;
    case SHAPE_BOOL: check_bool(c, node); break;
    case SHAPE_INTEGER:
    case SHAPE_NUMBER: check_number(c, node, field); break;
    case SHAPE_SCALAR:
        if (node->kind != YAML_VALUE) {
            finding_error(c->findings, node, "one value is wanted here, not %s",
                          shape_kind_of(node));
        }
        break;
    case SHAPE_NUMBERS: check_numbers(c, node, field); break;
    case SHAPE_TEXTS: check_texts(c, node, field->flags); break;
    case SHAPE_ANYS: (void)check_list(c, node, field->flags); break;
    case SHAPE_OBJECT: shape_check_object(c, node, field->of); break;
    case SHAPE_OBJECTS: check_objects(c, node, field); break;
    case SHAPE_OTHER: field->check(c, node); break;
    case SHAPE_ANY: break;
    }
}

/* ---- objects ---- */

static const struct shape_field *field_of(const struct shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->fields[i].key, key) == 0) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

static void refuse_unknown(struct shape_check *c, const struct yaml_node *member,
                           const struct shape *shape)
{
    const char *nearest = NULL;
    size_t distance = 3;
    for (size_t i = 0; i < shape->count; i++) {
        size_t found = nearest_distance(member->key, shape->fields[i].key);
        if (found < distance) {
            distance = found;
            nearest = shape->fields[i].key;
        }
    }
    finding_key_error(c->findings, member, "%s has no member " SHOWN "%s%s%s", shape->what,
                      member->key, nearest != NULL ? ": is " : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? " meant?" : "");
}

static void check_member(struct shape_check *c, const struct yaml_node *member,
                         const struct shape *shape)
{
    const struct shape_field *field = field_of(shape, member->key);
    if (field == NULL) {
        refuse_unknown(c, member, shape);
    } else if ((field->flags & SHAPE_SINCE_3_2) != 0 && !c->is_3_2) {
        finding_key_error(c->findings, member,
                          "%s is of the standard's version 3.2: say apiVersion: v3.2.0",
                          member->key);
    } else {
        shape_check_value(c, member, field);
    }
}

void shape_check_object(struct shape_check *c, const struct yaml_node *node,
                        const struct shape *shape)
{
    if (node->kind != YAML_OBJECT) {
        finding_error(c->findings, node, "%s is an object with members, not %s", shape->what,
                      shape_kind_of(node));
        return;
    }
    for (const struct yaml_node *member = node->first; member != NULL; member = member->next) {
        check_member(c, member, shape);
    }
    for (size_t i = 0; i < shape->count; i++) {
        if ((shape->fields[i].flags & SHAPE_NEEDED) != 0 &&
            yaml_member(node, shape->fields[i].key) == NULL) {
            finding_error(c->findings, node, "%s needs %s", shape->what, shape->fields[i].key);
        }
    }
    if (shape->also != NULL) {
        shape->also(c, node);
    }
}
