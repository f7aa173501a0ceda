/* SPDX-License-Identifier: Apache-2.0
 * component/posting_kit.h - one client that posts schemas to one register, which is emptied before
 * each test. */
#ifndef COMPONENT_POSTING_KIT_H
#define COMPONENT_POSTING_KIT_H

#include "registration_kit.h"

#define F(name, type)        "{\"name\":\"" name "\",\"type\":" type "}"
#define F_ZERO(name)         "{\"name\":\"" name "\",\"type\":\"int\",\"default\":0}"
#define RECORD(name, fields) "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define A                    F("a", "\"int\"")
#define REGISTER(subject)    "/subjects/" subject "/versions"
#define COMPARE(subject)     "/compatibility/subjects/" subject "/versions"

#define REFS(...)       ",\"references\":[" __VA_ARGS__ "]"
#define REF(name, s, v) "{\"name\":\"" name "\",\"subject\":\"" s "\",\"version\":" v "}"

static PGconn *raw;
static struct client client;

static inline int begin(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    clients_begin();
    client_open(&client);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    client_close(&client);
    PQfinish(raw);
    return 0;
}

/* Before each test. */
static inline int empty(void **state)
{
    (void)state;
    raw_run(raw, "DELETE FROM nrc.subject_version; DELETE FROM nrc.schema;"
                 " DELETE FROM nrc.registry_config; DELETE FROM nrc.registry_mode;"
                 " ALTER SEQUENCE nrc.schema_id_seq RESTART");
    who = (struct reg_principal){.name = "salim", .roles = REG_STEWARD};
    return 0;
}

static inline const char *post(const char *target, const char *schema)
{
    return post_schema(&client, target, schema, "");
}

static inline const char *post_with(const char *target, const char *schema, const char *more)
{
    return post_schema(&client, target, schema, more);
}

static inline void level(const char *subject, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.registry_config (subject, level) VALUES ('%s', '%s')"
             " ON CONFLICT (subject) DO UPDATE SET level = excluded.level",
             subject, name);
    raw_run(raw, sql);
}

static inline void mode(const char *subject, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.registry_mode (subject, mode) VALUES ('%s', '%s')"
             " ON CONFLICT (subject) DO UPDATE SET mode = excluded.mode",
             subject, name);
    raw_run(raw, sql);
}

/* "1:1 2:2": version:id of a subject, the soft-deleted with a minus. */
static inline const char *versions(const char *subject)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(string_agg(CASE WHEN deleted_at IS NULL THEN '' ELSE '-' END ||"
             " version || ':' || schema_id, ' ' ORDER BY version), '') FROM nrc.subject_version"
             " WHERE subject = '%s'",
             subject);
    return raw_text(raw, sql);
}

#define TEST(f) cmocka_unit_test_setup(f, empty)

#endif
