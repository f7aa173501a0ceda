/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/account.c - accounts, changed by the functions of nrc_owner (0011_accounts.sql).
 *
 * What a person gives is checked here (given_priv.h) and by the tables' constraints. A login's texts come
 * from the register and are not trusted: they are bounded as they are copied. */
#include "storage/admin/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

enum { KEEP_MAX_HOURS = 24 * 90 };

bool sto_account_is_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    return len > 0 && len <= STO_ACCOUNT_NAME_MAX && name[len] == '\0' && name[0] >= 'a' &&
           name[0] <= 'z' && strchr("._-", name[len - 1]) == NULL && strcmp(name, "anonymous") != 0;
}

static int check_name(const char *name, struct err *err)
{
    return sto_account_is_name(name)
               ? 0
               : sto_given_wrong(
                     err, "an account's name is a lower-case letter, then up to 62 of a-z, 0-9, "
                          "'.', '_' and '-', the last a letter or digit; not \"anonymous\"");
}

/* A hash as five parameters. */
struct hash_params {
    char salt[STO_BYTEA_TEXT(SECRET_SALT_BYTES)];
    char n[12];
    char r[12];
    char p[12];
    char hash[STO_BYTEA_TEXT(SECRET_HASH_BYTES)];
};

static void put_hash(struct hash_params *out, const struct secret_hash *hash)
{
    (void)sto_text_bytea(out->salt, hash->salt, SECRET_SALT_BYTES);
    (void)sto_text_bytea(out->hash, hash->hash, SECRET_HASH_BYTES);
    snprintf(out->n, sizeof(out->n), "%u", hash->cost.n);
    snprintf(out->r, sizeof(out->r), "%u", hash->cost.r);
    snprintf(out->p, sizeof(out->p), "%u", hash->cost.p);
}

/* ---- changes by stewards ---- */

/* The register has a constraint too, whose message says less. */
static int check_roles(const char *const *roles, size_t count, struct err *err)
{
    static const char *const known[] = {"producer", "steward", "operator", "auditor",
                                        "beneficiary"};
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < COUNT_OF(known) && strcmp(known[k], roles[i]) != 0) {
            k++;
        }
        if (k == COUNT_OF(known)) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "there is no role %.40s: producer, steward, operator, auditor or "
                           "beneficiary",
                           roles[i]);
        }
    }
    return 0;
}

static int check_account(const struct sto_account_spec *spec, struct err *err)
{
    if (check_name(spec->name, err) != 0 ||
        sto_given_text(spec->person, true, "the person's full name", err) != 0 ||
        sto_given_text(spec->person_ar, false, "the person's name in Arabic", err) != 0 ||
        sto_given_text(spec->decision, true, "the written decision", err) != 0 ||
        sto_given_text(spec->by, true, "the name of the person who does this", err) != 0 ||
        sto_given_date(spec->expires_on, err) != 0 ||
        check_roles(spec->roles, spec->role_count, err) != 0) {
        return -1;
    }
    if (spec->scope != NULL &&
        (*spec->scope == '\0' || strlen(spec->scope) > STO_ACCOUNT_SCOPE_MAX)) {
        return sto_given_wrong(err, "a scope is a prefix of subjects, of 1 to 249 bytes");
    }
    return 0;
}

int sto_account_add(struct sto_conn *conn, const struct sto_account_spec *spec,
                    const struct secret_hash *secret, char expires_on[STO_DATE_SIZE],
                    struct err *err)
{
    if (check_account(spec, err) != 0) {
        return -1;
    }
    struct buf roles = BUF_INIT;
    struct hash_params hash;
    sto_text_list(&roles, spec->roles, spec->role_count);
    put_hash(&hash, secret);
    const char *const values[] = {
        spec->name,       spec->person, spec->person_ar, spec->is_service ? "service" : "person",
        spec->agency,     spec->scope,  spec->decision,  spec->expires_on,
        buf_cstr(&roles), hash.salt,    hash.n,          hash.r,
        hash.p,           hash.hash,    spec->by};
    int rc =
        sto_given_call(conn,
                       "SELECT nrc.add_account($1, $2, $3, $4, $5, $6, $7, $8::date, $9::jsonb,"
                       " $10::bytea, $11::int, $12::int, $13::int, $14::bytea, $15)",
                       values, COUNT_OF(values), expires_on, STO_DATE_SIZE, err);
    buf_fini(&roles);
    return rc != 0 ? err_add(err, "adding account %s", spec->name) : 0;
}

