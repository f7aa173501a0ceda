/* SPDX-License-Identifier: Apache-2.0
 * base/http/read_priv.h - between the reader of lines and the reader of header fields. */
#ifndef BASE_HTTP_READ_PRIV_H
#define BASE_HTTP_READ_PRIV_H

#include "base/http/read.h"

bool http_is_token(const char *text); /* RFC 9110 section 5.6.2; not empty */
/* A line that is no field: no colon, a space before it, a continuation of the line before. */
MUST_CHECK int http_check_field(const char *line, size_t len, struct err *err);
/* Splits the line in place, stores it, and applies its effect on framing. */
MUST_CHECK int http_read_field(struct http_reader *reader, char *line, size_t len, struct err *err);
size_t http_body_most(const struct http_reader *reader); /* bytes, by the method */
int http_too_large_body(const struct http_reader *reader, struct err *err); /* -1 */

#endif
