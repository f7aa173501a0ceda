/* SPDX-License-Identifier: Apache-2.0
 * base/http/read.h - a strict, bounded reader of HTTP/1.1 requests, fed with pieces of any size.
 *
 * It is stricter than RFC 9112 asks where laxness has let two servers read one stream differently:
 * every line ends in CRLF, no header continues on a second line, no space before a colon, one
 * Content-Length of digits, one Transfer-Encoding that says `chunked`, never both, no control
 * character anywhere. After a failure nothing more is read: the connection cannot be trusted.
 *
 * Memory: header_bytes and body_bytes at most (with a buffer's slack), and only as bytes arrive.
 * Thread: its connection's worker. Source: RFC 9112. */
#ifndef BASE_HTTP_READ_H
#define BASE_HTTP_READ_H

#include "base/buf.h"
#include "base/err.h"
#include "base/http/http.h"

enum { HTTP_READ_FIELDS_MAX = 100, HTTP_READ_CHUNK_LINE_BYTES = 256 };

enum http_read_state {
    HTTP_READ_REQUEST_LINE = 0,
    HTTP_READ_FIELDS,
    HTTP_READ_LENGTH, /* a body of known length */
    HTTP_READ_CHUNK_SIZE,
    HTTP_READ_CHUNK,
    HTTP_READ_CHUNK_END,
    HTTP_READ_TRAILERS,
    HTTP_READ_DONE,
    HTTP_READ_FAILED
};

struct http_field {
    size_t name; /* offsets into head */
    size_t value;
};

struct http_reader {
    size_t header_bytes;
    size_t body_bytes;

    enum http_read_state state;
    bool started;    /* a byte has come */
    bool after_head; /* the header is complete: fields may be asked */
    struct buf head; /* lines, each ended by a NUL once it is read */
    struct buf body;
    size_t line;       /* where the line under way begins in head */
    size_t head_bytes; /* lines and trailers, as sent */
    uint64_t left;     /* bytes of the body or chunk still to come */
    enum http_method method;
    bool is_head;
    size_t target; /* offset into head; 0: none yet */
    int minor;     /* HTTP/1.minor */
    bool has_length;
    bool is_chunked;
    bool has_host;
    bool expects_continue;
    bool closes; /* `Connection: close` was said, whatever else is */
    bool keep_alive;
    struct http_field fields[HTTP_READ_FIELDS_MAX];
    size_t field_count;
};

void http_reader_init(struct http_reader *reader, size_t header_bytes, size_t body_bytes);
void http_reader_fini(struct http_reader *reader);
void http_reader_reset(struct http_reader *reader); /* for the next request */

/* Takes bytes until the request is complete and tells how many; state says what is next. On
 * FAILED err is ERR_BAD_REQUEST, ERR_TOO_LARGE_HEADER, ERR_TOO_LARGE_BODY or ERR_NO_MEMORY. */
size_t http_reader_feed(struct http_reader *reader, const void *bytes, size_t len, struct err *err);

/* After the head, when a body is to come. Its length is known: room for all of it at once. */
void http_reader_reserve(struct http_reader *reader);
/* Memory that the body takes, or will when its length is known. */
size_t http_reader_body_memory(const struct http_reader *reader);

/* "" before the request line is read. Both live until reset. */
const char *http_reader_target(const struct http_reader *reader);
const char *http_reader_name(const struct http_reader *reader, size_t field);
const char *http_reader_value(const struct http_reader *reader, size_t field);

/* The client waits for `100 Continue` before it sends its body. */
bool http_reader_waits(const struct http_reader *reader);

#endif
