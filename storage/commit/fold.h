/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/fold.h - which version of each key goes to the state, and the effect of each event.
 *
 *   sto_fold_sort → (the current versions of the keys in `lookups` are read) → sto_fold_decide → (merge)
 *   → sto_fold_set_unapplied for each staged row that the merge did not apply → sto_fold_apply_rest
 *
 * Pure: no SQL. All sections of a batch share one sto_fold_space, which is reused from batch to batch. */
#ifndef STORAGE_COMMIT_FOLD_H
#define STORAGE_COMMIT_FOLD_H

#include "base/attr.h"
#include "storage/commit/batch.h"
#include "storage/commit/keysort.h"
#include "storage/commit/order.h"

struct sto_staged {
    int64_t order;         /* _order of the state: order.h */
    uint32_t event;        /* index into the section's events */
    bool applied_by_merge; /* set by sto_fold_mark_applied alone */
};

struct sto_fold_space {
    struct sto_item *items;
    struct sto_item *spare;
    struct sto_staged *staged;
    uint32_t *lookups;
    uint32_t *unapplied;
    struct sto_current *current;
    size_t capacity;
};

/* One section's share of the space. */
struct sto_fold {
    struct sto_section *section;
    const struct sto_progress *progress;
    struct sto_item *items; /* sorted by key, then arrival */
    struct sto_item *spare;
    struct sto_staged *staged; /* by key */
    uint32_t *lookups;   /* for each key whose current version is needed, by key: its first event.
                          The key has several events, or one that is only_if_held */
    uint32_t *unapplied; /* events that were not applied, by key; sto_fold_find_unapplied */
    struct sto_current *current; /* of those keys; read between sort and decide */
    size_t staged_count;
    size_t lookup_count;
    size_t unapplied_count;
    size_t merged_count; /* rows that the merge applied; set by it */
    size_t search;       /* where the next search for a staged row begins */
};

void sto_fold_space_fini(struct sto_fold_space *space);
/* Room for a batch of `events`. -1 when memory is out. */
MUST_CHECK int sto_fold_space_reserve(struct sto_fold_space *space, size_t events);

/* `at`: how many events the sections before this one hold. */
void sto_fold_sort(struct sto_fold *fold, struct sto_fold_space *space, size_t at,
                   struct sto_section *section, const struct sto_progress *progress);

/* The effects of every event of the keys in `lookups`, and the rows to be merged. */
void sto_fold_decide(struct sto_fold *fold);

/* The merge did not apply a staged row, because of the version that the state has. -1: no such row, or one
 * that had to be applied. */
MUST_CHECK int sto_fold_set_unapplied(struct sto_fold *fold, int32_t topic_partition,
                                      int64_t offset, const struct sto_current *state);

/* The other way round: the merge applied this staged row. -1: no such row. Then `unapplied` are those that
 * are not marked. */
MUST_CHECK int sto_fold_mark_applied(struct sto_fold *fold, int32_t topic_partition,
                                     int64_t offset);
void sto_fold_find_unapplied(struct sto_fold *fold);
/* The i-th of them. -1: it had to be applied. */
MUST_CHECK int sto_fold_set_unapplied_nth(struct sto_fold *fold, size_t i,
                                          const struct sto_current *state);

/* Every event still undecided was applied. */
void sto_fold_apply_rest(struct sto_fold *fold);

#endif
