/* SPDX-License-Identifier: Apache-2.0
 * base/file_limit.h - a daemon's many connections must not use up the file descriptors of those to the register. */
#ifndef BASE_FILE_LIMIT_H
#define BASE_FILE_LIMIT_H

#include "base/attr.h"
#include "base/err.h"

/* Raises the soft limit of open files to the hard one, and lowers *connections, with a line in the log, to what is left of
 * it after `reserve` for everything else. FATAL ERR_CONFIG: nothing is left; ERR_IO. */
MUST_CHECK int file_limit_fit(int reserve, int *connections, struct err *err);

#endif
