/* SPDX-License-Identifier: Apache-2.0
 * base/http/answer.c - writes a handler's answer as bytes.
 *
 * With Content-Length, so that an answer's end never depends on the connection's: but for a stream's, which has none. Source:
 * RFC 9110 section 8.6, RFC 9112 section 4. */
#include "base/http/answer_priv.h"

#include <event2/buffer.h>

#include "base/http/request_priv.h"

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].text;
        }
    }
    return "Other";
}

int http_answer_write(struct evbuffer *out, const struct http_request *req, bool closes,
                      bool says_keep_alive)
{
    bool has_body = req->status != 204 && req->status != 304;
    int rc = evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n", req->status, reason(req->status));
    if (rc >= 0 && has_body && req->stream == NULL) {
        rc = evbuffer_add_printf(out, "Content-Length: %zu\r\n", req->out.len);
    }
    if (rc >= 0 && has_body && req->type != NULL) {
        rc = evbuffer_add_printf(out, "Content-Type: %s\r\n", req->type);
    }
    for (size_t i = 0; rc >= 0 && i < req->answer_header_count; i++) {
        rc = evbuffer_add_printf(out, "%s: %s\r\n", req->answer_headers[i].name,
                                 req->answer_headers[i].value);
    }
    if (rc >= 0 && (closes || says_keep_alive)) {
        rc = evbuffer_add_printf(out, "Connection: %s\r\n", closes ? "close" : "keep-alive");
    }
    if (rc >= 0) {
        rc = evbuffer_add(out, "\r\n", 2);
    }
    if (rc >= 0 && has_body && !req->head && req->out.len > 0) {
        rc = evbuffer_add(out, req->out.data, req->out.len);
    }
    return rc < 0 ? -1 : 0;
}
