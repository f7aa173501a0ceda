/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login_check.c - see the header.
 *
 * The order matters. First the pauses, before anything is paid for. Then the register, and scrypt: the same one scrypt for a
 * name that nobody has. A login that fails hears one sentence; what was wrong stands in the log, and there never the secret, nor
 * what was given as a name unless it is of a name's form. */
#include "registry/access/login_check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http/http.h"
#include "base/log.h"
#include "registry/access/auth.h"
#include "registry/access/login.h"
#include "registry/access/login_pause.h"
#include "registry/access/role.h"

struct reg_login_check {
    struct reg_auth_options options;
    struct secret_hash nobody; /* what unknown names are compared with */
    struct reg_pause *pauses;
};

static _Atomic uint64_t login_count;
static _Atomic uint64_t failed_count;
static _Atomic uint64_t slowed_count;

struct reg_login_check *reg_login_check_new(const struct reg_auth_options *options, struct err *err)
{
    struct reg_login_check *check = calloc(1, sizeof(*check));
    if (check == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for logins");
        return NULL;
    }
    check->options = *options;
    check->nobody.cost = secret_cost_now();
    check->pauses = reg_pause_new(err);
    /* The hash of nobody is random bytes: no secret has it. */
    if (check->pauses == NULL || secret_random(check->nobody.hash, SECRET_HASH_BYTES, err) != 0 ||
        secret_random(check->nobody.salt, SECRET_SALT_BYTES, err) != 0) {
        reg_login_check_free(&check);
    }
    return check;
}

void reg_login_check_free(struct reg_login_check **taken)
{
    struct reg_login_check *check = *taken;
    *taken = NULL;
    if (check != NULL) {
        reg_pause_free(&check->pauses);
        free(check);
    }
}

void reg_auth_counts(struct reg_auth_counts *out)
{
    out->logins = atomic_load(&login_count);
    out->failed = atomic_load(&failed_count);
    out->slowed = atomic_load(&slowed_count);
}

/* -- refusing */

static int refuse(struct http_request *req, struct reg_login_check *check, const char *name,
                  const char *why, struct err *err)
{
    atomic_fetch_add(&failed_count, 1);
    reg_pause_fail(check->pauses, name, http_peer(req), clock_mono_ms());
    log_warn("login_failed", LOG_STR("account", *name != '\0' ? name : "-"),
             LOG_STR("peer", http_peer(req)), LOG_STR("reason", why));
    return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED, "%s", REG_LOGIN_REFUSED);
}

static int check_pauses(struct http_request *req, const struct reg_login_check *check,
                        const char *name, struct err *err)
{
    int64_t left_ms = reg_pause_left_ms(check->pauses, name, http_peer(req), clock_mono_ms());
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

int reg_login_check_unread(struct reg_login_check *check, struct http_request *req, struct err *err)
{
    return check_pauses(req, check, "", err) != 0
               ? -1
               : refuse(req, check, "", "not a login that can be read", err);
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
static int find_secret(const struct reg_login_check *check, const struct sto_login *login,
                       const char *secret, int64_t *secret_id, struct err *err)
{
    uint8_t made[SECRET_HASH_BYTES];
    const struct secret_hash *last = NULL;
    int rc = 0;
    *secret_id = 0;
    if (login->secret_count == 0) {
        return secret_scrypt(&check->nobody, secret, strlen(secret), made, err);
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

static int read_login(struct http_request *req, const struct reg_login_check *check,
                      const char *name, struct sto_login *login, struct err *err)
{
    *login = (struct sto_login){0};
    if (*name == '\0') {
        return 0; /* no account has this name */
    }
    struct sto_conn *conn = check->options.connect(req, err);
    if (conn == NULL || sto_account_login(conn, name, login, err) != 0) {
        return err_add(err, "reading the account");
    }
    return 0;
}

bool reg_login_check_is_due(const struct reg_login_check *check, const struct http_request *req,
                            const struct reg_cached_login *cached)
{
    uint64_t generation = check->options.generation(req);
    return generation != 0 && generation != cached->generation;
}

int reg_login_check_again(struct reg_login_check *check, struct http_request *req,
                          struct reg_cached_login *cached, bool *holds, struct err *err)
{
    struct sto_login login;
    uint64_t generation = check->options.generation(req); /* before what is read */
    *holds = false;
    if (read_login(req, check, cached->name, &login, err) != 0) {
        return -1;
    }
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

/* -- a secret */

int reg_login_check_secret(struct reg_login_check *check, struct http_request *req,
                           const struct reg_credentials *who, struct reg_cached_login *out,
                           struct err *err)
{
    struct sto_login login;
    uint64_t generation =
        check->options.generation(req); /* before what is read, which may be newer */
    if (check_pauses(req, check, who->name, err) != 0 ||
        read_login(req, check, who->name, &login, err) != 0 ||
        find_secret(check, &login, who->secret, &out->secret_id, err) != 0) {
        return -1;
    }
    if (!login.known) {
        return refuse(req, check, who->name, "no such account", err);
    }
    if (login.refused[0] != '\0') {
        return refuse(req, check, who->name, login.refused, err);
    }
    if (out->secret_id == 0) {
        return refuse(req, check, who->name, "wrong secret", err);
    }
    reg_pause_clear(check->pauses, who->name);
    fill_cached(out, who->name, &login, generation);
    out->until_ms = clock_mono_ms() + check->options.login_cache_ms;
    atomic_fetch_add(&login_count, 1);
    log_info("login", LOG_STR("account", who->name), LOG_STR("peer", http_peer(req)));
    return 0;
}
