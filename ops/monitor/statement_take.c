/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/statement_take.c - see the header. */
#include "ops/monitor/statement_take.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "ingest/kafka/scan.h"
#include "ops/monitor/statement.h"
#include "schema/decode/frame.h"
#include "schema/plan/plan.h"

/* Versions of one structure: few. Of more the oldest is read anew. An id that is none of ours is asked for each time, as it may
 * become one. */
enum { PLANS = 8, INSTANT_SIZE = 32 };

struct known {
    struct sch_frame frame; /* its schema; without bytes */
    struct sch_plan *plan;
};

struct ops_taker {
    struct known known[PLANS];
    size_t next; /* the slot that is filled next */
    struct arena arena;
};

struct ops_taker *ops_taker_new(struct err *err)
{
    struct ops_taker *taker = calloc(1, sizeof(*taker));
    if (taker == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for what agencies state");
    }
    return taker;
}

void ops_taker_free(struct ops_taker **taken)
{
    struct ops_taker *taker = *taken;
    *taken = NULL;
    if (taker == NULL) {
        return;
    }
    for (size_t i = 0; i < PLANS; i++) {
        sch_plan_free(&taker->known[i].plan);
    }
    arena_fini(&taker->arena);
    free(taker);
}

/* ---- the structure ---- */

static bool is_same(const struct sch_frame *a, const struct sch_frame *b)
{
    return a->by_guid == b->by_guid && (a->by_guid ? memcmp(a->guid, b->guid, sizeof(a->guid)) == 0
                                                   : a->schema_id == b->schema_id);
}

static const struct sch_plan *remember(struct ops_taker *taker, const struct sch_frame *frame,
                                       const char *text, struct err *why)
{
    struct err failed = ERR_INIT;
    struct sch_plan *plan = ops_statement_plan(text, strlen(text), &failed);
    if (plan == NULL) {
        err_set(why, ERR_KIND_POISON, ERR_UNKNOWN_STRUCTURE,
                "this version of the structure cannot be read here: %s", failed.text);
        return NULL;
    }
    struct known *slot = &taker->known[taker->next];
    taker->next = (taker->next + 1) % PLANS;
    sch_plan_free(&slot->plan);
    *slot = (struct known){.frame = *frame, .plan = plan};
    slot->frame.bytes = NULL;
    return plan;
}

/* *out NULL: *why says why. */
static int find_plan(struct ops_taker *taker, struct sto_conn *conn, const struct sch_frame *frame,
                     const struct sch_plan **out, struct err *why, struct err *err)
{
    const char *text = NULL;
    for (size_t i = 0; i < PLANS; i++) {
        if (taker->known[i].plan != NULL && is_same(&taker->known[i].frame, frame)) {
            *out = taker->known[i].plan;
            return 0;
        }
    }
    *out = NULL;
    if (sto_statement_structure(conn, frame->by_guid ? 0 : frame->schema_id, frame->guid,
                                &taker->arena, &text, err) < 0) {
        return -1;
    }
    if (text == NULL) {
        err_set(why, ERR_KIND_POISON, ERR_UNKNOWN_STRUCTURE,
                "its schema is none of the subject nrc.control.Statement");
        return 0;
    }
    *out = remember(taker, frame, text, why);
    return 0;
}

/* ---- a message ---- */

/* Between the last time that there was nothing behind the position, and now. Given an agency whose clock is wrong, then its
 * heartbeats are none of another day. */
static int64_t appended_us(const struct ing_scanned *record, int64_t end_seen_us)
{
    const int64_t now_us = clock_wall_us();
    int64_t at_us = record->timestamp_us > end_seen_us ? record->timestamp_us : end_seen_us;
    return at_us == STO_NO_TIME || at_us > now_us ? now_us : at_us;
}

/* POISON: *why. -1 with another kind: *err. */
static int read_value(struct ops_taker *taker, struct sto_conn *conn,
                      const struct ing_scanned *record, struct ops_statement *out, struct err *why,
                      struct err *err)
{
    struct sch_frame frame;
    const struct sch_plan *plan;
    if (sch_frame_read(record->value, record->len, record->guid_header, record->guid_header_len,
                       &frame, why) < 0) {
        return -1;
    }
    if (find_plan(taker, conn, &frame, &plan, why, err) < 0 || plan == NULL) {
        return -1;
    }
    if (ops_statement_read(plan, frame.bytes, frame.len, &taker->arena, out, why) < 0) {
        if (why->kind != ERR_KIND_POISON) {
            *err = *why;
        }
        return -1;
    }
    return 0;
}

static const char *reason_of(const struct err *why)
{
    switch (why->code) {
    case ERR_NOT_FOUND: return "no_dataset";
    case ERR_USAGE:
    case ERR_REGISTER_REFUSED: return "refused";
    default: return err_token(why->code);
    }
}

static int refuse(struct sto_conn *conn, const struct sto_statement_source *source,
                  const struct ing_scanned *record, const struct err *why, struct err *err)
{
    const struct sto_refused refused = {.partition = record->partition,
                                        .from_offset = record->offset,
                                        .next_offset = record->offset + 1,
                                        .sent_us = record->timestamp_us,
                                        .reason = reason_of(why),
                                        .detail = why->text};
    return sto_statement_refuse(conn, source->agency, &refused, err);
}

static int take(struct ops_taker *taker, struct sto_conn *conn,
                const struct sto_statement_source *source, const struct ing_scanned *record,
                int64_t end_seen_us, enum sto_taken *out, struct err *why, struct err *err)
{
    char instant[INSTANT_SIZE];
    struct ops_statement said = {.is_heartbeat = true};
    struct sto_statement statement = {.source = source,
                                      .appended_us = appended_us(record, end_seen_us)};
    if (record->value != NULL && read_value(taker, conn, record, &said, why, err) < 0) {
        *out = STO_NOT_TAKEN;
        return err->code == ERR_NONE ? 0 : -1;
    }
    statement.is_heartbeat = said.is_heartbeat;
    statement.spec = said.spec;
    statement.counted_at = said.counted_at;
    if (said.is_heartbeat && said.spec.events != NULL && said.counted_at == NULL) {
        clock_format_utc(instant, sizeof(instant), statement.appended_us);
        statement.counted_at = instant;
    }
    if (said.spec.statement_id != NULL &&
        sha256_bytes(record->value, record->len, statement.digest) < 0) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a digest");
    }
    return sto_statement_take(conn, &statement, out, why, err);
}

int ops_taker_take(struct ops_taker *taker, struct sto_conn *conn,
                   const struct sto_statement_source *source, const struct ing_scanned *record,
                   int64_t end_seen_us, enum sto_taken *out, struct err *err)
{
    struct err why = ERR_INIT;
    arena_reset(&taker->arena);
    if (take(taker, conn, source, record, end_seen_us, out, &why, err) < 0) {
        return -1;
    }
    return *out == STO_NOT_TAKEN ? refuse(conn, source, record, &why, err) : 0;
}
