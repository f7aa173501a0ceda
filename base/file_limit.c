/* SPDX-License-Identifier: Apache-2.0
 * base/file_limit.c - see the header. */
#include "base/file_limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"

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

int file_limit_fit(int reserve, int *connections, struct err *err)
{
    rlim_t limit;
    if (raise_limit(&limit, err) != 0) {
        return -1;
    }
    if (limit <= (rlim_t)reserve) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "%llu files may be open, and this process needs %d without any of its "
                       "connections: raise the limit (ulimit -n, LimitNOFILE)",
                       (unsigned long long)limit, reserve);
    }
    if (limit - (rlim_t)reserve < (rlim_t)*connections) {
        log_warn("connections_lowered", LOG_INT("from", *connections),
                 LOG_INT("to", (int64_t)limit - reserve), LOG_INT("open_files", (int64_t)limit),
                 LOG_INT("reserve", reserve));
        *connections = (int)limit - reserve;
    }
    return 0;
}
