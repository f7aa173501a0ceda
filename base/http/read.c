/* SPDX-License-Identifier: Apache-2.0
 * base/http/read.c - lines are collected in head until their CRLF, then one function per kind of
 * line reads them; a body goes straight into its buffer.
 *
 * Bounds come before memory: a line is refused when the header would be too large, a body when its
 * announced length is, a chunk when the sum would be. What the fields mean for framing is in
 * field.c. */
#include "base/http/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/http/read_priv.h"

enum { KEEP_BYTES = 16 * 1024 }; /* a connection between requests holds no more of each */

void http_reader_init(struct http_reader *reader, size_t header_bytes, size_t body_bytes)
{
    *reader = (struct http_reader){.header_bytes = header_bytes, .body_bytes = body_bytes};
}

void http_reader_fini(struct http_reader *reader)
{
    buf_fini(&reader->head);
    buf_fini(&reader->body);
}

static struct buf emptied(struct buf buf)
{
    if (buf.cap > KEEP_BYTES) {
        buf_fini(&buf);
    }
    buf_reset(&buf);
    return buf;
}

void http_reader_reset(struct http_reader *reader)
{
    struct buf head = emptied(reader->head);
    struct buf body = emptied(reader->body);
    http_reader_init(reader, reader->header_bytes, reader->body_bytes);
    reader->head = head;
    reader->body = body;
}

const char *http_reader_target(const struct http_reader *reader)
{
    return reader->target > 0 ? (const char *)reader->head.data + reader->target : "";
}

const char *http_reader_name(const struct http_reader *reader, size_t field)
{
    return (const char *)reader->head.data + reader->fields[field].name;
}

const char *http_reader_value(const struct http_reader *reader, size_t field)
{
    return (const char *)reader->head.data + reader->fields[field].value;
}

bool http_reader_waits(const struct http_reader *reader)
{
    return reader->expects_continue && reader->minor > 0 && reader->body.len == 0 &&
           (reader->state == HTTP_READ_LENGTH || reader->state == HTTP_READ_CHUNK_SIZE);
}

size_t http_reader_body_memory(const struct http_reader *reader)
{
    return reader->has_length ? reader->body.len + (size_t)reader->left + 1 : reader->body.cap;
}

/* Exactly, where doubling would take up to twice as much. A failure is found by the next put. */
void http_reader_reserve(struct http_reader *reader)
{
    size_t need = http_reader_body_memory(reader); /* with a NUL after the body */
    if (!reader->has_length || reader->body.cap >= need) {
        return;
    }
    uint8_t *data = realloc(reader->body.data, need);
    if (data != NULL) {
        reader->body.data = data;
        reader->body.cap = need;
    }
}

/* -- lines */

static int read_request_line(struct http_reader *reader, char *line, struct err *err)
{
    static const struct {
        const char *name;
        enum http_method method;
        bool is_head;
    } methods[] = {{"GET", HTTP_GET, false},
                   {"HEAD", HTTP_GET, true},
                   {"POST", HTTP_POST, false},
                   {"PUT", HTTP_PUT, false},
                   {"DELETE", HTTP_DELETE, false}};
    char *space = strchr(line, ' ');
    char *second = space != NULL ? strchr(space + 1, ' ') : NULL;
    if (second == NULL || space == line || second == space + 1) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "the request line does not have three parts");
    }
    *space = '\0';
    *second = '\0';
    if (!http_is_token(line)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "the method is not a token");
    }
    reader->target = (size_t)(space + 1 - (char *)reader->head.data);
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (strcmp(line, methods[i].name) == 0) {
            reader->method = methods[i].method;
            reader->is_head = methods[i].is_head;
        }
    }
    if (strcmp(second + 1, "HTTP/1.1") != 0 && strcmp(second + 1, "HTTP/1.0") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "the version is not HTTP/1.1 or 1.0");
    }
    reader->minor = second[8] - '0';
    reader->keep_alive = reader->minor == 1;
    reader->state = HTTP_READ_FIELDS;
    return 0;
}

static int end_fields(struct http_reader *reader, struct err *err)
{
    if (reader->minor == 1 && !reader->has_host) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "the Host header is missing");
    }
    if (reader->has_length && reader->is_chunked) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "Content-Length and Transfer-Encoding are mutually exclusive");
    }
    reader->after_head = true;
    reader->state = reader->is_chunked ? HTTP_READ_CHUNK_SIZE
                    : reader->left > 0 ? HTTP_READ_LENGTH
                                       : HTTP_READ_DONE;
    return 0;
}

/* "1a;name=value": extensions after the size are ignored. */
static int read_chunk_size(struct http_reader *reader, const char *line, struct err *err)
{
    uint64_t size = 0;
    size_t n = strspn(line, "0123456789abcdefABCDEF");
    if (n == 0 || n > 15 || (line[n] != '\0' && line[n] != ';')) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "a chunk size is not a number");
    }
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned char)line[i];
        size = size * 16 + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    if (size > http_body_most(reader) - reader->body.len) {
        return http_too_large_body(reader, err);
    }
    reader->left = size;
    reader->state = size > 0 ? HTTP_READ_CHUNK : HTTP_READ_TRAILERS;
    return 0;
}

