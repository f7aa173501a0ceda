/* SPDX-License-Identifier: Apache-2.0
 * schema/compat/fault.c - the reasons why a reader cannot read: kept with their place and in
 * words.
 *
 * Paths point into the reader, through the names of types where it uses one by its name. The Java
 * library adds the number of the branch where the writer has a union. A pointer into the reader
 * has no place for that number, so the text names the branch. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/compat/check_priv.h"

enum { SHOWN_BYTES = 160 };

void sch_faults_fini(struct sch_faults *faults)
{
    arena_fini(&faults->arena);
    *faults = (struct sch_faults){.count = 0};
}

void sch_check_fail(struct sch_check *check, enum err_code code, const char *why)
{
    if (!check->failed) {
        err_set(check->err, ERR_KIND_FATAL, code, "%s", why);
    }
    check->failed = true;
    check->stop = true;
}

/* Keys are Avro's own words: nothing to escape. From the inside out, so the buffer is filled from
 * its end; NULL when memory is out. */
static const char *print_path(struct arena *arena, const struct sch_spot *at)
{
    char digits[24];
    size_t len = 0;
    for (const struct sch_spot *s = at; s->up != NULL; s = s->up) {
        len += 1 + (s->key != NULL ? strlen(s->key)
                                   : (size_t)snprintf(digits, sizeof(digits), "%zu", s->index));
    }
    char *path = arena_alloc(arena, len + 1);
    if (path == NULL) {
        return NULL;
    }
    path[len] = '\0';
    for (const struct sch_spot *s = at; s->up != NULL; s = s->up) {
        snprintf(digits, sizeof(digits), "%zu", s->index);
        const char *word = s->key != NULL ? s->key : digits;
        size_t word_len = strlen(word);
        len -= word_len + 1;
        path[len] = '/';
        memcpy(path + len + 1, word, word_len);
    }
    return path;
}

/* The first fault too many: the check ends without counting the rest. */
static bool report_more(struct sch_check *check)
{
    struct sch_faults *faults = check->faults;
    struct sch_fault *last = &faults->items[faults->count - 1];
    const char *text = arena_printf(&faults->arena, "%s … and there are more than these %d",
                                    last->text, SCH_MAX_FAULTS);
    if (text == NULL) {
        sch_check_fail(check, ERR_NO_MEMORY, "no memory for the faults of a schema");
        return false;
    }
    last->text = text;
    faults->more = true;
    check->stop = true;
    return false;
}

static __attribute__((noinline)) bool keep(struct sch_check *check, const struct sch_spot *at,
                                           const char *type, const char *text)
{
    struct sch_faults *faults = check->faults;
    if (faults->count >= SCH_MAX_FAULTS) {
        return report_more(check);
    }
    const char *kept = arena_strdup(&faults->arena, text);
    const char *path = print_path(&faults->arena, at);
    struct sch_fault *items =
        arena_push(&faults->arena, faults->items, faults->count, sizeof(*items));
    if (kept == NULL || path == NULL || items == NULL) {
        sch_check_fail(check, ERR_NO_MEMORY, "no memory for the faults of a schema");
        return false;
    }
    faults->items = items;
    items[faults->count++] =
        (struct sch_fault){.type = type, .path = path, .text = kept, .backward = true};
    return false;
}

bool sch_fault_put(struct sch_check *check, const struct sch_spot *at, const char *type,
                   const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES];
    if (at == NULL || check->stop) {
        return false;
    }
    va_list args;
    va_start(args, fmt);
    /* The analyzer loses sight of va_start where it inlines a variadic function of this file.
     * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    utf8_mend(text); /* it may be cut */
    return keep(check, at, type, text);
}

bool sch_fault_types(struct sch_check *check, const struct sch_spot *at,
                     const struct sch_type *reader, const struct sch_type *writer)
{
    char to[SHOWN_BYTES];
    char from[SHOWN_BYTES];
    if (at == NULL) {
        return false;
    }
    return sch_fault_put(check, at, "TYPE_MISMATCH", "reader %s cannot read writer %s",
                         sch_describe(reader, to, sizeof(to)),
                         sch_describe(writer, from, sizeof(from)));
}

bool sch_fault_branch(struct sch_check *check, const struct sch_spot *at,
                      const struct sch_type *reader, const struct sch_type *writer)
{
    char to[SHOWN_BYTES];
    char from[SHOWN_BYTES];
    if (at == NULL) {
        return false;
    }
    return sch_fault_put(
        check, at, "MISSING_UNION_BRANCH", "no branch of reader %s can read writer %s",
        sch_describe(reader, to, sizeof(to)), sch_describe(writer, from, sizeof(from)));
}

bool sch_fault_names(struct sch_check *check, const struct sch_spot *at,
                     const struct sch_type *reader, const struct sch_type *writer)
{
    char to[SHOWN_BYTES];
    char from[SHOWN_BYTES];
    if (at == NULL) {
        return false;
    }
    struct sch_spot here = {.up = at, .key = "name"};
    return sch_fault_put(
        check, &here, "NAME_MISMATCH", "reader %s has neither the name nor an alias of writer %s",
        sch_describe(reader, to, sizeof(to)), sch_describe(writer, from, sizeof(from)));
}
