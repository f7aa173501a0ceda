/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi.h - the API's description. */
#ifndef REGISTRY_OPENAPI_H
#define REGISTRY_OPENAPI_H

#include <stddef.h>
#include <stdint.h>

#include "base/http/http.h"

/* One method of one path: its route, and what the description says of it. Schemas are named as in
 * openapi_components.c. */
struct reg_operation {
    enum http_method method;
    const char *pattern;
    unsigned roles;
    http_handler *handler;
    const char *summary;
    uint64_t query;       /* bits 1 << enum reg_query: the parameters that the handler reads */
    const char *body;     /* a schema; NULL: takes no body */
    const char *response; /* a schema; "text": it is text/plain */
};

/* OpenAPI 3.0.3, as JSON. */
void reg_openapi_put(const struct reg_operation *operations, size_t count, struct buf *out);

#endif
