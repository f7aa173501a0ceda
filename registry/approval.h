/* SPDX-License-Identifier: Apache-2.0
 * registry/approval.h - approving a request for a structure: the one way, for HTTP and for `nrc structure approve`. */
#ifndef REGISTRY_APPROVAL_H
#define REGISTRY_APPROVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/admin/request.h"

struct sto_conn;

/* One transaction, tried again for ten seconds. *complete: it was the last approval needed, so the dataset's tables have the
 * structure's columns, and it takes effect at its time. FATAL ERR_USAGE, ERR_NOT_FOUND, ERR_REFUSED as
 * storage/admin/request.h; ERR_BAD_SCHEMA, ERR_INCOMPATIBLE: the dataset was changed meanwhile, and its tables cannot have it
 * any more. RETRY as reg_register. */
MUST_CHECK int reg_approve(struct sto_conn *conn, int64_t request,
                           const struct sto_approval *approval, bool *complete, struct err *err);

#endif
