/* SPDX-License-Identifier: Apache-2.0
 * registry/fact.h - what the requests that edit and retire agencies, systems and datasets have alike. They do what
 * `nrc agency edit` and its like do, by the same storage calls. */
#ifndef REGISTRY_FACT_H
#define REGISTRY_FACT_H

#include "base/attr.h"
#include "base/err.h"
#include "storage/admin/source.h"

struct http_request;

/* {"title": "…", "contact": null, "reason": "…"}: what is absent stays, null takes the fact away. Answers with the record. */
MUST_CHECK int reg_fact_edit(struct http_request *req, enum sto_source kind, const char *name,
                             struct err *err);
/* {"on": "…", "successor": "…", "reason": "…"} */
MUST_CHECK int reg_fact_retire(struct http_request *req, enum sto_source kind, const char *name,
                               struct err *err);
/* After a change, of which rc is what became: notes it, and answers with the record. */
MUST_CHECK int reg_fact_answer(struct http_request *req, enum sto_source kind, const char *name,
                               int rc, int status, struct err *err);

#endif
