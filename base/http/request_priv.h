/* SPDX-License-Identifier: Apache-2.0
 * base/http/request_priv.h - the body of a request, for the files that fill, route and answer it.
 *
 * A worker reuses one request object: its strings are borrowed from the
 * connection (header, body) or lies in its arena. Everything that comes from outside is bounded
 * here, so the arrays are part of the struct. */
#ifndef BASE_HTTP_REQUEST_PRIV_H
#define BASE_HTTP_REQUEST_PRIV_H

#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/stream_priv.h"

enum {
    HTTP_HEADERS_MAX = 100,
    HTTP_QUERY_MAX = 64,
    HTTP_SEGMENTS_MAX = 64,
    HTTP_PARAMS_MAX = 8,
    HTTP_ANSWER_HEADERS_MAX = 16
};

struct http_pair {
    const char *name;
    const char *value;
};

struct http_request {
    struct arena arena;
    struct buf out;
    struct err bad; /* kind NONE: it may be routed; else why it could not be read */
    unsigned roles;
    int64_t routed_us;
    const struct http_route *route; /* not NULL: admitted, and not yet handled */

    enum http_method method; /* 0: one that we do not know */
    bool head;               /* the body of the answer is not sent */
    const char *path;        /* as sent */
    const char *body;
    size_t body_len;
    const char *peer;
    const char *tls_subject;
    bool tls;
    void *worker;
    void *principal;

    const char *segments[HTTP_SEGMENTS_MAX]; /* decoded */
    size_t segment_count;
    struct http_pair params[HTTP_PARAMS_MAX];
    size_t param_count;
    struct http_pair query[HTTP_QUERY_MAX];
    size_t query_count;
    struct http_pair headers[HTTP_HEADERS_MAX];
    size_t header_count;

    int status; /* 0: not answered */
    const char *type;
    struct http_pair answer_headers[HTTP_ANSWER_HEADERS_MAX];
    size_t answer_header_count;
    bool closes;
    bool misused;               /* by a handler: becomes ERR_BUG */
    struct http_stream *stream; /* that the answer is to become; NULL: it has an end */
};

/* Every byte of the struct zero is a valid start; afterwards it is as before any use. */
void http_request_reset(struct http_request *req);
void http_request_fini(struct http_request *req);

/* Splits and decodes; the failure goes into bad. The target is copied. */
void http_request_set_target(struct http_request *req, const char *target);
/* Borrows both; values of one name are joined by ", ". Too many: bad. */
void http_request_put_header(struct http_request *req, const char *name, const char *value);
/* Before the same fields are put again from memory that has moved. */
void http_request_forget_headers(struct http_request *req);
/* Forgets status, type and body; answer headers stay (WWW-Authenticate beside a refusal). */
void http_request_clear_answer(struct http_request *req);

/* target.c: the decoded text in the arena, or NULL with err set. */
MUST_CHECK char *http_decode(struct arena *arena, const char *text, size_t len, bool plus_is_space,
                             struct err *err);

#endif
