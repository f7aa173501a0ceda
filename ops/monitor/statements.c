/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/statements.c - see the header. Topics go round: each has one batch before one of them has its second.
 *
 * Where the log stands is asked before a batch is read, so no client waits at an offset that is not there. The record before the
 * position is read again each time: given a topic that was deleted and made anew, then that record is another. */
#include "ops/monitor/statements.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "ingest/kafka/probe.h"
#include "ingest/kafka/scan.h"
#include "ops/monitor/logs.h"
#include "ops/monitor/statement_take.h"
#include "ops/monitor/stuck.h"
#include "storage/conn/conn.h"
#include "storage/quality/statement.h"

enum { TURN_MS = 20000, WAIT_MS = 2000, PROBE_MS = 15000, TEXT_SIZE = 240 };

struct ops_statements {
    const struct conf *conf;
    struct ing_scan *scan;
    struct ops_taker *taker;
    struct ops_stuck stuck;
    size_t first; /* the source that a turn begins with */
};

struct ops_statements *ops_statements_open(const struct conf *conf, struct err *err)
{
    struct ops_statements *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for what agencies state");
        return NULL;
    }
    s->conf = conf;
    s->scan = ing_scan_open(conf, err);
    s->taker = s->scan != NULL ? ops_taker_new(err) : NULL;
    if (s->taker == NULL) {
        ops_statements_close(&s);
    }
    return s;
}

void ops_statements_close(struct ops_statements **taken)
{
    struct ops_statements *s = *taken;
    *taken = NULL;
    if (s != NULL) {
        ing_scan_close(&s->scan);
        ops_taker_free(&s->taker);
        free(s);
    }
}

/* ---- partitions ---- */

/* One partition in a batch. */
struct part {
    struct sto_statement_move move; /* move.to: where it stands */
    int64_t end_seen_us;
    int64_t log_start;
    bool is_other; /* the record before the position is not the one that was read */
};

/* One batch. */
struct batch {
    struct ops_statements *s;
    struct sto_conn *conn;
    const struct sto_statement_source *source;
    char topic[OPS_TOPIC_SIZE];
    struct part parts[OPS_CONTROL_PARTITIONS_MAX]; /* those with something to read */
    struct ing_scan_part scans[OPS_CONTROL_PARTITIONS_MAX];
    size_t count;
    bool is_mended; /* a position was, and is read from in the next batch */
};

static const struct sto_statement_position *
find_position(const struct sto_statement_position *positions, size_t count, int32_t partition)
{
    for (size_t i = 0; i < count; i++) {
        if (positions[i].partition == partition) {
            return &positions[i];
        }
    }
    return NULL;
}

/* A refusal of what nobody could read, and the position behind it. */
static int skip(struct sto_conn *conn, const char *agency, struct part *part, int64_t next,
                const char *reason, const char *detail, struct err *err)
{
    const int64_t from = part->move.to.next_offset;
    const struct sto_refused refused = {.partition = part->move.to.partition,
                                        .from_offset = from,
                                        .next_offset = next > from ? next : from,
                                        .sent_us = STO_NO_TIME,
                                        .reason = reason,
                                        .detail = detail};
    part->move.to.next_offset = next;
    part->move.to.last_offset = -1;
    part->move.refused++;
    log_warn("control_skipped", LOG_STR("agency", agency),
             LOG_INT("partition", part->move.to.partition), LOG_INT("from", from),
             LOG_INT("next", next), LOG_STR("reason", reason));
    return sto_statement_refuse(conn, agency, &refused, err);
}

static int skip_alone(struct sto_conn *conn, const char *agency, struct part *part, int64_t next,
                      const char *reason, const char *detail, struct err *err)
{
    return sto_statements_begin(conn, agency, err) < 0 ||
                   skip(conn, agency, part, next, reason, detail, err) < 0 ||
                   sto_statements_move(conn, agency, &part->move, err) < 0 ||
                   sto_statements_commit(conn, err) < 0
               ? -1
               : 0;
}

/* A log that does not have the position any more. */
static int mend_position(struct batch *b, struct part *part, const struct ing_log_range *range,
                         struct err *err)
{
    char detail[TEXT_SIZE];
    const int64_t at = part->move.to.next_offset;
    if (at > range->log_end) {
        snprintf(detail, sizeof(detail),
                 "the log ends at %" PRId64
                 ": it was cut off or made anew, and is read from its begin",
                 range->log_end);
        return skip_alone(b->conn, b->source->agency, part, range->log_start, "log_replaced",
                          detail, err);
    }
    snprintf(detail, sizeof(detail), "Kafka has removed them before they were read");
    return skip_alone(b->conn, b->source->agency, part, range->log_start, "removed", detail, err);
}

