/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/file.c - see the header. */
#include "ops/cli/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int ops_read_text(const char *path, const char *what, size_t most, struct buf *out, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "standard input" : path;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    int rc = 0;
    if (file == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", name, strerror(errno));
    }
    uint8_t *to = buf_reserve(out, most + 1);
    out->len = to != NULL ? fread(to, 1, most + 1, file) : 0;
    if (to == NULL) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for %s", what);
    } else if (ferror(file)) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", name, strerror(errno));
    } else if (out->len > most) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "%.256s: %s has at most %zu bytes", name,
                     what, most);
    } else {
        to[out->len] = '\0';
    }
    if (!is_stdin) {
        fclose(file);
    }
    return rc;
}
