/* SPDX-License-Identifier: Apache-2.0
 * ingest/writer.h - the structure that an event was written with, or why there is none. Pure. */
#ifndef INGEST_WRITER_H
#define INGEST_WRITER_H

#include "ingest/context.h"

/* The active one among a dataset's writers of values, or of keys. NULL: *verdict. */
const struct ing_writer *ing_writer_find(const struct ing_context *context,
                                         const struct ing_writer *writers, size_t count,
                                         const struct sch_frame *frame, enum ing_verdict *verdict);

#endif
