/* SPDX-License-Identifier: Apache-2.0
 * base/http/tls_priv.h - the certificate in force. Thread: any. */
#ifndef BASE_HTTP_TLS_PRIV_H
#define BASE_HTTP_TLS_PRIV_H

#include <openssl/ssl.h>
#include <pthread.h>

#include "base/http/server.h"

struct http_tls {
    pthread_mutex_t lock;
    SSL_CTX *context; /* lock guards which one; NULL: none was loaded */
};

void http_tls_init(struct http_tls *tls);
void http_tls_fini(struct http_tls *tls);
/* Reads certificate, key and CA, for connections that come from now on. On failure the old ones stay. */
MUST_CHECK int http_tls_load(struct http_tls *tls, const struct http_options *options,
                             struct err *err);
SSL *http_tls_new_ssl(struct http_tls *tls); /* NULL: no memory */
/* RFC 4514 form, allocated; NULL: no certificate (or no memory). */
char *http_tls_peer_subject(SSL *ssl);

#endif
