/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/usage.h - who asked for which structure, added to what the register has of it. */
#ifndef STORAGE_CATALOGUE_USAGE_H
#define STORAGE_CATALOGUE_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_ACCOUNT_NAME_SIZE = 64 };

struct sto_schema_use {
    int32_t schema_id;
    uint32_t count;       /* of requests */
    int64_t last_mono_us; /* of the last of them; clock_mono_us */
    char account[STO_ACCOUNT_NAME_SIZE];
};

/* One statement. A structure that is no longer there is left out. After a failure in COMMIT they may have been
 * added: then they count twice, if the caller tries again. */
MUST_CHECK int sto_schema_uses_add(struct sto_conn *conn, const struct sto_schema_use *uses,
                                   size_t count, struct err *err);

#endif
