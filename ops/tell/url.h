/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/url.h - the one reading of the URL of a receiver, or of a mail server.
 *
 * What is checked and what is called are the same text, because readers of URLs differ in what they
 * take for the host. So the URL is read once, by libcurl, whatever could be read in two ways is refused,
 * and libcurl is later given the text that was written from this reading. */
#ifndef OPS_TELL_URL_H
#define OPS_TELL_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum { OPS_URL_BYTES_MAX = 2048, OPS_HOST_SIZE = 254 };

struct ops_url {
    char *text; /* as it is called; owned */
    /* Lower case, in ASCII (xn--…), without a last dot; an address in its usual form: 127.0.0.1 for
     * 0x7f.1, ::1 without brackets. */
    char host[OPS_HOST_SIZE];
    bool is_address;
    uint16_t port;
};

/* FATAL ERR_USAGE: not http or https, too long, user or password, fragment, zone, a host that is neither
 * name nor address, port 0, characters that must be escaped; ERR_NO_MEMORY. */
MUST_CHECK int ops_url_read(struct ops_url *url, const char *text, struct err *err);
/* The same of a mail server: smtp:// or smtps://, a host and perhaps a port. */
MUST_CHECK int ops_url_read_server(struct ops_url *url, const char *text, struct err *err);
void ops_url_fini(struct ops_url *url);

#endif
