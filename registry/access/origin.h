/* SPDX-License-Identifier: Apache-2.0
 * registry/access/origin.h - whether a browser sends a request on behalf of our own page, or of a foreign one.
 *
 * Source: Fetch, "Origin header"; Fetch Metadata, "Sec-Fetch-Site". */
#ifndef REGISTRY_ACCESS_ORIGIN_H
#define REGISTRY_ACCESS_ORIGIN_H

#include <stdbool.h>

struct http_request;

/* False: one of the two headers is there and says so. Neither is there: no browser of these years, and nothing is known.
 * page_url: by which browsers come, when a proxy before us changes Host; "": as Host says. */
bool reg_is_own_origin(const struct http_request *req, const char *page_url);

#endif
