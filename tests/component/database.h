/* SPDX-License-Identifier: Apache-2.0
 * component/database.h - an empty, migrated register for one test program, in the database of
 * NRC_TEST_DSN.
 *
 * The DSN's login is a superuser. `register_reset` drops whatever nrc_owner owns there, so a
 * database serves one test program at a time. `raw` connections are the test's own eyes and hands:
 * plain libpq, blocking. */
#ifndef COMPONENT_DATABASE_H
#define COMPONENT_DATABASE_H

/* <cmocka.h> wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/admin/admin.h"
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

static inline void register_reset(void)
{
    PGconn *raw = raw_open();
    register_drop(raw);
    PQfinish(raw);
    register_migrate();
}

/* A value structure into the catalogue, with its tables, whatever its text is: what a registration
 * does after it has judged. Each column is a field of its name. The same hash again is the same version. */
static inline int structure_add(struct sto_conn *conn, const char *subject, int32_t dataset_id,
                                const uint8_t sha256[32], const struct column *columns,
                                size_t count, int32_t *schema_id, int32_t *version, struct err *err)
{
    struct column *named = calloc(count + 1, sizeof(*named));
    int32_t *column_of = calloc(count + 1, sizeof(*column_of));
    assert_true(named != NULL && column_of != NULL);
    for (size_t i = 0; i < count; i++) {
        named[i] = columns[i];
        named[i].field = columns[i].field != NULL ? columns[i].field : columns[i].name;
        column_of[i] = (int32_t)i;
    }
    const struct sto_version_spec spec = {.subject = subject,
                                          .dataset_id = dataset_id,
                                          .text = "{\"type\":\"record\"}",
                                          .sha256 = sha256,
                                          .crc64 = UINT64_C(0xfedcba9876543210),
                                          .columns = named,
                                          .column_count = count,
                                          .column_of = column_of,
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
