/* SPDX-License-Identifier: Apache-2.0
 * registry/file_limit.h - clients must not use up the file descriptors of the connections to the
 * register. */
#ifndef REGISTRY_FILE_LIMIT_H
#define REGISTRY_FILE_LIMIT_H

#include "base/attr.h"
#include "base/err.h"

/* Raises the soft limit of open files to the hard one, and lowers *connections, with a line in the
 * log, to what is left of it after a reserve of 16, and 8 for each worker. FATAL ERR_CONFIG: nothing
 * is left. */
MUST_CHECK int reg_file_limit_fit(int workers, int *connections, struct err *err);

#endif
