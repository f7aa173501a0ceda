/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/mailbox.h - the one reading of an e-mail address (RFC 5321, "Mailbox", of the plainest form).
 *
 * What it takes can stand in a command of SMTP and in a head as it is: letters, digits and . _ + - = ' before the '@', a host's
 * name behind it. No quotes, routes, comments, or addresses of machines. */
#ifndef OPS_TELL_MAILBOX_H
#define OPS_TELL_MAILBOX_H

#include "base/attr.h"
#include "base/err.h"
#include "ops/tell/url.h"

enum { OPS_LOCAL_PART_MAX = 64, OPS_MAILBOX_SIZE = OPS_LOCAL_PART_MAX + 1 + OPS_HOST_SIZE };

struct ops_mailbox {
    char text[OPS_MAILBOX_SIZE]; /* the domain in lower case and in ASCII (xn--…) */
    const char *domain;          /* inside text */
};

/* `out` must not move. FATAL ERR_USAGE, naming the fault. */
MUST_CHECK int ops_mailbox_read(struct ops_mailbox *out, const char *text, struct err *err);

/* What follows "mailto:"; NULL: it is another URL. */
const char *ops_mailbox_of_url(const char *url);

#endif
