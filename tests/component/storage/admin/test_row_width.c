/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_row_width.c - what can be registered can be stored: rows of any values, in state
 * and history, against a real server.
 *
 * The widest row that values can make is written, its bytes are counted in the page (pageinspect),
 * and compared with what storage/admin/columns.c says of the columns. */
#include "births.h"

#include "base/attr.h"
#include "base/buf.h"
#include "schema/plan/layout.h"
#include "storage/admin/columns.h"
#include "storage/catalogue/catalogue.h"
#include "storage/conn/statement.h"

enum { MOST = SCH_MAX_COLUMNS };

static PGconn *raw;
static struct sto_conn *conn;
static struct err err;
static struct column columns[MOST];
static char names[MOST][16];
static uint64_t seed = 11;

static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

/* A type, and a value of it that keeps most bytes in the row; a long one, which is moved out. */
struct kind {
    struct column column;
    const char *widest;
    const char *longest;
};

#define X23 "repeat('x', 23)"
static const struct kind kinds[] = {
    {{.type = COLUMN_BIGINT}, "7", "7"},
    {{.type = COLUMN_DOUBLE}, "7", "7"},
    {{.type = COLUMN_BOOLEAN}, "true", "true"},
    {{.type = COLUMN_DATE}, "'2026-01-01'", "'2026-01-01'"},
    {{.type = COLUMN_TIME}, "'12:00'", "'12:00'"},
    {{.type = COLUMN_TIMESTAMPTZ}, "now()", "now()"},
    {{.type = COLUMN_TIMESTAMP}, "now()", "now()"},
    {{.type = COLUMN_UUID}, "gen_random_uuid()", "gen_random_uuid()"},
    {{.type = COLUMN_TEXT}, X23, "repeat(md5(random()::text), 200)"},
    {{.type = COLUMN_BYTEA}, "convert_to(" X23 ", 'UTF8')", "sha512(random()::text::bytea)"},
    {{.type = COLUMN_JSONB},
     "to_jsonb(repeat('x', 15))",
     "to_jsonb(sha512(random()::text::bytea))"},
    {{.type = COLUMN_NUMERIC, .precision = 5, .scale = 2}, "999.99", "999.99"},
    {{.type = COLUMN_NUMERIC, .precision = 18, .scale = 4},
     "99999999999999.9999",
     "99999999999999.9999"},
    {{.type = COLUMN_NUMERIC, .precision = 40, .scale = 0}, "repeat('9', 40)::numeric", "1"},
    {{.type = COLUMN_NUMERIC, .precision = 1000, .scale = 0},
     "repeat('9', 40)::numeric",
     "repeat('9', 1000)::numeric"},
    {{.type = COLUMN_NUMERIC, .precision = 1000, .scale = 500},
     "(repeat('9', 20) || '.' || repeat('9', 16) || repeat('0', 484))::numeric",
     "(repeat('9', 500) || '.' || repeat('9', 500))::numeric"},
};

static int begin(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    conn = sto_open(STO_ROLE_REGISTRY);
    err_reset(&err);
    raw_run(raw, "CREATE EXTENSION IF NOT EXISTS pageinspect");
    for (size_t i = 0; i < MOST; i++) {
        snprintf(names[i], sizeof(names[i]), "c%zu", i);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    PQfinish(raw);
    return 0;
}

/* ---- one structure ---- */

static const struct kind *of[MOST];

static void put_column(size_t i, const struct kind *kind)
{
    of[i] = kind;
    columns[i] = kind->column;
    columns[i].name = names[i];
}

/* The key is the first column. */
static int32_t declare(void)
{
    static const char *const keys[] = {"c0"};
    static int made;
    char topic[16];
    int32_t id;
    snprintf(topic, sizeof(topic), "d%d", ++made);
    if (made == 1) {
        const struct sto_agency_spec agency = {
            .code = "moh", .name = "Health", .legal_class = 1, .division = "R", .head = "S"};
        assert_ok(sto_agency_add(conn, &agency, &err), err);
    }
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = topic,
                                          .topic = topic,
                                          .key_fields = keys,
                                          .key_field_count = 1,
                                          .key_format = "auto",
                                          .leaves = 1};
    assert_ok(sto_dataset_add(conn, &spec, &id, &err), err);
    return id;
}

static int registered(int32_t id, size_t count)
{
    static uint16_t mark;
    char subject[32];
    uint8_t sha256[32] = {0};
    int32_t schema_id;
    int32_t version;
    mark++;
    memcpy(sha256, &mark, sizeof(mark));
    snprintf(subject, sizeof(subject), "d%d-value", (int)id);
    return structure_add(conn, subject, id, sha256, columns, count, &schema_id, &version, &err);
}

enum value { WIDEST, LONGEST, SHRUNK, WIDEST_BUT_ONE };

/* A whole row into a relation; the SQLSTATE, "" when it is stored. SHRUNK: texts that take some 20 bytes
 * when they are compressed. */
