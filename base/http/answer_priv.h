/* SPDX-License-Identifier: Apache-2.0
 * base/http/answer_priv.h - an answer as bytes. */
#ifndef BASE_HTTP_ANSWER_PRIV_H
#define BASE_HTTP_ANSWER_PRIV_H

#include <stdbool.h>

#include "base/attr.h"

struct evbuffer;
struct http_request;

/* Status line, header and (unless HEAD asked, or the status has none) body. -1: out of memory. */
MUST_CHECK int http_answer_write(struct evbuffer *out, const struct http_request *req, bool closes,
                                 bool says_keep_alive);

#endif
