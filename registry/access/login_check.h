/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login_check.h - whether a name and a secret are an account's, and whether they still are: for requests that
 * bring them (auth.h) and for people who sign in (session.h).
 *
 * Thread: the worker that made it. */
#ifndef REGISTRY_ACCESS_LOGIN_CHECK_H
#define REGISTRY_ACCESS_LOGIN_CHECK_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "registry/access/login_cache.h"

struct http_request;
struct reg_auth_options;
struct reg_credentials;

#define REG_LOGIN_REFUSED "authentication required: send the name and secret of an active account"

struct reg_login_check; /* body in login_check.c */
MUST_CHECK struct reg_login_check *reg_login_check_new(const struct reg_auth_options *options,
                                                       struct err *err);
void reg_login_check_free(struct reg_login_check **taken);

/* Pays for one scrypt, in `out` whose secret it is; until_ms is login_cache_ms from now. FATAL ERR_UNAUTHENTICATED (counted, and
 * slowed), ERR_TOO_MANY; RETRY: the register is away. */
MUST_CHECK int reg_login_check_secret(struct reg_login_check *check, struct http_request *req,
                                      const struct reg_credentials *who,
                                      struct reg_cached_login *out, struct err *err);
/* Something came that can be nobody's: a failure as well. -1. */
int reg_login_check_unread(struct reg_login_check *check, struct http_request *req,
                           struct err *err);

/* The catalogue is known to have changed since the account was read. */
bool reg_login_check_is_due(const struct reg_login_check *check, const struct http_request *req,
                            const struct reg_cached_login *cached);
/* Reads the account again, without scrypt. *holds: it is active, and that secret of it valid. */
MUST_CHECK int reg_login_check_again(struct reg_login_check *check, struct http_request *req,
                                     struct reg_cached_login *cached, bool *holds, struct err *err);

#endif
