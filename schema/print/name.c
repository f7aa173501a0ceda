/* SPDX-License-Identifier: Apache-2.0
 * schema/print/name.c - names in a printed schema: short within their own namespace, full
 * elsewhere.
 *
 * Names are as Java prints them, with one exception. Given a name of the null namespace that would
 * be read back as another name, then a dot comes before it, as in the specification and in Java's
 * own parser. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/model/names.h"
#include "schema/print/printer_priv.h"

void sch_print_quoted(struct sch_printer *p, const char *text)
{
    sch_print_string(text, strlen(text), p->out);
}

void sch_print_member(struct sch_printer *p, const char *key)
{
    buf_put_str(p->out, ",\"");
    buf_put_str(p->out, key);
    buf_put_str(p->out, "\":");
}

struct sch_space sch_print_space(const char *full_name)
{
    const char *dot = strrchr(full_name, '.');
    return (struct sch_space){full_name, dot != NULL ? (size_t)(dot - full_name) : 0};
}

bool sch_print_same_space(struct sch_space a, struct sch_space b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

void sch_print_define(struct sch_printer *p, const struct sch_type *type)
{
    p->defined[type->number] = true;
    if (sch_nameset_put(&p->names, type->name, (void *)type, NULL) < 0) {
        p->out->failed = true;
    }
}

/* Whether a name of the null namespace would be read as a type of the namespace around it. */
static bool is_hidden(const struct sch_printer *p, const char *name)
{
    char full[2 * SCH_MAX_NAME_BYTES + 2];
    snprintf(full, sizeof(full), "%.*s.%s", (int)p->around.len, p->around.text, name);
    return sch_nameset_get(&p->names, full) != NULL;
}

/* A name of the namespace around is short. */
void sch_print_name(struct sch_printer *p, const char *full_name)
{
    struct sch_space own = sch_print_space(full_name);
    if (sch_print_same_space(own, p->around)) {
        sch_print_quoted(p, sch_last_part(full_name));
        return;
    }
    buf_put_u8(p->out, '"');
    if (own.len == 0 && is_hidden(p, full_name)) {
        buf_put_u8(p->out, '.');
    }
    buf_put_str(p->out, full_name);
    buf_put_u8(p->out, '"');
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Java prints the alias ".B" of a type in a namespace as "B", which then means another name; the
 * dot stays here. */
static void write_alias(struct sch_printer *p, const char *alias, const struct sch_space *own)
{
    if (own == NULL) {
        sch_print_quoted(p, alias);
        return;
    }
    struct sch_space its = sch_print_space(alias);
    if (sch_print_same_space(its, *own)) {
        sch_print_quoted(p, sch_last_part(alias));
        return;
    }
    buf_put_str(p->out, its.len == 0 ? "\"." : "\"");
    buf_put_str(p->out, alias);
    buf_put_u8(p->out, '"');
}

/* own: the type's namespace; NULL for a field's aliases, which have none. Each once. */
void sch_print_aliases(struct sch_printer *p, const struct sch_names *aliases,
                       const struct sch_space *own)
{
    if (aliases->count == 0) {
        return;
    }
    struct sch_nameset seen = {NULL, 0, 0};
    const char **list = calloc(aliases->count, sizeof(*list));
    size_t count = 0;
    for (size_t i = 0; list != NULL && i < aliases->count; i++) {
        int put = sch_nameset_put(&seen, aliases->items[i], (void *)p, NULL);
        p->out->failed = p->out->failed || put < 0;
        if (put == 0) {
            list[count++] = aliases->items[i];
        }
    }
    p->out->failed = p->out->failed || list == NULL;
    if (p->normal && list != NULL) {
        qsort(list, count, sizeof(*list), compare_names);
    }
    sch_print_member(p, "aliases");
    for (size_t i = 0; i < count; i++) {
        buf_put_u8(p->out, i > 0 ? ',' : '[');
        write_alias(p, list[i], own);
    }
    buf_put_u8(p->out, ']');
    free(list);
    sch_nameset_fini(&seen);
}
