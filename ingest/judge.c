/* SPDX-License-Identifier: Apache-2.0
 * ingest/judge.c - see the header.
 *
 * As in a batch of parked events (ingest/parked.c, storage/commit/fold.c): in the order in which they came, each against the version of
 * its key that is there then, which may be one of those before it. */
#include "ingest/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "ingest/cases.h"
#include "ingest/datasets.h"
#include "ingest/parked.h"
#include "ingest/verdict.h"
#include "storage/commit/cases.h"
#include "storage/commit/parked.h"

enum { BYTES_MAX = 32 * 1024 * 1024 };

/* A key that an event was judged against, and the version that it would have then. */
struct held {
    int32_t dataset_id;
    const uint8_t *key; /* as keyenc has it */
    size_t key_len;
    struct sto_current now;
};

struct judging {
    struct sto_conn *conn;
    struct ing_datasets *datasets;
    struct arena arena;
    struct ing_scratch scratch;
    struct ing_unknown unknown;
    struct buf key;
    struct held *held;
    size_t held_count;
    void (*tell)(void *arg, const struct ing_judged *one);
    void *arg;
};

static struct held *find(struct judging *j, const struct ing_dataset *dataset,
                         const struct sto_event *event)
{
    for (size_t i = 0; i < j->held_count; i++) {
        struct held *h = &j->held[i];
        if (h->dataset_id == dataset->row->id && h->key_len == event->key_len &&
            memcmp(h->key, event->key, event->key_len) == 0) {
            return h;
        }
    }
    return NULL;
}

/* NULL: an error. */
static struct held *hold(struct judging *j, const struct ing_context *c, struct err *err)
{
    const struct sto_event *event = &c->out->event;
    struct held *h = find(j, c->dataset, event);
    if (h != NULL) {
        return h;
    }
    h = &j->held[j->held_count];
    *h = (struct held){
        .dataset_id = c->dataset->row->id, .key = event->key, .key_len = event->key_len};
    struct jsonw w = jsonw_to(&j->key);
    buf_reset(&j->key);
    ing_cases_put_key(c, &w);
    const char *key = buf_cstr(&j->key);
    if (buf_failed(&j->key)) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key");
        return NULL;
    }
    if (sto_current_of(j->conn, h->dataset_id, key, &h->now, err) != 0) {
        return NULL;
    }
    j->held_count++;
    return h;
}

/* NULL: an error. */
static const char *effect(struct judging *j, const struct ing_context *c, int32_t position_id,
                          struct err *err)
{
    struct sto_event event = c->out->event;
    const bool has_order = c->dataset->row->table.has_order;
    struct held *h = hold(j, c, err);
    if (h == NULL) {
        return NULL;
    }
    event.is_parked = true;
    if (event.only_if_held && !h->now.known) {
        return "exempt";
    }
    switch (sto_order_effect(&h->now, &event, has_order, position_id)) {
    case STO_DUPLICATE: return "duplicate";
    case STO_STALE: return "stale";
    default: sto_order_advance(&h->now, &event, has_order, position_id); return "applied";
    }
}

static void tell(struct judging *j, int64_t id, const char *would, const struct ing_reason *reason)
{
    const struct ing_judged one = {
        .id = id,
        .would = would,
        .reason = reason != NULL ? err_token(reason->err.code) : NULL,
        .rule = reason != NULL ? reason->rule : NULL,
        .path = reason != NULL && *reason->err.path != '\0' ? reason->err.path : NULL,
    };
    j->tell(j->arg, &one);
}

static int judge_one(struct judging *j, const struct sto_parked *parked, struct err *err)
{
    const struct ing_dataset *dataset = ing_datasets_by_id(j->datasets, parked->dataset_id);
    const struct ing_message message = ing_parked_message(parked);
    struct ing_outcome outcome = {0};
    const struct ing_context context = {
        .datasets = j->datasets,
        .dataset = dataset,
        .message = &message,
        .final = true,
        .unknown = &j->unknown,
        .arena = &j->arena,
        .scratch = &j->scratch,
        .out = &outcome,
    };
    if (dataset == NULL) {
        return 0; /* removed meanwhile */
    }
    const char *would = NULL;
    switch (ing_verdict_of(&context)) {
    case ING_ACCEPT:
        would = effect(j, &context, parked->position_id, err);
        if (would == NULL) {
            return -1;
        }
        tell(j, parked->id, would, NULL);
        break;
    case ING_EXEMPT: tell(j, parked->id, "exempt", NULL); break;
    case ING_QUARANTINE: tell(j, parked->id, "quarantined", &outcome.reason); break;
    case ING_UNKNOWN:
    case ING_BROKEN: tell(j, parked->id, "waits", &outcome.reason); break;
    }
    return 0;
}

static int judge_all(struct judging *j, const char *selection, struct err *err)
{
    const struct sto_parked_ask ask = {.which = STO_CASES_SELECTED,
                                       .most_rows = ING_JUDGED_MOST,
                                       .most_bytes = BYTES_MAX,
                                       .selection = selection};
    struct sto_parked *events = NULL;
    size_t count = 0;
    int rc = sto_parked_load(j->conn, &ask, &j->arena, &events, &count, err);
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = judge_one(j, &events[i], err);
    }
    return rc;
}

int ing_judge(struct sto_conn *conn, const struct conf *conf, const char *selection,
              void (*tell_of)(void *arg, const struct ing_judged *one), void *arg, struct err *err)
{
    struct judging *j = calloc(1, sizeof(*j));
    struct sto_catalogue *catalogue = NULL;
    int rc = -1;
    if (j == NULL || (j->held = calloc(ING_JUDGED_MOST, sizeof(*j->held))) == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory to judge events");
        goto out;
    }
    j->conn = conn;
    j->tell = tell_of;
    j->arg = arg;
    catalogue = sto_catalogue_load(conn, err);
    j->datasets = catalogue != NULL ? ing_datasets_new(&catalogue, conf, err) : NULL;
    if (j->datasets != NULL) {
        rc = judge_all(j, selection, err);
    }
out:
    if (j != NULL) {
        ing_datasets_unref(&j->datasets);
        ing_scratch_fini(&j->scratch);
        arena_fini(&j->arena);
        buf_fini(&j->key);
        free(j->held);
        free(j);
    }
    return rc;
}
