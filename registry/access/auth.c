/* SPDX-License-Identifier: Apache-2.0
 * registry/access/auth.c - who asks, and what they may. See the header.
 *
 * The order matters. First the secrets found right a short while ago: whoever knows one is let in
 * though others fail under its name. Then the pauses, before anything is paid for. Then the register,
 * and scrypt: the same one scrypt for a name that nobody has. A login that fails hears one sentence;
 * what was wrong stands in the log, and there never the secret, nor what was given as a name unless it
 * is of a name's form.
 *
 * When the catalogue has changed since an account was read, it is read again, without scrypt: a
 * disabled account is out at once wherever the registry runs. */
#include "registry/access/auth.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/http/http.h"
#include "base/log.h"
#include "registry/access/login.h"
#include "registry/access/login_cache.h"
#include "registry/access/login_pause.h"
#include "registry/access/role.h"

struct reg_auth {
    struct reg_auth_options options;
    uint8_t key[SECRET_KEY_BYTES]; /* of the keyed hash; this process's */
    struct secret_hash nobody;     /* what unknown names are compared with */
    struct reg_login_cache *logins;
    struct reg_pause *pauses;
};

static _Atomic uint64_t login_count;
static _Atomic uint64_t failed_count;
static _Atomic uint64_t slowed_count;

struct reg_auth *reg_auth_new(const struct reg_auth_options *options, struct err *err)
{
    struct reg_auth *auth = calloc(1, sizeof(*auth));
    if (auth == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for logins");
        return NULL;
    }
    auth->options = *options;
    auth->nobody.cost = secret_cost_now();
    auth->logins = reg_login_cache_new(err);
    auth->pauses = auth->logins != NULL ? reg_pause_new(err) : NULL;
    /* The hash of nobody is random bytes: no secret has it. */
    if (auth->pauses == NULL || secret_random(auth->key, sizeof(auth->key), err) != 0 ||
        secret_random(auth->nobody.hash, SECRET_HASH_BYTES, err) != 0 ||
        secret_random(auth->nobody.salt, SECRET_SALT_BYTES, err) != 0) {
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
        reg_pause_free(&auth->pauses);
        secret_wipe(auth, sizeof(*auth));
        free(auth);
    }
}

void reg_auth_counts(struct reg_auth_counts *out)
{
    out->logins = atomic_load(&login_count);
    out->failed = atomic_load(&failed_count);
    out->slowed = atomic_load(&slowed_count);
}

/* -- refusing */

static int ask_for_login(struct http_request *req, struct err *err)
{
    http_set_header(req, "WWW-Authenticate", "Basic realm=\"nrc\"");
    return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED,
                   "authentication required: send the name and secret of an active account");
}

/* name "": none that could be an account's. */
static int refuse(struct http_request *req, struct reg_auth *auth, const char *name,
                  const char *why, struct err *err)
{
    atomic_fetch_add(&failed_count, 1);
    reg_pause_fail(auth->pauses, name, http_peer(req), clock_mono_ms());
    log_warn("login_failed", LOG_STR("account", *name != '\0' ? name : "-"),
             LOG_STR("peer", http_peer(req)), LOG_STR("reason", why));
    return ask_for_login(req, err);
}

static int check_pauses(struct http_request *req, const struct reg_auth *auth, const char *name,
                        struct err *err)
{
    int64_t left_ms = reg_pause_left_ms(auth->pauses, name, http_peer(req), clock_mono_ms());
    if (left_ms == 0) {
        return 0;
    }
    atomic_fetch_add(&slowed_count, 1);
    log_warn("login_failed", LOG_STR("account", *name != '\0' ? name : "-"),
             LOG_STR("peer", http_peer(req)), LOG_STR("reason", "too many failures before it"));
    char seconds[24];
    snprintf(seconds, sizeof(seconds), "%lld", (long long)((left_ms + 999) / 1000));
    http_set_header(req, "Retry-After", seconds);
    return err_set(err, ERR_KIND_FATAL, ERR_TOO_MANY,
                   "too many failed logins: try again in %s seconds", seconds);
}

/* -- the account, as the register has it */

static unsigned role_bits(const struct sto_login *login)
{
    static const struct {
        const char *name;
        unsigned bit;
    } roles[] = {
#define X(id, bit, name, sentence) {name, bit},
        REG_ROLE_TABLE(X)
#undef X
    };
    unsigned bits = 0;
    for (size_t i = 0; i < login->role_count; i++) {
        for (size_t r = 0; r < COUNT_OF(roles); r++) {
            bits |= strcmp(login->roles[i], roles[r].name) == 0 ? roles[r].bit : 0;
        }
    }
    return bits;
}

static void fill_cached(struct reg_cached_login *out, const char *name,
                        const struct sto_login *login, uint64_t generation)
{
    snprintf(out->name, sizeof(out->name), "%s", name);
    memcpy(out->agency, login->agency, sizeof(out->agency));
    memcpy(out->scope, login->scope, sizeof(out->scope));
    out->roles = role_bits(login);
    out->generation = generation;
}

/* *secret_id: of the one that the secret is; 0: of none. One scrypt, but for an account whose two
 * valid secrets have different costs. */
