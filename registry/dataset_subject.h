/* SPDX-License-Identifier: Apache-2.0
 * registry/dataset_subject.h - under which subject a dataset's structures are registered. */
#ifndef REGISTRY_DATASET_SUBJECT_H
#define REGISTRY_DATASET_SUBJECT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct sto_conn;
struct sto_dataset_spec;

/* <topic>-value, or -key; of a dataset without a topic, by its own name. It belongs to the arena. NULL: FATAL
 * ERR_NOT_FOUND. */
const char *reg_dataset_subject(struct sto_conn *conn, const char *dataset, bool is_key,
                                struct arena *arena, struct err *err);
/* The same of the value of one that is not there yet. NULL: no memory. */
const char *reg_dataset_subject_to_be(const struct sto_dataset_spec *spec, struct arena *arena,
                                      struct err *err);

#endif
