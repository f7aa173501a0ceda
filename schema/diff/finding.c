/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/finding.c - findings: kept with their place, counted, accepted. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/diff/differ_priv.h"

enum { SHOWN_BYTES = 200, PATH_BYTES = 2000 };

#define ROW(symbol, id, cls, en, ar) [SCH_##symbol] = {id, SCH_##cls, en, ar},
static const struct sch_change_row rows[SCH_CHANGE_COUNT] = {SCH_CHANGES(ROW)};
#undef ROW

static const char *const class_names[SCH_CLASS_COUNT] = {"safe", "review", "breaking"};

const struct sch_change_row *sch_change_row(enum sch_change change)
{
    return &rows[change];
}

const char *sch_class_name(enum sch_class cls)
{
    return class_names[cls];
}

bool sch_class_parse(const char *text, enum sch_class *cls)
{
    for (int i = 0; i < SCH_CLASS_COUNT; i++) {
        if (strcmp(text, class_names[i]) == 0) {
            *cls = (enum sch_class)i;
            return true;
        }
    }
    return false;
}

void sch_diff_fini(struct sch_diff *diff)
{
    arena_fini(&diff->arena);
    *diff = (struct sch_diff){.count = 0};
}

void sch_diff_fail(struct sch_differ *d, enum err_code code, const char *why)
{
    if (!d->failed) {
        err_set(d->err, ERR_KIND_FATAL, code, "%s", why);
    }
    d->failed = true;
}

bool sch_diff_spend(struct sch_differ *d, size_t steps)
{
    d->steps += steps;
    if (d->steps > SCH_MAX_STEPS) {
        sch_diff_fail(d, ERR_SCHEMA_TOO_LARGE, "the structures take too long to compare");
    }
    return !d->failed;
}

/* ---- places ---- */

/* From the outside in. A path that is too long loses its middle, but stays one of its own kind. */
static void put_place(const struct sch_place *at, struct buf *out)
{
    if (at->up != NULL) {
        put_place(at->up, out);
    }
    switch (at->kind) {
    case SCH_PLACE_ITEMS: buf_put_str(out, "[]"); break;
    case SCH_PLACE_VALUES: buf_put_str(out, "{}"); break;
    case SCH_PLACE_BRANCH: buf_printf(out, "<%s>", at->name); break;
    default:
        buf_put_str(out, at->up != NULL ? "." : "");
        buf_put_str(out, at->name);
        break;
    }
}

static const char *print_path(struct arena *arena, const struct sch_place *at)
{
    struct buf path = BUF_INIT;
    if (at == NULL) {
        return arena_strdup(arena, ".");
    }
    put_place(at, &path);
    const char *text = buf_cstr(&path);
    size_t len = utf8_cut(text, PATH_BYTES);
    const char *kept = buf_failed(&path) ? NULL : arena_memdup(arena, text, len);
    buf_fini(&path);
    return kept;
}

static const char *find_title(const struct sch_place *at, const char *key)
{
    while (at != NULL && at->kind != SCH_PLACE_FIELD) {
        at = at->up;
    }
    return at != NULL ? json_string_value(json_object_get(at->field, key)) : NULL;
}

/* ---- keeping ---- */

/* false: memory is out. */
static bool copy(struct arena *arena, const char *text, const char **out)
{
    *out = text != NULL ? arena_memdup(arena, text, utf8_cut(text, SHOWN_BYTES)) : NULL;
    return text == NULL || *out != NULL;
}

/* Whatever happens to a key or order field breaks those who read by it; but its documentation may change. */
static enum sch_change by_role(const struct sch_differ *d, enum sch_change change)
{
    if (d->role == SCH_NO_ROLE || change == SCH_DOCUMENTATION_CHANGED) {
        return change;
    }
    return d->role == SCH_KEY_ROLE ? SCH_KEY_FIELD_CHANGED : SCH_ORDER_FIELD_CHANGED;
}

