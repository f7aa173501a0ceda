/* SPDX-License-Identifier: Apache-2.0
 * base/http/field.c - header fields: their form, and the five that the server itself reads.
 *
 * A field that frames the body may come once only, even with the same value: two are never an
 * honest client's, and a proxy before us may have believed the other one. */
#include <string.h>
#include <strings.h>

#include "base/http/read_priv.h"

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool http_is_token(const char *text)
{
    size_t n = 0;
    while (is_token_char(text[n])) {
        n++;
    }
    return n > 0 && text[n] == '\0';
}

static int bad(struct err *err, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s", text);
}

/* A method that defines no body (RFC 9110, 9.3) gets it discarded, so the limit is
 * small. */
size_t http_body_most(const struct http_reader *reader)
{
    bool wants_body = reader->method == HTTP_POST || reader->method == HTTP_PUT;
    return wants_body || reader->body_bytes < reader->header_bytes ? reader->body_bytes
                                                                   : reader->header_bytes;
}

int http_too_large_body(const struct http_reader *reader, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_TOO_LARGE_BODY,
                   "the request body is larger than %zu bytes", http_body_most(reader));
}

int http_check_field(const char *line, size_t len, struct err *err)
{
    size_t n = 0;
    while (n < len && is_token_char(line[n])) {
        n++;
    }
    return n > 0 && line[n] == ':' ? 0 : bad(err, "a header field is not a name and a colon");
}

static int content_length(struct http_reader *reader, const char *value, struct err *err)
{
    size_t digits = strspn(value, "0123456789");
    if (reader->has_length) {
        return bad(err, "Content-Length is given twice");
    }
    if (digits == 0 || value[digits] != '\0') {
        return bad(err, "Content-Length is not a number");
    }
    reader->has_length = true;
    uint64_t length = 0;
    for (size_t i = 0; i < digits; i++) {
        length = length * 10 + (uint64_t)(value[i] - '0');
        if (length > http_body_most(reader)) {
            return http_too_large_body(reader, err);
        }
    }
    reader->left = length;
    return 0;
}

static int transfer_encoding(struct http_reader *reader, const char *value, struct err *err)
{
    if (reader->is_chunked || reader->minor == 0 || strcasecmp(value, "chunked") != 0) {
        return bad(err, "Transfer-Encoding is not one `chunked` of HTTP/1.1");
    }
    reader->is_chunked = true;
    return 0;
}

static int host(struct http_reader *reader, const char *value, struct err *err)
{
    (void)value;
    if (reader->has_host) {
        return bad(err, "Host is given twice");
    }
    reader->has_host = true;
    return 0;
}

static int expect(struct http_reader *reader, const char *value, struct err *err)
{
    if (strcasecmp(value, "100-continue") != 0) {
        return bad(err, "unsupported Expect header");
    }
    reader->expects_continue = true;
    return 0;
}

/* A list; `close` wins over `keep-alive`. */
static int connection(struct http_reader *reader, const char *value, struct err *err)
{
    (void)err;
    bool keep = false;
    while (*value != '\0') {
        value += strspn(value, ", \t");
        size_t len = strcspn(value, ", \t");
        reader->closes |= len == 5 && strncasecmp(value, "close", 5) == 0;
        keep |= len == 10 && strncasecmp(value, "keep-alive", 10) == 0;
        value += len;
    }
    reader->keep_alive = !reader->closes && (keep || reader->keep_alive);
    return 0;
}

static int note(struct http_reader *reader, const char *name, const char *value, struct err *err)
{
    static const struct {
        const char *name;
        int (*read)(struct http_reader *reader, const char *value, struct err *err);
    } known[] = {{"Content-Length", content_length},
                 {"Transfer-Encoding", transfer_encoding},
                 {"Host", host},
                 {"Expect", expect},
                 {"Connection", connection}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcasecmp(known[i].name, name) == 0) {
            return known[i].read(reader, value, err);
        }
    }
    return 0;
}

int http_read_field(struct http_reader *reader, char *line, size_t len, struct err *err)
{
    if (http_check_field(line, len, err) != 0) {
        return -1;
    }
    if (reader->field_count == HTTP_READ_FIELDS_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_TOO_LARGE_HEADER,
                       "the request has more than %d header fields", HTTP_READ_FIELDS_MAX);
    }
    char *colon = strchr(line, ':');
    char *value = colon + 1 + strspn(colon + 1, " \t");
    char *end = line + len;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
        *--end = '\0';
    }
    *colon = '\0';
    size_t base = (size_t)(line - (char *)reader->head.data);
    reader->fields[reader->field_count++] =
        (struct http_field){.name = base, .value = base + (size_t)(value - line)};
    return note(reader, line, value, err);
}
