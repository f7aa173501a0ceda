/* SPDX-License-Identifier: Apache-2.0
 * registry/registration_command.h - registering a dataset's structure without HTTP, for
 * `nrc structure register`. */
#ifndef REGISTRY_REGISTRATION_COMMAND_H
#define REGISTRY_REGISTRATION_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct arena;
struct sto_conn;

struct reg_registered {
    int32_t schema_id;
    int32_t version;
    const char *const *reasons; /* after ERR_INCOMPATIBLE by the level: each; else none */
    size_t reason_count;
};

/* The reasons belong to the arena. FATAL ERR_NOT_FOUND (dataset), ERR_BAD_SCHEMA, ERR_INCOMPATIBLE (with the field's path),
 * ERR_NOT_PERMITTED; RETRY as storage/admin/admin.h says. */
MUST_CHECK int reg_structure_register(struct sto_conn *conn, const char *dataset, bool is_key,
                                      const char *text, size_t len, struct arena *arena,
                                      struct reg_registered *out, struct err *err);

#endif
