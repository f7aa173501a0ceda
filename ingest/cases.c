/* SPDX-License-Identifier: Apache-2.0
 * ingest/cases.c - see the header.
 *
 * The key is that of the message: it can be read when the value cannot. The order and the time are the event's own, as far as its
 * judgement gets to them (ingest/verdict.c). */
#include "ingest/cases.h"

#include <stdlib.h>

#include "base/cell.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "ingest/identity.h"
#include "ingest/parked.h"
#include "ingest/verdict.h"
#include "storage/commit/cases.h"
#include "storage/commit/parked.h"

enum { ROWS_MAX = 500, BYTES_MAX = 4 * 1024 * 1024, EACH_MS = 1000, FAILED_PAUSE_MS = 5000 };

struct ing_cases {
    int64_t serve_at_ms;
    int64_t cursor; /* the last case that was looked at; 0: none in this round */
    struct arena loaded;
    struct arena judged;
    struct ing_scratch scratch;
    struct ing_unknown unknown;
    struct buf found;
};

struct ing_cases *ing_cases_new(struct err *err)
{
    struct ing_cases *cases = calloc(1, sizeof(*cases));
    if (cases == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory for the quarantine's cases");
    }
    return cases;
}

void ing_cases_free(struct ing_cases **taken)
{
    struct ing_cases *cases = *taken;
    *taken = NULL;
    if (cases != NULL) {
        ing_scratch_fini(&cases->scratch);
        arena_fini(&cases->judged);
        arena_fini(&cases->loaded);
        buf_fini(&cases->found);
        free(cases);
    }
}

void ing_cases_put_key(const struct ing_context *c, struct jsonw *w)
{
    const struct sto_table *table = &c->dataset->row->table;
    if (table->column_count == 0 || ing_identity_of_tombstone(c) != ING_ACCEPT) {
        jsonw_null(w);
        return;
    }
    const struct cell *cells = ing_identity_cells(c);
    jsonw_open(w, '[');
    for (size_t i = 0; i < table->key_count; i++) {
        struct buf value = BUF_INIT;
        cell_print_json(&value, &cells[i], c->dataset->key_columns[i].type);
        jsonw_raw(w, buf_cstr(&value));
        w->out->failed = w->out->failed || buf_failed(&value);
        buf_fini(&value);
    }
    jsonw_close(w, ']');
}

/* A rule is the last to speak against an event, so that what is before it was read. */
static void put_order(const struct ing_context *c, struct jsonw *w)
{
    const enum ing_verdict verdict = ing_verdict_of(c);
    const struct sto_event *event = &c->out->event;
    if (verdict != ING_ACCEPT && (verdict != ING_QUARANTINE || c->out->reason.rule == NULL)) {
        return;
    }
    if (c->dataset->row->table.has_order && !event->by_arrival) {
        jsonw_number(w, "order", event->order);
    }
    if (event->event_time_us != STO_NO_TIME) {
        jsonw_number(w, "event_time", event->event_time_us);
    }
}

static void put_found(struct ing_cases *cases, struct ing_datasets *datasets,
                      const struct sto_parked *event, struct jsonw *w)
{
    const struct ing_dataset *dataset = ing_datasets_by_id(datasets, event->dataset_id);
    const struct ing_message message = ing_parked_message(event);
    struct ing_outcome outcome = {0};
    const struct ing_context context = {
        .datasets = datasets,
        .dataset = dataset,
        .message = &message,
        .final = true,
        .unknown = &cases->unknown,
        .arena = &cases->judged,
        .scratch = &cases->scratch,
        .out = &outcome,
    };
    jsonw_open(w, '{');
    jsonw_number(w, "id", event->id);
    if (dataset != NULL && !dataset->row->exempt && dataset->broken == NULL) {
        put_order(&context, w);
        jsonw_key(w, "key");
        ing_cases_put_key(&context, w);
    }
    jsonw_close(w, '}');
    arena_reset(&cases->judged);
}

static int read_keys(struct ing_cases *cases, struct sto_conn *conn, struct ing_datasets *datasets,
                     struct err *err)
{
    const struct sto_parked_ask ask = {
        .which = STO_CASES_UNREAD, .most_rows = ROWS_MAX, .most_bytes = BYTES_MAX};
    struct sto_parked *events = NULL;
    size_t count = 0;
    struct jsonw w = jsonw_to(&cases->found);
    arena_reset(&cases->loaded);
    buf_reset(&cases->found);
    if (sto_parked_load(conn, &ask, &cases->loaded, &events, &count, err) != 0) {
        return -1;
    }
    if (count == 0) {
        return 0;
    }
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        put_found(cases, datasets, &events[i], &w);
    }
    jsonw_close(&w, ']');
    const char *found = buf_cstr(&cases->found);
    return buf_failed(&cases->found)
               ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for keys")
               : sto_cases_note(conn, found, err);
}

void ing_cases_serve(struct ing_cases *cases, struct sto_conn *conn, struct ing_datasets *datasets)
{
    struct err err = ERR_INIT;
    int64_t ended = 0;
    if (clock_mono_ms() < cases->serve_at_ms) {
        return;
    }
    cases->serve_at_ms = clock_mono_ms() + EACH_MS;
    if (read_keys(cases, conn, datasets, &err) != 0 ||
        sto_cases_end(conn, ROWS_MAX, &cases->cursor, &ended, &err) != 0) {
        log_warn("cases_not_looked_at", LOG_ERR(&err));
        cases->serve_at_ms = clock_mono_ms() + FAILED_PAUSE_MS;
    } else if (ended > 0) {
        log_info("cases_superseded", LOG_INT("events", ended));
    }
}
