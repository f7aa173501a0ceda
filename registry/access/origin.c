/* SPDX-License-Identifier: Apache-2.0
 * registry/access/origin.c - see the header. */
#include "registry/access/origin.h"

#include <string.h>
#include <strings.h>

#include "base/http/http.h"

/* "https://page:8443/x" → "page:8443/x"; NULL: no URL. */
static const char *authority_of(const char *url)
{
    const char *at = strstr(url, "://");
    return at != NULL ? at + 3 : NULL;
}

/* A page at https may not be asked by one at http: whoever can change that one would ask in its name. */
static bool is_of_url(const char *origin, const char *url)
{
    const char *authority = authority_of(url);
    size_t len = authority != NULL ? (size_t)(authority - url) + strcspn(authority, "/?#") : 0;
    return len > 0 && strlen(origin) == len && strncasecmp(origin, url, len) == 0;
}

/* Whether we are reached by TLS only the proxy before us knows. */
static bool is_of_host(const char *origin, const char *host)
{
    const char *authority = authority_of(origin);
    return authority != NULL && host != NULL && *host != '\0' && strcasecmp(authority, host) == 0;
}

bool reg_is_own_origin(const struct http_request *req, const char *page_url)
{
    const char *site = http_header(req, "Sec-Fetch-Site");
    const char *origin = http_header(req, "Origin");
    bool site_is_own = site == NULL || strcasecmp(site, "same-origin") == 0;
    bool origin_is_own = origin == NULL || is_of_url(origin, page_url) ||
                         is_of_host(origin, http_header(req, "Host"));
    return site_is_own && origin_is_own;
}
