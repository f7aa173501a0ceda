/* SPDX-License-Identifier: Apache-2.0
 * base/http/tls.c - TLS of the server: certificate, key, and the CA of the certificates that a client
 * may show.
 *
 * One context is shared by all workers (OpenSSL locks it). OpenSSL's queue of errors belongs to
 * the thread, so it is emptied where it is read, here and in conn*.c: errors that one client's
 * handshake left there must not be taken for another's failure. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/http/tls_priv.h"

enum { SUBJECT_BYTES_MAX = 1024 };

static int refuse(struct err *err, const char *what, const char *file)
{
    char reason[160] = "unknown reason";
    unsigned long code = ERR_peek_last_error();
    if (code != 0) {
        ERR_error_string_n(code, reason, sizeof(reason));
    }
    ERR_clear_error();
    return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s %s: %s", what, file, reason);
}

/* OpenSSL says of a file that is not there "system lib". */
static int check_readable(const char *what, const char *file, struct err *err)
{
    FILE *opened = fopen(file, "re");
    if (opened == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s %s: %s", what, file, strerror(errno));
    }
    fclose(opened);
    return 0;
}

/* Without it OpenSSL would ask for the key's password on the terminal. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

static int load_own(SSL_CTX *tls, const struct http_options *options, struct err *err)
{
    if (options->key == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the certificate needs a private key");
    }
    if (check_readable("the certificate", options->certificate, err) != 0 ||
        check_readable("the private key", options->key, err) != 0) {
        return -1;
    }
    if (SSL_CTX_use_certificate_chain_file(tls, options->certificate) != 1) {
        return refuse(err, "the certificate", options->certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(tls, options->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(tls) != 1) {
        return refuse(err, "the private key", options->key);
    }
    return 0;
}

static int load_clients(SSL_CTX *tls, const struct http_options *options, struct err *err)
{
    if (options->client_certificate == HTTP_CLIENT_NONE) {
        return 0;
    }
    if (options->client_ca == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "client certificates need a client CA");
    }
    if (check_readable("the client CA", options->client_ca, err) != 0) {
        return -1;
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(options->client_ca);
    if (names == NULL || SSL_CTX_load_verify_locations(tls, options->client_ca, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refuse(err, "the client CA", options->client_ca);
    }
    SSL_CTX_set_client_CA_list(tls, names);
    int required =
        options->client_certificate == HTTP_CLIENT_REQUIRED ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | required, NULL);
    return 0;
}

static SSL_CTX *new_context(const struct http_options *options, struct err *err)
{
    static const unsigned char session_context[] = "nrc";
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (tls == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for TLS");
        return NULL;
    }
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(tls, no_password);
    /* A session with a client's certificate is resumed only under a name. */
    SSL_CTX_set_session_id_context(tls, session_context, sizeof(session_context) - 1);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* tickets need no memory here */
    if (load_own(tls, options, err) != 0 || load_clients(tls, options, err) != 0) {
        SSL_CTX_free(tls);
        return NULL;
    }
    return tls;
}

static int64_t seconds_of(const ASN1_TIME *at)
{
    struct tm utc = {0};
    return ASN1_TIME_to_tm(at, &utc) == 1 ? (int64_t)timegm(&utc) : 0;
}

int http_certificate_try(const struct http_options *options, struct http_validity *out,
                         struct err *err)
{
    SSL_CTX *tls = new_context(options, err);
    const X509 *own = tls != NULL ? SSL_CTX_get0_certificate(tls) : NULL;
    if (own != NULL) {
        out->from_s = seconds_of(X509_get0_notBefore(own));
        out->until_s = seconds_of(X509_get0_notAfter(own));
    }
    SSL_CTX_free(tls);
    return own != NULL ? 0 : -1;
}

void http_tls_init(struct http_tls *tls)
{
    pthread_mutex_init(&tls->lock, NULL);
    tls->context = NULL;
}

void http_tls_fini(struct http_tls *tls)
{
    SSL_CTX_free(tls->context);
    pthread_mutex_destroy(&tls->lock);
}

int http_tls_load(struct http_tls *tls, const struct http_options *options, struct err *err)
{
    SSL_CTX *fresh = new_context(options, err);
    if (fresh == NULL) {
        return -1;
    }
    pthread_mutex_lock(&tls->lock);
    SSL_CTX *old = tls->context;
    tls->context = fresh;
    pthread_mutex_unlock(&tls->lock);
    SSL_CTX_free(old); /* connections hold it until they end */
    return 0;
}

SSL *http_tls_new_ssl(struct http_tls *tls)
{
    pthread_mutex_lock(&tls->lock);
    SSL *ssl = SSL_new(tls->context);
    pthread_mutex_unlock(&tls->lock);
    return ssl;
}

char *http_tls_peer_subject(SSL *ssl)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == NULL || SSL_get_verify_result(ssl) != X509_V_OK) {
        return NULL;
    }
    char *subject = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
                                          XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        char *text;
        long len = BIO_get_mem_data(bio, &text);
        if (len > 0 && len <= SUBJECT_BYTES_MAX && memchr(text, '\0', (size_t)len) == NULL) {
            subject = strndup(text, (size_t)len);
        }
    }
    BIO_free(bio);
    ERR_clear_error();
    return subject;
}
