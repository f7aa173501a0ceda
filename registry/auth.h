/* SPDX-License-Identifier: Apache-2.0
 * registry/auth.h - who asks, and what they may.
 *
 * Basic (what Confluent clients send: name and secret) and Bearer (`name.secret` in one word).
 * Secrets are stored as scrypt hashes; a verified one is remembered for login_cache_ms by a keyed
 * hash whose key lives in this process only. Failures of a name or a peer are slowed: after five,
 * ERR_TOO_MANY until a pause that doubles up to a minute is over. */
#ifndef REGISTRY_AUTH_H
#define REGISTRY_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* http_principal of an authorized request. */
struct reg_principal {
    const char *name;   /* of the person's account; "anonymous" */
    unsigned roles;     /* bits of registry/role.h */
    const char *agency; /* its agency's code; NULL: the Center's, or anonymous */
    const char *scope;  /* the subjects it may change begin so; NULL: no such bound */
};

struct reg_auth; /* a worker's */
struct reg_auth *reg_auth_new(int login_cache_ms, bool anonymous_loopback, struct err *err);
void reg_auth_free(struct reg_auth **taken);

/* Of all workers of this process, since it began. */
struct reg_auth_counts {
    uint64_t logins; /* secrets found right, and paid for by scrypt */
    uint64_t failed;
    uint64_t slowed; /* answered ERR_TOO_MANY */
};
void reg_auth_counts(struct reg_auth_counts *out);

/* http_app.authorize. */
int reg_authorize(struct http_request *req, unsigned roles, struct err *err);
/* May the principal change this subject? A producer: those of its own agency's topics and names
 * ("moh.births-value", a dataset's topic). ERR_FORBIDDEN. */
MUST_CHECK int reg_may_write(struct http_request *req, const char *subject, struct err *err);

#endif
