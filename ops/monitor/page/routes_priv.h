/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/routes_priv.h - the page as one application: its own routes, and the registry's. */
#ifndef OPS_MONITOR_PAGE_ROUTES_PRIV_H
#define OPS_MONITOR_PAGE_ROUTES_PRIV_H

#include "base/attr.h"
#include "base/err.h"
#include "base/http/http.h"

/* shared: the registry's, the application's arg. *routes: of free(), after the server has stopped. FATAL ERR_NO_MEMORY. */
struct reg_shared;
MUST_CHECK int ops_page_app(struct reg_shared *shared, struct http_app *out,
                            struct http_route **routes, struct err *err);

#endif
