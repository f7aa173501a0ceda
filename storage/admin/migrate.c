/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/migrate.c - bringing a database to the newest migration.
 *
 * All missing migrations run in one transaction under an advisory lock: a second process finds the work
 * done, and a migration that fails leaves the database as it was. The files are embedded in the binary
 * (storage/migrations/embed.cmake). */
#include "storage/admin/migrate_priv.h"

#include <stdlib.h>

#include "storage/admin/admin.h"
#include "storage/conn/statement.h"

/* The number of the newest migration the database has; 0 when it has none. */
static int read_number(struct sto_conn *conn, int *number, struct err *err)
{
    /* A query, not to_regclass: that answers from the session's cache, which is stale after this session
     * has waited for another one's migrations. */
    PGresult *res = sto_exec(conn,
                             "SELECT EXISTS (SELECT FROM pg_tables"
                             " WHERE schemaname = 'nrc' AND tablename = 'migration')",
                             NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    bool is_there = PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    *number = 0;
    if (!is_there) {
        return 0;
    }
    res = sto_exec(conn, "SELECT coalesce(max(number), 0) FROM nrc.migration", NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    *number = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return 0;
}

static int newest(void)
{
    return sto_migrations[sto_migration_count - 1].number;
}

static int refuse_newer(int number, struct err *err)
{
    return err_set(
        err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
        "the database has migration %d, and this program has only %d: use a newer program", number,
        newest());
}

static int apply(struct sto_conn *conn, const struct sto_migration *migration, struct err *err)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", migration->number);
    const char *const values[] = {number, migration->name};
    PGresult *res = NULL;
    /* The files take nrc_owner themselves, once it exists. */
    if (sto_run(conn, "SET LOCAL ROLE NONE", err) == 0 && sto_run(conn, migration->sql, err) == 0 &&
        sto_run(conn, "SET LOCAL ROLE nrc_owner", err) == 0) {
        res = sto_exec(conn, "INSERT INTO nrc.migration (number, name) VALUES ($1::int, $2)",
                       values, 2, err);
    }
    if (res == NULL) {
        return err_add(err, "running migration %s", migration->name);
    }
    PQclear(res);
    return 0;
}

/* PostgreSQL only warns when a login grants what it may not pass on; the first agency would fail. Its owner's role is not
 * there before the first migration is committed. */
static const char lacked_sql[] =
    "SELECT string_agg(format('%s for %s', r.privilege, r.name), ', '),"
    " CASE WHEN $1::boolean THEN format('GRANT %s ON DATABASE %I TO %I WITH GRANT OPTION',"
    " string_agg(r.privilege, ', '), current_database(), session_user)"
    " ELSE string_agg(format('GRANT %s ON DATABASE %I TO %s', r.privilege, current_database(),"
    " r.name), '; ') END"
    " FROM (VALUES ('nrc_owner', 'CREATE'), ('nrc_ingest', 'TEMPORARY')) AS r (name, privilege)"
    " WHERE NOT has_database_privilege(r.name, current_database(), r.privilege)"
    " HAVING count(*) > 0";

static int check_rights(struct sto_conn *conn, bool is_first, struct err *err)
{
    const char *const values[] = {is_first ? "t" : "f"};
    PGresult *res = sto_exec(conn, lacked_sql, values, 1, err);
    if (res == NULL) {
        return -1;
    }
    int rc = PQntuples(res) == 0
                 ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                           "on the database there is no %s, and this login may not grant it: an "
                           "administrator runs %s;",
                           PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
    PQclear(res);
    return rc;
}

int sto_migrate(struct sto_conn *conn, int *applied, struct err *err)
{
    int number;
    *applied = 0;
    /* The statement time-out is for the event path; a migration may take longer. */
    if (sto_run(conn,
                "BEGIN; SET LOCAL statement_timeout = 0;"
                "SELECT pg_advisory_xact_lock(hashtextextended('nrc.migrate', 0))",
                err) != 0 ||
        read_number(conn, &number, err) != 0) {
        goto fail;
    }
    if (number > newest()) {
        refuse_newer(number, err);
        goto fail;
    }
    for (int i = 0; i < sto_migration_count; i++) {
        if (sto_migrations[i].number <= number) {
            continue;
        }
        if (apply(conn, &sto_migrations[i], err) != 0) {
            goto fail;
        }
        (*applied)++;
    }
    if (check_rights(conn, number == 0, err) != 0 || sto_run(conn, "COMMIT", err) != 0) {
        goto fail;
    }
    return 0;
fail:
    *applied = 0;
    sto_rollback(conn);
    return -1;
}

int sto_migrate_check(struct sto_conn *conn, struct err *err)
{
    int number;
    if (read_number(conn, &number, err) != 0) {
        return -1;
    }
    if (number > newest()) {
        return refuse_newer(number, err);
    }
    if (number == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                       "the database is empty: run `nrc db migrate`");
    }
    for (int i = 0; i < sto_migration_count; i++) {
        if (sto_migrations[i].number > number) {
            return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                           "migration %s is missing: run `nrc db migrate`", sto_migrations[i].name);
        }
    }
    return 0;
}
