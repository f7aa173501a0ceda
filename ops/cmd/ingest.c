/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/ingest.c - nrc ingest: the daemon. What it does is ingest/service.c's. */
#include "ingest/service.h"
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"

int ops_ingest(const struct ops_context *context, struct err *err)
{
    if (*context->conf->reg.dsn == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no register configured: set dsn in [register], or NRC_REGISTER_DSN");
    }
    if (*context->conf->kafka.bootstrap == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no broker configured: set bootstrap in [kafka], or NRC_KAFKA_BOOTSTRAP");
    }
    return ing_service_run(context->conf, err);
}
