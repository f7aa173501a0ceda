/* SPDX-License-Identifier: Apache-2.0
 * registry/media.h - media types of bodies and answers: three names for JSON, as Confluent's clients
 * know them. */
#ifndef REGISTRY_MEDIA_H
#define REGISTRY_MEDIA_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* Of our types the one that Accept prefers, and our first for a request without Accept. NULL: it
 * accepts none of them. A literal. */
const char *reg_media_type(const struct http_request *req);
/* Of the given types, which may have parameters, the index of the one that Accept prefers, and 0 for a request without
 * Accept. -1: it accepts none of them. */
int reg_media_choose(const struct http_request *req, const char *const *offered, size_t count);
/* FATAL ERR_NOT_ACCEPTABLE (Accept; not for a path that has types of its own), ERR_BAD_MEDIA_TYPE (Content-Type, of a POST
 * or PUT). */
MUST_CHECK int reg_media_check(const struct http_request *req, struct err *err);

#endif
