/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/url.c - see the header.
 *
 * First the text is held to the few characters and the one shape that no reader takes otherwise; then
 * libcurl reads it, and turns a name in Unicode into ASCII and odd spellings of an IPv4 address into
 * the usual one. What comes out is looked at again: Unicode digits become an address only there. */
#include "ops/tell/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MAX = 63 };

static int bad(struct err *err, const char *why)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "not a URL that can be called: %s", why);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a URL");
}

/* What a URL may begin with. */
struct schemes {
    const char *either[2];
    const char *otherwise;
};

static const struct schemes web = {{"http://", "https://"},
                                   "it does not begin with http:// or https://"};
static const struct schemes mail = {{"smtp://", "smtps://"},
                                    "it does not begin with smtp:// or smtps://"};

/* Where the host begins; NULL: the URL has another scheme. */
static const char *after_scheme(const struct schemes *schemes, const char *text)
{
    for (size_t i = 0; i < COUNT_OF(schemes->either); i++) {
        size_t len = strlen(schemes->either[i]);
        if (strncasecmp(text, schemes->either[i], len) == 0) {
            return text + len;
        }
    }
    return NULL;
}

static int check_text(const struct schemes *schemes, const char *text, struct err *err)
{
    if (strlen(text) > OPS_URL_BYTES_MAX) {
        return bad(err, "it is longer than 2,048 bytes");
    }
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '\\') {
            return bad(err, "it has a blank, a control character or a backslash");
        }
    }
    const char *authority = after_scheme(schemes, text);
    if (authority == NULL) {
        return bad(err, schemes->otherwise);
    }
    size_t len = strcspn(authority, "/?#");
    if (memchr(authority, '@', len) != NULL) {
        return bad(err, "it has a user or password");
    }
    if (memchr(authority, '%', len) != NULL) {
        return bad(err, "its host has an escape or a zone");
    }
    if (len == 0 || authority[0] == ':') {
        return bad(err, "it has no host");
    }
    if (strchr(authority, '#') != NULL) {
        return bad(err, "it has a fragment");
    }
    for (const char *at = authority + len; *at != '\0'; at++) {
        if ((unsigned char)*at > 0x7f) {
            return bad(err, "behind the host it has letters that must be escaped");
        }
    }
    return 0;
}

/* libcurl takes a name's bytes for the locale's; they are UTF-8 here, whatever the process has set. A name
 * that IDNA refuses comes back as "out of memory" from libcurl 7, which then leaves the copy to its caller. */
static int read_ascii_host(CURLU *parts, char **host, struct err *err)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
    CURLUcode rc = curl_url_get(parts, CURLUPART_HOST, host, CURLU_PUNYCODE);
    if (utf8 != (locale_t)0) {
        uselocale(before);
        freelocale(utf8);
    }
    if (rc == CURLUE_OK) {
        return 0;
    }
    if (curl_version_info(CURLVERSION_NOW)->version_num < 0x080000) {
        curl_free(*host);
    }
    return bad(err, "its host is no name in Unicode");
}

static bool is_number(const char *label)
{
    if (label[0] == '0' && label[1] == 'x') {
        return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
    }
    return label[strspn(label, "0123456789")] == '\0';
}

/* Resolvers differ in what they make of a name that ends like an address, so none does. */
static bool is_name(const char *host)
{
    const char *label = host;
    for (;;) {
        size_t len = strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_");
        if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-') {
            return false;
        }
        if (label[len] == '\0') {
            return !is_number(label);
        }
        if (label[len] != '.') {
            return false;
        }
        label += len + 1;
    }
}

static int write_ipv6(struct ops_url *url, char *bracketed, struct err *err)
{
    struct in6_addr address;
    size_t len = strlen(bracketed);
    if (len < 2 || bracketed[len - 1] != ']') {
        return bad(err, "its address has no closing bracket");
    }
    bracketed[len - 1] = '\0';
    if (inet_pton(AF_INET6, bracketed + 1, &address) != 1) {
        return bad(err, "what stands in brackets is no IPv6 address");
    }
    inet_ntop(AF_INET6, &address, url->host, sizeof(url->host));
    url->is_address = true;
    return 0;
}

