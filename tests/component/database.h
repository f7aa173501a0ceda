/* SPDX-License-Identifier: Apache-2.0
 * component/database.h - an empty, migrated register for one test program, in the database of
 * NRC_TEST_DSN.
 *
 * The DSN's login is a superuser. `register_reset` replaces the database by a copy of one that was migrated
 * once, and ends every session with it, so a database serves one test program at a time. `raw` connections
 * are the test's own eyes and hands: plain libpq, blocking. */
#ifndef COMPONENT_DATABASE_H
#define COMPONENT_DATABASE_H

/* <cmocka.h> wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/admin/admin.h"
#include "storage/admin/migrate_priv.h"
#include "storage/conn/conn.h"
#include "storage/subject/add.h"
#include "storage/subject/write.h"

static inline const char *register_dsn(void)
{
    const char *dsn = getenv("NRC_TEST_DSN");
    if (dsn == NULL) {
        fprintf(stderr, "NRC_TEST_DSN is not set: this test needs a PostgreSQL database\n");
        exit(1);
    }
    return dsn;
}

static inline PGconn *raw_open(void)
{
    PGconn *raw = PQconnectdb(register_dsn());
    if (PQstatus(raw) != CONNECTION_OK) {
        fprintf(stderr, "NRC_TEST_DSN: %s", PQerrorMessage(raw));
        exit(1);
    }
    PQclear(PQexec(raw, "SET client_min_messages = error"));
    return raw;
}

/* The statement must succeed. */
static inline void raw_run(PGconn *raw, const char *sql)
{
    PGresult *res = PQexec(raw, sql);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQresultErrorMessage(res));
    }
    PQclear(res);
}

/* The SQLSTATE the statement fails with; "" when it does not fail. */
static inline const char *raw_sqlstate(PGconn *raw, const char *sql)
{
    static char state[6];
    PGresult *res = PQexec(raw, sql);
    const char *text = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    snprintf(state, sizeof(state), "%s", text != NULL ? text : "");
    PQclear(res);
    return state;
}

/* The first value of the first row; "" for null, "(none)" for no row. Good until the next call. */
static inline const char *raw_text(PGconn *raw, const char *sql)
{
    static char text[4096];
    PGresult *res = PQexec(raw, sql);
    if (PQresultStatus(res) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQresultErrorMessage(res));
    }
    snprintf(text, sizeof(text), "%s", PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "(none)");
    PQclear(res);
    return text;
}

/* Changes of structures are active at once, whatever their class. */
static inline void nobody_must_agree(PGconn *conn)
{
    raw_run(conn, "UPDATE nrc.dataset SET review_people = 0, breaking_people = 0");
}

static inline int64_t raw_int(PGconn *raw, const char *sql)
{
    return strtoll(raw_text(raw, sql), NULL, 10);
}

static inline void register_drop(PGconn *raw)
{
    /* Default privileges outlive the schemas, and would hide a migration that sets none. */
    raw_run(raw,
            "DO $$ DECLARE s text; BEGIN"
            " FOR s IN SELECT nspname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner"
            "  WHERE r.rolname = 'nrc_owner' OR n.nspname = 'nrc' LOOP"
            "  EXECUTE format('DROP SCHEMA %I CASCADE', s); END LOOP;"
            " IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nrc_owner') THEN"
            "  ALTER DEFAULT PRIVILEGES FOR ROLE nrc_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;"
            " END IF; END $$");
}

static inline struct sto_conn *sto_open(enum sto_role role)
{
    const struct sto_conn_options options = {
        .dsn = register_dsn(), .role = role, .application_name = "nrc test", .deadline_ms = 60000};
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_conn_open(&options, &err);
    if (conn == NULL) {
        fail_msg("sto_conn_open: %s", err.text);
    }
    return conn;
}

static inline void register_migrate(void)
{
    struct err err = ERR_INIT;
    int applied = 0;
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    if (sto_migrate(conn, &applied, &err) != 0) {
        fail_msg("sto_migrate: %s", err.text);
    }
    sto_conn_close(&conn);
}

/* ---- a copy of a migrated database ---- */

/* A session with the server's own database, as that of the DSN is dropped and made. */
static inline PGconn *server_open(void)
{
    static const char *const keys[] = {"dbname", "dbname", NULL};
    const char *const values[] = {register_dsn(), "postgres", NULL};
    PGconn *server = PQconnectdbParams(keys, values, 1);
    if (PQstatus(server) != CONNECTION_OK) {
        fail_msg("NRC_TEST_DSN, database postgres: %s", PQerrorMessage(server));
    }
    PQclear(PQexec(server, "SET client_min_messages = error"));
    return server;
}

static inline const char *database_name(void)
{
    static char name[64];
    PGconn *raw = raw_open();
    snprintf(name, sizeof(name), "%s", PQdb(raw));
    PQfinish(raw);
    return name;
}

/* Other migrations have another name: a server may outlive a build. */
static inline const char *migrated_name(void)
{
    static char name[64];
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (int i = 0; i < sto_migration_count; i++) {
        for (const char *c = sto_migrations[i].sql; *c != '\0'; c++) {
            hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
        }
    }
    snprintf(name, sizeof(name), "nrc_test_%016" PRIx64, hash);
    return name;
}

