/* SPDX-License-Identifier: Apache-2.0
 * unit/ops/monitor/test_statement.c - what a message on <agency>.control says, whatever its bytes are. The structure is the one
 * that agencies have: ops/doc/control-statement.avsc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/monitor/statement.h"
#include "schema/parse/parse.h"
#include "schema/plan/plan.h"
#include "schema/sample/json_event.h"

struct room {
    char text[16384];
    struct sch_plan *plan;
    struct arena arena;
    struct err err;
};

static void load(struct room *room)
{
    FILE *file = fopen(NRC_DOC_DIR "/control-statement.avsc", "r");
    assert_non_null(file);
    room->text[fread(room->text, 1, sizeof(room->text) - 1, file)] = '\0';
    fclose(file);
}

/* The structure as agencies have it; or another text. */
static void open_room(struct room *room, const char *text)
{
    *room = (struct room){.err = ERR_INIT};
    load(room);
    text = text != NULL ? text : room->text;
    room->plan = ops_statement_plan(text, strlen(text), &room->err);
}

static void close_room(struct room *room)
{
    sch_plan_free(&room->plan);
    arena_fini(&room->arena);
}

static void encode(const char *structure, const char *json, struct buf *out)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(structure, strlen(structure), &err);
    assert_non_null(schema);
    if (sch_json_event(schema, json, strlen(json), out, &err) < 0) {
        fail_msg("%s: %s", json, err.text);
    }
    sch_schema_unref(&schema);
}

static int read_json(struct room *room, const char *structure, const char *json,
                     struct ops_statement *out)
{
    struct buf bytes = BUF_INIT;
    encode(structure, json, &bytes);
    /* Read from memory that ends with it, so that ASan sees a byte too far. */
    uint8_t *exact = malloc(bytes.len);
    memcpy(exact, bytes.data, bytes.len);
    err_reset(&room->err);
    int rc = ops_statement_read(room->plan, exact, bytes.len, &room->arena, out, &room->err);
    free(exact);
    buf_fini(&bytes);
    return rc;
}

static void a_control_total_has_the_texts_that_a_person_would_give(void **state)
{
    struct room room;
    struct ops_statement said;
    (void)state;
    open_room(&room, NULL);
    assert_int_equal(
        read_json(&room, room.text,
                  "{\"kind\": \"CONTROL_TOTAL\", \"dataset\": \"moh.births\", \"from\": "
                  "\"2027-01-01T00:00:00Z\","
                  " \"until\": \"2027-01-31T00:00:00.5Z\", \"events\": 7215, \"keys\": 0, "
                  "\"statement_id\": \"كانون\","
                  " \"grace_s\": 60, \"key_list\": [\"a\\\"b\", \"ب\"], \"key_digests\": []}",
                  &said),
        0);
    assert_false(said.is_heartbeat);
    assert_string_equal(said.spec.dataset, "moh.births");
    assert_string_equal(said.spec.from, "2027-01-01T00:00:00.000000Z");
    assert_string_equal(said.spec.until, "2027-01-31T00:00:00.500000Z");
    assert_string_equal(said.spec.events, "7215");
    assert_string_equal(said.spec.keys, "0");
    assert_null(said.spec.checksum);
    assert_string_equal(said.spec.statement_id, "كانون");
    assert_string_equal(said.spec.grace_s, "60");
    assert_string_equal(said.spec.key_list, "[\"a\\\"b\",\"ب\"]");
    assert_string_equal(said.spec.digest_list, "[]");
    close_room(&room);
}

static void a_heartbeat_may_be_nothing_but_a_heartbeat(void **state)
{
    struct room room;
    struct ops_statement said;
    (void)state;
    open_room(&room, NULL);
    assert_int_equal(read_json(&room, room.text, "{\"kind\": \"HEARTBEAT\"}", &said), 0);
    assert_true(said.is_heartbeat);
    assert_null(said.spec.dataset);
    assert_null(said.spec.events);
    assert_null(said.counted_at);
    close_room(&room);
}

static void what_cannot_be_is_refused_and_its_values_are_not_quoted(void **state)
{
    static const struct {
        const char *json;
        const char *said;
    } rows[] = {
        {"{\"kind\": \"CONTROL_TOTAL\", \"events\": 1}", "names its dataset"},
        {"{\"kind\": \"CONTROL_TOTAL\", \"dataset\": \"SECRET\", \"from\": -1}",
         "between the years"},
        {"{\"kind\": \"HEARTBEAT\", \"dataset\": \"SECRET\", \"at\": 253402300800000000}",
         "between the years"},
    };
    struct room room;
    struct ops_statement said;
    (void)state;
    open_room(&room, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(read_json(&room, room.text, rows[i].json, &said), -1);
        assert_int_equal(room.err.kind, ERR_KIND_POISON);
        assert_non_null(strstr(room.err.text, rows[i].said));
        assert_null(strstr(room.err.text, "SECRET"));
    }
    close_room(&room);
}

