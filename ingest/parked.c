/* SPDX-License-Identifier: Apache-2.0
 * ingest/parked.c - see the header.
 *
 * A batch of parked events is built and committed as any other (ingest/build.c, storage/commit/commit.c), but its fence
 * takes their rows of the quarantine instead of moving positions. It is written over a connection of its own, which is there
 * only while something is left: a session keeps what it knows of each table. */
#include "ingest/parked.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "ingest/build.h"
#include "storage/catalogue/catalogue.h"
#include "storage/commit/commit.h"
#include "storage/commit/parked.h"
#include "storage/conn/settings.h"

enum {
    ROWS_MAX = 500,
    BYTES_MAX = 8 * 1024 * 1024,
    ARENA_BYTES = 2 * BYTES_MAX,
    EACH_MS = 1000,
    BUDGET_MS = 300,
    FAILED_PAUSE_MS = 5000,
};

struct ing_parked {
    const struct conf *conf;
    struct sto_conn *own; /* NULL: nothing is under way */
    struct sto_writer *writer;
    int64_t serve_at_ms;
    int limit; /* of rows; halved while PostgreSQL refuses a value */
    struct arena arena;
    struct ing_build build;
    struct ing_slot slots[ROWS_MAX];
    struct ing_part parts[ROWS_MAX];
    int64_t ids[ROWS_MAX];
    size_t part_count;
    size_t count;
    struct err refusal; /* PostgreSQL's, of the first row; kind NONE: none */
};

struct ing_parked *ing_parked_new(const struct conf *conf, struct err *err)
{
    struct ing_parked *parked = calloc(1, sizeof(*parked));
    if (parked == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory for parked events");
        return NULL;
    }
    parked->conf = conf;
    parked->limit = ROWS_MAX;
    parked->refusal = (struct err)ERR_INIT;
    ing_build_init(&parked->build, ARENA_BYTES);
    parked->build.is_parked = true;
    return parked;
}

static void disconnect(struct ing_parked *parked)
{
    sto_writer_free(&parked->writer);
    sto_conn_close(&parked->own);
}

void ing_parked_free(struct ing_parked **taken)
{
    struct ing_parked *parked = *taken;
    *taken = NULL;
    if (parked != NULL) {
        disconnect(parked);
        ing_build_fini(&parked->build);
        arena_fini(&parked->arena);
        free(parked);
    }
}

static int connect(struct ing_parked *parked, struct err *err)
{
    if (parked->own != NULL && sto_conn_usable(parked->own)) {
        return 0;
    }
    disconnect(parked);
    const struct sto_conn_options options =
        sto_conn_settings(parked->conf, STO_ROLE_INGEST, "nrc ingest parked");
    parked->own = sto_conn_open(&options, err);
    parked->writer = parked->own != NULL ? sto_writer_new(parked->own, err) : NULL;
    return parked->writer != NULL ? 0 : -1;
}

/* ---- one batch ---- */

struct ing_message ing_parked_message(const struct sto_parked *event)
{
    return (struct ing_message){.key = event->key,
                                .value = event->payload,
                                .key_len = event->key_len,
                                .value_len = event->payload_len,
                                .offset = event->offset,
                                .ts_ms = event->ts_ms,
                                .kept_headers = event->headers,
                                .kept_headers_len = event->headers_len};
}

static struct ing_part *part_of(struct ing_parked *parked, const struct sto_parked *event)
{
    for (size_t i = 0; i < parked->part_count; i++) {
        if (parked->parts[i].position.id == event->position_id) {
            return &parked->parts[i];
        }
    }
    struct ing_part *part = &parked->parts[parked->part_count++];
    *part = (struct ing_part){.topic = (char *)event->topic,
                              .partition = event->partition,
                              .dataset_id = event->dataset_id,
                              .position = {.id = event->position_id},
                              .progress = ING_NO_PROGRESS};
    return part;
}

static void put_slots(struct ing_parked *parked, const struct sto_parked *events, size_t count)
{
    parked->part_count = 0;
    parked->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct sto_parked *event = &events[i];
        parked->ids[i] = event->id;
        parked->slots[i] = (struct ing_slot){
            .part = part_of(parked, event),
            .offset = event->offset,
            .parked_id = event->id,
            .message = ing_parked_message(event),
        };
    }
    if (parked->refusal.kind != ERR_KIND_NONE && count > 0) {
        parked->slots[0].refused = &parked->refusal;
    }
}

