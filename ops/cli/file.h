/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/file.h - a file that a command line names. */
#ifndef OPS_CLI_FILE_H
#define OPS_CLI_FILE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* The whole file, or standard input for "-", at most `most` bytes; a NUL stands behind them, and does not count.
 * what: "a structure", for messages. FATAL ERR_IO; ERR_BAD_SCHEMA: it is longer. */
MUST_CHECK int ops_read_text(const char *path, const char *what, size_t most, struct buf *out,
                             struct err *err);

#endif