/* What the line is about begins at `line`; its CRLF is a NUL by now. */
static int read_line(struct http_reader *reader, size_t len, struct err *err)
{
    char *line = (char *)reader->head.data + reader->line;
    switch (reader->state) {
    case HTTP_READ_REQUEST_LINE:
        /* RFC 9112 section 2.2: one empty line before a request is an old client's habit. */
        if (len == 0 && reader->head_bytes == 2) {
            reader->head.len = 0;
            return 0;
        }
        return read_request_line(reader, line, err);
    case HTTP_READ_FIELDS:
        return len == 0 ? end_fields(reader, err) : http_read_field(reader, line, len, err);
    case HTTP_READ_CHUNK_SIZE:
        reader->head.len = reader->line;
        return read_chunk_size(reader, line, err);
    case HTTP_READ_CHUNK_END:
        reader->head.len = reader->line;
        reader->state = HTTP_READ_CHUNK_SIZE;
        return len == 0 ? 0
                        : err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                                  "a chunk is longer than its size");
    default: /* trailers: read and forgotten */
        reader->head.len = reader->line;
        if (len == 0) {
            reader->state = HTTP_READ_DONE;
            return 0;
        }
        return http_check_field(line, len, err);
    }
}

/* Framing of chunks does not count against the header, but each line of it is short. */
static int check_room(struct http_reader *reader, size_t more, struct err *err)
{
    if (reader->state == HTTP_READ_CHUNK_SIZE || reader->state == HTTP_READ_CHUNK_END) {
        if (reader->head.len - reader->line + more > HTTP_READ_CHUNK_LINE_BYTES) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "a chunk line is too long");
        }
        return 0;
    }
    reader->head_bytes += more;
    if (reader->head_bytes > reader->header_bytes) {
        return err_set(err, ERR_KIND_FATAL, ERR_TOO_LARGE_HEADER,
                       "the request header is larger than %zu bytes", reader->header_bytes);
    }
    return 0;
}

static bool has_control(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((bytes[i] < ' ' && bytes[i] != '\t') || bytes[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* A CR is allowed only right before the LF, be it in this piece or the one before. */
static int end_line(struct http_reader *reader, struct err *err)
{
    struct buf *head = &reader->head;
    size_t len = head->len - reader->line;
    if (len < 2 || head->data[head->len - 2] != '\r') {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "a line does not end in CR LF");
    }
    head->len -= 2;
    head->data[head->len++] = '\0';
    int rc = read_line(reader, len - 2, err);
    reader->line = head->len;
    return rc;
}

static size_t feed_line(struct http_reader *reader, const uint8_t *bytes, size_t len,
                        struct err *err)
{
    const uint8_t *lf = memchr(bytes, '\n', len);
    size_t take = lf != NULL ? (size_t)(lf - bytes) + 1 : len;
    size_t text = take - (lf != NULL);
    bool cr_before =
        reader->head.len > reader->line && reader->head.data[reader->head.len - 1] == '\r';
    bool cr_last = text > 0 && bytes[text - 1] == '\r';
    if ((cr_before && text > 0) || has_control(bytes, text - cr_last)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                "the request header contains a control character");
        reader->state = HTTP_READ_FAILED;
        return take;
    }
    if (check_room(reader, take, err) != 0) {
        reader->state = HTTP_READ_FAILED;
        return take;
    }
    buf_put(&reader->head, bytes, take);
    if (buf_failed(&reader->head)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
        reader->state = HTTP_READ_FAILED;
    } else if (lf != NULL && end_line(reader, err) != 0) {
        reader->state = HTTP_READ_FAILED;
    }
    return take;
}

/* -- the body */

static size_t feed_body(struct http_reader *reader, const uint8_t *bytes, size_t len,
                        struct err *err)
{
    size_t take = len < reader->left ? len : (size_t)reader->left;
    buf_put(&reader->body, bytes, take);
    if (buf_failed(&reader->body)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request's body");
        reader->state = HTTP_READ_FAILED;
        return take;
    }
    reader->left -= take;
    if (reader->left == 0) {
        reader->state = reader->state == HTTP_READ_CHUNK ? HTTP_READ_CHUNK_END : HTTP_READ_DONE;
    }
    return take;
}

size_t http_reader_feed(struct http_reader *reader, const void *bytes, size_t len, struct err *err)
{
    const uint8_t *at = bytes;
    const uint8_t *end = at + len;
    while (at < end && reader->state < HTTP_READ_DONE) {
        reader->started = true;
        bool is_body = reader->state == HTTP_READ_LENGTH || reader->state == HTTP_READ_CHUNK;
        at += is_body ? feed_body(reader, at, (size_t)(end - at), err)
                      : feed_line(reader, at, (size_t)(end - at), err);
    }
    return len - (size_t)(end - at);
}
