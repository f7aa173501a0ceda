/* SPDX-License-Identifier: Apache-2.0
 * base/http/budget.c - an amount of memory that all workers share. Nobody waits for it: a connection
 * without its share refuses the client, since a waiting one would keep the share it has already. */
#include "base/http/budget_priv.h"

bool http_budget_take(struct http_budget *budget, size_t bytes)
{
    size_t held = atomic_load_explicit(&budget->held, memory_order_relaxed);
    do {
        if (bytes > budget->most - held) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&budget->held, &held, held + bytes));
    return true;
}

void http_budget_give(struct http_budget *budget, size_t bytes)
{
    atomic_fetch_sub(&budget->held, bytes);
}