static int write_host(struct ops_url *url, char *host, struct err *err)
{
    if (host[0] == '[') {
        return write_ipv6(url, host, err);
    }
    size_t len = strlen(host);
    if (len > 0 && host[len - 1] == '.') {
        host[--len] = '\0';
    }
    if (len == 0 || len >= sizeof(url->host)) {
        return bad(err, "its host is empty or longer than 253 bytes");
    }
    for (size_t i = 0; i < len; i++) {
        host[i] = (char)tolower((unsigned char)host[i]);
    }
    struct in_addr address;
    if (inet_aton(host, &address) != 0) {
        inet_ntop(AF_INET, &address, url->host, sizeof(url->host));
        url->is_address = true;
        return 0;
    }
    if (!is_name(host)) {
        return bad(err, "its host is neither a name nor an address");
    }
    memcpy(url->host, host, len + 1);
    return 0;
}

static int read_port(CURLU *parts, struct ops_url *url, struct err *err)
{
    char *port = NULL;
    if (curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        return bad(err, "it has no port");
    }
    long number = strtol(port, NULL, 10);
    curl_free(port);
    if (number < 1 || number > UINT16_MAX) {
        return bad(err, "its port is not 1 to 65535");
    }
    url->port = (uint16_t)number;
    return 0;
}

/* The text again, with the host as it was written. */
static int write_text(CURLU *parts, struct ops_url *url, struct err *err)
{
    char host[OPS_HOST_SIZE + 2];
    bool is_ipv6 = strchr(url->host, ':') != NULL;
    snprintf(host, sizeof(host), is_ipv6 ? "[%s]" : "%s", url->host);
    char *text = NULL;
    if (curl_url_set(parts, CURLUPART_HOST, host, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_URL, &text, 0) != CURLUE_OK) {
        return bad(err, "it cannot be written again");
    }
    url->text = strdup(text);
    curl_free(text);
    return url->text != NULL ? 0 : no_memory(err);
}

static int read_parts(CURLU *parts, struct ops_url *url, const char *text, struct err *err)
{
    CURLUcode rc = curl_url_set(parts, CURLUPART_URL, text, 0);
    char *host = NULL;
    if (rc != CURLUE_OK) {
        return rc == CURLUE_OUT_OF_MEMORY ? no_memory(err) : bad(err, curl_url_strerror(rc));
    }
    if (read_ascii_host(parts, &host, err) != 0) {
        return -1;
    }
    int done = write_host(url, host, err);
    curl_free(host);
    return done == 0 && read_port(parts, url, err) == 0 ? write_text(parts, url, err) : -1;
}

static int read_url(const struct schemes *schemes, struct ops_url *url, const char *text,
                    struct err *err)
{
    memset(url, 0, sizeof(*url));
    if (check_text(schemes, text, err) != 0) {
        return -1;
    }
    CURLU *parts = curl_url();
    int rc = parts != NULL ? read_parts(parts, url, text, err) : no_memory(err);
    curl_url_cleanup(parts);
    return rc;
}

int ops_url_read(struct ops_url *url, const char *text, struct err *err)
{
    return read_url(&web, url, text, err);
}

int ops_url_read_server(struct ops_url *url, const char *text, struct err *err)
{
    if (read_url(&mail, url, text, err) != 0) {
        return -1;
    }
    const char *path = strchr(after_scheme(&mail, url->text), '/');
    if (path != NULL && path[1] != '\0') {
        ops_url_fini(url);
        return bad(err, "behind a mail server's port nothing follows");
    }
    return 0;
}

void ops_url_fini(struct ops_url *url)
{
    free(url->text);
    url->text = NULL;
}
