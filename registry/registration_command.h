/* SPDX-License-Identifier: Apache-2.0
 * registry/registration_command.h - registering a dataset's structure without HTTP, for
 * `nrc structure register` and `nrc dataset add --structure`. */
#ifndef REGISTRY_REGISTRATION_COMMAND_H
#define REGISTRY_REGISTRATION_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "registry/request.h"

struct arena;
struct sto_conn;
struct sto_dataset_spec;

struct reg_registered {
    int32_t dataset_id; /* by reg_dataset_declare */
    int32_t schema_id;
    int32_t version;
    int64_t request;            /* that was filed; 0: none */
    int people;                 /* who must approve it; 0: it is active */
    const char *class;          /* of the change; NULL: it changes nothing that is in force */
    const char *const *reasons; /* after ERR_INCOMPATIBLE by the level: each; else none */
    size_t reason_count;
};

/* request NULL: as a client registers. Texts belong to the arena. FATAL ERR_NOT_FOUND (dataset), ERR_BAD_SCHEMA, ERR_INCOMPATIBLE (with the field's path),
 * ERR_NOT_PERMITTED, and the states in which a structure is not in force, as registry/registration.h; RETRY as storage/admin/admin.h says. */
MUST_CHECK int reg_structure_register(struct sto_conn *conn, const char *dataset, bool is_key,
                                      const char *text, size_t len,
                                      const struct reg_request *request, struct arena *arena,
                                      struct reg_registered *out, struct err *err);

/* Adds a dataset and registers its first structure, of the value, as a client would: in one transaction, so that both are
 * there or neither. FATAL as sto_dataset_add and reg_structure_register; ERR_REFUSED: its subject has versions, and people
 * must agree to the change. */
MUST_CHECK int reg_dataset_declare(struct sto_conn *conn, const struct sto_dataset_spec *spec,
                                   const char *text, size_t len, struct arena *arena,
                                   struct reg_registered *out, struct err *err);

#endif
