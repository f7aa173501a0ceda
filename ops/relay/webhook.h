/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/webhook.h - webhooks, sent as Standard Webhooks 1.0.0 has it, many at a time.
 *
 * A request is one attempt: nothing here tries again, remembers a receiver or keeps an order. What is
 * sent goes to an address that the rules allow, and to no other: the URL is checked when it is given,
 * each address that its name resolves to before a connection to it is opened, and a kept connection's
 * peer again before it is used. Redirects are not followed, proxies of the environment, cookies
 * and netrc not used, certificates verified.
 *
 * Thread: the one that made it. The process ignores SIGPIPE (base/signals.h). */
#ifndef OPS_RELAY_WEBHOOK_H
#define OPS_RELAY_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_address_rules;
struct ops_webhook; /* body in webhook.c */

struct ops_webhook_options {
    int timeout_ms;    /* of one attempt, from the name's resolution to the answer's last byte */
    int max_in_flight; /* 1 to 4,096 */
    const struct ops_address_rules *rules; /* borrowed until free */
    const char *ca_file;                   /* PEM; NULL: the system's */
    const char *user_agent;
};

/* Copied; borrowed for the call. */
struct ops_webhook_request {
    const char *id;      /* 1 to 128 letters, digits, '-' and '_'; the same at each attempt */
    int64_t timestamp_s; /* of this attempt: receivers refuse what is five minutes off */
    const char *url;
    const char *body;
    size_t body_len;
    const char *const *secrets; /* whsec_ or whsk_ (base/sign.h): one, more while one is rotated */
    size_t secret_count;        /* 1 to 4 */
    void *tag;                  /* handed back */
};

enum ops_webhook_outcome {
    OPS_WEBHOOK_DELIVERED, /* 2xx, and nothing else */
    OPS_WEBHOOK_RETRY,
    OPS_WEBHOOK_GONE,   /* 410: the receiver wants no more */
    OPS_WEBHOOK_REFUSED /* the rules allow no address of it; nothing was sent */
};

struct ops_webhook_result {
    void *tag;
    int status; /* of HTTP, also of an answer that was cut; 0: there was none */
    enum ops_webhook_outcome outcome;
    int64_t retry_after_s; /* what the receiver asked for, at most a day; -1: nothing */
    char text[160];        /* why it was not delivered, for people: no path, no query, no body */
};

/* FATAL ERR_CONFIG: an option out of its range, a CA file that cannot be read; ERR_NO_MEMORY. */
MUST_CHECK struct ops_webhook *ops_webhook_new(const struct ops_webhook_options *options,
                                               struct err *err);
/* Cuts off what is in flight: it may have arrived. */
void ops_webhook_free(struct ops_webhook **taken);

/* Starts one. What the rules refuse is no error here but a result. RETRY ERR_OVERLOADED: max_in_flight
 * are. FATAL ERR_USAGE: an id or a secret is not one; ERR_NO_MEMORY. */
MUST_CHECK int ops_webhook_send(struct ops_webhook *webhook,
                                const struct ops_webhook_request *request, struct err *err);
/* Those that ended, at most max of them. Waits for the first up to wait_ms, and less when a signal comes
 * that is handled; 0: does what can be done at once. */
size_t ops_webhook_poll(struct ops_webhook *webhook, int wait_ms, struct ops_webhook_result *out,
                        size_t max);
/* Sent, and not yet handed out by poll. */
size_t ops_webhook_in_flight(const struct ops_webhook *webhook);
/* Readable when poll has something to do, time-outs among it: for a caller that waits for more. */
int ops_webhook_fd(const struct ops_webhook *webhook);

const char *ops_webhook_outcome_name(enum ops_webhook_outcome outcome); /* "delivered" … */

#endif
