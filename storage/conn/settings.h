/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/settings.h - a connection's options, as [register] of the configuration gives them. */
#ifndef STORAGE_CONN_SETTINGS_H
#define STORAGE_CONN_SETTINGS_H

#include "storage/conn/conn.h"

struct conf;

/* Without on_wait. The DSN is the configuration's, the name is borrowed: both for as long as the options
 * are used. */
struct sto_conn_options sto_conn_settings(const struct conf *conf, enum sto_role role,
                                          const char *application_name);

#endif