static void keep(struct sch_differ *d, const struct sch_place *at, enum sch_change change,
                 bool collects_more, const char *before, const char *after)
{
    struct sch_diff *diff = d->out;
    enum sch_change counted = by_role(d, change);
    struct sch_finding finding = {
        .change = counted, .cls = rows[counted].cls, .collects_more = collects_more};
    if (d->failed) {
        return;
    }
    diff->collects_more = diff->collects_more || collects_more;
    if (diff->count >= SCH_MAX_FINDINGS) {
        diff->omitted[finding.cls]++;
        return;
    }
    struct sch_finding *items = arena_push(&diff->arena, diff->items, diff->count, sizeof(*items));
    finding.path = print_path(&diff->arena, at);
    if (items == NULL || finding.path == NULL || !copy(&diff->arena, before, &finding.before) ||
        !copy(&diff->arena, after, &finding.after) ||
        !copy(&diff->arena, find_title(at, "title"), &finding.title) ||
        !copy(&diff->arena, find_title(at, "title_ar"), &finding.title_ar)) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory for the difference of structures");
        return;
    }
    diff->items = items;
    items[diff->count++] = finding;
}

void sch_find(struct sch_differ *d, const struct sch_place *at, enum sch_change change,
              const char *before, const char *after)
{
    keep(d, at, change, false, before, after);
}

void sch_find_types(struct sch_differ *d, const struct sch_place *at, enum sch_change change,
                    const struct sch_type *before, const struct sch_type *after)
{
    char was[SHOWN_BYTES];
    char is[SHOWN_BYTES];
    bool collects_more =
        before == NULL && (change != SCH_UNION_BRANCH_ADDED || after->kind == SCH_RECORD);
    keep(d, at, change, collects_more,
         before != NULL ? sch_describe(before, was, sizeof(was)) : NULL,
         after != NULL ? sch_describe(after, is, sizeof(is)) : NULL);
}

/* ---- reading a difference ---- */

enum sch_class sch_diff_worst(const struct sch_diff *diff)
{
    enum sch_class worst = SCH_SAFE;
    for (int cls = 0; cls < SCH_CLASS_COUNT; cls++) {
        worst = diff->omitted[cls] > 0 ? (enum sch_class)cls : worst;
    }
    for (size_t i = 0; i < diff->count; i++) {
        const struct sch_finding *finding = &diff->items[i];
        worst = finding->accepted == NULL && finding->cls > worst ? finding->cls : worst;
    }
    return worst;
}

size_t sch_diff_count(const struct sch_diff *diff, enum sch_class cls)
{
    size_t count = diff->omitted[cls];
    for (size_t i = 0; i < diff->count; i++) {
        count += diff->items[i].cls == cls;
    }
    return count;
}

size_t sch_diff_total(const struct sch_diff *diff)
{
    size_t count = diff->count;
    for (int cls = 0; cls < SCH_CLASS_COUNT; cls++) {
        count += diff->omitted[cls];
    }
    return count;
}

int sch_diff_accept(struct sch_diff *diff, const char *acceptance, struct err *err)
{
    const char *at = strchr(acceptance, '@');
    const char *is = at != NULL ? strchr(at, '=') : NULL;
    bool found = false;
    if (is == NULL || at == acceptance || is == at + 1 || is[1] == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "\"%.*s\" is not of the form RULE@PATH=REASON",
                       (int)utf8_cut(acceptance, SHOWN_BYTES), acceptance);
    }
    const char *reason = arena_strdup(&diff->arena, is + 1);
    if (reason == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a reason");
    }
    for (size_t i = 0; i < diff->count; i++) {
        struct sch_finding *finding = &diff->items[i];
        const char *id = rows[finding->change].id;
        if (strlen(id) == (size_t)(at - acceptance) && memcmp(id, acceptance, strlen(id)) == 0 &&
            strlen(finding->path) == (size_t)(is - at - 1) &&
            memcmp(finding->path, at + 1, strlen(finding->path)) == 0) {
            finding->accepted = reason;
            found = true;
        }
    }
    return found ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                           "nothing to accept: no finding is %.*s",
                           (int)utf8_cut(acceptance, (size_t)(is - acceptance)), acceptance);
}
