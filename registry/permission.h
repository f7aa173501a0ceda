/* SPDX-License-Identifier: Apache-2.0
 * registry/permission.h - which subjects an account may change, and whose rows it reads. */
#ifndef REGISTRY_PERMISSION_H
#define REGISTRY_PERMISSION_H

#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* http_app.authorize: registry/access/auth.h, and a scoped account changes nothing out of its scope. */
int reg_authorize(struct http_request *req, unsigned roles, struct err *err);
/* The second half of it, when the principal is known. */
MUST_CHECK int reg_authorize_subject(struct http_request *req, unsigned roles, struct err *err);

/* May the principal change this subject? A producer: those of its own agency's topics and names
 * ("moh.births-value", a dataset's topic). ERR_FORBIDDEN. */
MUST_CHECK int reg_may_write(struct http_request *req, const char *subject, struct err *err);

/* Whose rows the principal reads of what is told to an agency and the Center alone (NRL-1): *agency, or NULL: all, as a steward
 * or an auditor does. what: "the audit trail", for ERR_FORBIDDEN. */
MUST_CHECK int reg_reader_of(const struct http_request *req, const char *what, const char **agency,
                             struct err *err);

#endif
