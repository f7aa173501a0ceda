/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/registry.c - nrc registry: the daemon. What it does is registry/service.c's. */
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"
#include "ops/tell/address.h"
#include "registry/service.h"

static int check_url(void *arg, const char *url, struct err *err)
{
    return ops_address_check_url(arg, url, err);
}

int ops_registry(const struct ops_context *context, struct err *err)
{
    if (*context->conf->reg.dsn == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no register configured: set dsn in [register], or NRC_REGISTER_DSN");
    }
    struct ops_address_rules *rules = ops_address_rules_parse(context->conf->relay.allow, err);
    if (rules == NULL) {
        return -1;
    }
    const struct reg_service_options options = {
        .conf = context->conf, .check_url = check_url, .check_url_arg = rules};
    int rc = reg_service_run(&options, err);
    ops_address_rules_free(&rules);
    return rc;
}
