/* SPDX-License-Identifier: Apache-2.0
 * base/http/target.c - a request's target: the path's segments and the query's parameters, decoded.
 *
 * The path is split before it is decoded, so %2F stays inside its segment. The decoded form must be
 * text that PostgreSQL takes (UTF-8, no NUL): handlers pass it on without looking again. A target
 * that breaks a rule leaves the request with `bad` set and the path as it was sent.
 *
 * Source: RFC 3986 sections 2.1 and 3, RFC 9112 section 3.2. */
#include <string.h>
#include <strings.h>

#include "base/http/request_priv.h"
#include "base/utf8.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
}

char *http_decode(struct arena *arena, const char *text, size_t len, bool plus_is_space,
                  struct err *err)
{
    char *out = arena_alloc(arena, len + 1);
    if (out == NULL) {
        no_memory(err);
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%') {
            out[n++] = text[i];
            if (plus_is_space && text[i] == '+') {
                out[n - 1] = ' ';
            }
            continue;
        }
        int high = len - i > 2 ? hex(text[i + 1]) : -1;
        int low = high >= 0 ? hex(text[i + 2]) : -1;
        if (low < 0) {
            err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                    "the target has a %% without two hexadecimal digits");
            return NULL;
        }
        out[n++] = (char)(unsigned char)(high << 4 | low);
        i += 2;
    }
    out[n] = '\0';
    if (!utf8_is_text((const uint8_t *)out, n)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                "the decoded target is not UTF-8 or contains U+0000");
        return NULL;
    }
    return out;
}

static int split_path(struct http_request *req, const char *path, size_t len)
{
    size_t at = 1;
    while (at < len) {
        const char *slash = memchr(path + at, '/', len - at);
        size_t end = slash != NULL ? (size_t)(slash - path) : len;
        if (req->segment_count == HTTP_SEGMENTS_MAX) {
            return err_set(&req->bad, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                           "the path has more than %d segments", HTTP_SEGMENTS_MAX);
        }
        char *segment = http_decode(&req->arena, path + at, end - at, false, &req->bad);
        if (segment == NULL) {
            return -1;
        }
        req->segments[req->segment_count++] = segment;
        at = end + 1; /* past a trailing slash: no empty segment for it */
    }
    return 0;
}

static int add_query(struct http_request *req, const char *pair, size_t len)
{
    if (req->query_count == HTTP_QUERY_MAX) {
        return err_set(&req->bad, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "the query has more than %d parameters", HTTP_QUERY_MAX);
    }
    const char *equals = memchr(pair, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
    size_t from = equals != NULL ? name_len + 1 : len;
    char *name = http_decode(&req->arena, pair, name_len, true, &req->bad);
    char *value =
        name != NULL ? http_decode(&req->arena, pair + from, len - from, true, &req->bad) : NULL;
    if (value == NULL) {
        return -1;
    }
    req->query[req->query_count++] = (struct http_pair){name, value};
    return 0;
}

static int split_query(struct http_request *req, const char *query)
{
    while (*query != '\0') {
        size_t len = strcspn(query, "&");
        if (len > 0 && add_query(req, query, len) != 0) {
            return -1;
        }
        query += len + (query[len] == '&');
    }
    return 0;
}

static bool is_visible(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~' || *text == '#') {
            return false;
        }
    }
    return true;
}

/* A client that believes us to be a proxy sends "http://host/path"; the authority says nothing. */
static const char *origin_form(const char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                    : strncasecmp(target, "https://", 8) == 0 ? 8
                                                              : 0;
    if (scheme == 0) {
        return target;
    }
    target += scheme + strcspn(target + scheme, "/?");
    return *target == '\0' ? "/" : target;
}

void http_request_set_target(struct http_request *req, const char *target)
{
    target = origin_form(target);
    size_t path_len = strcspn(target, "?");
    char *path = arena_memdup(&req->arena, target, path_len);
    if (path == NULL) {
        no_memory(&req->bad);
        return;
    }
    req->path = path;
    if (target[0] != '/' || !is_visible(target)) {
        err_set(&req->bad, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                "the target does not begin with / or contains a character that must be escaped");
        return;
    }
    if (split_path(req, path, path_len) == 0 && target[path_len] == '?') {
        split_query(req, target + path_len + 1);
    }
}
