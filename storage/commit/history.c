/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/history.c - every version received, in arrival order, with its effect.
 *
 * It runs after the merge, when every effect is known. All rows of a transaction go to one monthly leaf.
 * A delete that holds by arrival has no order of its own, and its history row has none. An exempt event
 * has no row.
 *
 * Many rows are COPYed. Few are the parameter of an INSERT, which travels with the tail of the transaction,
 * unless the quarantine's COPY comes between: none is allowed in a pipe. */
#include <stdlib.h>

#include "storage/commit/row.h"
#include "storage/commit/writer_priv.h"

static const char effect_letters[] = {
    [STO_APPLIED] = 'a', [STO_DUPLICATE] = 'd', [STO_STALE] = 's'};

/* NULL: none. */
static const int64_t *order_of(const struct sto_section *section, const struct sto_event *event)
{
    if (!section->table->has_order) {
        return &event->offset;
    }
    return event->by_arrival ? NULL : &event->order;
}

static size_t recorded_count(const struct sto_section *section)
{
    size_t count = 0;
    for (size_t i = 0; i < section->count; i++) {
        count += section->events[i].effect != STO_EXEMPT;
    }
    return count;
}

static void copy_row(struct sto_copy *copy, const struct sto_section *section,
                     const struct sto_event *event, const struct sto_batch *batch)
{
    uint8_t tail[STO_PROVENANCE_MAX_BYTES];
    uint8_t *end = sto_row_provenance(tail, event, order_of(section, event),
                                      batch->progress[event->progress].position_id);
    end = sto_row_8(end, sto_pg_time(batch->recorded_at_us));
    end = sto_row_1(end, (uint8_t)effect_letters[event->effect]);
    sto_copy_row(copy, (unsigned)section->table->column_count + STO_HISTORY_COLUMNS);
    sto_copy_bytes(copy, event->image, event->image_len);
    sto_copy_bytes(copy, tail, (size_t)(end - tail));
}

static int copy_section(struct sto_writer *writer, const struct sto_section *section,
                        struct err *err)
{
    struct sto_copy *copy = &writer->copy;
    struct buf *sql = &writer->sql;
    buf_reset(sql);
    sto_target_sql(sql, section->table, STO_HISTORY_COPY);
    const char *text = buf_cstr(sql);
    if (buf_failed(sql)) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a statement");
    }
    if (sto_copy_open(copy, writer->conn, text, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < section->count && !copy->failed; i++) {
        if (section->events[i].effect != STO_EXEMPT) {
            copy_row(copy, section, &section->events[i], writer->batch);
        }
    }
    return sto_copy_finish(copy, err);
}

static int queue_section(struct sto_writer *writer, size_t s, struct err *err)
{
    const struct sto_section *section = &writer->batch->sections[s];
    const struct sto_target *target = writer->routes[s].target;
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    sto_rows_open(&list->bytes, target, recorded_count(section));
    for (size_t i = 0; i < section->count; i++) {
        const struct sto_event *event = &section->events[i];
        if (event->effect == STO_EXEMPT) {
            continue;
        }
        sto_rows_put(&list->bytes, target, event, order_of(section, event),
                     writer->batch->progress[event->progress].position_id,
                     effect_letters[event->effect]);
    }
    sto_param_end(list);
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    return sto_target_queue(writer, s, STO_HISTORY, err);
}

/* The sections that go this way. */
static int write_sections(struct sto_writer *writer, bool as_rows, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    for (size_t s = 0; s < batch->section_count; s++) {
        const struct sto_section *section = &batch->sections[s];
        const struct sto_route *route = &writer->routes[s];
        if (route->target == NULL || route->as_rows != as_rows) {
            continue;
        }
        int rc = as_rows ? queue_section(writer, s, err) : copy_section(writer, section, err);
        if (rc != 0) {
            return sto_section_failed(section, "writing the history of", err);
        }
    }
    return 0;
}

static bool any_as_rows(const struct sto_writer *writer)
{
    bool any = false;
    for (size_t s = 0; s < writer->batch->section_count; s++) {
        any = any || (writer->routes[s].target != NULL && writer->routes[s].as_rows);
    }
    return any;
}

static int read_section(struct sto_writer *writer, const struct sto_section *section,
                        struct err *err)
{
    PGresult *result = sto_pipe_next(&writer->pipe, err);
    if (result == NULL) {
        return sto_section_failed(section, "writing rows of", err);
    }
    unsigned long long taken = strtoull(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    const size_t count = recorded_count(section);
    if (taken != count) {
        (void)err_set(err, ERR_KIND_FATAL, ERR_BUG, "history took %llu rows of %zu", taken, count);
        return sto_section_failed(section, "writing rows of", err);
    }
    return 0;
}

int sto_history_read(struct sto_writer *writer, struct err *err)
{
    for (size_t s = 0; s < writer->batch->section_count && writer->history_queued; s++) {
        const struct sto_route *route = &writer->routes[s];
        if (route->target != NULL && route->as_rows &&
            read_section(writer, &writer->batch->sections[s], err) != 0) {
            return -1;
        }
    }
    writer->history_queued = false;
    return 0;
}

/* Sent at once: the server works on it while the rest is prepared. */
static int queue_rows(struct sto_writer *writer, struct err *err)
{
    if (sto_pipe_open(&writer->pipe, writer->conn, err) != 0) {
        return -1;
    }
    writer->history_queued = true;
    if (write_sections(writer, true, err) != 0 || sto_pipe_send(&writer->pipe, err) != 0) {
        return -1;
    }
    if (writer->batch->quarantined_count == 0) {
        return 0;
    }
    int rc = sto_pipe_run(&writer->pipe, err) == 0 ? sto_history_read(writer, err) : -1;
    sto_pipe_close(&writer->pipe);
    return rc;
}

int sto_history(struct sto_writer *writer, struct err *err)
{
    if (write_sections(writer, false, err) != 0) {
        return -1;
    }
    return any_as_rows(writer) ? queue_rows(writer, err) : 0;
}
