/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/sender.h - messages on their way, many at a time: webhooks as Standard Webhooks 1.0.0 has them, JSON, and mail.
 *
 * A request is one attempt: nothing here tries again, remembers a receiver or keeps an order. What is
 * sent goes to an address that the rules allow, and to no other: the URL is checked when it is given,
 * each address that its name resolves to before a connection to it is opened, and a kept connection's
 * peer again before it is used. Redirects are not followed, proxies of the environment, cookies
 * and netrc not used, certificates verified; mail is said to another machine over TLS alone.
 *
 * Thread: the one that made it. The process ignores SIGPIPE (base/signals.h). */
#ifndef OPS_TELL_SENDER_H
#define OPS_TELL_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_address_rules;
struct ops_sender; /* body in sender.c */

struct ops_sender_options {
    int timeout_ms;    /* of one attempt, from the name's resolution to the answer's last byte */
    int max_in_flight; /* 1 to 4,096 */
    const struct ops_address_rules *rules; /* borrowed until free */
    const char *ca_file;                   /* PEM; NULL: the system's */
    const char *user_agent;
    const char *mail_user; /* of the mail server; NULL: it asks for no login */
    const char *mail_password;
};

enum ops_send {
    OPS_SEND_WEBHOOK, /* a signed POST of a CloudEvent */
    OPS_SEND_JSON,    /* a POST of JSON */
    OPS_SEND_MAIL     /* to one mailbox; the URL is the mail server's: smtp://, smtps:// */
};

/* Copied; borrowed for the call. */
struct ops_sender_request {
    enum ops_send what;
    const char *url;
    const char *body; /* of mail: heads and all, its lines ended by CRLF */
    size_t body_len;
    /* Of mail: as ops/tell/mailbox.h writes them. */
    const char *from;
    const char *to;
    /* Of a webhook. */
    const char *id;      /* 1 to 128 letters, digits, '-' and '_'; the same at each attempt */
    int64_t timestamp_s; /* of this attempt: receivers refuse what is five minutes off */
    const char *const *secrets; /* whsec_ or whsk_ (base/sign.h): one, more while one is rotated */
    size_t secret_count;        /* 1 to 4 */
    void *tag;                  /* handed back */
};

enum ops_sender_outcome {
    OPS_SENT_DELIVERED, /* 2xx, and nothing else */
    OPS_SENT_RETRY,
    OPS_SENT_GONE,     /* the receiver wants no more (410), or there is no such mailbox */
    OPS_SENT_REJECTED, /* the mail server does not take this message, now or ever */
    OPS_SENT_REFUSED   /* the rules allow no address of it; nothing was sent */
};

struct ops_sender_result {
    void *tag;
    int status; /* of HTTP, also of an answer that was cut, or of SMTP; 0: there was none */
    enum ops_sender_outcome outcome;
    int64_t retry_after_s; /* what the receiver asked for, at most a day; -1: nothing */
    char text[160];        /* why it was not delivered, for people: no path, no query, no body */
};

/* FATAL ERR_CONFIG: an option out of its range, a CA file that cannot be read; ERR_NO_MEMORY. */
MUST_CHECK struct ops_sender *ops_sender_new(const struct ops_sender_options *options,
                                             struct err *err);
/* Cuts off what is in flight: it may have arrived. */
void ops_sender_free(struct ops_sender **taken);

/* Starts one. What the rules refuse is no error here but a result. RETRY ERR_OVERLOADED: max_in_flight
 * are. FATAL ERR_USAGE: an id or a secret is not one; ERR_NO_MEMORY. */
MUST_CHECK int ops_sender_send(struct ops_sender *sender, const struct ops_sender_request *request,
                               struct err *err);
/* Those that ended, at most max of them. Waits for the first up to wait_ms, and less when a signal comes
 * that is handled; 0: does what can be done at once. */
size_t ops_sender_poll(struct ops_sender *sender, int wait_ms, struct ops_sender_result *out,
                       size_t max);
/* Sent, and not yet handed out by poll. */
size_t ops_sender_in_flight(const struct ops_sender *sender);
/* Readable when poll has something to do, time-outs among it: for a caller that waits for more. */
int ops_sender_fd(const struct ops_sender *sender);

const char *ops_sender_outcome_name(enum ops_sender_outcome outcome); /* "delivered" … */

#endif
