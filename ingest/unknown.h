/* SPDX-License-Identifier: Apache-2.0
 * ingest/unknown.h - the schema ids of one batch that its datasets do not have, asked of the register
 * together.
 *
 * Thread: the lane. It is part of the batch and forgotten with it: an id that is remembered as unknown
 * would refuse good events after it is registered. */
#ifndef INGEST_UNKNOWN_H
#define INGEST_UNKNOWN_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "schema/decode/frame.h"
#include "storage/catalogue/elsewhere.h"

/* Of more different ones in one batch, the reason does not name the subject. */
enum { ING_UNKNOWN_MAX = 64 };

struct ing_unknown {
    struct sto_elsewhere items[ING_UNKNOWN_MAX];
    size_t count;
};

void ing_unknown_note(struct ing_unknown *unknown, const struct sch_frame *frame);

/* Where the registry has the frame's schema, once it was asked; NULL: nowhere that is known. */
const struct sto_elsewhere *ing_unknown_find(const struct ing_unknown *unknown,
                                             const struct sch_frame *frame);

#endif
