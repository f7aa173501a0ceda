/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_http.c - any bytes as what a client sends, cut into pieces as the first byte says.
 *
 * Read whole or in pieces the outcome must be the same, memory must stay within the limits, and
 * what was read must go through routing to an answer. Requests follow each other on one connection
 * until one fails. What their Accept and Content-Type ask of the registry has an answer too. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/http/read.h"
#include "base/http/request_priv.h"
#include "registry/media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER_BYTES = 1024, BODY_BYTES = 256 };

static int echo(struct http_request *req, struct err *err)
{
    (void)err;
    size_t len;
    const char *body = http_body(req, &len);
    buf_put(http_out(req), body, len);
    buf_put_str(http_out(req), http_param(req, "rest"));
    http_set_header(req, "X-Echo", http_param(req, "rest"));
    http_ok(req, 200, "text/plain");
    return 0;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/{rest*}", 0, echo, ""},
    {HTTP_POST, "/a/{rest*}", 0, echo, ""},
};

static const struct http_app app = {.routes = routes, .route_count = COUNT_OF(routes)};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void dispatch(const struct http_reader *reader)
{
    struct http_request *req = http_request_make(reader->method, http_reader_target(reader),
                                                 (const char *)reader->body.data, reader->body.len);
    must(req != NULL);
    for (size_t i = 0; i < reader->field_count; i++) {
        http_request_add_header(req, http_reader_name(reader, i), http_reader_value(reader, i));
    }
    struct err err = ERR_INIT;
    int rc = reg_media_check(req, &err);
    /* The catalogue has types besides ours. */
    bool has_own = strstr(http_path(req), "/nrc/v1/catalogue") != NULL;
    must(rc != 0 ? err.code != ERR_NONE : has_own || reg_media_type(req) != NULL);
    http_dispatch(&app, NULL, req);
    must(http_status(req) >= 200 && http_status(req) <= 599);
    const char *echoed = http_answer_header(req, "X-Echo");
    must(echoed == NULL || strpbrk(echoed, "\r\n") == NULL);
    http_request_free(&req);
}

/* Requests read, and in `last` how it ended. */
static int read_all(const uint8_t *data, size_t size, size_t step, struct err *err,
                    enum http_read_state *last)
{
    struct http_reader reader;
    http_reader_init(&reader, HEADER_BYTES, BODY_BYTES);
    int count = 0;
    size_t at = 0;
    while (at < size && reader.state != HTTP_READ_FAILED) {
        size_t piece = size - at < step ? size - at : step;
        at += http_reader_feed(&reader, data + at, piece, err);
        must(reader.head.len <= HEADER_BYTES + HTTP_READ_CHUNK_LINE_BYTES);
        must(reader.body.len <= BODY_BYTES);
        if (reader.state == HTTP_READ_DONE) {
            dispatch(&reader);
            count++;
            http_reader_reset(&reader);
        }
    }
    *last = reader.state;
    http_reader_fini(&reader);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    uint8_t *copy = malloc(size - 1);
    must(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    struct err whole = ERR_INIT;
    struct err pieces = ERR_INIT;
    enum http_read_state whole_end;
    enum http_read_state pieces_end;
    int a = read_all(copy, size - 1, size - 1, &whole, &whole_end);
    int b = read_all(copy, size - 1, 1 + data[0] % 32, &pieces, &pieces_end);
    must(a == b && whole_end == pieces_end && whole.kind == pieces.kind);
    free(copy);
    return 0;
}
