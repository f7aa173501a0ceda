/* SPDX-License-Identifier: Apache-2.0
 * component/account_kit.h - a register with agencies and accounts, made anew for each test. */
#ifndef COMPONENT_ACCOUNT_KIT_H
#define COMPONENT_ACCOUNT_KIT_H

#include "login_kit.h"

#include "base/log.h"
#include "storage/admin/account.h"

static inline struct secret_hash hash_of(const char *secret)
{
    struct err err = ERR_INIT;
    struct secret_hash hash;
    assert_ok(secret_hash_make(&hash, NULL, secret, strlen(secret), &err), err);
    return hash;
}

static inline struct sto_account_spec spec_of(const char *name, const char *agency,
                                              const char *const *roles, size_t count)
{
    return (struct sto_account_spec){.name = name,
                                     .person = "Salem Al-Arabi",
                                     .agency = agency,
                                     .decision = "No. 12 of 2026",
                                     .roles = roles,
                                     .role_count = count,
                                     .by = "tester"};
}

/* Its secret is its name with "-secret". */
static inline void add(struct room *room, const char *name, const char *agency, const char *scope,
                       const char *role)
{
    char secret[100];
    char last_day[STO_DATE_SIZE];
    snprintf(secret, sizeof(secret), "%s-secret", name);
    struct secret_hash hash = hash_of(secret);
    struct sto_account_spec spec = spec_of(name, agency, &role, 1);
    spec.scope = scope;
    assert_ok(sto_account_add(room->steward, &spec, &hash, last_day, &room->err), room->err);
}

static inline int build(void **state)
{
    struct room *room = calloc(1, sizeof(*room));
    register_reset();
    room_now = room;
    room->raw = raw_open();
    room->conn = sto_open(STO_ROLE_REGISTRY);
    room->steward = sto_open(STO_ROLE_STEWARD);
    room->err = (struct err)ERR_INIT;
    room->shared = (struct reg_shared){
        .conn = {.dsn = register_dsn(),
                 .role = STO_ROLE_REGISTRY,
                 .application_name = "nrc test",
                 .deadline_ms = 60000},
        .changes = 1,
        .listening = true,
    };
    room->worker.shared = &room->shared;
    forget(room, false, CACHE_MS);
    static const char *const codes[] = {"moh", "moi"};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const struct sto_agency_spec agency = {.code = codes[i],
                                               .name = codes[i],
                                               .legal_class = 1,
                                               .division = "Records",
                                               .head = "Head"};
        assert_ok(sto_agency_add(room->conn, &agency, &room->err), room->err);
    }
    add(room, "moh-births", "moh", NULL, "producer");
    add(room, "huda", NULL, NULL, "steward");
    add(room, "salem", NULL, NULL, "auditor");
    write_to = NULL;
    *state = room;
    return 0;
}

static inline int done(void **state)
{
    struct room *room = *state;
    reg_auth_free(&room->worker.auth);
    sto_conn_close(&room->worker.conn);
    sto_conn_close(&room->conn);
    sto_conn_close(&room->steward);
    PQfinish(room->raw);
    log_set_fd(2);
    free(room);
    return 0;
}

/* -- who gets in */

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, done)

#endif
