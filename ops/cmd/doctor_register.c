/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_register.c - what nrc doctor asks the register: as the login itself, in no role, so that a right that is
 * missing is a finding and not a connection refused. */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/conf.h"
#include "ops/cli/command.h"
#include "ops/cmd/doctor.h"
#include "storage/admin/admin.h"
#include "storage/report/report.h"

/* The engine's upkeep and parked events, the registry's listener, relay, monitor; a page's worker has two, and the page a
 * listener. */
enum { OTHER_CONNECTIONS = 5, PAGE_WORKER_CONNECTIONS = 2, PAGE_CONNECTIONS = 1 };

/* In the order of may_act. */
static const char *const daemon_roles[DOCTOR_DAEMONS] = {"nrc_ingest", "nrc_registry", "nrc_relay",
                                                         "nrc_watch"};

static bool is_true(const struct sto_grid *grid, const char *name)
{
    const char *value = sto_grid_get(grid, 0, name);
    return value != NULL && strcmp(value, "true") == 0;
}

static const char *text_of(struct doctor_facts *facts, const struct sto_grid *grid,
                           const char *name)
{
    const char *value = sto_grid_get(grid, 0, name);
    return value != NULL ? arena_strdup(&facts->arena, value) : NULL;
}

static int64_t number_of(const struct sto_grid *grid, const char *name)
{
    const char *value = sto_grid_get(grid, 0, name);
    return value != NULL ? strtoll(value, NULL, 10) : 0;
}

/* The data directory is closed, but what is above it is not: that is enough for the disk's figures. A directory of the
 * same name here, while the server is elsewhere, would be another's: so only through a socket of this host. */
static void look_at_disk(struct sto_conn *conn, const char *directory, struct doctor_facts *facts)
{
    struct statvfs disk;
    facts->disk_free = -1;
    if (directory != NULL && sto_conn_is_local(conn) && statvfs(directory, &disk) == 0 &&
        disk.f_blocks > 0) {
        facts->disk_free = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
        facts->disk_total = (int64_t)disk.f_blocks * (int64_t)disk.f_frsize;
    }
}

/* The server answered somewhere between the question and its answer: the difference is not known better than that. */
static void compare_clocks(int64_t asked_us, int64_t answered_us, int64_t theirs_us,
                           struct doctor_facts *facts)
{
    facts->clock_ahead_us = theirs_us < asked_us      ? asked_us - theirs_us
                            : theirs_us > answered_us ? answered_us - theirs_us
                                                      : 0;
}

static void take_size(const struct sto_grid *server, struct doctor_facts *facts)
{
    struct doctor_size *size = &facts->size;
    size->connections_max = number_of(server, "max_connections");
    size->connections_free = number_of(server, "connections_free");
    size->lock_slots = number_of(server, "lock_slots");
    size->locks = number_of(server, "locks");
    size->tables = number_of(server, "tables");
    size->datasets = number_of(server, "datasets");
    size->small = number_of(server, "datasets_of_one_leaf");
    size->leaves = number_of(server, "leaves");
    size->state_bytes = number_of(server, "state_bytes");
    size->shared_buffers = number_of(server, "shared_buffers");
    size->max_wal_size = number_of(server, "max_wal_size");
    size->checkpoint_s = number_of(server, "checkpoint_s");
    size->wal_bytes = number_of(server, "wal_bytes");
    size->wal_s = number_of(server, "wal_s");
    size->wal_level = text_of(facts, server, "wal_level");
    size->archive_failed = text_of(facts, server, "archive_failed");
    size->slot = text_of(facts, server, "slot");
    size->slot_bytes = number_of(server, "slot_bytes");
}

static int64_t connections_needed(const struct conf *conf)
{
    int64_t page = *conf->page.listen != '\0'
                       ? conf->page.workers * PAGE_WORKER_CONNECTIONS + PAGE_CONNECTIONS
                       : 0;
    return conf->ingest.lanes + conf->registry.workers + OTHER_CONNECTIONS + page;
}

static int look_at_server(struct sto_conn *conn, struct doctor_facts *facts, struct err *err)
{
    int64_t asked_us = clock_wall_us();
    struct sto_grid *server = sto_report(conn, STO_REPORT_SERVER, NULL, 0, err);
    int64_t answered_us = clock_wall_us();
    if (server == NULL) {
        return -1;
    }
    const char *commit = sto_grid_get(server, 0, "synchronous_commit");
    facts->server_version = text_of(facts, server, "version");
    facts->login = text_of(facts, server, "login");
    facts->is_superuser = is_true(server, "superuser");
    facts->is_standby = is_true(server, "standby");
    facts->is_read_only = is_true(server, "read_only");
    facts->fsync = is_true(server, "fsync");
    facts->full_page_writes = is_true(server, "full_page_writes");
    facts->autovacuum = is_true(server, "autovacuum");
    facts->is_synchronous = commit != NULL && strcmp(commit, "off") != 0;
    take_size(server, facts);
    compare_clocks(asked_us, answered_us, number_of(server, "now_us"), facts);
    look_at_disk(conn, sto_grid_get(server, 0, "data_directory"), facts);
    sto_grid_free(&server);
    return 0;
}

static bool is_lacked(const struct sto_grid *lacked, const char *role)
{
    for (size_t row = 0; row < lacked->rows; row++) {
        if (strcmp(sto_grid_get(lacked, row, "role"), role) == 0) {
            return true;
        }
    }
    return false;
}

/* A group that the database does not have yet is lacked by nobody: the migrations tell of that. */
static int look_at_roles(struct sto_conn *conn, struct doctor_facts *facts, struct err *err)
{
    struct sto_grid *lacked = sto_report(conn, STO_REPORT_ROLES_LACKED, NULL, 0, err);
    if (lacked == NULL) {
        return -1;
    }
    for (size_t i = 0; i < DOCTOR_DAEMONS; i++) {
        facts->may_act[i] = !is_lacked(lacked, daemon_roles[i]);
    }
    facts->may_serve_page = !is_lacked(lacked, "nrc_registry") && !is_lacked(lacked, "nrc_desk");
    sto_grid_free(&lacked);
    return 0;
}

static void look_at_migrations(struct sto_conn *conn, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    if (sto_migrate_check(conn, &err) != 0) {
        facts->migrations_error = arena_strdup(&facts->arena, err.text);
        facts->migrations_not_read = err.code != ERR_REGISTER_SCHEMA;
    }
}

void doctor_look_at_register(const struct ops_context *context, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    const struct conf *conf = context->conf;
    facts->has_register = *conf->reg.dsn != '\0';
    facts->size.connections_needed = connections_needed(conf);
    facts->size.lanes = conf->ingest.lanes;
    if (!facts->has_register) {
        return;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_NONE, &err);
    if (conn == NULL || look_at_server(conn, facts, &err) != 0 ||
        look_at_roles(conn, facts, &err) != 0) {
        facts->register_error = arena_strdup(&facts->arena, err.text);
    } else {
        look_at_migrations(conn, facts);
    }
    sto_conn_close(&conn);
}
