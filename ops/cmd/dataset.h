/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/dataset.h - what the commands of datasets share. */
#ifndef OPS_CMD_DATASET_H
#define OPS_CMD_DATASET_H

#include "base/attr.h"
#include "base/err.h"

/* "moh.births" cut into agency and name, in place. FATAL ERR_USAGE. */
MUST_CHECK int ops_dataset_split_name(char *full, const char **agency, const char **name,
                                      struct err *err);

#endif
