/* SPDX-License-Identifier: Apache-2.0
 * registry/routes.h - all paths of the registry, as one application. */
#ifndef REGISTRY_ROUTES_H
#define REGISTRY_ROUTES_H

#include <stddef.h>

#include "base/http/http.h"
#include "registry/openapi.h"

/* arg of the application is struct reg_shared. */
void reg_app(struct http_app *out);
/* The table behind it. */
const struct reg_operation *reg_operations(size_t *count);

#endif