int sto_account_disable(struct sto_conn *conn, const char *name, const char *reason, const char *by,
                        struct err *err)
{
    if (sto_given_text(reason, true, "the reason", err) != 0) {
        return -1;
    }
    const char *const values[] = {name, reason, by};
    return sto_given_call(conn, "SELECT nrc.disable_account($1, $2, $3)", values, 3, NULL, 0, err);
}

int sto_account_rotate(struct sto_conn *conn, const char *name, int keep_hours,
                       const struct secret_hash *secret, const char *by, struct err *err)
{
    char keep[12];
    struct hash_params hash;
    if (keep_hours < 0 || keep_hours > KEEP_MAX_HOURS) {
        return sto_given_wrong(err, "an old secret stays valid for at most 2,160 hours (90 days)");
    }
    snprintf(keep, sizeof(keep), "%d", keep_hours);
    put_hash(&hash, secret);
    const char *const values[] = {name, keep, hash.salt, hash.n, hash.r, hash.p, hash.hash, by};
    return sto_given_call(
        conn,
        "SELECT nrc.rotate_account($1, $2::int, $3::bytea, $4::int, $5::int, $6::int,"
        " $7::bytea, $8)",
        values, COUNT_OF(values), NULL, 0, err);
}

int sto_account_review(struct sto_conn *conn, const char *name, const char *last_day,
                       const char *by, char expires_on[STO_DATE_SIZE], struct err *err)
{
    const char *const values[] = {name, last_day, by};
    return sto_given_date(last_day, err) != 0
               ? -1
               : sto_given_call(conn, "SELECT nrc.review_account($1, $2::date, $3)", values, 3,
                                expires_on, STO_DATE_SIZE, err);
}

int sto_account_delegate(struct sto_conn *conn, const struct sto_delegation_spec *spec,
                         char roles[STO_ROLE_LIST_SIZE], struct err *err)
{
    if (sto_given_text(spec->reason, true, "the reason", err) != 0 ||
        sto_given_date(spec->from, err) != 0 || sto_given_date(spec->until, err) != 0 ||
        check_roles(spec->roles, spec->role_count, err) != 0) {
        return -1;
    }
    struct buf asked = BUF_INIT;
    sto_text_list(&asked, spec->roles, spec->role_count);
    const char *const values[] = {
        spec->name, spec->to,    spec->role_count > 0 ? buf_cstr(&asked) : NULL,
        spec->from, spec->until, spec->reason,
        spec->by};
    int rc = sto_given_call(
        conn, "SELECT nrc.delegate_account($1, $2, $3::jsonb, $4::date, $5::date, $6, $7)", values,
        COUNT_OF(values), roles, STO_ROLE_LIST_SIZE, err);
    buf_fini(&asked);
    return rc;
}

/* ---- logins ---- */

static bool take_text(char *out, size_t size, const char *text)
{
    return (size_t)snprintf(out, size, "%s", text) < size;
}

/* "producer,steward" */
static bool take_roles(struct sto_login *out, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        if (out->role_count == STO_ACCOUNT_ROLES_MAX || len >= sizeof(out->roles[0])) {
            return false;
        }
        memcpy(out->roles[out->role_count], text, len);
        out->roles[out->role_count++][len] = '\0';
        text += len + (text[len] == ',');
    }
    return true;
}

static bool take_secret(struct sto_login *out, const PGresult *res, int row)
{
    struct secret_hash *hash = &out->secrets[out->secret_count].hash;
    if (PQgetisnull(res, row, 4)) {
        return true; /* all its secrets are revoked */
    }
    if (out->secret_count == STO_ACCOUNT_SECRETS_MAX ||
        !sto_text_bytes(PQgetvalue(res, row, 5), hash->salt, SECRET_SALT_BYTES) ||
        !sto_text_bytes(PQgetvalue(res, row, 9), hash->hash, SECRET_HASH_BYTES)) {
        return false;
    }
    hash->cost = (struct secret_cost){
        .n = (uint32_t)strtoul(PQgetvalue(res, row, 6), NULL, 10),
        .r = (uint32_t)strtoul(PQgetvalue(res, row, 7), NULL, 10),
        .p = (uint32_t)strtoul(PQgetvalue(res, row, 8), NULL, 10),
    };
    out->secrets[out->secret_count++].id = strtoll(PQgetvalue(res, row, 4), NULL, 10);
    return true;
}

