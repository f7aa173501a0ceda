/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_catalogue.c - agencies, datasets and structures: what is refused, what tables come
 * of it, and what a snapshot of it says. */
#include "births.h"

#include <pthread.h>

#include "base/clock.h"
#include "storage/catalogue/catalogue.h"

struct room {
    PGconn *raw;
    struct sto_conn *conn; /* as the registry */
    int32_t dataset_id;
    int32_t schema_id;
    int32_t version;
    struct err err;
};

static int fresh(void **state)
{
    struct room *room = calloc(1, sizeof(*room));
    register_reset();
    room->raw = raw_open();
    room->conn = sto_open(STO_ROLE_REGISTRY);
    room->err = (struct err)ERR_INIT;
    *state = room;
    return 0;
}

static int with_births(void **state)
{
    fresh(state);
    struct room *room = *state;
    room->dataset_id = births_declare(room->conn);
    return births_register(room->conn, room->dataset_id, 1, births_columns,
                           COUNT_OF(births_columns), &room->schema_id, &room->version, &room->err);
}

static int done(void **state)
{
    struct room *room = *state;
    PQfinish(room->raw);
    sto_conn_close(&room->conn);
    free(room);
    return 0;
}

static int add(struct room *room, uint8_t mark, const struct column *columns, size_t count)
{
    return births_register(room->conn, room->dataset_id, mark, columns, count, &room->schema_id,
                           &room->version, &room->err);
}

/* The columns of births and one more. */
static const struct column longer[] = {
    {.name = "civil_no", .type = COLUMN_TEXT},
    {.name = "name", .type = COLUMN_TEXT},
    {.name = "seq", .type = COLUMN_BIGINT},
    {.name = "weight", .type = COLUMN_NUMERIC, .precision = 5, .scale = 2},
    {.name = "Ward", .type = COLUMN_JSONB},
};

static void NRL_9_an_agency_has_a_division_with_a_head(void **state)
{
    struct room *room = *state;
    struct sto_agency_spec spec = {.code = "moh", .name = "Health", .legal_class = 1};
    assert_err(sto_agency_add(room->conn, &spec, &room->err), room->err, ERR_KIND_FATAL, ERR_USAGE);
    spec.division = "Records";
    spec.head = "  ";
    assert_err(sto_agency_add(room->conn, &spec, &room->err), room->err, ERR_KIND_FATAL, ERR_USAGE);
    spec.head = "Salim";
    assert_ok(sto_agency_add(room->conn, &spec, &room->err), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.agency_head WHERE head = 'Salim'"
                                        " AND valid_from <= current_date AND valid_to IS NULL"),
                     1);
    assert_err(sto_agency_add(room->conn, &spec, &room->err), room->err, ERR_KIND_FATAL,
               ERR_EXISTS);
}

static void NRL_2_an_agency_is_of_one_of_three_classes(void **state)
{
    struct room *room = *state;
    for (int class = 0; class <= 4; class ++) {
        char code[8];
        snprintf(code, sizeof(code), "a%d", class);
        const struct sto_agency_spec spec = {
            .code = code, .name = "A", .legal_class = class, .division = "D", .head = "H"};
        assert_int_equal(sto_agency_add(room->conn, &spec, &room->err),
                         class >= 1 && class <= 3 ? 0 : -1);
    }
}

static void names_that_cannot_be_schemas_or_tables_are_refused(void **state)
{
    static const char *const codes[] = {"",
                                        "Moh",
                                        "1a",
                                        "a-b",
                                        "nrc",
                                        "public",
                                        "pg_x",
                                        "information_schema",
                                        "a b",
                                        "a\"b",
                                        "abcdefghijklmnopqrstuvwxyz123456"};
    static const char *const names[] = {
        "",           "Births", "births_state", "births_history",
        "a_state_p0", "a.b",    "a;b",          "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop"};
    static const char *const keys[] = {"k"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const struct sto_agency_spec spec = {
            .code = codes[i], .name = "A", .legal_class = 1, .division = "D", .head = "H"};
        assert_err(sto_agency_add(room->conn, &spec, &room->err), room->err, ERR_KIND_FATAL,
                   ERR_USAGE);
    }
    births_declare(room->conn);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct sto_dataset_spec spec = {.agency = "moh",
                                              .name = names[i],
                                              .key_fields = keys,
                                              .key_field_count = 1,
                                              .key_format = "text"};
        int32_t id;
        assert_err(sto_dataset_add(room->conn, &spec, &id, &room->err), room->err, ERR_KIND_FATAL,
                   ERR_USAGE);
    }
}

