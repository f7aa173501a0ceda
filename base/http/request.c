/* SPDX-License-Identifier: Apache-2.0
 * base/http/request.c - the functions by which a handler reads a request and writes its answer.
 *
 * No reader here fails: every failure happened when the request was filled, and
 * stands in `bad`. What a handler does wrong while answering (a header that is the server's, more
 * headers than there is room for) is remembered and becomes ERR_BUG in route.c. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http/request_priv.h"

enum { KEEP_BYTES = 1 << 20 }; /* memory that a request object keeps for the next request */

/* -- its life */

void http_stream_free(struct http_stream **taken)
{
    struct http_stream *stream = *taken;
    *taken = NULL;
    if (stream != NULL) {
        buf_fini(&stream->first);
        stream->ended(stream->arg);
        free(stream);
    }
}

void http_request_reset(struct http_request *req)
{
    http_stream_free(&req->stream);
    struct arena arena = req->arena;
    struct buf out = req->out;
    if (arena.held_bytes > KEEP_BYTES) {
        arena_fini(&arena);
    }
    if (out.cap > KEEP_BYTES) {
        buf_fini(&out);
    }
    arena_reset(&arena);
    buf_reset(&out);
    *req = (struct http_request){
        .arena = arena, .out = out, .bad = ERR_INIT, .path = "", .body = "", .peer = ""};
}

void http_request_fini(struct http_request *req)
{
    http_stream_free(&req->stream);
    arena_fini(&req->arena);
    buf_fini(&req->out);
}

struct http_request *http_request_make(enum http_method method, const char *target,
                                       const char *body, size_t len)
{
    struct http_request *req = calloc(1, sizeof(*req));
    if (req == NULL) {
        return NULL;
    }
    http_request_reset(req);
    req->method = method;
    req->peer = "127.0.0.1";
    char *copy = len > 0 ? arena_memdup(&req->arena, body, len) : NULL;
    if (len > 0 && copy == NULL) {
        http_request_free(&req);
        return NULL;
    }
    req->body = len > 0 ? copy : "";
    req->body_len = len;
    http_request_set_target(req, target);
    return req;
}

void http_request_free(struct http_request **taken)
{
    struct http_request *req = *taken;
    *taken = NULL;
    if (req != NULL) {
        http_request_fini(req);
        free(req);
    }
}

static struct http_pair *find(struct http_pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(pairs[i].name, name) == 0) {
            return &pairs[i];
        }
    }
    return NULL;
}

/* RFC 9110 section 5.3. Two Authorization headers become one that is invalid, as intended. */
static void join(struct http_request *req, struct http_pair *old, const char *value)
{
    old->value = arena_printf(&req->arena, "%s, %s", old->value, value);
    if (old->value == NULL) {
        old->value = "";
        err_set(&req->bad, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
    }
}

void http_request_put_header(struct http_request *req, const char *name, const char *value)
{
    struct http_pair *old = find(req->headers, req->header_count, name);
    if (old != NULL) {
        join(req, old, value);
    } else if (req->header_count < HTTP_HEADERS_MAX) {
        req->headers[req->header_count++] = (struct http_pair){name, value};
    } else {
        err_set(&req->bad, ERR_KIND_FATAL, ERR_TOO_LARGE_HEADER,
                "the request has more than %d header fields", HTTP_HEADERS_MAX);
    }
}

void http_request_forget_headers(struct http_request *req)
{
    req->header_count = 0;
}

void http_request_add_header(struct http_request *req, const char *name, const char *value)
{
    char *own_name = arena_strdup(&req->arena, name);
    char *own_value = arena_strdup(&req->arena, value);
    if (own_name == NULL || own_value == NULL) {
        err_set(&req->bad, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
        return;
    }
    http_request_put_header(req, own_name, own_value);
}

/* -- reading */

enum http_method http_method(const struct http_request *req)
{
    return req->method;
}

unsigned http_roles(const struct http_request *req)
{
    return req->roles;
}

int64_t http_routed_us(const struct http_request *req)
{
    return req->routed_us;
}

const char *http_path(const struct http_request *req)
{
    return req->path;
}

const char *http_param(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->param_count; i++) {
        if (strcmp(req->params[i].name, name) == 0) {
            return req->params[i].value;
        }
    }
    return "";
}

const char *http_query(const struct http_request *req, const char *name)
{
    return http_query_nth(req, name, 0);
}

size_t http_query_count(const struct http_request *req, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < req->query_count; i++) {
        count += strcmp(req->query[i].name, name) == 0;
    }
    return count;
}

