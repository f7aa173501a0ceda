/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/relay.c - nrc relay: the daemon. What it does is ops/relay/relay.c's. */
#include "ops/relay/relay.h"
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"

int ops_relay(const struct ops_context *context, struct err *err)
{
    if (*context->conf->reg.dsn == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no register configured: set dsn in [register], or NRC_REGISTER_DSN");
    }
    return ops_relay_run(context->conf, err);
}