static void a_dataset_needs_its_agency_and_a_topic_of_its_own(void **state)
{
    static const char *const keys[] = {"k"};
    struct room *room = *state;
    int32_t id;
    struct sto_dataset_spec spec = {.agency = "nobody",
                                    .name = "deaths",
                                    .topic = "moh.births",
                                    .key_fields = keys,
                                    .key_field_count = 1,
                                    .key_format = "text"};
    assert_err(sto_dataset_add(room->conn, &spec, &id, &room->err), room->err, ERR_KIND_FATAL,
               ERR_NOT_FOUND);
    spec.agency = "moh";
    assert_err(sto_dataset_add(room->conn, &spec, &id, &room->err), room->err, ERR_KIND_FATAL,
               ERR_EXISTS);
    assert_non_null(strstr(room->err.text, "topic"));
    spec.topic = NULL;
    spec.name = "births";
    assert_err(sto_dataset_add(room->conn, &spec, &id, &room->err), room->err, ERR_KIND_FATAL,
               ERR_EXISTS);
    spec.name = "deaths";
    assert_ok(sto_dataset_add(room->conn, &spec, &id, &room->err), room->err);
}

/* A subject moh.deaths-value is of one dataset, whoever it is that comes second. */
static void a_topic_is_no_other_datasets_name(void **state)
{
    static const char *const keys[] = {"k"};
    struct room *room = *state;
    const struct sto_agency_spec edu = {
        .code = "edu", .name = "Education", .legal_class = 1, .division = "d", .head = "h"};
    struct sto_dataset_spec named = {.agency = "moh",
                                     .name = "deaths",
                                     .key_fields = keys,
                                     .key_field_count = 1,
                                     .key_format = "text"};
    struct sto_dataset_spec streamed = named;
    int32_t id;
    streamed.agency = "edu";
    streamed.name = "marks";
    streamed.topic = "moh.deaths";
    assert_ok(sto_agency_add(room->conn, &edu, &room->err), room->err);
    assert_ok(sto_dataset_add(room->conn, &named, &id, &room->err), room->err);
    assert_err(sto_dataset_add(room->conn, &streamed, &id, &room->err), room->err, ERR_KIND_FATAL,
               ERR_EXISTS);
    assert_non_null(strstr(room->err.text, "moh.deaths"));
    streamed.topic = "moh.weddings";
    named.name = "weddings";
    assert_ok(sto_dataset_add(room->conn, &streamed, &id, &room->err), room->err);
    assert_err(sto_dataset_add(room->conn, &named, &id, &room->err), room->err, ERR_KIND_FATAL,
               ERR_EXISTS);
    assert_non_null(strstr(room->err.text, "edu.marks"));
    /* Its own name may be its topic; and a name has one dot, so this one is nobody's. */
    named.topic = "moh.weddings.x";
    assert_ok(sto_dataset_add(room->conn, &named, &id, &room->err), room->err);
    named.name = "x";
    named.topic = "moh.x";
    assert_ok(sto_dataset_add(room->conn, &named, &id, &room->err), room->err);
}

static void a_subject_is_of_the_dataset_with_its_topic_or_its_name(void **state)
{
    static const char *const keys[] = {"k"};
    struct room *room = *state;
    struct sto_dataset_spec named = {.agency = "moh",
                                     .name = "deaths",
                                     .key_fields = keys,
                                     .key_field_count = 1,
                                     .key_format = "text"};
    int32_t id;
    assert_ok(sto_dataset_add(room->conn, &named, &id, &room->err), room->err);
    named.name = "moh";
    assert_ok(sto_dataset_add(room->conn, &named, &id, &room->err), room->err);
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT string_agg(coalesce(o.dataset_id || o.part, '-'), ' ' ORDER BY n) FROM"
                 " unnest('{moh.births-value,moh.births-key,moh.deaths-value,moh.deaths-key,"
                 "moh.deaths,deaths-value,moh-value,moh.-value,-value,moh.deaths.-key,"
                 "moh.deaths-value-value}'::text[]) WITH ORDINALITY s(name, n),"
                 " LATERAL nrc.dataset_of_subject(s.name) o"),
        "1value 1key 2value 2key - - - - - - -");
    /* Neither way reads all datasets. */
    raw_run(room->raw, "INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format)"
                       " SELECT 1, 'd' || i, CASE WHEN i % 2 = 0 THEN 't' || i END, '{k}', 'text'"
                       " FROM generate_series(1, 3000) i; ANALYZE nrc.dataset");
    raw_run(room->raw, "SELECT pg_stat_force_next_flush()");
    int64_t before = raw_int(room->raw, "SELECT seq_tup_read FROM pg_stat_user_tables"
                                        " WHERE relid = 'nrc.dataset'::regclass");
    for (int i = 0; i < 20; i++) {
        raw_run(room->raw, "SELECT nrc.dataset_of_subject('moh.d2999-value'),"
                           " nrc.dataset_of_subject('t3000-key'),"
                           " nrc.dataset_of_subject('nobody.x-key')");
    }
    raw_run(room->raw, "SELECT pg_stat_force_next_flush()");
    assert_int_equal(raw_int(room->raw, "SELECT seq_tup_read FROM pg_stat_user_tables"
                                        " WHERE relid = 'nrc.dataset'::regclass"),
                     before);
}

