/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/transfer_priv.h - one attempt: an easy handle of libcurl, and what its answer came to.
 *
 * Used again and again, for one request after another of its wire: connections belong to the multi handle. */
#ifndef OPS_TELL_TRANSFER_PRIV_H
#define OPS_TELL_TRANSFER_PRIV_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>

#include "ops/tell/sender.h"
#include "ops/tell/url.h"

enum {
    OPS_ANSWER_HEADER_MAX = 16 << 10,
    OPS_ANSWER_BODY_MAX = 16 << 10,
    RETRY_AFTER_SIZE = 64,
    OPS_REPLY_SIZE = 128
};

enum ops_wire { OPS_WIRE_HTTP, OPS_WIRE_SMTP, OPS_WIRE_COUNT };

struct ops_transfer {
    struct ops_transfer *next; /* in whichever list of its owner */
    CURL *easy;
    const struct ops_sender_options *options;
    enum ops_wire wire;
    /* Of SMTP, while it is on its way. */
    struct ops_courier *courier;
    pthread_t thread;
    CURLcode code;
    /* Of the present request. */
    struct curl_slist *list; /* HTTP: headers; SMTP: to whom */
    char *body;
    size_t body_len;
    size_t body_sent; /* of SMTP */
    struct ops_url url;
    void *tag;
    bool is_opened; /* an address was allowed */
    bool is_full;   /* more came than is read: cut off, on purpose */
    bool is_header_full;
    size_t header_bytes;
    size_t body_bytes;
    char retry_after[RETRY_AFTER_SIZE];
    char reply[OPS_REPLY_SIZE];   /* SMTP: the last line, behind its code */
    char refusal[ERR_TEXT_BYTES]; /* "": none */
    char error[CURL_ERROR_SIZE];
};

MUST_CHECK struct ops_transfer *ops_transfer_new(const struct ops_sender_options *options,
                                                 enum ops_wire wire, struct err *err);
void ops_transfer_free(struct ops_transfer **taken);

/* Everything up to the first byte. FATAL ERR_USAGE, ERR_NO_MEMORY. A URL that the rules refuse leaves
 * a refusal. */
MUST_CHECK int ops_transfer_prepare(struct ops_transfer *transfer,
                                    const struct ops_sender_request *request, struct err *err);
void ops_transfer_result(const struct ops_transfer *transfer, CURLcode code,
                         struct ops_sender_result *out);
/* Of a request that has a refusal from its preparation, and was not sent. */
void ops_transfer_refusal(const struct ops_transfer *transfer, struct ops_sender_result *out);
/* Forgets the request. */
void ops_transfer_reset(struct ops_transfer *transfer);

/* ---- what differs: http.c, smtp.c ---- */

/* What is the same for each request. false: no memory. */
bool ops_http_options(struct ops_transfer *transfer);
bool ops_smtp_options(struct ops_transfer *transfer);

/* The URL is read and allowed, and the body is there. */
MUST_CHECK int ops_http_prepare(struct ops_transfer *transfer,
                                const struct ops_sender_request *request, struct err *err);
MUST_CHECK int ops_smtp_prepare(struct ops_transfer *transfer,
                                const struct ops_sender_request *request, struct err *err);

/* Reads the answer. `out` has the status; false: there is none to read. */
bool ops_http_result(const struct ops_transfer *transfer, CURLcode code,
                     struct ops_sender_result *out);
bool ops_smtp_result(const struct ops_transfer *transfer, CURLcode code,
                     struct ops_sender_result *out);

int ops_transfer_no_memory(struct err *err);
/* The receiver chose some of the bytes: nothing but plain ASCII goes on. */
void ops_transfer_write_plain(char *out, size_t size, const char *text);

#endif
