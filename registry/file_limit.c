/* SPDX-License-Identifier: Apache-2.0
 * registry/file_limit.c - see the header.
 *
 * The reserve of the process: standard streams, the listener of changes, files that are open for a
 * moment (certificates, names, libpq's own). Of a worker: its listen socket, event loop and eventfd,
 * its connection to the register, and the next one while that is being closed. */
#include "registry/file_limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"

enum { PROCESS_FILES = 16, WORKER_FILES = 8 };

static int raise_limit(rlim_t *limit, struct err *err)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_IO, "the limit of open files: %s", strerror(errno));
        return -1;
    }
    rlim_t soft = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    *limit = setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : soft;
    return 0;
}

int reg_file_limit_fit(int workers, int *connections, struct err *err)
{
    rlim_t limit;
    const rlim_t reserve = PROCESS_FILES + (rlim_t)workers * WORKER_FILES;
    if (raise_limit(&limit, err) != 0) {
        return -1;
    }
    if (limit <= reserve) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "%llu files may be open, and %d workers need %llu without any client: raise "
                       "the limit (ulimit -n, LimitNOFILE)",
                       (unsigned long long)limit, workers, (unsigned long long)reserve);
    }
    if (limit - reserve < (rlim_t)*connections) {
        log_warn("connections_lowered", LOG_INT("from", *connections),
                 LOG_INT("to", (int64_t)(limit - reserve)), LOG_INT("open_files", (int64_t)limit),
                 LOG_INT("reserve", (int64_t)reserve));
        *connections = (int)(limit - reserve);
    }
    return 0;
}