static void the_tables_of_a_structure_are_as_designed(void **state)
{
    struct room *room = *state;
    PGconn *raw = room->raw;
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_inherits"
                                  " WHERE inhparent = 'moh.births_state'::regclass"),
                     2);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_inherits"
                                  " WHERE inhparent = 'moh.births_history'::regclass"),
                     3);
    assert_string_equal(raw_text(raw, "SELECT string_agg(indexdef, ';') FROM pg_indexes"
                                      " WHERE schemaname = 'moh' AND tablename = 'births_state'"),
                        "CREATE UNIQUE INDEX births_state_pkey ON ONLY moh.births_state"
                        " USING btree (civil_no)");
    assert_string_equal(raw_text(raw, "SELECT string_agg(indexdef, ';') FROM pg_indexes"
                                      " WHERE schemaname = 'moh' AND tablename = 'births_history'"),
                        "CREATE INDEX births_history__recorded_at_idx ON ONLY moh.births_history"
                        " USING brin (_recorded_at)");
    assert_string_equal(raw_text(raw,
                                 "SELECT collation_name FROM information_schema.columns"
                                 " WHERE table_name = 'births_state' AND column_name = 'civil_no'"),
                        "C");
    assert_string_equal(raw_text(raw,
                                 "SELECT string_agg(column_name, ',' ORDER BY ordinal_position)"
                                 " FROM information_schema.columns WHERE table_schema = 'moh'"
                                 " AND table_name = 'births'"),
                        "civil_no,name,seq,weight");
    assert_string_equal(raw_text(raw,
                                 "SELECT string_agg(attname, ',') FROM pg_attribute a"
                                 " WHERE attrelid = 'moh.births_history'::regclass AND attnum > 0"
                                 " AND attnotnull AND attname !~ '^_'"),
                        "");
    assert_string_equal(
        raw_text(raw, "SELECT array_to_string(reloptions, ',') FROM pg_class"
                      " WHERE oid = 'moh.births_state_p1'::regclass"),
        "fillfactor=60,autovacuum_vacuum_scale_factor=0.05,"
        "autovacuum_vacuum_insert_scale_factor=0.2,autovacuum_analyze_scale_factor=0.1");
}

static void the_view_shows_live_keys_only(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "INSERT INTO moh.births_state (civil_no, name, _op, _recorded_at,"
                       " _topic_partition, _offset, _content)"
                       " VALUES ('1', 'a', 'c', now(), 1, 1, 2), ('2', NULL, 'd', now(), 1, 2, 0)");
    assert_string_equal(raw_text(room->raw, "SELECT string_agg(civil_no, ',') FROM moh.births"),
                        "1");
}

static void the_same_structure_again_is_the_same_version(void **state)
{
    struct room *room = *state;
    int32_t id = room->schema_id;
    assert_int_equal(id, 1);
    assert_int_equal(room->version, 1);
    assert_ok(add(room, 2, longer, COUNT_OF(longer)), room->err);
    assert_int_equal(room->version, 2);
    id = room->schema_id;
    assert_ok(add(room, 2, longer, COUNT_OF(longer)), room->err);
    assert_int_equal(room->schema_id, id);
    assert_int_equal(room->version, 2);
}