static bool take_login(struct sto_login *out, const PGresult *res)
{
    out->known = PQntuples(res) > 0;
    if (!out->known) {
        return true;
    }
    bool is_good = take_text(out->agency, sizeof(out->agency), PQgetvalue(res, 0, 0)) &&
                   take_text(out->scope, sizeof(out->scope), PQgetvalue(res, 0, 1)) &&
                   take_text(out->refused, sizeof(out->refused), PQgetvalue(res, 0, 2)) &&
                   take_roles(out, PQgetvalue(res, 0, 3));
    for (int row = 0; row < PQntuples(res) && is_good; row++) {
        is_good = take_secret(out, res, row);
    }
    return is_good;
}

int sto_account_login(struct sto_conn *conn, const char *name, struct sto_login *out,
                      struct err *err)
{
    *out = (struct sto_login){0};
    const char *const values[] = {name};
    PGresult *res = sto_exec(conn,
                             "SELECT agency, scope, refused, array_to_string(roles, ','),"
                             " secret_id, salt, n, r, p, hash FROM nrc.account_login($1)",
                             values, 1, err);
    if (res == NULL) {
        return -1;
    }
    bool is_good = take_login(out, res);
    PQclear(res);
    return is_good ? 0
                   : err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SQL,
                             "the account's row in the register is malformed");
}

int sto_account_person(struct sto_conn *conn, const char *account, struct arena *arena,
                       struct sto_person *out, struct err *err)
{
    const char *const values[] = {account};
    PGresult *res =
        sto_exec(conn, "SELECT person, person_ar FROM nrc.account WHERE name = $1", values, 1, err);
    if (res == NULL) {
        return -1;
    }
    int rc = PQntuples(res) == 1
                 ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no account %s", account);
    if (rc == 0) {
        out->name = arena_strdup(arena, PQgetvalue(res, 0, 0));
        out->name_ar = PQgetisnull(res, 0, 1) ? NULL : arena_strdup(arena, PQgetvalue(res, 0, 1));
        rc = out->name != NULL
                 ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an account");
    }
    PQclear(res);
    return rc;
}

int sto_account_salt(struct sto_conn *conn, const char *name, const struct secret_cost *cost,
                     uint8_t salt[SECRET_SALT_BYTES], bool *found, struct err *err)
{
    char n[12];
    char r[12];
    char p[12];
    const char *const values[] = {name, n, r, p};
    snprintf(n, sizeof(n), "%u", cost->n);
    snprintf(r, sizeof(r), "%u", cost->r);
    snprintf(p, sizeof(p), "%u", cost->p);
    PGresult *res =
        sto_exec(conn, "SELECT nrc.account_salt($1, $2::int, $3::int, $4::int)", values, 4, err);
    if (res == NULL) {
        return -1;
    }
    *found = PQntuples(res) > 0;
    bool is_good = !*found || sto_text_bytes(PQgetvalue(res, 0, 0), salt, SECRET_SALT_BYTES);
    PQclear(res);
    return is_good ? 0
                   : err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SQL,
                             "the secret's row in the register is malformed");
}

int sto_subject_is_of_agency(struct sto_conn *conn, const char *subject, const char *agency,
                             bool *is_its, struct err *err)
{
    char answer[4];
    const char *const values[] = {subject, agency};
    *is_its = false;
    if (!utf8_is_text((const uint8_t *)subject, strlen(subject))) {
        return 0; /* no subject has this name, and PostgreSQL would refuse the parameter */
    }
    if (sto_given_call(conn, "SELECT nrc.subject_is_of_agency($1, $2)", values, 2, answer,
                       sizeof(answer), err) != 0) {
        return -1;
    }
    *is_its = answer[0] == 't';
    return 0;
}