static int add_part(struct batch *b, const struct ing_log_range *range,
                    const struct sto_statement_position *position, struct err *err)
{
    struct part *part = &b->parts[b->count];
    *part = (struct part){
        .move = {.from_offset = -1}, .end_seen_us = STO_NO_TIME, .log_start = range->log_start};
    part->move.to = position != NULL
                        ? *position
                        : (struct sto_statement_position){.partition = range->partition,
                                                          .next_offset = range->log_start,
                                                          .last_offset = -1};
    if (position != NULL) {
        part->move.from_offset = position->next_offset;
        part->end_seen_us = position->end_seen_us;
        if (position->next_offset > range->log_end || position->next_offset < range->log_start) {
            b->is_mended = true;
            return mend_position(b, part, range, err);
        }
    }
    const struct sto_statement_position *to = &part->move.to;
    if (to->next_offset < range->log_end) {
        const bool rereads = to->last_offset >= range->log_start;
        b->scans[b->count++] = (struct ing_scan_part){
            .partition = to->partition, .next = rereads ? to->last_offset : to->next_offset};
    }
    return 0;
}

/* None: there is nothing to read. */
static int find_parts(struct batch *b, struct ops_logs *logs, struct arena *arena, struct err *err)
{
    struct ing_log_range ranges[OPS_CONTROL_PARTITIONS_MAX];
    struct sto_statement_position *positions;
    size_t position_count;
    const int count = ops_logs_control(logs, b->source->agency, b->topic, ranges);
    if (count <= 0) {
        return 0;
    }
    if (sto_statement_positions(b->conn, b->source->agency, arena, &positions, &position_count,
                                err) < 0) {
        return -1;
    }
    for (int i = 0; i < count; i++) {
        if (ranges[i].log_end >= 0 && ranges[i].log_start >= 0 &&
            add_part(b, &ranges[i], find_position(positions, position_count, ranges[i].partition),
                     err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- a batch ---- */

static struct part *part_of(struct batch *b, int32_t partition)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->parts[i].move.to.partition == partition) {
            return &b->parts[i];
        }
    }
    return NULL;
}

/* Of two records at one offset with the same value: the time tells. */
static int digest_of(const struct ing_scanned *record, uint8_t out[SHA256_BYTES], struct err *err)
{
    struct buf bytes = BUF_INIT;
    buf_put(&bytes, &record->timestamp_us, sizeof(record->timestamp_us));
    buf_put(&bytes, record->value, record->value != NULL ? record->len : 0);
    int rc = buf_failed(&bytes) ? -1 : sha256_bytes(bytes.data, bytes.len, out);
    buf_fini(&bytes);
    return rc < 0 ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a digest") : 0;
}

static int take_record(struct batch *b, const struct ing_scanned *record, struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    enum sto_taken outcome = STO_TAKEN;
    struct part *part = part_of(b, record->partition);
    struct sto_statement_move *move = &part->move;
    if (part->is_other) {
        return 0;
    }
    if (digest_of(record, digest, err) < 0) {
        return -1;
    }
    if (record->offset < move->to.next_offset) {
        part->is_other = record->offset == move->to.last_offset &&
                         memcmp(digest, move->to.last_digest, sizeof(digest)) != 0;
        return 0;
    }
    if (ops_taker_take(b->s->taker, b->conn, b->source, record, part->end_seen_us, &outcome, err) <
        0) {
        return err_add(err, "taking offset %" PRId64 " of partition %" PRId32 " of topic %s",
                       record->offset, record->partition, b->topic);
    }
    move->taken += outcome == STO_TAKEN;
    move->repeated += outcome == STO_TAKEN_BEFORE;
    move->refused += outcome == STO_NOT_TAKEN;
    move->to.next_offset = record->offset + 1;
    move->to.last_offset = record->offset;
    memcpy(move->to.last_digest, digest, sizeof(digest));
    return 0;
}

static int end_part(struct batch *b, size_t i, struct err *err)
{
    struct part *part = &b->parts[i];
    const struct ing_scan_part *scan = &b->scans[i];
    if (part->is_other) { /* the statements that it has are mostly the same, and these are taken once */
        if (skip(b->conn, b->source->agency, part, part->log_start, "log_replaced",
                 "the topic was made anew: it is read from its begin", err) < 0) {
            return -1;
        }
    } else if (scan->next > part->move.to.next_offset) { /* markers of transactions are behind it */
        part->move.to.next_offset = scan->next;
    }
    part->move.is_end = !part->is_other && scan->state == ING_SCAN_AT_END;
    return part->move.to.next_offset != part->move.from_offset
               ? sto_statements_move(b->conn, b->source->agency, &part->move, err)
               : 0;
}

static int take_batch(struct batch *b, const struct ing_scanned *records, size_t count,
                      struct err *err)
{
    if (sto_statements_begin(b->conn, b->source->agency, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (take_record(b, &records[i], err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < b->count; i++) {
        if (end_part(b, i, err) < 0) {
            return -1;
        }
    }
    failpoint_hit(FP_STATEMENTS_TAKEN);
    return sto_statements_commit(b->conn, err);
}

/* ---- what stands still ---- */

/* What the probe knows to be unreadable is left out; what it has not come to is for the next time. */
static int probe(struct batch *b, struct part *part, struct err *err)
{
    struct ing_finding finding;
    char detail[TEXT_SIZE];
    const struct ing_probe question = {.topic = b->topic,
                                       .partition = part->move.to.partition,
                                       .from = part->move.to.next_offset,
                                       .budget_ms = PROBE_MS,
                                       .finds_next = true};
    if (ing_probe_run(b->s->conf, &question, &finding, err) < 0) {
        return -1;
    }
    if (finding.reading != ING_UNREADABLE) {
        return 0;
    }
    const int64_t next = finding.readable_from > question.from    ? finding.readable_from
                         : finding.unreadable_to >= question.from ? finding.unreadable_to + 1
                                                                  : question.from + 1;
    snprintf(detail, sizeof(detail), "the batch cannot be read: %s", finding.text);
    part->move =
        (struct sto_statement_move){.to = part->move.to, .from_offset = part->move.from_offset};
    return skip_alone(b->conn, b->source->agency, part, next, "unreadable", detail, err);
}

static int look_at_stuck(struct batch *b, struct err *err)
{
    for (size_t i = 0; i < b->count; i++) {
        struct part *part = &b->parts[i];
        const struct ing_scan_part *scan = &b->scans[i];
        const int64_t at = part->move.to.next_offset;
        if (scan->state == ING_SCAN_GOES_ON || scan->state == ING_SCAN_AT_END) {
            ops_stuck_forget(&b->s->stuck, b->source->agency, scan->partition);
            continue;
        }
        log_warn("control_not_read", LOG_STR("topic", b->topic),
                 LOG_INT("partition", scan->partition), LOG_INT("offset", at),
                 LOG_STR("reason", scan->text));
        if (ops_stuck_ms(&b->s->stuck, b->source->agency, scan->partition, at, clock_mono_ms()) >=
                b->s->conf->ingest.stuck_halt_ms &&
            at == part->move.from_offset) {
            return probe(b, part, err); /* one at a time */
        }
    }
    return 0;
}

/* ---- a turn ---- */

/* *more: another batch may have something. */
static int read_source(struct batch *b, struct ops_logs *logs, struct arena *arena, bool *more,
                       struct err *err)
{
    const struct ing_scanned *records;
    size_t count = 0;
    b->count = 0;
    b->is_mended = false;
    if (find_parts(b, logs, arena, err) < 0) {
        return -1;
    }
    *more = b->is_mended;
    if (b->count == 0) {
        return 0;
    }
    if (ing_scan_batch(b->s->scan, b->topic, b->scans, b->count, WAIT_MS, &records, &count, err) <
        0) {
        return -1;
    }
    failpoint_hit(FP_STATEMENTS_READ);
    if (take_batch(b, records, count, err) < 0) {
        return -1;
    }
    *more |= count > 0;
    return look_at_stuck(b, err);
}

/* One batch of each that is not done. */
static int round_of(struct batch *b, struct ops_logs *logs,
                    const struct sto_statement_source *sources, bool *done, size_t count,
                    int64_t until_ms, struct err *err)
{
    for (size_t i = 0; i < count && clock_mono_ms() < until_ms; i++) {
        struct arena arena = ARENA_INIT;
        const size_t at = (b->s->first + i) % count;
        bool more = false;
        if (done[at]) {
            continue;
        }
        b->source = &sources[at];
        if (read_source(b, logs, &arena, &more, err) < 0) {
            sto_statements_rollback(b->conn);
            if (!sto_conn_usable(b->conn)) {
                arena_fini(&arena);
                return -1;
            }
            log_warn("control_not_read", LOG_STR("topic", b->topic), LOG_ERR(err));
            err_reset(err);
        }
        done[at] = !more;
        arena_fini(&arena);
    }
    return 0;
}

static bool is_any_left(const bool *done, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!done[i]) {
            return true;
        }
    }
    return false;
}

int ops_statements_turn(struct ops_statements *s, struct ops_logs *logs, struct sto_conn *conn,
                        struct err *err)
{
    const int64_t until_ms = clock_mono_ms() + TURN_MS;
    struct arena arena = ARENA_INIT;
    struct sto_statement_source *sources;
    size_t count = 0;
    int rc = sto_statement_sources(conn, &arena, &sources, &count, err);
    bool *done = rc == 0 ? arena_calloc(&arena, count + 1, sizeof(*done)) : NULL;
    struct batch *b = rc == 0 ? arena_calloc(&arena, 1, sizeof(*b)) : NULL;
    if (rc == 0 && (done == NULL || b == NULL)) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for what agencies state");
        rc = -1;
    } else if (rc == 0) {
        b->s = s;
        b->conn = conn;
        s->first = count > 0 ? (s->first + 1) % count : 0;
    }
    while (rc == 0 && is_any_left(done, count) && clock_mono_ms() < until_ms) {
        rc = round_of(b, logs, sources, done, count, until_ms, err);
    }
    arena_fini(&arena);
    return rc;
}