static void an_added_column_is_read_and_written_by_who_has_the_others(void **state)
{
    struct room *room = *state;
    PGconn *raw = room->raw;
    assert_ok(add(room, 2, longer, COUNT_OF(longer)), room->err);
    raw_run(raw, "SET ROLE nrc_reader");
    assert_string_equal(raw_sqlstate(raw, "SELECT civil_no, \"Ward\" FROM moh.births"), "");
    raw_run(raw, "RESET ROLE");
    raw_run(raw, "SET ROLE nrc_ingest");
    raw_run(raw, "INSERT INTO moh.births_history (civil_no, \"Ward\", _op, _effect, _recorded_at,"
                 " _topic_partition, _offset) VALUES ('1', '{}', 'c', 'a', now(), 1, 1)");
    raw_run(raw, "RESET ROLE");
}

static void a_wider_numeric_rewrites_nothing(void **state)
{
    struct column grown[COUNT_OF(births_columns)];
    struct room *room = *state;
    static const char files[] =
        "SELECT string_agg(relfilenode::text, ',' ORDER BY oid) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'moh'::regnamespace";
    char before[4096];
    snprintf(before, sizeof(before), "%s", raw_text(room->raw, files));
    memcpy(grown, births_columns, sizeof(grown));
    grown[3].precision = 9;
    assert_ok(add(room, 2, grown, COUNT_OF(grown)), room->err);
    assert_string_equal(raw_text(room->raw, files), before);
    assert_string_equal(raw_text(room->raw, "SELECT format_type(atttypid, atttypmod)"
                                            " FROM pg_attribute WHERE attname = 'weight'"
                                            " AND attrelid = 'moh.births_state_p0'::regclass"),
                        "numeric(9,2)");
}

static void no_column_changes_in_any_other_way(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 5; i++) {
        struct column changed[COUNT_OF(births_columns)];
        size_t count = COUNT_OF(changed);
        memcpy(changed, births_columns, sizeof(changed));
        switch (i) {
        case 0: changed[1].type = COLUMN_BYTEA; break;
        case 1: changed[3].scale = 3; break;
        case 2: changed[3].precision = 4; break;
        case 3: count--; break;
        default:
            changed[1] = births_columns[2];
            changed[2] = births_columns[1];
            break;
        }
        assert_err(add(room, 9, changed, count), room->err, ERR_KIND_FATAL, ERR_INCOMPATIBLE);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 1);
    assert_int_equal(raw_int(room->raw, "SELECT column_version FROM nrc.dataset"), 1);
}

static void columns_that_a_table_cannot_have_are_refused(void **state)
{
    static const char *const names[] = {
        "ctid",     "xmin",
        "_op",      "_nrc_x",
        "_effect",  "",
        "_content", "a234567890123456789012345678901234567890123456789012345678901234"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct column bad[COUNT_OF(longer)];
        memcpy(bad, longer, sizeof(bad));
        bad[4].name = names[i];
        assert_err(add(room, 9, bad, COUNT_OF(bad)), room->err, ERR_KIND_FATAL, ERR_BAD_SCHEMA);
    }
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 1);
}

static void a_dataset_without_its_key_field_is_refused(void **state)
{
    struct room *room = *state;
    static const struct column columns[] = {{.name = "name", .type = COLUMN_TEXT}};
    static const struct column wrong_type[] = {{.name = "civil_no", .type = COLUMN_DOUBLE}};
    room->dataset_id = births_declare(room->conn);
    assert_err(add(room, 1, columns, 1), room->err, ERR_KIND_FATAL, ERR_INCOMPATIBLE);
    assert_err(add(room, 1, wrong_type, 1), room->err, ERR_KIND_FATAL, ERR_INCOMPATIBLE);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 0);
}

/* Names that SQL would misread stay names. */
static void hostile_column_names_are_only_names(void **state)
{
    struct room *room = *state;
    struct column odd[COUNT_OF(longer)];
    memcpy(odd, longer, sizeof(odd));
    odd[4].name = "x int); DROP SCHEMA nrc CASCADE; --\"'%I%s$1";
    assert_ok(add(room, 2, odd, COUNT_OF(odd)), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM information_schema.columns WHERE"
                                        " table_name = 'births' AND column_name ~ 'DROP SCHEMA'"),
                     1);
}

static void a_column_that_gets_no_lock_leaves_nothing_behind(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "BEGIN; LOCK TABLE moh.births_history IN ACCESS SHARE MODE");
    int64_t started_ms = clock_mono_ms();
    assert_err(add(room, 2, longer, COUNT_OF(longer)), room->err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    assert_true(clock_mono_ms() - started_ms < 60000);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.schema"), 1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.dataset_column"), 4);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM information_schema.columns"
                                        " WHERE table_schema = 'moh' AND column_name = 'Ward'"),
                     0);
    raw_run(room->raw, "COMMIT");
    assert_ok(add(room, 2, longer, COUNT_OF(longer)), room->err);
}

