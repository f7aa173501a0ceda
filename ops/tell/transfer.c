/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/transfer.c - see the header.
 *
 * Two of libcurl's hooks see the peer. CURLOPT_OPENSOCKETFUNCTION is asked for each address that a name
 * resolved to, before anything is sent there; one that is refused leaves the next to be tried.
 * CURLOPT_PREREQFUNCTION is asked before the request is sent, also over a kept connection, which
 * opened no socket for this request. */
#include "ops/tell/transfer_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ops/tell/address.h"

/* A receiver that moved is found again after so long, though its connection stays usable. */
enum { CONNECTION_LIFETIME_S = 300 };

static bool may_call(struct ops_transfer *transfer, const struct sockaddr *peer)
{
    struct err err = ERR_INIT;
    if (ops_address_check_peer(transfer->options->rules, transfer->url.host, peer, &err) == 0) {
        return true;
    }
    snprintf(transfer->refusal, sizeof(transfer->refusal), "%s", err.text);
    return false;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct ops_transfer *transfer = arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !may_call(transfer, &address->addr)) {
        return CURL_SOCKET_BAD;
    }
    transfer->is_opened = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool read_peer(const char *ip, int port, struct sockaddr_storage *out)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, ip, &in.sin_addr) == 1) {
        memcpy(out, &in, sizeof(in));
        return true;
    }
    if (inet_pton(AF_INET6, ip, &in6.sin6_addr) == 1) {
        memcpy(out, &in6, sizeof(in6));
        return true;
    }
    return false;
}

static int before_request(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    (void)own_ip;
    (void)own_port;
    struct ops_transfer *transfer = arg;
    struct sockaddr_storage peer;
    if (read_peer(peer_ip, peer_port, &peer) &&
        may_call(transfer, (const struct sockaddr *)&peer)) {
        return CURL_PREREQFUNC_OK;
    }
    transfer->is_opened = false;
    return CURL_PREREQFUNC_ABORT;
}

/* What is the same for each request, over either wire. */
static bool set_options(CURL *easy, const struct ops_sender_options *options)
{
    bool is_set =
        curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        /* Each new connection asks for the name again. */
        curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L) == CURLE_OK &&
        /* A name server that does not answer must not hold the thread when the attempt is over. */
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFETIME_S) == CURLE_OK;
    /* From one file alone libcurl keeps what it read for the next connection. */
    if (is_set &&
        (options->ca_file != NULL || curl_version_info(CURLVERSION_NOW)->cainfo != NULL)) {
        is_set = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    if (is_set && options->ca_file != NULL) {
        is_set = curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file) == CURLE_OK;
    }
    return is_set;
}

static bool set_hooks(struct ops_transfer *transfer)
{
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK;
}

/* ---- one wire or the other ---- */

static const struct {
    bool (*options)(struct ops_transfer *transfer);
    int (*read_url)(struct ops_url *url, const char *text, struct err *err);
    int (*prepare)(struct ops_transfer *transfer, const struct ops_sender_request *request,
                   struct err *err);
    bool (*result)(const struct ops_transfer *transfer, CURLcode code,
                   struct ops_sender_result *out);
} wires[OPS_WIRE_COUNT] = {
    [OPS_WIRE_HTTP] = {ops_http_options, ops_url_read, ops_http_prepare, ops_http_result},
    [OPS_WIRE_SMTP] = {ops_smtp_options, ops_url_read_server, ops_smtp_prepare, ops_smtp_result},
};

struct ops_transfer *ops_transfer_new(const struct ops_sender_options *options, enum ops_wire wire,
                                      struct err *err)
{
    struct ops_transfer *transfer = calloc(1, sizeof(*transfer));
    if (transfer == NULL) {
        ops_transfer_no_memory(err);
        return NULL;
    }
    transfer->options = options;
    transfer->wire = wire;
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL || !set_options(transfer->easy, options) || !set_hooks(transfer) ||
        !wires[wire].options(transfer)) {
        ops_transfer_no_memory(err);
        ops_transfer_free(&transfer);
    }
    return transfer;
}

