/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/mail.h - a message as Internet mail (RFC 5322, MIME): Arabic and English, as text and as HTML. Pure.
 *
 * No text reaches a head or a line as it is: subjects are encoded words (RFC 2047), each whole in itself, bodies are base64. So
 * nothing that is told can add a head, end the message, or make a line of more than 78 characters. */
#ifndef OPS_TELL_MAIL_H
#define OPS_TELL_MAIL_H

#include <stdint.h>

#include "base/buf.h"
#include "ops/tell/told.h"

struct ops_mailbox;

struct ops_mail {
    const struct ops_mailbox *from;
    const struct ops_mailbox *to;
    const char *
        id; /* letters, digits and '-': the same each time it is sent, so that twice is seen as one */
    const char *thread; /* likewise; messages with the same one stand together; NULL: alone */
    int64_t at_s;       /* since 1970: when it was told, not when it is sent */
    const char *link;   /* where the whole is read; NULL: nowhere */
    const struct ops_told *told;
};

/* The message, with CRLF at each line's end. Failure is the buffer's. */
void ops_mail_put(const struct ops_mail *mail, struct buf *out);

#endif
