/* SPDX-License-Identifier: Apache-2.0
 * registry/service.h - `nrc registry`: the process around the HTTP workers.
 *
 * The workers (base/http/server.h), one thread that listens for changes of the catalogue, and the
 * caller's, which waits for SIGTERM or SIGINT. Instances know nothing of each other: PostgreSQL is
 * the only truth, and there is no leader. */
#ifndef REGISTRY_SERVICE_H
#define REGISTRY_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct reg_service_options {
    const struct conf *conf;
    /* Whether a webhook may have this URL; any thread; NULL: none may. */
    int (*check_url)(void *arg, const char *url, struct err *err);
    void *check_url_arg;
};

/* What reg_service_run does first: whether [registry] is a configuration that it takes. out: its certificate, and the seconds since 1970
 * between which that is valid. FATAL ERR_CONFIG. */
struct reg_certificate {
    bool is_there;
    int64_t from_s;
    int64_t until_s;
};
MUST_CHECK int reg_service_check(const struct conf *conf, struct reg_certificate *out,
                                 struct err *err);

/* After signals_block. Returns 0 when SIGTERM or SIGINT has come and the requests under way are answered; SIGHUP reads the certificate again.
 * FATAL ERR_CONFIG (also of a register that refuses the login), ERR_IO. */
MUST_CHECK int reg_service_run(const struct reg_service_options *options, struct err *err);

#endif
