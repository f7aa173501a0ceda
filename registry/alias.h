/* SPDX-License-Identifier: Apache-2.0
 * registry/alias.h - a subject whose config names an alias is read as the alias's subject.
 *
 * For reads alone: registering, deleting and settings use the subject itself. One step: the alias of
 * an alias is not followed. */
#ifndef REGISTRY_ALIAS_H
#define REGISTRY_ALIAS_H

#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* subject in its one form, as the answer is; an alias without a context is in the subject's. NULL:
 * ERR_NO_MEMORY, or as reading a config fails. */
MUST_CHECK const char *reg_alias_followed(struct http_request *req, const char *subject,
                                          struct err *err);
/* That of the path's {subject}. */
MUST_CHECK const char *reg_subject_to_read(struct http_request *req, struct err *err);

#endif