static const char *insert(const char *relation, size_t count, const char *ours, const char *theirs,
                          enum value value)
{
    struct buf sql = BUF_INIT;
    buf_printf(&sql, "INSERT INTO %s (%s", relation, ours);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&sql, ", %s", names[i]);
    }
    buf_printf(&sql, ") SELECT %s", theirs);
    for (size_t i = 0; i < count; i++) {
        bool is_null = value == WIDEST_BUT_ONE && i + 1 == count;
        bool is_text = columns[i].type == COLUMN_TEXT && i > 0;
        buf_printf(&sql, ", %s",
                   is_null                      ? "NULL"
                   : value == LONGEST && i > 0  ? of[i]->longest
                   : value == SHRUNK && is_text ? "repeat('x', 150)"
                                                : of[i]->widest);
    }
    const char *sqlstate = raw_sqlstate(raw, buf_cstr(&sql));
    if (sqlstate[0] != '\0') {
        print_error("%s: a row of %zu, value %d, the last %s: %s\n", relation, count, (int)value,
                    column_type_name(columns[count - 1].type), sqlstate);
    }
    buf_fini(&sql);
    return sqlstate;
}

#define OURS                                                                                       \
    "_recorded_at, _offset, _topic_partition, _op, _schema_id, _order, _kafka_ts, _event_time"
#define THEIRS "now(), 1, 1, 'c', 1, 1, now(), now()"

/* The bytes of the widest row there. */
static size_t row_bytes(const char *relation)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT max(lp_len) FROM generate_series(0, pg_relation_size('%s') / 8192 - 1) p,"
             " heap_page_items(get_raw_page('%s', p::int))",
             relation, relation);
    return (size_t)raw_int(raw, sql);
}

/* Every value, everywhere; and the sum is what is there at most, less `slack` at most. */
static void all_is_stored(int32_t id, size_t count, size_t slack)
{
    const size_t said = sto_columns_row_bytes(columns, count);
    char name[32];
    char places[2][64];
    snprintf(name, sizeof(name), "d%d", (int)id);
    snprintf(places[0], sizeof(places[0]), "moh.%s_state", name);
    snprintf(places[1], sizeof(places[1]), "moh.%s_history%.12s", name,
             raw_text(raw, "SELECT to_char(now() AT TIME ZONE 'UTC', '\"_y\"YYYY\"m\"MM')"));
    for (enum value value = WIDEST; value <= WIDEST_BUT_ONE; value++) {
        assert_string_equal(insert(places[0], count, OURS ", _content", THEIRS ", 2", value), "");
        assert_string_equal(insert(places[1], count, OURS ", _effect", THEIRS ", 'a'", value), "");
        for (size_t i = 0; i < COUNT_OF(places) && value != LONGEST; i++) {
            size_t bytes = row_bytes(places[i]);
            if (value == SHRUNK) { /* what fits a quarter of a page is left as it is */
                assert_true(bytes <= said || bytes <= 2032);
            } else {
                const size_t content = i == 1 ? sizeof(int64_t) : 0; /* which history lacks */
                const size_t most = said - content;
                assert_in_range(bytes, slack < most ? most - slack : 0, most);
            }
        }
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            char truncate[96];
            snprintf(truncate, sizeof(truncate), "TRUNCATE %.63s", places[i]);
            raw_run(raw, truncate);
        }
    }
}

/* ---- */

/* Up to here, and one more is refused before anything is stored. */
static void the_widest_structure_of_each_type_stores_its_widest_row(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        put_column(0, &kinds[0]);
        for (size_t i = 1; i < MOST; i++) {
            put_column(i, &kinds[k]);
        }
        size_t most = MOST;
        while (sto_columns_check(columns, most, &err) != 0) {
            most--;
        }
        int32_t id = declare();
        if (most < MOST) {
            int64_t schemas = raw_int(raw, "SELECT count(*) FROM nrc.schema");
            assert_err(registered(id, most + 1), err, ERR_KIND_FATAL, ERR_BAD_SCHEMA);
            assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), schemas);
            /* It is about the row, and no more was asked than it needs. */
            assert_true(sto_columns_row_bytes(columns, most + 1) > 8160);
        }
        assert_ok(registered(id, most), err);
        /* A row without nulls has no bits for them; no numeric has 24 bytes, but 23. */
        all_is_stored(id, most, 3 * 8 + (most + 9) / 8 + most * (kinds[k].column.precision > 0));
    }
}

/* In any order, and by any number of structures. */
static void the_sum_holds_for_any_columns_however_they_came(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        size_t count = 8 + rnd(round % 2 == 0 ? 100 : 350);
        int32_t id = declare();
        put_column(0, &kinds[0]);
        for (size_t i = 1; i < count; i++) {
            put_column(i, &kinds[rnd(COUNT_OF(kinds))]);
        }
        for (size_t at = 1 + rnd((uint32_t)count); at < count; at += 1 + rnd((uint32_t)count)) {
            assert_ok(registered(id, at), err);
        }
        assert_ok(registered(id, count), err);
        all_is_stored(id, count, sto_columns_row_bytes(columns, count));
    }
}

static void what_could_not_be_stored_is_refused(void **state)
{
    (void)state;
    static const size_t wide[][2] = {{0, 1100}, {8, 600}};
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        put_column(0, &kinds[0]);
        for (size_t c = 1; c < wide[i][1]; c++) {
            put_column(c, &kinds[wide[i][0]]);
        }
        assert_err(registered(declare(), wide[i][1]), err, ERR_KIND_FATAL, ERR_BAD_SCHEMA);
        assert_non_null(strstr(err.text, "8160"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_widest_structure_of_each_type_stores_its_widest_row),
        cmocka_unit_test(the_sum_holds_for_any_columns_however_they_came),
        cmocka_unit_test(what_could_not_be_stored_is_refused),
    };
    return cmocka_run_group_tests_name("row_width", tests, begin, end);
}
