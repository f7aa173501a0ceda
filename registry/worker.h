/* SPDX-License-Identifier: Apache-2.0
 * registry/worker.h - what each HTTP worker of the registry has: a connection to the register, its
 * cache, and the word whether the catalogue has changed.
 *
 * Thread: the worker's own; reached from a handler by its request. */
#ifndef REGISTRY_WORKER_H
#define REGISTRY_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/conn/conn.h"

struct http_request;
struct http_server;
struct reg_cache;
struct reg_sessions;
struct reg_lookup_cache;
struct reg_auth;
struct reg_usage;

/* Shared by all workers of a process. */
struct reg_shared {
    struct sto_conn_options conn; /* role STO_ROLE_REGISTRY */
    _Atomic uint64_t changes;     /* from 1: rises when the catalogue is known to have changed */
    _Atomic int64_t retry_at_ms;  /* the register was away: no new try before; 0: it is there */
    atomic_bool listening;        /* false: changes may go unheard */
    struct http_server *_Atomic server; /* for its counts; NULL in tests */
    struct reg_usage *usage;            /* registry/usage.h; NULL: not counted */
    bool anonymous_loopback;
    const struct sto_conn_options
        *desk;                     /* role STO_ROLE_DESK; NULL: this process works no quarantine */
    struct reg_sessions *sessions; /* registry/access/session.h; NULL: nobody signs in here */
    const char *page_url;          /* by which browsers come; "": by the name they send */
    const char *public_url;        /* [registry] public_url */
    int login_cache_ms;
    /* Whether a webhook may have this URL: the relay's rules, which are another room's. NULL: none may. */
    int (*check_url)(void *arg, const char *url, struct err *err);
    void *check_url_arg;
};

struct reg_worker {
    struct reg_shared *shared;
    int number;
    struct sto_conn *conn;            /* NULL: to be opened */
    struct sto_conn *desk;            /* likewise */
    bool changed;                     /* something, by the request under way */
    bool conn_used;                   /* by the request under way */
    char outage[ERR_TEXT_BYTES];      /* as logged; "": the register is there */
    struct reg_cache *cache;          /* registry/cache.h; made by reg_worker_open */
    struct reg_lookup_cache *lookups; /* registry/lookup_cache.h; likewise */
    struct reg_auth *auth;            /* registry/access/auth.h; likewise */
};

/* For http_app; arg is struct reg_shared. */
void *reg_worker_open(void *arg, int worker, struct err *err);
void reg_worker_close(void *worker);
/* The same for one that is the first member of another application's worker: as a handler's http_worker(req) is both. self is
 * zeroed; fini also after a failed init. */
MUST_CHECK int reg_worker_init(struct reg_worker *self, struct reg_shared *shared, int number,
                               struct err *err);
void reg_worker_fini(struct reg_worker *self);
/* One line when the register is away, or away for another reason than the line in `logged`; err NULL:
 * the register is there, and one line if it was away. */
void reg_log_outage(char logged[ERR_TEXT_BYTES], const struct err *err);
/* For http_app: a register that has served this request is there for all workers. Logs who changed
 * what. */
void reg_worker_answered(struct http_request *req);

struct reg_worker *reg_worker_of(const struct http_request *req);
/* A connection that was usable a moment ago, opened when there is none. RETRY ERR_REGISTER_DOWN at
 * once while the register was away within the last half second and no worker has found it since.
 * Borrowed for the request. */
MUST_CHECK struct sto_conn *reg_conn(const struct http_request *req, struct err *err);
MUST_CHECK struct sto_conn *reg_worker_conn(struct reg_worker *self, struct err *err);
/* The same, in the name of the request's account: what is changed by it, the audit trail has as the account's. */
MUST_CHECK struct sto_conn *reg_conn_to_change(const struct http_request *req, struct err *err);
/* One by which the quarantine is seen and worked, in the name of the request's account, whose rights the register looks at
 * itself (0038_desk.sql). FATAL ERR_FORBIDDEN: this process has none. */
MUST_CHECK struct sto_conn *reg_desk(const struct http_request *req, struct err *err);
/* What is cached under one generation holds until the next; 0: cache nothing. Another process's
 * change is heard some milliseconds after its COMMIT. */
uint64_t reg_generation(const struct http_request *req);
uint64_t reg_worker_generation(const struct reg_worker *self);
/* After a change of our own, and only then: the next answer of this process knows it, and the trail
 * tells it. */
void reg_changed(const struct http_request *req);

#endif
