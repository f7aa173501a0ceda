/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/batch.c - what a batch must be before it is written, and which of its sections an
 * error is about. */
#include "storage/commit/writer_priv.h"

static int no_partition(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BUG, "an event of no topic partition");
}

static int check_section(const struct sto_batch *batch, size_t s, struct err *err)
{
    const struct sto_section *section = &batch->sections[s];
    if (s > 0 && batch->sections[s - 1].table->dataset_id >= section->table->dataset_id) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "sections are not by dataset id");
    }
    for (size_t i = 0; i < section->count; i++) {
        if (section->events[i].progress >= batch->progress_count) {
            return no_partition(err);
        }
    }
    return 0;
}

int sto_batch_check(const struct sto_batch *batch, struct err *err)
{
    for (size_t s = 0; s < batch->section_count; s++) {
        if (check_section(batch, s, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        if (batch->quarantined[i].progress >= batch->progress_count) {
            return no_partition(err);
        }
    }
    return 0;
}

int sto_section_failed(const struct sto_section *section, const char *doing, struct err *err)
{
    (void)err_add(err, "%s %s.%s", doing, section->table->agency, section->table->name);
    if (err->kind == ERR_KIND_FATAL && section->count > 0) {
        err->progress = (int32_t)section->events[0].progress;
    }
    return -1;
}