/* format: of two names, the second may be used again. */
static inline void server_run(PGconn *server, const char *format, const char *first,
                              const char *second)
{
    char sql[512];
    snprintf(sql, sizeof(sql), format, first, second);
    raw_run(server, sql);
}

/* The DSN's database becomes a template, when it is whole: a program that is killed leaves no half of one. */
static inline void keep_as(PGconn *server, const char *database, const char *kept)
{
    server_run(server, "DROP DATABASE IF EXISTS \"%1$s\"", kept, "");
    server_run(server, "ALTER DATABASE \"%1$s\" RENAME TO \"%2$s\"", database, kept);
    server_run(server, "ALTER DATABASE \"%1$s\" ALLOW_CONNECTIONS false", kept, "");
}

/* PostgreSQL copies a database without the rights on it. Copying files takes a third less time than
 * copying through the log, and dropping the copy two thirds. */
static inline void copy_from(PGconn *server, const char *database, const char *kept)
{
    server_run(server, "CREATE DATABASE \"%1$s\" TEMPLATE \"%2$s\" STRATEGY file_copy", database,
               kept);
    server_run(server,
               "DO $$ DECLARE r record; BEGIN"
               " FOR r IN SELECT privilege_type AS may, grantee::regrole AS who"
               "  FROM pg_database, aclexplode(datacl) WHERE datname = '%2$s' AND grantee <> 0 LOOP"
               "  EXECUTE format('GRANT %%s ON DATABASE \"%1$s\" TO %%s', r.may, r.who);"
               " END LOOP; END $$",
               database, kept);
}

static inline bool is_kept(PGconn *server, const char *kept)
{
    char sql[160];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM pg_database WHERE datname = '%s'", kept);
    return raw_int(server, sql) == 1;
}

static inline void register_reset(void)
{
    const char *database = database_name();
    const char *migrated = migrated_name();
    PGconn *server = server_open();
    server_run(server, "DROP DATABASE \"%1$s\" WITH (FORCE)", database, "");
    if (!is_kept(server, migrated)) {
        server_run(server,
                   "CREATE DATABASE \"%1$s\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'",
                   database, "");
        register_migrate();
        keep_as(server, database, migrated);
    }
    copy_from(server, database, migrated);
    PQfinish(server);
}

/* The same with what `fill` puts into it, once in a program. */
static inline void register_reset_filled(void (*fill)(void))
{
    static void (*filled)(void);
    char kept[80];
    const char *database = database_name();
    snprintf(kept, sizeof(kept), "%s_filled", database);
    PGconn *server = server_open();
    if (filled != fill) {
        register_reset();
        fill();
        keep_as(server, database, kept);
        filled = fill;
    } else {
        server_run(server, "DROP DATABASE \"%1$s\" WITH (FORCE)", database, "");
    }
    copy_from(server, database, kept);
    PQfinish(server);
}

/* A value structure into the catalogue, with its tables, whatever its text is: what a registration
 * does after it has judged. Each column is a field of its name. The same hash again is the same version. */
static inline int structure_add(struct sto_conn *conn, const char *subject, int32_t dataset_id,
                                const uint8_t sha256[32], const struct column *columns,
                                size_t count, int32_t *schema_id, int32_t *version, struct err *err)
{
    struct column *named = calloc(count + 1, sizeof(*named));
    int32_t *column_of = calloc(count + 1, sizeof(*column_of));
    const char **names = calloc(count + 1, sizeof(*names));
    assert_true(named != NULL && column_of != NULL && names != NULL);
    for (size_t i = 0; i < count; i++) {
        named[i] = columns[i];
        named[i].field = columns[i].field != NULL ? columns[i].field : columns[i].name;
        column_of[i] = (int32_t)i;
        names[i] = columns[i].name;
    }
    const struct sto_version_spec spec = {.subject = subject,
                                          .dataset_id = dataset_id,
                                          .text = "{\"type\":\"record\"}",
                                          .sha256 = sha256,
                                          .crc64 = UINT64_C(0xfedcba9876543210),
                                          .columns = named,
                                          .column_count = count,
                                          .column_of = column_of,
                                          .names = names,
                                          .field_count = count,
                                          .want_id = -1};
    struct sto_version_added added = {.schema_id = 0};
    int rc = sto_register_begin(conn, subject, err) != 0 ||
                     sto_version_add(conn, &spec, &added, err) != 0 ||
                     sto_register_commit(conn, err) != 0
                 ? -1
                 : 0;
    if (rc != 0) {
        sto_register_abort(conn);
    }
    *schema_id = added.schema_id;
    *version = added.version;
    free(named);
    free(column_of);
    free(names);
    return rc;
}

#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != 0) {                                                                         \
            fail_msg("%s: %s %s: %s", #call, err_kind_name((err).kind), err_token((err).code),     \
                     (err).text);                                                                  \
        }                                                                                          \
    } while (0)

#define assert_err(call, err, want_kind, want_code)                                                \
    do {                                                                                           \
        assert_int_equal((call), -1);                                                              \
        if ((err).kind != (want_kind) || (err).code != (want_code)) {                              \
            fail_msg("%s: got %s %s: %s", #call, err_kind_name((err).kind), err_token((err).code), \
                     (err).text);                                                                  \
        }                                                                                          \
    } while (0)

#endif
