/* SPDX-License-Identifier: Apache-2.0
 * ingest/context.c - see the header. */
#include "ingest/context.h"

#include <stdlib.h>

#include "base/cell.h"

void ing_scratch_fini(struct ing_scratch *scratch)
{
    free(scratch->cells);
    buf_fini(&scratch->image);
    buf_fini(&scratch->key);
    buf_fini(&scratch->other_key);
    cel_machine_free(&scratch->machine);
    arena_fini(&scratch->texts);
    *scratch = (struct ing_scratch){0};
}

bool ing_scratch_widen(struct ing_scratch *scratch, size_t count)
{
    struct cell *cells = realloc(scratch->cells, count * sizeof(*cells));
    if (cells == NULL) {
        return false;
    }
    scratch->cells = cells;
    scratch->cell_cap = count;
    return true;
}

enum ing_verdict ing_refuse(const struct ing_context *context, enum err_code code, const char *text)
{
    err_set(&context->out->reason.err, ERR_KIND_POISON, code, "%s", text);
    return ING_QUARANTINE;
}

enum ing_verdict ing_out_of_memory(const struct ing_context *context)
{
    err_set(&context->out->reason.err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for an event");
    return ING_BROKEN;
}

enum ing_verdict ing_not_decoded(const struct ing_context *context)
{
    return context->out->reason.err.kind == ERR_KIND_POISON ? ING_QUARANTINE : ING_BROKEN;
}