static void a_snapshot_says_what_was_registered(void **state)
{
    struct room *room = *state;
    static const char *const keys[] = {"b", "a"};
    static const char *const secret[] = {"army", "Ünïcode, \"quoted\""};
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = "posts",
                                          .key_fields = keys,
                                          .key_field_count = 2,
                                          .key_format = "avro",
                                          .exempt_field = "kind",
                                          .exempt_values = secret,
                                          .exempt_value_count = 2};
    static const struct column columns[] = {{.name = "a", .type = COLUMN_BIGINT},
                                            {.name = "kind", .type = COLUMN_TEXT},
                                            {.name = "b", .type = COLUMN_DATE}};
    assert_ok(sto_dataset_add(room->conn, &spec, &room->dataset_id, &room->err), room->err);
    assert_ok(add(room, 3, columns, 3), room->err);

    struct sto_conn *ingest = sto_open(STO_ROLE_INGEST);
    struct sto_catalogue *catalogue = sto_catalogue_load(ingest, &room->err);
    assert_non_null(catalogue);
    assert_int_equal(catalogue->dataset_count, 2);

    const struct sto_dataset *births = &catalogue->datasets[0];
    assert_string_equal(births->full_name, "moh.births");
    assert_string_equal(births->topic, "moh.births");
    assert_true(births->table.has_order);
    assert_int_equal(births->table.column_count, 4);
    assert_int_equal(births->table.columns[3].type, COLUMN_NUMERIC);
    assert_int_equal(births->table.columns[3].precision, 5);
    assert_int_equal(births->table.columns[3].scale, 2);
    assert_int_equal(births->structure_count, 1);
    assert_int_equal(births->structures[0].state, STO_STRUCTURE_ACTIVE);
    assert_false(births->structures[0].is_key);
    assert_string_equal(births->structures[0].text, "{\"type\":\"record\"}");
    /* The GUID is the hash's first 16 bytes but for the bits that say what kind it is. */
    const uint8_t guid[16] = {1, 2, 3, 4, 5, 6, 0x87, 8, 0x89, 10};
    assert_memory_equal(births->structures[0].guid, guid, 16);

    const struct sto_dataset *posts = &catalogue->datasets[1];
    assert_null(posts->topic);
    assert_null(posts->order_field);
    assert_false(posts->table.has_order);
    assert_int_equal(posts->table.key_count, 2);
    assert_int_equal(posts->table.key_columns[0], 2);
    assert_int_equal(posts->table.key_columns[1], 0);
    assert_string_equal(posts->exempt_field, "kind");
    assert_int_equal(posts->exempt_value_count, 2);
    assert_string_equal(posts->exempt_values[1], "Ünïcode, \"quoted\"");
    sto_catalogue_free(&catalogue);
    sto_conn_close(&ingest);
}

static void every_change_is_heard_and_counted(void **state)
{
    struct room *room = *state;
    struct sto_conn *listener = sto_open(STO_ROLE_INGEST);
    int64_t before;
    int64_t after;
    assert_ok(sto_catalogue_listen(listener, &room->err), room->err);
    assert_int_equal(sto_catalogue_wait(listener, 50, &room->err), 0);
    assert_ok(sto_catalogue_version(listener, &before, &room->err), room->err);
    assert_ok(add(room, 2, longer, COUNT_OF(longer)), room->err);
    assert_int_equal(sto_catalogue_wait(listener, 10000, &room->err), 1);
    assert_ok(sto_catalogue_version(listener, &after, &room->err), room->err);
    assert_true(after > before);
    assert_int_equal(sto_catalogue_wait(listener, 50, &room->err), 0);
    sto_conn_close(&listener);
}

static void a_listener_whose_backend_ends_says_so(void **state)
{
    struct room *room = *state;
    char sql[64];
    struct sto_conn *listener = sto_open(STO_ROLE_INGEST);
    assert_ok(sto_catalogue_listen(listener, &room->err), room->err);
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d)", sto_conn_backend_pid(listener));
    raw_run(room->raw, sql);
    assert_err(sto_catalogue_wait(listener, 10000, &room->err), room->err, ERR_KIND_RETRY,
               ERR_REGISTER_DOWN);
    assert_false(sto_conn_usable(listener));
    sto_conn_close(&listener);
}

