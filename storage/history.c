/* SPDX-License-Identifier: Apache-2.0
 * storage/history.c - every version received, in arrival order, with what became of it.
 *
 * Runs after the merge, when every effect is known. All rows of a transaction go to one monthly
 * leaf. A delete that holds by arrival has no order of its own, and history says so. */
#include "storage/row.h"
#include "storage/writer.h"

static const char effect_letters[] = {
    [STO_APPLIED] = 'a', [STO_DUPLICATE] = 'd', [STO_STALE] = 's'};

static void put_history_row(struct sto_copy *copy, const struct sto_section *section,
                            const struct sto_event *event, const struct sto_batch *batch)
{
    const int64_t *order = &event->order;
    if (!section->table->has_order) {
        order = &event->offset;
    } else if (event->by_arrival) {
        order = NULL;
    }
    uint8_t tail[STO_PROVENANCE_MAX_BYTES];
    uint8_t *end =
        sto_row_provenance(tail, event, order, batch->progress[event->progress].position_id);
    end = sto_row_8(end, sto_pg_time(batch->recorded_at_us));
    end = sto_row_1(end, (uint8_t)effect_letters[event->effect]);
    sto_copy_row(copy, (unsigned)section->table->column_count + STO_HISTORY_COLUMNS);
    sto_copy_bytes(copy, event->image, event->image_len);
    sto_copy_bytes(copy, tail, (size_t)(end - tail));
}

int sto_history(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    struct sto_copy *copy = &writer->copy;
    for (size_t s = 0; s < batch->section_count; s++) {
        const struct sto_section *section = &batch->sections[s];
        if (section->count == 0) {
            continue;
        }
        int rc =
            sto_copy_open(copy, writer->conn, writer->section_targets[s]->copy_history_sql, err);
        if (rc == 0) {
            for (size_t i = 0; i < section->count && !copy->failed; i++) {
                put_history_row(copy, section, &section->events[i], batch);
            }
            rc = sto_copy_finish(copy, err);
        }
        if (rc != 0) {
            return err_add(err, "copying the history of %s.%s", section->table->agency,
                           section->table->name);
        }
    }
    return 0;
}
