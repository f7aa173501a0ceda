/* SPDX-License-Identifier: Apache-2.0
 * component/structure_kit.h - structures registered for datasets as the command does it. */
#ifndef COMPONENT_STRUCTURE_KIT_H
#define COMPONENT_STRUCTURE_KIT_H

#include "database.h"

#include "registry/registration_command.h"

#define F(name, type)            "{\"name\":\"" name "\",\"type\":" type "}"
#define F_NULL(name, type)       "{\"name\":\"" name "\",\"type\":[\"null\"," type "],\"default\":null}"
#define F_DEFAULT(name, type, v) "{\"name\":\"" name "\",\"type\":" type ",\"default\":" v "}"
#define LOGICAL(type, logical)   "{\"type\":\"" type "\",\"logicalType\":\"" logical "\"}"
#define DECIMAL(p, s)                                                                              \
    "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" p ",\"scale\":" s "}"
#define RECORD(...) "{\"type\":\"record\",\"name\":\"Birth\",\"fields\":[" __VA_ARGS__ "]}"
#define MICROS      LOGICAL("long", "timestamp-micros")

/* What every value structure of moh.births has. */
#define BASE F("civil_no", "\"string\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)

static PGconn *raw;
static struct sto_conn *conn;
static struct err err;
static struct reg_registered got;

/* moh.births: key civil_no, order seq, event time occurred_at. moh.visits: two key fields.
 * moh.secret: rows exempt by kind. */
static inline int declared(void **state)
{
    (void)state;
    static const char *const one[] = {"civil_no"};
    static const char *const two[] = {"clinic", "day"};
    static const char *const values[] = {"عسكري"};
    const struct sto_agency_spec agency = {.code = "moh",
                                           .name = "وزارة الصحة",
                                           .legal_class = 1,
                                           .division = "الإدارة",
                                           .head = "سالم"};
    const struct sto_dataset_spec datasets[] = {
        {.agency = "moh",
         .name = "births",
         .topic = "moh.births",
         .key_fields = one,
         .key_field_count = 1,
         .key_format = "auto",
         .order_field = "seq",
         .event_time_field = "occurred_at",
         .leaves = 2},
        {.agency = "moh",
         .name = "visits",
         .topic = "moh.visits",
         .key_fields = two,
         .key_field_count = 2,
         .key_format = "avro",
         .leaves = 2},
        {.agency = "moh",
         .name = "secret",
         .key_fields = one,
         .key_field_count = 1,
         .key_format = "text",
         .exempt_field = "kind",
         .exempt_values = values,
         .exempt_value_count = 1,
         .leaves = 2},
    };
    register_reset();
    raw = raw_open();
    conn = sto_open(STO_ROLE_REGISTRY);
    err_reset(&err);
    got = (struct reg_registered){0};
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    for (size_t i = 0; i < COUNT_OF(datasets); i++) {
        int32_t id;
        assert_ok(sto_dataset_add(conn, &datasets[i], &id, &err), err);
    }
    /* What the tables say, not what the subject's level or people say: these have tests of their own. */
    nobody_must_agree(raw);
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE')");
    return 0;
}

static inline int done(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    PQfinish(raw);
    return 0;
}

static struct arena arena = ARENA_INIT; /* of refusals' reasons */

static inline int value(const char *dataset, const char *text)
{
    return reg_structure_register(conn, dataset, false, text, strlen(text), NULL, &arena, &got,
                                  &err);
}

static inline int key(const char *dataset, const char *text)
{
    return reg_structure_register(conn, dataset, true, text, strlen(text), NULL, &arena, &got,
                                  &err);
}

/* "civil_no text,seq bigint" of the dataset moh.births as the catalogue has it, and as the view
 * has it. */
static inline const char *columns(void)
{
    return raw_text(
        raw, "SELECT coalesce(string_agg(c.name || ' ' || c.type, ',' ORDER BY c.ordinal), '')"
             " FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id = c.dataset_id WHERE "
             "d.name = 'births'");
}

/* Where the fields of a version go. */
static inline const char *fields(int version)
{
    char sql[160];
    snprintf(sql, sizeof(sql),
             "SELECT field_columns FROM nrc.subject_version"
             " WHERE subject = 'moh.births-value' AND version = %d",
             version);
    return raw_text(raw, sql);
}

static inline const char *view(void)
{
    return raw_text(
        raw,
        "SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY ordinal_position)"
        " FROM information_schema.columns WHERE table_schema = 'moh' AND table_name = 'births'");
}

#define BASE_COLUMNS "civil_no text,seq bigint,occurred_at timestamptz"

static inline void refused(int rc, enum err_code code, const char *path, const char *says)
{
    assert_int_equal(rc, -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    if (err.code != code || strcmp(err.path, path) != 0 || strstr(err.text, says) == NULL) {
        fail_msg("got %s at \"%s\": %s", err_token(err.code), err.path, err.text);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, declared, done)

#endif