const char *http_query_nth(const struct http_request *req, const char *name, size_t n)
{
    for (size_t i = 0; i < req->query_count; i++) {
        if (strcmp(req->query[i].name, name) == 0 && n-- == 0) {
            return req->query[i].value;
        }
    }
    return NULL;
}

bool http_query_bool(const struct http_request *req, const char *name, bool otherwise)
{
    const char *value = http_query(req, name);
    if (value == NULL) {
        return otherwise;
    }
    return strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

const char *http_header(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++) {
        if (strcasecmp(req->headers[i].name, name) == 0) {
            return req->headers[i].value;
        }
    }
    return NULL;
}

const char *http_body(const struct http_request *req, size_t *len)
{
    *len = req->body_len;
    return req->body;
}

const char *http_peer(const struct http_request *req)
{
    return req->peer;
}

bool http_peer_is_loopback(const struct http_request *req)
{
    return strncmp(req->peer, "127.", 4) == 0 || strcmp(req->peer, "::1") == 0;
}

bool http_is_tls(const struct http_request *req)
{
    return req->tls;
}

const char *http_tls_subject(const struct http_request *req)
{
    return req->tls_subject;
}

void *http_worker(const struct http_request *req)
{
    return req->worker;
}

void *http_principal(const struct http_request *req)
{
    return req->principal;
}

void http_set_principal(struct http_request *req, void *principal)
{
    req->principal = principal;
}

struct arena *http_arena(struct http_request *req)
{
    return &req->arena;
}

/* -- answering */

struct buf *http_out(struct http_request *req)
{
    return &req->out;
}

void http_ok(struct http_request *req, int status, const char *type)
{
    req->misused |= status < 200 || status > 599; /* 1xx are no answers, and the server's own */
    req->status = status;
    req->type = type;
}

void http_close(struct http_request *req)
{
    req->closes = true;
}

void http_request_clear_answer(struct http_request *req)
{
    http_stream_free(&req->stream);
    buf_reset(&req->out);
    req->status = 0;
    req->type = NULL;
    req->misused = false;
}

/* Those that frame the answer are the server's. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {"Connection", "Content-Length", "Content-Type",
                                       "Transfer-Encoding"};
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (strcasecmp(name, ours[i]) == 0) {
            return true;
        }
    }
    return name[0] == '\0' || name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0';
}

/* A value may contain a client's text: its line breaks must not begin another header. */
static void blank_controls(char *value)
{
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value < ' ' || *value == 0x7f) {
            *value = ' ';
        }
    }
}

void http_set_header(struct http_request *req, const char *name, const char *value)
{
    struct http_pair *old = find(req->answer_headers, req->answer_header_count, name);
    if (is_ours(name) || (old == NULL && req->answer_header_count == HTTP_ANSWER_HEADERS_MAX)) {
        req->misused = true;
        return;
    }
    char *own_name = arena_strdup(&req->arena, name);
    char *own_value = arena_strdup(&req->arena, value);
    if (own_name == NULL || own_value == NULL) {
        req->misused = true;
        return;
    }
    blank_controls(own_value);
    struct http_pair *to = old != NULL ? old : &req->answer_headers[req->answer_header_count++];
    *to = (struct http_pair){own_name, own_value};
}

int http_status(const struct http_request *req)
{
    return req->status;
}

const char *http_type(const struct http_request *req)
{
    return req->type;
}

const char *http_answer_header(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->answer_header_count; i++) {
        if (strcasecmp(req->answer_headers[i].name, name) == 0) {
            return req->answer_headers[i].value;
        }
    }
    return NULL;
}
