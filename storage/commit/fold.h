/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/fold.h - which version of each key goes to the state, and what became of the others.
 *
 *   sto_fold_sort → (the state's standing of the keys in `several` is read) → sto_fold_decide
 * → (merge) → sto_fold_win, or sto_fold_lose for each loser and then sto_fold_win
 *
 * Pure: no SQL. Its memory is one sto_fold_space for all sections of a batch, reused from batch to
 * batch. */
#ifndef STORAGE_COMMIT_FOLD_H
#define STORAGE_COMMIT_FOLD_H

#include "base/attr.h"
#include "storage/commit/batch.h"
#include "storage/commit/keysort.h"
#include "storage/commit/order.h"

struct sto_staged {
    int64_t order;  /* what the stage carries: order.h */
    uint32_t event; /* index into the section's events */
    bool won;       /* the merge said so; set by sto_fold_won alone */
};

struct sto_fold_space {
    struct sto_item *items;
    struct sto_item *spare;
    struct sto_staged *staged;
    uint32_t *several;
    uint32_t *losers;
    struct sto_standing *standings;
    size_t capacity;
};

/* One section's share of the space. */
struct sto_fold {
    struct sto_section *section;
    const struct sto_progress *progress;
    struct sto_item *items; /* sorted by key, then arrival */
    struct sto_item *spare;
    struct sto_staged *staged; /* by key */
    uint32_t *several; /* for each key whose standing is needed, by key: the event that came first;
                          it has several versions, or one that is only_if_held */
    uint32_t *losers;  /* events that did not win, by key; sto_fold_find_losers */
    struct sto_standing *standings; /* of those keys; filled between sort and decide */
    size_t staged_count;
    size_t several_count;
    size_t losers_count;
    size_t merged_count; /* how many the merge took; set by it */
    size_t search;       /* where sto_fold_lose goes on looking */
};

void sto_fold_space_fini(struct sto_fold_space *space);
/* Room for a batch of `events`. -1 when memory is out. */
MUST_CHECK int sto_fold_space_reserve(struct sto_fold_space *space, size_t events);

/* `at`: how many events the sections before this one hold. */
void sto_fold_sort(struct sto_fold *fold, struct sto_fold_space *space, size_t at,
                   struct sto_section *section, const struct sto_progress *progress);

/* Effects of every event of the keys in `several`, and the stage's rows. */
void sto_fold_decide(struct sto_fold *fold);

/* A staged row did not win: what the state has instead. -1: no such row, or one that had to win. */
MUST_CHECK int sto_fold_lose(struct sto_fold *fold, int32_t topic_partition, int64_t offset,
                             const struct sto_standing *state);

/* The other way round: a staged row won. Then the losers are those that did not. */
MUST_CHECK int sto_fold_won(struct sto_fold *fold, int32_t topic_partition, int64_t offset);
void sto_fold_find_losers(struct sto_fold *fold);
/* The i-th of them. -1: it had to win. */
MUST_CHECK int sto_fold_lose_nth(struct sto_fold *fold, size_t i, const struct sto_standing *state);

/* Every event still undecided was applied. */
void sto_fold_win(struct sto_fold *fold);

#endif
