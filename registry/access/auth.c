/* SPDX-License-Identifier: Apache-2.0
 * registry/access/auth.c - who asks, and what they may. See the header.
 *
 * First the secrets found right a short while ago: whoever knows one is let in though others fail under
 * its name. Then login_check.c.
 *
 * When the catalogue has changed since an account was read, it is read again, without scrypt: a
 * disabled account is out at once wherever the registry runs. */
#include "registry/access/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/http/http.h"
#include "registry/access/login.h"
#include "registry/access/login_cache.h"
#include "registry/access/login_check.h"
#include "registry/access/role.h"

struct reg_auth {
    struct reg_auth_options options;
    uint8_t key[SECRET_KEY_BYTES]; /* of the keyed hash; this process's */
    struct reg_login_cache *logins;
    struct reg_login_check *check;
};

struct reg_auth *reg_auth_new(const struct reg_auth_options *options, struct err *err)
{
    struct reg_auth *auth = calloc(1, sizeof(*auth));
    if (auth == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for logins");
        return NULL;
    }
    auth->options = *options;
    auth->logins = reg_login_cache_new(err);
    auth->check = auth->logins != NULL ? reg_login_check_new(options, err) : NULL;
    if (auth->check == NULL || secret_random(auth->key, sizeof(auth->key), err) != 0) {
        reg_auth_free(&auth);
    }
    return auth;
}

void reg_auth_free(struct reg_auth **taken)
{
    struct reg_auth *auth = *taken;
    *taken = NULL;
    if (auth != NULL) {
        reg_login_cache_free(&auth->logins);
        reg_login_check_free(&auth->check);
        secret_wipe(auth, sizeof(*auth));
        free(auth);
    }
}

struct reg_login_check *reg_auth_check(struct reg_auth *auth)
{
    return auth->check;
}

/* -- one request */

static int log_in(struct http_request *req, struct reg_auth *auth,
                  const struct reg_credentials *who, struct reg_cached_login *out, struct err *err)
{
    uint8_t mac[SECRET_MAC_BYTES];
    bool holds = true;
    /* The name's NUL parts it from the secret. What follows either is zero. */
    if (secret_mac(auth->key, who, sizeof(*who), mac, err) != 0) {
        return -1;
    }
    struct reg_cached_login *cached = reg_login_cache_find(auth->logins, mac, clock_mono_ms());
    if (cached != NULL) {
        if (reg_login_check_is_due(auth->check, req, cached) &&
            reg_login_check_again(auth->check, req, cached, &holds, err) != 0) {
            return -1;
        }
        if (holds) {
            *out = *cached;
            return 0;
        }
        reg_login_cache_forget(auth->logins, mac);
    }
    if (reg_login_check_secret(auth->check, req, who, out, err) != 0) {
        return -1;
    }
    reg_login_cache_put(auth->logins, mac, out);
    return 0;
}

static int set_principal(struct http_request *req, const struct reg_cached_login *account,
                         struct err *err)
{
    struct arena *arena = http_arena(req);
    struct reg_principal *principal = arena_calloc(arena, 1, sizeof(*principal));
    const char *name = arena_strdup(arena, account->name);
    const char *agency = arena_strdup(arena, account->agency);
    const char *scope = arena_strdup(arena, account->scope);
    if (principal == NULL || name == NULL || agency == NULL || scope == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the account");
    }
    *principal = (struct reg_principal){.name = name,
                                        .roles = account->roles,
                                        .agency = *agency != '\0' ? agency : NULL,
                                        .scope = *scope != '\0' ? scope : NULL};
    http_set_principal(req, principal);
    return 0;
}

/* Requests of a browser on behalf of a foreign page, and of a proxy on behalf of others, come from
 * loopback too: the setting is not for them. */
static bool may_be_anonymous(const struct http_request *req)
{
    static const char *const of_proxies[] = {"Forwarded", "X-Forwarded-For", "Via"};
    for (size_t i = 0; i < COUNT_OF(of_proxies); i++) {
        if (http_header(req, of_proxies[i]) != NULL) {
            return false;
        }
    }
    const char *site = http_header(req, "Sec-Fetch-Site");
    bool is_foreign =
        site != NULL && strcasecmp(site, "same-origin") != 0 && strcasecmp(site, "none") != 0;
    return http_peer_is_loopback(req) && !is_foreign;
}

static int identify(struct http_request *req, struct reg_auth *auth, struct reg_cached_login *out,
                    struct err *err)
{
    const char *header = http_header(req, "Authorization");
    if (header == NULL) {
        if (!auth->options.anonymous_loopback || !may_be_anonymous(req)) {
            /* clients begin without: no failure to count */
            return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED, "%s", REG_LOGIN_REFUSED);
        }
        *out = (struct reg_cached_login){.name = "anonymous", .roles = REG_ANYONE};
        return 0;
    }
    struct reg_credentials who;
    int rc;
    if (reg_credentials_read(header, &who)) {
        rc = log_in(req, auth, &who, out, err);
    } else {
        rc = reg_login_check_unread(auth->check, req, err);
    }
    secret_wipe(&who, sizeof(who));
    return rc;
}

/* "steward or producer" */
static const char *name_roles(struct http_request *req, unsigned roles)
{
    static const struct {
        unsigned bit;
        const char *name;
    } rows[] = {
#define X(id, bit, name, sentence) {bit, name},
        REG_ROLE_TABLE(X)
#undef X
    };
    const char *text = "";
    for (size_t i = 0; i < COUNT_OF(rows) && text != NULL; i++) {
        if ((roles & rows[i].bit) != 0) {
            text = arena_printf(http_arena(req), "%s%s%s", text, *text != '\0' ? " or " : "",
                                rows[i].name);
        }
    }
    return text != NULL ? text : "another";
}

int reg_auth_allow(struct http_request *req, const struct reg_cached_login *account, unsigned roles,
                   struct err *err)
{
    if (set_principal(req, account, err) != 0) {
        return -1;
    }
    if ((account->roles & roles) == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "account %s may not do this: it needs the role %s", account->name,
                       name_roles(req, roles));
    }
    return 0;
}

int reg_auth_admit(struct reg_auth *auth, struct http_request *req, unsigned roles, struct err *err)
{
    struct reg_cached_login account = {0};
    if (identify(req, auth, &account, err) != 0) {
        if (err->code == ERR_UNAUTHENTICATED) {
            http_set_header(req, "WWW-Authenticate", "Basic realm=\"nrc\"");
        }
        return -1;
    }
    return reg_auth_allow(req, &account, roles, err);
}
