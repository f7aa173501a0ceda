/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/node.c - what a node of the tree is: its path, its members, and how others would read it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "schema/contract/yaml.h"

struct yaml_node *yaml_member(const struct yaml_node *node, const char *key)
{
    if (node == NULL || node->kind != YAML_OBJECT) {
        return NULL;
    }
    struct yaml_node *child = node->first;
    while (child != NULL && strcmp(child->key, key) != 0) {
        child = child->next;
    }
    return child;
}

/* A step is at most this long in a path. */
enum { STEP_BYTES = 64 };

static size_t put_step(const struct yaml_node *node, char *out, size_t size)
{
    int len = node->key != NULL ? snprintf(out, size, "/%.*s", STEP_BYTES, node->key)
                                : snprintf(out, size, "/%u", node->index);
    for (char *p = out; size > 0 && *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7F) {
            *p = '?';
        }
    }
    return len > 0 ? (size_t)len : 0;
}

void yaml_path(const struct yaml_node *node, char *out, size_t size)
{
    const struct yaml_node *steps[YAML_MAX_DEPTH + 2];
    size_t count = 0;
    size_t at = 0;
    while (node != NULL && (node->parent != NULL || node->key != NULL) &&
           count < YAML_MAX_DEPTH + 2) {
        steps[count++] = node;
        node = node->parent;
    }
    snprintf(out, size, "%s", count == 0 ? "/" : "");
    while (count > 0 && at < size) {
        at += put_step(steps[--count], out + at, size - at);
    }
}

/* ---- how a plain value is read ---- */

static bool is_word(const struct yaml_node *node, const char *const *words)
{
    while (*words != NULL && strcmp(node->text, *words) != 0) {
        words++;
    }
    return *words != NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return node != NULL && node->kind == YAML_VALUE && node->is_plain && is_word(node, words);
}

bool yaml_is_bool(const struct yaml_node *node, bool *value)
{
    if (node == NULL || node->kind != YAML_VALUE || !node->is_plain) {
        return false;
    }
    *value = strcmp(node->text, "true") == 0;
    return *value || strcmp(node->text, "false") == 0;
}

/* Of YAML 1.1, in each of its three spellings; y and n, which hardly any reader takes for one, are texts. */
static bool is_any_bool(const char *text)
{
    static const char *const words[] = {"yes", "no", "on", "off", "true", "false", NULL};
    char lower[8];
    size_t len = strlen(text);
    size_t at = 0;
    if (len == 0 || len >= sizeof(lower)) {
        return false;
    }
    for (size_t i = 0; i <= len; i++) {
        lower[i] = (char)tolower((unsigned char)text[i]);
    }
    while (words[at] != NULL && strcmp(words[at], lower) != 0) {
        at++;
    }
    return words[at] != NULL;
}

#define DIGITS "0123456789"

/* 0x1F, 0o17, 0b1; 10, 1_000, 010; 3.10, .5, 1e3; 1:30 */
static bool is_number(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');
    if (p[0] == '0' && p[1] != '\0' && strchr("xob", p[1]) != NULL && p[2] != '\0') {
        return p[2 + strspn(p + 2, DIGITS "abcdefABCDEF_")] == '\0';
    }
    size_t whole = strspn(p, DIGITS "_");
    size_t parts = 0;
    const char *q = p + whole;
    if (*q == ':') {
        return whole > 0 && q[strspn(q, DIGITS ":._")] == '\0';
    }
    if (*q == '.') {
        parts = strspn(++q, DIGITS "_");
        q += parts;
    }
    if ((*q == 'e' || *q == 'E') && whole + parts > 0) {
        q += 1 + (q[1] == '-' || q[1] == '+');
        q += strspn(q, DIGITS);
    }
    return whole + parts > 0 && *p != '_' && *q == '\0';
}

static bool is_special(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
    text += *text == '-' || *text == '+';
    size_t at = 0;
    while (words[at] != NULL && strcmp(words[at], text) != 0) {
        at++;
    }
    return words[at] != NULL;
}

/* 2026-03-01, 2026-3-1T09:30:00Z */
static bool is_day(const char *text)
{
    size_t month = strspn(text, DIGITS) == 4 && text[4] == '-' ? strspn(text + 5, DIGITS) : 0;
    if (month < 1 || month > 2 || text[5 + month] != '-') {
        return false;
    }
    const char *day = text + 6 + month;
    size_t len = strspn(day, DIGITS);
    return len >= 1 && len <= 2 && (day[len] == '\0' || strchr("Tt ", day[len]) != NULL);
}

bool yaml_is_ambiguous(const struct yaml_node *node)
{
    return node != NULL && node->kind == YAML_VALUE && node->is_plain &&
           (yaml_is_null(node) || is_any_bool(node->text) || is_special(node->text) ||
            is_number(node->text) || is_day(node->text));
}
