/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/fact.h - what the edit and retire commands of agencies, systems and datasets have alike. */
#ifndef OPS_CMD_FACT_H
#define OPS_CMD_FACT_H

#include "base/attr.h"
#include "base/err.h"
#include "storage/admin/source.h"

struct ops_context;

/* The first argument names what is edited; each fact that an option gives is changed, an empty one taken away. */
MUST_CHECK int ops_fact_edit(const struct ops_context *context, enum sto_source kind,
                             struct err *err);
/* With --on, --successor and --reason. */
MUST_CHECK int ops_fact_retire(const struct ops_context *context, enum sto_source kind,
                               struct err *err);
/* "agency moh: DONE"; {"agency":"moh","done":"DONE"}. */
MUST_CHECK int ops_fact_say(const struct ops_context *context, enum sto_source kind,
                            const char *name, const char *done, struct err *err);

#endif
