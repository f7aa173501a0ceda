/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/http.c - a transfer over HTTP: a POST, and how its answer is read. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "ops/tell/headers_priv.h"
#include "ops/tell/retry_after.h"
#include "ops/tell/transfer_priv.h"

static void keep_retry_after(struct ops_transfer *transfer, const char *line, size_t len)
{
    static const char name[] = "retry-after:";
    size_t name_len = strlen(name);
    if (len > name_len && strncasecmp(line, name, name_len) == 0) {
        snprintf(transfer->retry_after, sizeof(transfer->retry_after), "%.*s",
                 (int)(len - name_len), line + name_len);
    }
}

/* Each line of a header, those of interim answers (100, 103) too. */
static size_t read_header(char *line, size_t size, size_t count, void *arg)
{
    struct ops_transfer *transfer = arg;
    size_t len = size * count;
    transfer->header_bytes += len;
    if (transfer->header_bytes > OPS_ANSWER_HEADER_MAX) {
        transfer->is_header_full = true;
        return 0;
    }
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        transfer->retry_after[0] = '\0';
    }
    keep_retry_after(transfer, line, len);
    return len;
}

static size_t read_body(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    struct ops_transfer *transfer = arg;
    transfer->body_bytes += size * count;
    transfer->is_full = transfer->body_bytes > OPS_ANSWER_BODY_MAX;
    return transfer->is_full ? 0 : size * count;
}

bool ops_http_options(struct ops_transfer *transfer)
{
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, transfer->options->user_agent) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;
}

int ops_http_prepare(struct ops_transfer *transfer, const struct ops_sender_request *request,
                     struct err *err)
{
    CURL *easy = transfer->easy;
    transfer->list = ops_headers_new(request, err);
    if (transfer->list == NULL) {
        return -1;
    }
    bool is_set = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                   (curl_off_t)transfer->body_len) == CURLE_OK &&
                  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body) == CURLE_OK &&
                  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->list) == CURLE_OK;
    return is_set ? 0 : ops_transfer_no_memory(err);
}

bool ops_http_result(const struct ops_transfer *transfer, CURLcode code,
                     struct ops_sender_result *out)
{
    if (code != CURLE_OK && !transfer->is_full) {
        return false;
    }
    if (out->status >= 200 && out->status <= 299) {
        out->outcome = OPS_SENT_DELIVERED;
        return true;
    }
    out->outcome = out->status == 410 ? OPS_SENT_GONE : OPS_SENT_RETRY;
    if (out->outcome == OPS_SENT_RETRY) {
        out->retry_after_s = ops_retry_after(transfer->retry_after, clock_wall_s());
    }
    bool is_redirect = out->status >= 300 && out->status <= 399;
    snprintf(out->text, sizeof(out->text), "HTTP %d%s", out->status,
             is_redirect ? ": redirects are not followed" : "");
    return true;
}
