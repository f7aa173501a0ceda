/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/post.h - mail and alerts, composed and given to the sender; and what [alarm] says of the mail server. */
#ifndef OPS_TELL_POST_H
#define OPS_TELL_POST_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "ops/tell/mailbox.h"
#include "ops/tell/sender.h"

struct buf;
struct conf;
struct ops_mail;

struct ops_post {
    const char *server; /* borrowed from the configuration; NULL: no mail is sent */
    struct ops_mailbox from;
};

/* Of [alarm] smtp and from. `out` must not move. FATAL ERR_CONFIG: one that is none, or a server without a sender. */
MUST_CHECK int ops_post_read(struct ops_post *out, const struct conf *conf, struct err *err);

/* How [relay] and [alarm] have the sender; borrows the configuration and the rules. */
struct ops_sender_options ops_post_options(const struct conf *conf,
                                           const struct ops_address_rules *rules);

/* As ops_sender_send; also RETRY ERR_CONFIG: no mail server is set. */
MUST_CHECK int ops_post_mail(const struct ops_post *post, struct ops_sender *sender,
                             const struct ops_mail *mail, void *tag, struct err *err);
/* url: the Alertmanager's; alerts: a list, of ops_alert_put. */
MUST_CHECK int ops_post_alerts(struct ops_sender *sender, const char *url, struct buf *alerts,
                               void *tag, struct err *err);

#endif
