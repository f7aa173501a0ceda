/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_declare.c - agencies and datasets: which are refused, and whose a subject is. */
#include "births.h"

static void NRL_9_an_agency_has_a_division_with_a_head(void **state)
{
    struct births_room *room = *state;
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
    struct births_room *room = *state;
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
    struct births_room *room = *state;
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
    struct births_room *room = *state;
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
    struct births_room *room = *state;
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
    struct births_room *room = *state;
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

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(NRL_9_an_agency_has_a_division_with_a_head, births_room_empty),
        TEST(NRL_2_an_agency_is_of_one_of_three_classes, births_room_empty),
        TEST(names_that_cannot_be_schemas_or_tables_are_refused, births_room_empty),
        TEST(a_dataset_needs_its_agency_and_a_topic_of_its_own, births_room_registered),
        TEST(a_topic_is_no_other_datasets_name, births_room_registered),
        TEST(a_subject_is_of_the_dataset_with_its_topic_or_its_name, births_room_registered),
    };
    return cmocka_run_group_tests_name("declare", tests, NULL, NULL);
}
