/* SPDX-License-Identifier: Apache-2.0
 * registry/routes.h - the registry's paths. Each file of handlers brings the rows of its own. */
#ifndef REGISTRY_ROUTES_H
#define REGISTRY_ROUTES_H

#include <stddef.h>

#include "base/http/http.h"

enum { REG_ROUTES_MAX = 96 };

const struct http_route *
reg_register_routes(size_t *count); /* register.c: look up, register, compatibility */
const struct http_route *
reg_subject_routes(size_t *count); /* subjects.c: subjects and versions, read and delete */
const struct http_route *
reg_schema_routes(size_t *count); /* schemas.c: by id, by GUID, lists, contexts, metadata */
const struct http_route *reg_config_routes(size_t *count); /* config.c: levels and modes */
const struct http_route *
reg_agency_routes(size_t *count); /* agencies.c: /nrc/v1/ agencies, datasets */
const struct http_route *reg_openapi_routes(size_t *count); /* openapi.c */
const struct http_route *reg_health_routes(size_t *count);  /* health.c */

/* All of them, as one application; arg of the application is struct reg_shared. */
void reg_app(struct http_app *out);
/* {"error_code":N,"message":"…"}: http_app.fail (of a 5xx the code's sentence alone), and for a handler whose message is longer than an
 * err holds. */
void reg_fail(struct http_request *req, const struct err *err);
void reg_answer_error(struct http_request *req, enum err_code code, const char *message);

/* application/vnd.schemaregistry.v1+json, or what of the other two the client accepts. */
void reg_ok(struct http_request *req);

#endif
