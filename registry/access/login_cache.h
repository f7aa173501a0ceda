/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login_cache.h - logins that were found right a short while ago, so that a client does not
 * pay scrypt on each request.
 *
 * An entry is found by the keyed hash of name and secret; neither the secret nor anything it could
 * be tried against outside of this process is kept. A bounded table: when it is full, whoever would be
 * forgotten first is.
 *
 * Thread: the worker that made it. Times are clock_mono_ms's. */
#ifndef REGISTRY_ACCESS_LOGIN_CACHE_H
#define REGISTRY_ACCESS_LOGIN_CACHE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "storage/admin/account.h"

enum { REG_LOGIN_CACHE_ENTRIES = 1024 };

/* Of one account, and by which of its secrets. */
struct reg_cached_login {
    char name[STO_ACCOUNT_NAME_MAX + 1];
    char agency[STO_AGENCY_CODE_MAX + 1];
    char scope[STO_ACCOUNT_SCOPE_MAX + 1];
    unsigned roles;
    int64_t secret_id;
    uint64_t generation; /* of the catalogue when this was read */
    int64_t until_ms;
};

struct reg_login_cache;
MUST_CHECK struct reg_login_cache *reg_login_cache_new(struct err *err);
void reg_login_cache_free(struct reg_login_cache **taken);

/* Borrowed until the next put; NULL: not cached, or no more. */
struct reg_cached_login *reg_login_cache_find(struct reg_login_cache *cache,
                                              const uint8_t mac[SECRET_MAC_BYTES], int64_t now_ms);
void reg_login_cache_put(struct reg_login_cache *cache, const uint8_t mac[SECRET_MAC_BYTES],
                         const struct reg_cached_login *cached);
void reg_login_cache_forget(struct reg_login_cache *cache, const uint8_t mac[SECRET_MAC_BYTES]);

#endif
