/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/diff.h - what changed from one structure to the next, field by field.
 *
 * Pure: no register, no clock. Thread: any; a value that its caller owns. */
#ifndef SCHEMA_DIFF_DIFF_H
#define SCHEMA_DIFF_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "schema/diff/change_table.h"
#include "schema/model/model.h"
#include "schema/plan/role.h"

/* What a change asks for: nothing; a steward's approval; two approvals and a notice beforehand. */
enum sch_class { SCH_SAFE = 0, SCH_REVIEW, SCH_BREAKING };
enum { SCH_CLASS_COUNT = 3 };

#define SCH_CHANGE_SYMBOL(symbol, id, cls, en, ar) SCH_##symbol,
enum sch_change { SCH_CHANGES(SCH_CHANGE_SYMBOL) SCH_CHANGE_COUNT };
#undef SCH_CHANGE_SYMBOL

struct sch_change_row {
    const char *id; /* "field-removed" */
    enum sch_class cls;
    const char *en; /* what happened, as a clause */
    const char *ar;
};
const struct sch_change_row *sch_change_row(enum sch_change change);

const char *sch_class_name(enum sch_class cls); /* "safe", "review", "breaking" */
bool sch_class_parse(const char *text, enum sch_class *cls);

struct sch_finding {
    enum sch_change change;
    enum sch_class cls;
    bool collects_more; /* NRL-7, additional collection: data that was not asked for before */
    const char *path; /* "addr.street"; "tags[]" the items, "names{}" the values, "what<Married>" a
                             branch of several; "." the whole structure. In the newer one's names,
                             what was removed in the older one's. */
    const char *before;   /* "int", "doc: the mother's name"; NULL: was not there */
    const char *after;    /* NULL: is not there any more */
    const char *title;    /* of the field, as its structure has it ("title", "title_ar"); or NULL */
    const char *title_ar; /* or NULL */
    const char *accepted; /* the reason why it does not count; NULL: it counts */
};

enum { SCH_MAX_FINDINGS = 1000 };

/* Starts as {0}. */
struct sch_diff {
    struct sch_finding *items;
    size_t count;
    size_t omitted[SCH_CLASS_COUNT]; /* findings beyond SCH_MAX_FINDINGS, by class */
    bool collects_more;              /* some finding does */
    bool begins_generation; /* a field's column would be of another type (schema/plan/columns.h) */
    struct arena arena;     /* owns all texts */
};
void sch_diff_fini(struct sch_diff *diff);

/* Every change from `before` to `after`. A field that was added or removed is one finding, whatever it
 * contains. A named type that is used in several places is compared once, where both meet it first.
 * roles: of the dataset, for a value structure, or NULL: none are known. is_key: both are structures of
 * keys, so that nothing in them is harmless but documentation. FATAL ERR_NO_MEMORY; FATAL
 * ERR_SCHEMA_TOO_LARGE for structures that take too much stack, memory or time to compare. */
MUST_CHECK int sch_diff(const struct sch_schema *before, const struct sch_schema *after,
                        const struct sch_roles *roles, bool is_key, struct sch_diff *out,
                        struct err *err);

/* The worst class of what is not accepted. SAFE as well when nothing changed. */
enum sch_class sch_diff_worst(const struct sch_diff *diff);

/* How many findings have the class, accepted ones among them. */
size_t sch_diff_count(const struct sch_diff *diff, enum sch_class cls);

/* All findings, those that were omitted among them. */
size_t sch_diff_total(const struct sch_diff *diff);

/* {"worst":null|"safe"|…,"collects_more":…,"begins_generation":…,"safe":N,"review":N,"breaking":N,"omitted":N,"findings":[…]}.
 * The same whoever asks: it names no dataset and no version. Failure is the buffer's. */
void sch_diff_json(const struct sch_diff *diff, struct buf *out);

/* The same as members of the object that is open, beside the caller's own. */
void sch_diff_json_members(const struct sch_diff *diff, struct jsonw *w);

/* acceptance: "RULE@PATH=REASON". Marks the findings that it names. FATAL ERR_USAGE: not of this form;
 * ERR_NOT_FOUND: it names none, as one that is no longer there must not stay accepted unseen. */
MUST_CHECK int sch_diff_accept(struct sch_diff *diff, const char *acceptance, struct err *err);

#endif