/* Each cut of a message, and each byte of it changed, is read or refused: ASan and UBSan look on. */
static void no_bytes_are_trusted(void **state)
{
    struct room room;
    struct ops_statement said;
    struct buf bytes = BUF_INIT;
    size_t refused = 0;
    (void)state;
    open_room(&room, NULL);
    encode(room.text,
           "{\"kind\": \"CONTROL_TOTAL\", \"dataset\": \"moh.births\", \"from\": 1, \"until\": 2, "
           "\"events\": 7215,"
           " \"key_list\": [\"a\", \"b\"], \"key_digests\": [\"c\"]}",
           &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        for (int with = 0; with < 257; with++) {
            uint8_t *copy = malloc(bytes.len);
            memcpy(copy, bytes.data, bytes.len);
            size_t len = with == 256 ? i : bytes.len;
            copy[i] = with == 256 ? copy[i] : (uint8_t)with;
            err_reset(&room.err);
            uint8_t *exact = malloc(len + (len == 0));
            memcpy(exact, copy, len);
            if (ops_statement_read(room.plan, exact, len, &room.arena, &said, &room.err) < 0) {
                assert_int_equal(room.err.kind, ERR_KIND_POISON);
                refused++;
            }
            free(exact);
            free(copy);
            arena_reset(&room.arena);
        }
    }
    assert_true(refused > bytes.len);
    buf_fini(&bytes);
    close_room(&room);
}

/* A later version of ours: more fields, in another order, one of them wider, and a kind more. */
static void a_later_version_is_read_as_far_as_it_is_known(void **state)
{
    static const char later[] =
        "{\"type\": \"record\", \"name\": \"Statement\", \"namespace\": \"nrc.control\", "
        "\"fields\": ["
        "{\"name\": \"mood\", \"type\": {\"type\": \"map\", \"values\": \"string\"}, \"default\": "
        "{}},"
        "{\"name\": \"events\", \"type\": [\"null\", \"long\"], \"default\": null},"
        "{\"name\": \"kind\", \"type\": {\"type\": \"enum\", \"name\": \"Kind\", \"symbols\": "
        "[\"FAREWELL\", \"HEARTBEAT\"]}},"
        "{\"name\": \"dataset\", \"type\": [\"string\", \"null\"]},"
        "{\"name\": \"at\", \"type\": [\"null\", {\"type\": \"long\", \"logicalType\": "
        "\"timestamp-millis\"}], \"default\": null}]}";
    struct room room;
    struct ops_statement said;
    (void)state;
    open_room(&room, later);
    assert_non_null(room.plan);
    assert_int_equal(
        read_json(
            &room, later,
            "{\"kind\": \"HEARTBEAT\", \"dataset\": \"moh.births\", \"events\": 5, \"at\": 1000,"
            " \"mood\": {\"a\": \"b\"}}",
            &said),
        0);
    assert_string_equal(said.spec.events, "5");
    assert_string_equal(said.counted_at, "1970-01-01T00:00:01.000000Z");
    assert_null(said.spec.until);
    assert_int_equal(
        read_json(&room, later,
                  "{\"kind\": \"FAREWELL\", \"dataset\": \"moh.births\", \"mood\": {}}", &said),
        -1);
    assert_non_null(strstr(room.err.text, "its kind is not known"));
    close_room(&room);
}

static void what_is_no_version_of_it_has_no_plan(void **state)
{
    static const char *const texts[] = {
        "\"string\"",
        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"events\", \"type\": "
        "\"long\"}]}",
        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"kind\", \"type\": "
        "\"string\"},"
        " {\"name\": \"events\", \"type\": {\"type\": \"map\", \"values\": \"long\"}}]}",
        "{",
    };
    struct room room;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        open_room(&room, texts[i]);
        assert_null(room.plan);
        assert_int_equal(room.err.kind, ERR_KIND_FATAL);
        close_room(&room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_control_total_has_the_texts_that_a_person_would_give),
        cmocka_unit_test(a_heartbeat_may_be_nothing_but_a_heartbeat),
        cmocka_unit_test(what_cannot_be_is_refused_and_its_values_are_not_quoted),
        cmocka_unit_test(no_bytes_are_trusted),
        cmocka_unit_test(a_later_version_is_read_as_far_as_it_is_known),
        cmocka_unit_test(what_is_no_version_of_it_has_no_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