static void leaves_are_made_ahead_and_once(void **state)
{
    struct room *room = *state;
    struct sto_conn *ingest = sto_open(STO_ROLE_INGEST);
    int made;
    assert_ok(sto_leaves_make(ingest, 2, &made, &room->err), room->err);
    assert_int_equal(made, 0);
    assert_ok(sto_leaves_make(ingest, 4, &made, &room->err), room->err);
    assert_int_equal(made, 6); /* two months of ledger, quarantine and one history */
    /* A month begins at midnight UTC, whatever zone the maker's session is in. */
    raw_run(room->raw, "SET timezone = 'Asia/Muscat'; SELECT nrc.make_leaves(5, NULL),"
                       " nrc.make_leaves(5, 1); SET timezone = 'UTC'");
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM pg_class WHERE relispartition AND relname"
                             " ~ '_y[0-9]{4}m[0-9]{2}$' AND relkind = 'r' AND"
                             " pg_get_expr(relpartbound, oid) !~"
                             " 'FROM \\(''....-..-01 00:00:00\\+00''\\)'"),
                     0);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM pg_class WHERE relispartition AND relkind"
                             " = 'r' AND relname ~ '_y[0-9]{4}m[0-9]{2}$'"),
                     18);
    sto_conn_close(&ingest);
}

/* A batch holds the parent as a writer does; leaves are made beside it. */
static void leaves_are_made_beside_a_running_batch(void **state)
{
    struct room *room = *state;
    int made;
    raw_run(room->raw,
            "BEGIN; INSERT INTO moh.births_history (civil_no, _op, _effect, _recorded_at,"
            " _topic_partition, _offset) VALUES ('1', 'c', 'a', now(), 1, 1)");
    assert_ok(sto_leaves_make(room->conn, 3, &made, &room->err), room->err);
    assert_int_equal(made, 3);
    raw_run(room->raw, "COMMIT");
}

static void *make_leaves(void *arg)
{
    struct err err = ERR_INIT;
    int made;
    struct sto_conn *conn = arg;
    if (sto_leaves_make(conn, 24, &made, &err) != 0) {
        print_error("%s\n", err.text);
        return (void *)(intptr_t)-1;
    }
    return (void *)(intptr_t)made;
}

static void of_many_leaf_makers_each_leaf_has_one(void **state)
{
    (void)state;
    enum { MAKERS = 4 };
    pthread_t threads[MAKERS];
    struct sto_conn *conns[MAKERS];
    intptr_t total = 0;
    for (int i = 0; i < MAKERS; i++) {
        conns[i] = sto_open(STO_ROLE_INGEST);
        assert_int_equal(pthread_create(&threads[i], NULL, make_leaves, conns[i]), 0);
    }
    for (int i = 0; i < MAKERS; i++) {
        void *made;
        pthread_join(threads[i], &made);
        assert_true((intptr_t)made >= 0);
        total += (intptr_t)made;
        sto_conn_close(&conns[i]);
    }
    assert_int_equal(total, 22 * 3);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(NRL_9_an_agency_has_a_division_with_a_head, fresh),
        TEST(NRL_2_an_agency_is_of_one_of_three_classes, fresh),
        TEST(names_that_cannot_be_schemas_or_tables_are_refused, fresh),
        TEST(a_dataset_needs_its_agency_and_a_topic_of_its_own, with_births),
        TEST(a_topic_is_no_other_datasets_name, with_births),
        TEST(a_subject_is_of_the_dataset_with_its_topic_or_its_name, with_births),
        TEST(the_tables_of_a_structure_are_as_designed, with_births),
        TEST(the_view_shows_live_keys_only, with_births),
        TEST(the_same_structure_again_is_the_same_version, with_births),
        TEST(an_added_column_is_read_and_written_by_who_has_the_others, with_births),
        TEST(a_wider_numeric_rewrites_nothing, with_births),
        TEST(no_column_changes_in_any_other_way, with_births),
        TEST(columns_that_a_table_cannot_have_are_refused, with_births),
        TEST(a_dataset_without_its_key_field_is_refused, fresh),
        TEST(hostile_column_names_are_only_names, with_births),
        TEST(a_column_that_gets_no_lock_leaves_nothing_behind, with_births),
        TEST(a_snapshot_says_what_was_registered, with_births),
        TEST(every_change_is_heard_and_counted, with_births),
        TEST(a_listener_whose_backend_ends_says_so, with_births),
        TEST(leaves_are_made_ahead_and_once, with_births),
        TEST(leaves_are_made_beside_a_running_batch, with_births),
        TEST(of_many_leaf_makers_each_leaf_has_one, with_births),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
