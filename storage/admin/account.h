/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/account.h - accounts of named people and services (SMP, NRL-18): stewards change them, and
 * a login reads them. Each call is one transaction. Each change leaves an event with `by`, the name of the
 * person who made it. Reports of accounts: storage/report/report.h. */
#ifndef STORAGE_ADMIN_ACCOUNT_H
#define STORAGE_ADMIN_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

struct arena;
struct sto_conn;

enum {
    STO_ACCOUNT_NAME_MAX = 63,
    STO_AGENCY_CODE_MAX = 31,
    STO_ACCOUNT_SCOPE_MAX = 249,
    STO_ACCOUNT_ROLES_MAX = 8,
    STO_ACCOUNT_SECRETS_MAX = 2
};

/* [a-z], then up to 62 of a-z, 0-9, '.', '_', '-', the last a letter or digit; not "anonymous". */
bool sto_account_is_name(const char *name);

struct sto_account_spec {
    const char *name;
    const char *person; /* the account's person; for a service, the person responsible for it */
    const char *person_ar;
    bool is_service;
    const char *agency; /* NULL: the Center */
    const char *scope;  /* NULL: none; else the prefix of the subjects that it may write */
    const char *decision;
    const char *expires_on; /* YYYY-MM-DD, the last day; NULL: in a year */
    const char *const *roles;
    size_t role_count;
    const char *by;
};
enum { STO_DATE_SIZE = 16 };
/* expires_on: the last day as stored. FATAL ERR_USAGE, ERR_NOT_FOUND (agency), ERR_EXISTS. */
MUST_CHECK int sto_account_add(struct sto_conn *conn, const struct sto_account_spec *spec,
                               const struct secret_hash *secret, char expires_on[STO_DATE_SIZE],
                               struct err *err);

/* The following: FATAL ERR_NOT_FOUND, ERR_USAGE (also: the account is disabled). */
MUST_CHECK int sto_account_disable(struct sto_conn *conn, const char *name, const char *reason,
                                   const char *by, struct err *err);
/* The former secret stays valid for keep_hours; 0: it ends at once. */
MUST_CHECK int sto_account_rotate(struct sto_conn *conn, const char *name, int keep_hours,
                                  const struct secret_hash *secret, const char *by,
                                  struct err *err);
/* Reviewed now. last_day NULL: as it is. */
MUST_CHECK int sto_account_review(struct sto_conn *conn, const char *name, const char *last_day,
                                  const char *by, char expires_on[STO_DATE_SIZE], struct err *err);

struct sto_delegation_spec {
    const char *name; /* whose roles */
    const char *to;
    const char *const *roles; /* role_count 0: all of its own */
    size_t role_count;
    const char *from; /* YYYY-MM-DD, both days included */
    const char *until;
    const char *reason;
    const char *by;
};
enum { STO_ROLE_LIST_SIZE = 96 };
/* roles: the delegated ones, "operator,steward". */
MUST_CHECK int sto_account_delegate(struct sto_conn *conn, const struct sto_delegation_spec *spec,
                                    char roles[STO_ROLE_LIST_SIZE], struct err *err);

/* One account as a login reads it, with the roles that are delegated to it today. */
struct sto_login {
    bool known;
    char agency[STO_AGENCY_CODE_MAX + 1];  /* "": the Center */
    char scope[STO_ACCOUNT_SCOPE_MAX + 1]; /* "": none */
    char refused[16];                      /* "", "disabled", "expired" */
    char roles[STO_ACCOUNT_ROLES_MAX][16];
    size_t role_count;
    struct {
        int64_t id;
        struct secret_hash hash;
    } secrets[STO_ACCOUNT_SECRETS_MAX]; /* valid ones, newest first */
    size_t secret_count;
};
/* 0 also when there is no such account. ERR_REGISTER_SQL: the row is malformed. */
MUST_CHECK int sto_account_login(struct sto_conn *conn, const char *name, struct sto_login *out,
                                 struct err *err);

/* Whose account it is, in the arena; person_ar NULL: not given. ERR_NOT_FOUND. */
struct sto_person {
    const char *name;
    const char *name_ar;
};
MUST_CHECK int sto_account_person(struct sto_conn *conn, const char *account, struct arena *arena,
                                  struct sto_person *out, struct err *err);

/* The salt of the account's newest secret, if its hash has this cost. A new secret with the same salt lets a
 * login compute one scrypt while both are valid. *found false: it has none. */
MUST_CHECK int sto_account_salt(struct sto_conn *conn, const char *name,
                                const struct secret_cost *cost, uint8_t salt[SECRET_SALT_BYTES],
                                bool *found, struct err *err);

/* Whether the subject is the agency's: by its name, or as a topic of one of its datasets. */
MUST_CHECK int sto_subject_is_of_agency(struct sto_conn *conn, const char *subject,
                                        const char *agency, bool *is_its, struct err *err);

#endif