static int find_secret(const struct reg_auth *auth, const struct sto_login *login,
                       const char *secret, int64_t *secret_id, struct err *err)
{
    uint8_t made[SECRET_HASH_BYTES];
    const struct secret_hash *last = NULL;
    int rc = 0;
    *secret_id = 0;
    if (login->secret_count == 0) {
        return secret_scrypt(&auth->nobody, secret, strlen(secret), made, err);
    }
    for (size_t i = 0; i < login->secret_count && rc == 0; i++) {
        const struct secret_hash *hash = &login->secrets[i].hash;
        bool is_made = last != NULL && memcmp(last->salt, hash->salt, SECRET_SALT_BYTES) == 0 &&
                       memcmp(&last->cost, &hash->cost, sizeof(hash->cost)) == 0;
        if (!is_made) {
            rc = secret_scrypt(hash, secret, strlen(secret), made, err);
        }
        last = hash;
        if (rc == 0 && secret_equal(made, hash->hash, SECRET_HASH_BYTES)) {
            *secret_id = login->secrets[i].id;
        }
    }
    secret_wipe(made, sizeof(made));
    return rc;
}

static int read_login(struct http_request *req, const struct reg_auth *auth, const char *name,
                      struct sto_login *login, struct err *err)
{
    *login = (struct sto_login){0};
    if (*name == '\0') {
        return 0; /* no account has this name */
    }
    struct sto_conn *conn = auth->options.connect(req, err);
    if (conn == NULL || sto_account_login(conn, name, login, err) != 0) {
        return err_add(err, "reading the account");
    }
    return 0;
}

/* Does a cached login still hold? The account is read again if the catalogue has changed since. */
static int recheck(struct http_request *req, const struct reg_auth *auth,
                   struct reg_cached_login *cached, bool *holds, struct err *err)
{
    uint64_t generation = auth->options.generation(req);
    *holds = true;
    if (generation == 0 || generation == cached->generation) {
        return 0;
    }
    struct sto_login login;
    if (read_login(req, auth, cached->name, &login, err) != 0) {
        return -1;
    }
    *holds = false;
    for (size_t i = 0; i < login.secret_count && login.refused[0] == '\0'; i++) {
        *holds = *holds || login.secrets[i].id == cached->secret_id;
    }
    if (*holds) {
        char name[sizeof(cached->name)];
        memcpy(name, cached->name, sizeof(name));
        fill_cached(cached, name, &login, generation);
    }
    return 0;
}

/* -- one request */

static int log_in_uncached(struct http_request *req, struct reg_auth *auth,
                           const struct reg_credentials *who, struct reg_cached_login *out,
                           struct err *err)
{
    struct sto_login login;
    uint64_t generation =
        auth->options.generation(req); /* before what is read, which may be newer */
    if (check_pauses(req, auth, who->name, err) != 0 ||
        read_login(req, auth, who->name, &login, err) != 0 ||
        find_secret(auth, &login, who->secret, &out->secret_id, err) != 0) {
        return -1;
    }
    if (!login.known) {
        return refuse(req, auth, who->name, "no such account", err);
    }
    if (login.refused[0] != '\0') {
        return refuse(req, auth, who->name, login.refused, err);
    }
    if (out->secret_id == 0) {
        return refuse(req, auth, who->name, "wrong secret", err);
    }
    reg_pause_clear(auth->pauses, who->name);
    fill_cached(out, who->name, &login, generation);
    out->until_ms = clock_mono_ms() + auth->options.login_cache_ms;
    atomic_fetch_add(&login_count, 1);
    log_info("login", LOG_STR("account", who->name), LOG_STR("peer", http_peer(req)));
    return 0;
}

static int log_in(struct http_request *req, struct reg_auth *auth,
                  const struct reg_credentials *who, struct reg_cached_login *out, struct err *err)
{
    uint8_t mac[SECRET_MAC_BYTES];
    bool holds = false;
    /* The name's NUL parts it from the secret. What follows either is zero. */
    if (secret_mac(auth->key, who, sizeof(*who), mac, err) != 0) {
        return -1;
    }
    struct reg_cached_login *cached = reg_login_cache_find(auth->logins, mac, clock_mono_ms());
    if (cached != NULL) {
        if (recheck(req, auth, cached, &holds, err) != 0) {
            return -1;
        }
        if (holds) {
            *out = *cached;
            return 0;
        }
        reg_login_cache_forget(auth->logins, mac);
    }
    if (log_in_uncached(req, auth, who, out, err) != 0) {
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
            return ask_for_login(req, err); /* clients begin without: no failure to count */
        }
        *out = (struct reg_cached_login){.name = "anonymous", .roles = REG_ANYONE};
        return 0;
    }
    struct reg_credentials who;
    int rc;
    if (reg_credentials_read(header, &who)) {
        rc = log_in(req, auth, &who, out, err);
    } else {
        rc = check_pauses(req, auth, "", err);
        rc = rc == 0 ? refuse(req, auth, "", "not a login that can be read", err) : rc;
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

int reg_auth_admit(struct reg_auth *auth, struct http_request *req, unsigned roles, struct err *err)
{
    struct reg_cached_login account = {0};
    if (identify(req, auth, &account, err) != 0 || set_principal(req, &account, err) != 0) {
        return -1;
    }
    if ((account.roles & roles) == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "account %s may not do this: it needs the role %s", account.name,
                       name_roles(req, roles));
    }
    return 0;
}