static int load(struct ing_parked *parked, struct sto_conn *conn, struct err *err)
{
    struct sto_parked *events = NULL;
    size_t count = 0;
    ing_build_forget(&parked->build);
    arena_reset(&parked->arena);
    const struct sto_parked_ask ask = {
        .which = STO_PARKED_DUE, .most_rows = parked->limit, .most_bytes = BYTES_MAX};
    if (sto_parked_load(conn, &ask, &parked->arena, &events, &count, err) != 0) {
        return -1;
    }
    put_slots(parked, events, count);
    return 0;
}

static int record(struct ing_parked *parked, struct ing_datasets *datasets, struct err *err)
{
    struct ing_build *build = &parked->build;
    ing_build_anew(build, parked->slots, parked->count, datasets, true);
    if (build->broken_part != NULL) {
        *err = build->broken;
        return -1;
    }
    ing_build_seal(build, parked->slots);
    if (build->no_memory) {
        build->no_memory = false;
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for parked events");
    }
    build->out.parked = parked->ids;
    build->out.parked_count = parked->count;
    return sto_commit(parked->writer, &build->out, err);
}

/* PostgreSQL refuses a value: fewer rows, until it is one, which keeps its place in the quarantine for that reason. */
static void narrow(struct ing_parked *parked, const struct err *err)
{
    if (parked->count > 1) {
        parked->limit = (int)(parked->count / 2);
        return;
    }
    err_set(&parked->refusal, ERR_KIND_POISON, ERR_REGISTER_REFUSED, "SQLSTATE %s: %s",
            err->sqlstate, err->text);
}

static void note_success(struct ing_parked *parked)
{
    log_info("parked_recorded", LOG_INT("events", (int64_t)parked->count),
             LOG_INT("refused", (int64_t)parked->build.quarantined_count));
    parked->refusal = (struct err)ERR_INIT;
    parked->limit = parked->limit * 2 < ROWS_MAX ? parked->limit * 2 : ROWS_MAX;
}

/* False: try later. A lost connection, in COMMIT too, decides nothing: rows that were taken are not read again. */
static bool react(struct ing_parked *parked, const struct err *err)
{
    if (err->kind == ERR_KIND_POISON && parked->refusal.kind == ERR_KIND_NONE) {
        narrow(parked, err);
        return true;
    }
    log_warn("parked_not_recorded", LOG_ERR(err));
    disconnect(parked);
    return false;
}

/* True: there may be more. */
static bool serve_once(struct ing_parked *parked, struct sto_conn *conn,
                       struct ing_datasets *datasets)
{
    struct err err = ERR_INIT;
    struct sto_catalogue_age age;
    int rc = load(parked, conn, &err);
    if (rc == 0 && parked->count == 0) {
        disconnect(parked);
        return false;
    }
    if (rc == 0) {
        rc = sto_catalogue_age(conn, &age, &err);
    }
    if (rc == 0 && age.version != ing_datasets_version(datasets)) {
        return false; /* the upkeep is about to read it */
    }
    if (rc == 0) {
        rc = connect(parked, &err) == 0 ? record(parked, datasets, &err) : -1;
    }
    if (rc == 0) {
        note_success(parked);
        return true;
    }
    if (react(parked, &err)) {
        return true;
    }
    parked->serve_at_ms = clock_mono_ms() + FAILED_PAUSE_MS;
    return false;
}

void ing_parked_serve(struct ing_parked *parked, struct sto_conn *conn,
                      struct ing_datasets *datasets)
{
    const int64_t began_ms = clock_mono_ms();
    if (began_ms < parked->serve_at_ms) {
        return;
    }
    parked->serve_at_ms = began_ms + EACH_MS;
    while (serve_once(parked, conn, datasets)) {
        if (clock_mono_ms() - began_ms >= BUDGET_MS) {
            parked->serve_at_ms = 0; /* more may wait: in the next turn */
            break;
        }
    }
}
