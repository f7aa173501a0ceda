/* SPDX-License-Identifier: Apache-2.0
 * registry/routes.h - the registry's paths. Each file of handlers brings the rows of its own. */
#ifndef REGISTRY_ROUTES_H
#define REGISTRY_ROUTES_H

#include <stddef.h>

#include "base/http/http.h"

enum { REG_ROUTES_MAX = 96 };

const struct http_route *reg_register_routes(size_t *count); /* register.c: look up, register */
const struct http_route *reg_compatibility_routes(size_t *count); /* compatibility_http.c */
const struct http_route *
reg_subject_routes(size_t *count); /* subjects.c: subjects and versions, read and delete */
const struct http_route *
reg_schema_routes(size_t *count); /* schemas.c: by id, by GUID, lists, contexts, metadata */
const struct http_route *reg_config_routes(size_t *count); /* config.c: levels */
const struct http_route *reg_mode_routes(size_t *count);   /* mode.c */
const struct http_route *
reg_agency_routes(size_t *count); /* agencies.c: /nrc/v1/ agencies, datasets */
const struct http_route *reg_health_routes(size_t *count); /* health.c */

/* All of them, as one application; arg of the application is struct reg_shared. */
void reg_app(struct http_app *out);

#endif
