/* SPDX-License-Identifier: Apache-2.0
 * base/http/budget_priv.h - memory that may be held, over all workers. Thread: any. */
#ifndef BASE_HTTP_BUDGET_PRIV_H
#define BASE_HTTP_BUDGET_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct http_budget {
    size_t most;
    _Atomic size_t held;
};

MUST_CHECK bool http_budget_take(struct http_budget *budget, size_t bytes);
void http_budget_give(struct http_budget *budget, size_t bytes);

#endif