void ops_transfer_free(struct ops_transfer **taken)
{
    struct ops_transfer *transfer = *taken;
    *taken = NULL;
    if (transfer != NULL) {
        ops_transfer_reset(transfer);
        curl_easy_cleanup(transfer->easy);
        free(transfer);
    }
}

void ops_transfer_reset(struct ops_transfer *transfer)
{
    curl_slist_free_all(transfer->list);
    transfer->list = NULL;
    free(transfer->body);
    transfer->body = NULL;
    ops_url_fini(&transfer->url);
}

static void begin(struct ops_transfer *transfer, void *tag)
{
    transfer->tag = tag;
    transfer->body_sent = 0;
    transfer->is_opened = false;
    transfer->is_full = false;
    transfer->is_header_full = false;
    transfer->header_bytes = 0;
    transfer->body_bytes = 0;
    transfer->retry_after[0] = '\0';
    transfer->reply[0] = '\0';
    transfer->refusal[0] = '\0';
    transfer->error[0] = '\0';
}

static int prepare_url(struct ops_transfer *transfer, const char *url, struct err *err)
{
    struct err refusal = ERR_INIT;
    if (wires[transfer->wire].read_url(&transfer->url, url, &refusal) != 0 ||
        ops_address_check(transfer->options->rules, &transfer->url, &refusal) != 0) {
        snprintf(transfer->refusal, sizeof(transfer->refusal), "%s", refusal.text);
        return refusal.code == ERR_NO_MEMORY ? ops_transfer_no_memory(err) : 0;
    }
    return curl_easy_setopt(transfer->easy, CURLOPT_URL, transfer->url.text) == CURLE_OK
               ? 0
               : ops_transfer_no_memory(err);
}

static int copy_body(struct ops_transfer *transfer, const char *body, size_t len, struct err *err)
{
    transfer->body = malloc(len + 1);
    if (transfer->body == NULL) {
        return ops_transfer_no_memory(err);
    }
    memcpy(transfer->body, body, len);
    transfer->body[len] = '\0';
    transfer->body_len = len;
    return 0;
}

int ops_transfer_prepare(struct ops_transfer *transfer, const struct ops_sender_request *request,
                         struct err *err)
{
    begin(transfer, request->tag);
    if (prepare_url(transfer, request->url, err) != 0) {
        return -1;
    }
    if (transfer->refusal[0] != '\0') {
        return 0;
    }
    return copy_body(transfer, request->body, request->body_len, err) == 0
               ? wires[transfer->wire].prepare(transfer, request, err)
               : -1;
}

/* A certificate that is not believed is the operator's to mend: the message says where. */
static void write_error(const struct ops_transfer *transfer, CURLcode code,
                        struct ops_sender_result *out)
{
    char text[sizeof(out->text)];
    const char *error = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
    snprintf(text, sizeof(text), "%.90s%s", error,
             code == CURLE_PEER_FAILED_VERIFICATION
                 ? " ([relay] ca_file names the authorities that are believed)"
                 : "");
    ops_transfer_write_plain(out->text, sizeof(out->text),
                             code == CURLE_PEER_FAILED_VERIFICATION ? text : error);
}

void ops_transfer_result(const struct ops_transfer *transfer, CURLcode code,
                         struct ops_sender_result *out)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    memset(out, 0, sizeof(*out));
    out->tag = transfer->tag;
    out->retry_after_s = -1;
    out->status = status >= 200 && status <= 999 ? (int)status : 0;
    if (wires[transfer->wire].result(transfer, code, out)) {
        return;
    }
    bool is_refused = transfer->refusal[0] != '\0' && !transfer->is_opened;
    out->outcome = is_refused ? OPS_SENT_REFUSED : OPS_SENT_RETRY;
    if (is_refused || transfer->is_header_full) {
        ops_transfer_write_plain(out->text, sizeof(out->text),
                                 is_refused ? transfer->refusal
                                            : "the answer's header is too long");
    } else {
        write_error(transfer, code, out);
    }
}

void ops_transfer_refusal(const struct ops_transfer *transfer, struct ops_sender_result *out)
{
    memset(out, 0, sizeof(*out));
    out->tag = transfer->tag;
    out->retry_after_s = -1;
    out->outcome = OPS_SENT_REFUSED;
    ops_transfer_write_plain(out->text, sizeof(out->text), transfer->refusal);
}
