/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/smtp.c - a transfer over SMTP (RFC 5321): one message to one mailbox, and how the server's replies are read.
 *
 * Over smtp:// STARTTLS is required, so a server, or somebody before it, that does not offer it gets a greeting and nothing
 * else: no login, no message. The exception is a server on this machine: what is said to it enters no network, and a
 * certificate for "localhost" is had by few. (libcurl asks no name server for localhost.)
 *
 * A reply of 4xx is for now, one of 5xx for this message (RFC 5321, 4.2.1); with "5.1.x" or "5.2.1" of RFC 3463 to RCPT it is
 * for this mailbox, as there is none. Whatever the server says of us, before it has heard of the message, is ours to mend: that
 * is tried again. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ops/tell/transfer_priv.h"

enum { ADDRESS_SIZE = 400 };

static const long GOODBYE_S = 1;

static size_t read_reply(char *line, size_t size, size_t count, void *arg)
{
    static const size_t code_len = sizeof("250 ") - 1;
    struct ops_transfer *transfer = arg;
    size_t len = size * count;
    transfer->header_bytes += len;
    if (transfer->header_bytes > OPS_ANSWER_HEADER_MAX) {
        transfer->is_header_full = true;
        return 0;
    }
    if (len >= code_len && memcmp(line, "221 ", code_len) == 0) {
        return len; /* its goodbye; what it said before is why */
    }
    const char *text = line + (len < code_len ? len : code_len);
    size_t text_len = len - (size_t)(text - line);
    while (text_len > 0 && (text[text_len - 1] == '\r' || text[text_len - 1] == '\n')) {
        text_len--;
    }
    snprintf(transfer->reply, sizeof(transfer->reply), "%.*s", (int)text_len, text);
    if (line[0] >= '4' || transfer->body_sent == transfer->body_len) {
        /* What this mail came to is known: the server's goodbye is waited for no longer than this. */
        curl_easy_setopt(transfer->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, GOODBYE_S);
    }
    return len;
}

static size_t give_body(char *out, size_t size, size_t count, void *arg)
{
    struct ops_transfer *transfer = arg;
    size_t left = transfer->body_len - transfer->body_sent;
    size_t len = size * count < left ? size * count : left;
    memcpy(out, transfer->body + transfer->body_sent, len);
    transfer->body_sent += len;
    return len;
}

bool ops_smtp_options(struct ops_transfer *transfer)
{
    const struct ops_sender_options *options = transfer->options;
    CURL *easy = transfer->easy;
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
        /* A connection that waits for the next mail is closed by the server, with a complaint. */
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_reply) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer) == CURLE_OK;
    if (is_set && options->mail_user != NULL) {
        is_set = curl_easy_setopt(easy, CURLOPT_USERNAME, options->mail_user) == CURLE_OK &&
                 curl_easy_setopt(easy, CURLOPT_PASSWORD, options->mail_password) == CURLE_OK;
    }
    return is_set;
}

static bool is_this_machine(const struct ops_url *url)
{
    struct in_addr address;
    return strcmp(url->host, "localhost") == 0 || strcmp(url->host, "::1") == 0 ||
           (url->is_address && inet_pton(AF_INET, url->host, &address) == 1 &&
            ntohl(address.s_addr) >> 24 == 127);
}

static struct curl_slist *one_address(const char *mailbox)
{
    char address[ADDRESS_SIZE];
    snprintf(address, sizeof(address), "<%s>", mailbox);
    return curl_slist_append(NULL, address);
}

int ops_smtp_prepare(struct ops_transfer *transfer, const struct ops_sender_request *request,
                     struct err *err)
{
    CURL *easy = transfer->easy;
    char from[ADDRESS_SIZE];
    snprintf(from, sizeof(from), "<%s>", request->from);
    bool is_clear =
        strncasecmp(transfer->url.text, "smtp:", 5) == 0 && is_this_machine(&transfer->url);
    transfer->list = one_address(request->to);
    bool is_set =
        transfer->list != NULL && curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->list) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->body_len) ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                         (long)transfer->options->timeout_ms / 1000 + 1) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_USE_SSL,
                         (long)(is_clear ? CURLUSESSL_NONE : CURLUSESSL_ALL)) == CURLE_OK;
    return is_set ? 0 : ops_transfer_no_memory(err);
}

static bool is_about_message(const struct ops_transfer *transfer)
{
    /* libcurl's own words: which command failed is told nowhere else. */
    return strncmp(transfer->error, "RCPT failed", 11) == 0 ||
           strncmp(transfer->error, "DATA failed", 11) == 0 ||
           transfer->body_sent == transfer->body_len;
}

static bool is_no_mailbox(const struct ops_transfer *transfer)
{
    return strncmp(transfer->error, "RCPT failed", 11) == 0 &&
           (strncmp(transfer->reply, "5.1.", 4) == 0 || strncmp(transfer->reply, "5.2.1", 5) == 0);
}

static void write_reply(const struct ops_transfer *transfer, const char *what,
                        struct ops_sender_result *out)
{
    char text[sizeof(out->text) + sizeof(transfer->reply)]; /* cut below, by whole characters */
    snprintf(text, sizeof(text), "%sSMTP %d %s", what, out->status, transfer->reply);
    ops_transfer_write_plain(out->text, sizeof(out->text), text);
}

bool ops_smtp_result(const struct ops_transfer *transfer, CURLcode code,
                     struct ops_sender_result *out)
{
    if (code == CURLE_OK) {
        out->outcome = OPS_SENT_DELIVERED;
        return true;
    }
    out->outcome = OPS_SENT_RETRY;
    if (code == CURLE_USE_SSL_FAILED) {
        snprintf(out->text, sizeof(out->text),
                 "the mail server offers no STARTTLS: nothing was said to it");
        out->status = 0;
        return true;
    }
    bool is_reply = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
                    code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_LOGIN_DENIED ||
                    code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_UPLOAD_FAILED;
    if (!is_reply || out->status < 400) {
        out->status = 0;
        return false;
    }
    if (out->status >= 500 && is_about_message(transfer)) {
        out->outcome = is_no_mailbox(transfer) ? OPS_SENT_GONE : OPS_SENT_REJECTED;
    }
    write_reply(transfer, code == CURLE_LOGIN_DENIED ? "the login of [alarm] user: " : "", out);
    return true;
}
