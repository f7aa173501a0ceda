/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/findings.c - see the headers. */
#include "schema/contract/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/utf8.h"
#include "schema/contract/findings_priv.h"
#include "schema/contract/quality.h"

enum { TEXT_SIZE = 400 };

/* Stands in for the template's name until it is known. */
static const char in_template[] = "template";

/* A contract's text may carry what a terminal obeys: controls, and marks that turn the direction of a line. */
static void make_plain(char *text)
{
    utf8_mend(text);
    const char *p = text;
    while (*p != '\0') {
        const char *from = p;
        bool obeyed = utf8_is_control(utf8_next(&p));
        for (; obeyed && from < p; from++) {
            text[from - text] = '?';
        }
    }
}

static void add(struct sch_findings *f, const struct sch_finding *place, const char *fmt,
                va_list args)
{
    char text[TEXT_SIZE];
    size_t *counter = place->level == SCH_FINDING_ERROR ? &f->errors : &f->warnings;
    (*counter)++;
    if (f->count == SCH_FINDINGS_MAX) {
        return;
    }
    vsnprintf(text, sizeof(text), fmt, args);
    make_plain(text);
    struct sch_finding *items = arena_push(&f->arena, f->items, f->count, sizeof(*items));
    char *path = arena_strdup(&f->arena, place->path);
    char *said = arena_strdup(&f->arena, text);
    if (items == NULL || path == NULL || said == NULL) {
        f->failed = true;
        return;
    }
    make_plain(path);
    f->items = items;
    items[f->count] = *place;
    items[f->count].path = path;
    items[f->count++].text = said;
}

static void add_at(struct sch_findings *f, const struct yaml_node *at, bool of_key,
                   enum sch_finding_level level, const char *fmt, va_list args)
{
    char path[ERR_PATH_BYTES];
    yaml_path(at, path, sizeof(path));
    of_key = of_key && at->key != NULL;
    struct sch_finding place = {.level = level,
                                .line = of_key ? at->key_line : at->line,
                                .column = of_key ? at->key_column : at->column,
                                .template_name = at->is_template ? in_template : NULL,
                                .path = path};
    add(f, &place, fmt, args);
}

void finding_error(struct sch_findings *f, const struct yaml_node *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_at(f, at, false, SCH_FINDING_ERROR, fmt, args);
    va_end(args);
}

void finding_key_error(struct sch_findings *f, const struct yaml_node *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_at(f, at, true, SCH_FINDING_ERROR, fmt, args);
    va_end(args);
}

void finding_warning(struct sch_findings *f, const struct yaml_node *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_at(f, at, false, SCH_FINDING_WARNING, fmt, args);
    va_end(args);
}

void finding_key_warning(struct sch_findings *f, const struct yaml_node *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_at(f, at, true, SCH_FINDING_WARNING, fmt, args);
    va_end(args);
}

static void add_fault(struct sch_findings *f, const struct sch_finding *place, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(f, place, fmt, args);
    va_end(args);
}

void finding_fault(struct sch_findings *f, const struct yaml_fault *fault, const char *text)
{
    struct sch_finding place = {.level = SCH_FINDING_ERROR,
                                .line = fault->line,
                                .column = fault->column,
                                .path = fault->path};
    add_fault(f, &place, "%s", text);
}

void finding_rule_error(struct sch_findings *f, const struct sch_quality *rule, const char *text)
{
    struct sch_finding place = {.level = SCH_FINDING_ERROR,
                                .line = rule->line,
                                .column = rule->column,
                                .template_name = rule->is_template ? in_template : NULL,
                                .path = rule->place};
    add_fault(f, &place, "%s", text);
}

static int compare(const void *a, const void *b)
{
    const struct sch_finding *x = a;
    const struct sch_finding *y = b;
    if ((x->template_name != NULL) != (y->template_name != NULL)) {
        return x->template_name != NULL ? 1 : -1;
    }
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    int by_path = strcmp(x->path, y->path);
    return by_path != 0 ? by_path : strcmp(x->text, y->text);
}

void findings_sort(struct sch_findings *f)
{
    if (f->count > 1) {
        qsort(f->items, f->count, sizeof(*f->items), compare);
    }
}

void findings_name_template(struct sch_findings *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].template_name != NULL) {
            f->items[i].template_name = name;
        }
    }
}

void sch_findings_fini(struct sch_findings *f)
{
    arena_fini(&f->arena);
    *f = (struct sch_findings)SCH_FINDINGS_INIT;
}

const char *sch_finding_level_name(enum sch_finding_level level)
{
    return level == SCH_FINDING_ERROR ? "error" : "warning";
}

void sch_findings_json(const struct sch_findings *found, struct jsonw *w)
{
    jsonw_open(w, '[');
    for (size_t i = 0; i < found->count; i++) {
        const struct sch_finding *f = &found->items[i];
        jsonw_open(w, '{');
        jsonw_key(w, "level");
        jsonw_str(w, sch_finding_level_name(f->level));
        jsonw_number(w, "line", f->line);
        jsonw_number(w, "column", f->column);
        jsonw_key(w, "path");
        jsonw_str(w, f->path);
        jsonw_key(w, "message");
        jsonw_str(w, f->text);
        if (f->template_name != NULL) {
            jsonw_key(w, "template");
            jsonw_str(w, f->template_name);
        }
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}
