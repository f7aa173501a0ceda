/* SPDX-License-Identifier: Apache-2.0
 * registry/permission.h - which subjects an account may change. */
#ifndef REGISTRY_PERMISSION_H
#define REGISTRY_PERMISSION_H

#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* http_app.authorize: registry/access/auth.h, and a scoped account changes nothing out of its scope. */
int reg_authorize(struct http_request *req, unsigned roles, struct err *err);

/* May the principal change this subject? A producer: those of its own agency's topics and names
 * ("moh.births-value", a dataset's topic). ERR_FORBIDDEN. */
MUST_CHECK int reg_may_write(struct http_request *req, const char *subject, struct err *err);

#endif
