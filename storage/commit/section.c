/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/section.c - which section of the batch an error is about. */
#include "storage/commit/writer_priv.h"

int sto_section_failed(const struct sto_section *section, const char *doing, struct err *err)
{
    (void)err_add(err, "%s %s.%s", doing, section->table->agency, section->table->name);
    if (err->kind == ERR_KIND_FATAL && section->count > 0) {
        err->progress = (int32_t)section->events[0].progress;
    }
    return -1;
}
