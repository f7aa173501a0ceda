/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/config.c - nrc config: the configuration in effect, and all keys. */
#include "base/conf_print.h"
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"

int ops_config_show(const struct ops_context *context, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        conf_print_json(context->conf, &out);
        buf_put_u8(&out, '\n');
    } else {
        conf_print(context->conf, &out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_config_keys(const struct ops_context *context, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        conf_describe_json(&out);
        buf_put_u8(&out, '\n');
    } else {
        conf_describe(&out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}
