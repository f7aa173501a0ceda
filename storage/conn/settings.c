/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/settings.c - a connection's options from the configuration. */
#include "storage/conn/settings.h"

#include "base/conf.h"

struct sto_conn_options sto_conn_settings(const struct conf *conf, enum sto_role role,
                                          const char *application_name)
{
    return (struct sto_conn_options){
        .dsn = conf->reg.dsn,
        .role = role,
        .application_name = application_name,
        .connect_timeout_ms = (int)conf->reg.connect_timeout_ms,
        .statement_timeout_ms = (int)conf->reg.statement_timeout_ms,
        .deadline_ms = (int)conf->reg.deadline_ms,
    };
}
