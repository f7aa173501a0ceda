/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/transfer_priv.h - one attempt: an easy handle of libcurl, and what its answer came to.
 *
 * Used again and again, for one request after another: connections belong to the multi handle. */
#ifndef OPS_RELAY_TRANSFER_PRIV_H
#define OPS_RELAY_TRANSFER_PRIV_H

#include <curl/curl.h>
#include <stdbool.h>

#include "ops/relay/url.h"
#include "ops/relay/webhook.h"

enum { OPS_ANSWER_HEADER_MAX = 16 << 10, OPS_ANSWER_BODY_MAX = 16 << 10, RETRY_AFTER_SIZE = 64 };

struct ops_transfer {
    struct ops_transfer *next; /* in whichever list of its owner */
    CURL *easy;
    const struct ops_webhook_options *options;
    /* Of the present request. */
    struct curl_slist *headers;
    char *body;
    struct ops_url url;
    void *tag;
    bool is_opened; /* an address was allowed */
    bool is_full;   /* more came than is read: cut off, on purpose */
    bool is_header_full;
    size_t header_bytes;
    size_t body_bytes;
    char retry_after[RETRY_AFTER_SIZE];
    char refusal[ERR_TEXT_BYTES]; /* "": none */
    char error[CURL_ERROR_SIZE];
};

MUST_CHECK struct ops_transfer *ops_transfer_new(const struct ops_webhook_options *options,
                                                 struct err *err);
void ops_transfer_free(struct ops_transfer **taken);

/* Everything up to the first byte. FATAL ERR_USAGE, ERR_NO_MEMORY. A URL that the rules refuse leaves
 * a refusal. */
MUST_CHECK int ops_transfer_prepare(struct ops_transfer *transfer,
                                    const struct ops_webhook_request *request, struct err *err);
void ops_transfer_result(const struct ops_transfer *transfer, CURLcode code,
                         struct ops_webhook_result *out);
/* Of a request that has a refusal from its preparation, and was not sent. */
void ops_transfer_refusal(const struct ops_transfer *transfer, struct ops_webhook_result *out);
/* Forgets the request. */
void ops_transfer_reset(struct ops_transfer *transfer);

#endif
