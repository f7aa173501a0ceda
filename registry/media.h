/* SPDX-License-Identifier: Apache-2.0
 * registry/media.h - what a request's body and its answer are called: three names for JSON, as
 * Confluent's clients know them. */
#ifndef REGISTRY_MEDIA_H
#define REGISTRY_MEDIA_H

#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* The one of ours that Accept likes best, and the first of ours for a request that names none.
 * NULL: it takes none of them. A literal. */
const char *reg_media_type(const struct http_request *req);
/* FATAL ERR_NOT_ACCEPTABLE (Accept), ERR_BAD_MEDIA_TYPE (Content-Type, of a POST or PUT). */
MUST_CHECK int reg_media_check(const struct http_request *req, struct err *err);

#endif
