/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/enum.c - the symbols of two enums. One finding for all that were added, and one for all that
 * were removed. */
#include <string.h>

#include "base/buf.h"
#include "schema/diff/differ_priv.h"
#include "schema/model/names.h"
#include "schema/model/nameset.h"

enum { SHOWN_BYTES = 40 };

static int index_symbols(const struct sch_type *type, struct sch_nameset *set)
{
    for (size_t i = 0; i < type->symbols.count; i++) {
        if (sch_nameset_put(set, type->symbols.items[i], &type->symbols.items[i], NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_reordered(const struct sch_type *after, const struct sch_nameset *before_set)
{
    const char **last = NULL;
    for (size_t i = 0; i < after->symbols.count; i++) {
        const char **old = sch_nameset_get(before_set, after->symbols.items[i]);
        if (old != NULL && last != NULL && old < last) {
            return true;
        }
        last = old != NULL ? old : last;
    }
    return false;
}

static const char *default_of(const struct sch_type *type)
{
    return type->default_symbol >= 0 ? type->symbols.items[type->default_symbol] : NULL;
}

static void diff_default(struct sch_differ *d, const struct sch_place *at,
                         const struct sch_type *before, const struct sch_type *after)
{
    const char *was = default_of(before);
    const char *is = default_of(after);
    if ((was == NULL) != (is == NULL) || (was != NULL && strcmp(was, is) != 0)) {
        sch_find(d, at, SCH_ENUM_DEFAULT_CHANGED, was, is);
    }
}

static void diff_symbols(struct sch_differ *d, const struct sch_place *at,
                         const struct sch_type *before, const struct sch_type *after,
                         const struct sch_nameset *before_set, const struct sch_nameset *after_set)
{
    struct buf added = BUF_INIT;
    struct buf removed = BUF_INIT;
    if (sch_names_list(&after->symbols, before_set, SHOWN_BYTES, &added) > 0) {
        /* Those who still read by the older structure need its default for them. */
        sch_find(d, at,
                 before->default_symbol >= 0 ? SCH_ENUM_SYMBOLS_ADDED : SCH_ENUM_SYMBOLS_UNCOVERED,
                 NULL, buf_cstr(&added));
    }
    if (sch_names_list(&before->symbols, after_set, SHOWN_BYTES, &removed) > 0) {
        sch_find(d, at, SCH_ENUM_SYMBOLS_REMOVED, buf_cstr(&removed), NULL);
    }
    if (is_reordered(after, before_set)) {
        sch_find(d, at, SCH_ENUM_SYMBOLS_REORDERED, NULL, NULL);
    }
    if (buf_failed(&added) || buf_failed(&removed)) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
    }
    buf_fini(&added);
    buf_fini(&removed);
}

void sch_diff_enums(struct sch_differ *d, const struct sch_place *at, const struct sch_type *before,
                    const struct sch_type *after)
{
    struct sch_nameset before_set = {NULL, 0, 0};
    struct sch_nameset after_set = {NULL, 0, 0};
    if (!sch_diff_spend(d, before->symbols.count + after->symbols.count)) {
        return;
    }
    if (index_symbols(before, &before_set) != 0 || index_symbols(after, &after_set) != 0) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
    } else {
        diff_symbols(d, at, before, after, &before_set, &after_set);
        diff_default(d, at, before, after);
    }
    sch_nameset_fini(&before_set);
    sch_nameset_fini(&after_set);
}
