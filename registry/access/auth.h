/* SPDX-License-Identifier: Apache-2.0
 * registry/access/auth.h - who sends a request, and may they.
 *
 * Basic (what Confluent clients send: name and secret) and Bearer (`name.secret` in one word).
 * Secrets are stored as scrypt hashes; a verified one is remembered for login_cache_ms by a keyed
 * hash whose key lives in this process only. Failures of a name or a peer are slowed: after five,
 * ERR_TOO_MANY until a pause that doubles up to a minute is over. */
#ifndef REGISTRY_ACCESS_AUTH_H
#define REGISTRY_ACCESS_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct http_request;
struct reg_cached_login;
struct reg_login_check;
struct sto_conn;

/* http_principal of an authorized request. */
struct reg_principal {
    const char *name;   /* of the person's account; "anonymous" */
    unsigned roles;     /* bits of registry/access/role.h */
    const char *agency; /* its agency's code; NULL: the Center's, or anonymous */
    const char *scope;  /* the subjects it may change begin so; NULL: no such bound */
};

/* The service's own: its workers' connections, and the word whether the catalogue has changed. */
struct reg_auth_options {
    int login_cache_ms;
    bool anonymous_loopback;
    struct sto_conn *(*connect)(const struct http_request *req, struct err *err); /* borrowed */
    /* What was read under one generation holds until the next; 0: keep nothing. */
    uint64_t (*generation)(const struct http_request *req);
};

struct reg_auth; /* a worker's */
MUST_CHECK struct reg_auth *reg_auth_new(const struct reg_auth_options *options, struct err *err);
void reg_auth_free(struct reg_auth **taken);

/* Of all workers of this process, since it began. */
struct reg_auth_counts {
    uint64_t logins; /* secrets found right, and paid for by scrypt */
    uint64_t failed;
    uint64_t slowed; /* answered ERR_TOO_MANY */
};
void reg_auth_counts(struct reg_auth_counts *out);

/* Sets the request's http_principal, which must have one of the roles. FATAL
 * ERR_UNAUTHENTICATED, ERR_TOO_MANY, ERR_FORBIDDEN; RETRY: the register is away. */
MUST_CHECK int reg_auth_admit(struct reg_auth *auth, struct http_request *req, unsigned roles,
                              struct err *err);
/* The second half of it, of an account that is known by other means. */
MUST_CHECK int reg_auth_allow(struct http_request *req, const struct reg_cached_login *account,
                              unsigned roles, struct err *err);
struct reg_login_check *reg_auth_check(struct reg_auth *auth); /* borrowed */

#endif
