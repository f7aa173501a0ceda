/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/role.c - the names of the group roles (storage/migrations/0001_roles.sql). */
#include "storage/conn/statement.h"

static const char *const role_names[] = {
    [STO_ROLE_NONE] = NULL,
    [STO_ROLE_INGEST] = "nrc_ingest",
    [STO_ROLE_REGISTRY] = "nrc_registry",
    [STO_ROLE_STEWARD] = "nrc_steward",
    [STO_ROLE_MONITOR] = "nrc_monitor",
    [STO_ROLE_READER] = "nrc_reader",
    [STO_ROLE_RELAY] = "nrc_relay",
    [STO_ROLE_WATCH] = "nrc_watch",
    [STO_ROLE_DESK] = "nrc_desk",
};

const char *sto_role_name(enum sto_role role)
{
    return role_names[role];
}
