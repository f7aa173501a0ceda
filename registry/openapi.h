/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi.h - the API's description. */
#ifndef REGISTRY_OPENAPI_H
#define REGISTRY_OPENAPI_H

#include "base/http/http.h"

/* OpenAPI 3.0.3, as JSON, of the application's routes. */
void reg_openapi_put(const struct http_app *app, struct buf *out);

#endif
