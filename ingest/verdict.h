/* SPDX-License-Identifier: Apache-2.0
 * ingest/verdict.h - what becomes of one event, before the register has spoken.
 *
 * Pure: a message and a dataset in, a verdict out. */
#ifndef INGEST_VERDICT_H
#define INGEST_VERDICT_H

#include "ingest/context.h"

enum ing_verdict ing_verdict_of(const struct ing_context *context);

#endif
