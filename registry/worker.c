/* SPDX-License-Identifier: Apache-2.0
 * registry/worker.c - a worker's connection to the register, and how it comes back.
 *
 * A handler blocks its worker while the register answers, so a register that is away must not cost
 * every request a connection time-out: after a failed try the next half second's requests fail at
 * once, and clearly (50001); what one worker finds out of it holds for all. */
#include "registry/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http/http.h"
#include "base/log.h"
#include "registry/access/auth.h"
#include "registry/access/trail.h"
#include "registry/cache.h"
#include "registry/lookup_cache.h"

enum { RETRY_MS = 500, RECYCLE_MS = 60 * 60 * 1000 };

void *reg_worker_open(void *arg, int worker, struct err *err)
{
    struct reg_worker *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory for a worker");
        return NULL;
    }
    if (reg_worker_init(self, arg, worker, err) != 0) {
        reg_worker_close(self);
        return NULL;
    }
    return self;
}

void reg_worker_close(void *worker)
{
    if (worker != NULL) {
        reg_worker_fini(worker);
        free(worker);
    }
}

int reg_worker_init(struct reg_worker *self, struct reg_shared *shared, int number, struct err *err)
{
    self->shared = shared;
    self->number = number;
    self->cache = reg_cache_new(err);
    self->lookups = self->cache != NULL ? reg_lookup_cache_new(err) : NULL;
    const struct reg_auth_options options = {.login_cache_ms = shared->login_cache_ms,
                                             .anonymous_loopback = shared->anonymous_loopback,
                                             .connect = reg_conn,
                                             .generation = reg_generation};
    self->auth = self->lookups != NULL ? reg_auth_new(&options, err) : NULL;
    return self->auth != NULL ? 0 : -1;
}

void reg_worker_fini(struct reg_worker *self)
{
    sto_conn_close(&self->conn);
    sto_conn_close(&self->desk);
    reg_cache_free(&self->cache);
    reg_lookup_cache_free(&self->lookups);
    reg_auth_free(&self->auth);
}

struct reg_worker *reg_worker_of(const struct http_request *req)
{
    return http_worker(req);
}

void reg_log_outage(char logged[ERR_TEXT_BYTES], const struct err *err)
{
    if (err == NULL && logged[0] != '\0') {
        log_info("register_back");
        logged[0] = '\0';
    } else if (err != NULL && strcmp(logged, err->text) != 0) {
        log_warn("register_away", LOG_ERR(err));
        snprintf(logged, ERR_TEXT_BYTES, "%s", err->text);
    }
}

/* The one in *conn, or a new one in its place. */
static struct sto_conn *connect(struct reg_worker *self, struct sto_conn **conn,
                                const struct sto_conn_options *options, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    if (*conn != NULL &&
        (!sto_conn_still_usable(*conn) || now_ms - sto_conn_opened_ms(*conn) > RECYCLE_MS)) {
        sto_conn_close(conn);
    }
    if (*conn != NULL) {
        return *conn;
    }
    if (now_ms < atomic_load(&self->shared->retry_at_ms)) {
        err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN,
                "the register could not be reached a moment ago: try again");
        return NULL;
    }
    *conn = sto_conn_open(options, err);
    reg_log_outage(self->outage, *conn == NULL ? err : NULL);
    atomic_store(&self->shared->retry_at_ms, *conn != NULL ? 0 : clock_mono_ms() + RETRY_MS);
    return *conn;
}

struct sto_conn *reg_worker_conn(struct reg_worker *self, struct err *err)
{
    self->conn_used = self->conn_used || self->conn != NULL;
    return connect(self, &self->conn, &self->shared->conn, err);
}

struct sto_conn *reg_conn(const struct http_request *req, struct err *err)
{
    return reg_worker_conn(reg_worker_of(req), err);
}

struct sto_conn *reg_desk(const struct http_request *req, struct err *err)
{
    struct reg_worker *self = reg_worker_of(req);
    const struct reg_principal *who = http_principal(req);
    if (self->shared->desk == NULL || who == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                "the quarantine is worked at the monitor's page");
        return NULL;
    }
    struct sto_conn *conn = connect(self, &self->desk, self->shared->desk, err);
    return conn != NULL && sto_conn_act_as(conn, who->name, err) == 0 ? conn : NULL;
}

struct sto_conn *reg_conn_to_change(const struct http_request *req, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    struct sto_conn *conn = reg_conn(req, err);
    return conn != NULL && sto_conn_act_as(conn, who->name, err) == 0 ? conn : NULL;
}

/* Given a worker whose old connection outlived an outage and another whose new one failed just
 * before: when the first serves a request, the second tries again at once, so a client does not get
 * 200 and then 50001. */
void reg_worker_answered(struct http_request *req)
{
    struct reg_worker *self = reg_worker_of(req);
    if (self->conn_used && self->conn != NULL && sto_conn_usable(self->conn)) {
        atomic_store(&self->shared->retry_at_ms, 0);
    }
    reg_trail(req, self->changed);
    self->conn_used = false;
    self->changed = false;
}

uint64_t reg_generation(const struct http_request *req)
{
    return reg_worker_generation(reg_worker_of(req));
}

uint64_t reg_worker_generation(const struct reg_worker *self)
{
    struct reg_shared *shared = self->shared;
    return atomic_load(&shared->listening) ? atomic_load(&shared->changes) : 0;
}

void reg_changed(const struct http_request *req)
{
    struct reg_worker *self = reg_worker_of(req);
    self->changed = true;
    atomic_fetch_add(&self->shared->changes, 1);
}
