/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/registry.c - nrc registry: the daemon. What it does is registry/service.c's. */
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"
#include "registry/service.h"

int ops_registry(const struct ops_context *context, struct err *err)
{
    if (*context->conf->reg.dsn == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no register configured: set dsn in [register], or NRC_REGISTER_DSN");
    }
    return reg_service_run(context->conf, err);
}
