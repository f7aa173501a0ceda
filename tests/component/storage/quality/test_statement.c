/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_statement.c - what agencies state on their topics (NRL-10): taken once, refused with a reason, and
 * what heartbeats say of a source. */
#include "quality_kit.h"

#include "base/clock.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "schema/print/print.h"
#include "storage/conn/text.h"
#include "storage/quality/problems.h"
#include "storage/quality/statement.h"
#include "storage/quality/watch.h"

#define MINUTE INT64_C(60000000)

static const struct sto_statement_source moh = {"moh", "moh"};

static struct sto_conn *begin(void)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_statements_begin(conn, "moh", &err), err);
    return conn;
}

static void commit(struct sto_conn **conn)
{
    struct err err = ERR_INIT;
    assert_ok(sto_statements_commit(*conn, &err), err);
    sto_conn_close(conn);
}

static enum sto_taken take(struct sto_conn *conn, const struct sto_statement *statement,
                           struct err *why)
{
    struct err err = ERR_INIT;
    enum sto_taken out;
    *why = (struct err)ERR_INIT;
    assert_ok(sto_statement_take(conn, statement, &out, why, &err), err);
    return out;
}

static struct sto_statement total(const char *events, const char *id)
{
    return (struct sto_statement){.source = &moh,
                                  .spec = {.dataset = "moh.visits",
                                           .from = "2023-11-14T00:00:00.000000Z",
                                           .until = "2023-11-15T00:00:00.000000Z",
                                           .events = events,
                                           .statement_id = id},
                                  .digest = {(uint8_t)events[0]}};
}

static int move(struct sto_conn *conn, int64_t from, int64_t next, int64_t refused, struct err *err)
{
    const struct sto_statement_move m = {
        .to = {.partition = 3, .next_offset = next, .last_offset = next - 1, .last_digest = {7}},
        .from_offset = from,
        .is_end = true,
        .taken = next - (from < 0 ? 0 : from),
        .refused = refused};
    return sto_statements_move(conn, "moh", &m, err);
}

static struct sto_statement_position position(size_t *count)
{
    struct err err = ERR_INIT;
    struct arena arena = ARENA_INIT;
    struct sto_statement_position *list;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_statement_positions(conn, "moh", &arena, &list, count, &err), err);
    struct sto_statement_position first = *count > 0 ? list[0] : (struct sto_statement_position){0};
    arena_fini(&arena);
    sto_conn_close(&conn);
    return first;
}

/* ---- taken once ---- */

static void statements_and_position_are_there_together_or_not_at_all(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct err why;
    size_t count;
    const struct sto_statement one = total("3", NULL);
    struct sto_conn *conn = begin();
    assert_int_equal(take(conn, &one, &why), STO_TAKEN);
    assert_ok(move(conn, -1, 4, 0, &err), err);
    sto_statements_rollback(conn);
    sto_conn_close(&conn);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_total"), 0);
    (void)position(&count);
    assert_int_equal(count, 0);

    conn = begin();
    assert_int_equal(take(conn, &one, &why), STO_TAKEN);
    assert_ok(move(conn, -1, 4, 0, &err), err);
    commit(&conn);
    assert_string_equal(
        raw_text(kit->raw, "SELECT t.events || ' ' || t.stated_by FROM nrc.control_total t"),
        "3 moh.control");
    assert_string_equal(
        raw_text(kit->raw, "SELECT by_name FROM nrc.audit WHERE what = 'control.stated'"),
        "moh.control");
    const struct sto_statement_position at = position(&count);
    assert_int_equal(count, 1);
    assert_int_equal(at.partition, 3);
    assert_int_equal(at.next_offset, 4);
    assert_int_equal(at.last_offset, 3);
    assert_int_equal(at.last_digest[0], 7);
    assert_true(at.end_seen_us > clock_wall_us() - 10 * MINUTE);
}

/* Given a monitor that was stopped while another took the lock: what it read is not taken again. */
static void who_read_from_an_old_position_takes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct err why;
    const struct sto_statement one = total("3", NULL);
    struct sto_conn *conn = begin();
    assert_ok(move(conn, -1, 4, 0, &err), err);
    commit(&conn);
    static const int64_t old[] = {-1, 3, 0};
    for (size_t i = 0; i < COUNT_OF(old); i++) {
        conn = begin();
        assert_int_equal(take(conn, &one, &why), STO_TAKEN);
        assert_int_equal(move(conn, old[i], 5, 0, &err), -1);
        assert_int_equal(err.kind, ERR_KIND_RETRY);
        sto_statements_rollback(conn);
        sto_conn_close(&conn);
    }
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_total"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT next_offset FROM nrc.control_position"), 4);
}

/* At-least-once producers: A, B, and A again is no third statement. */
static void a_message_that_comes_again_with_its_id_changes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err why;
    const struct sto_statement a = total("3", "2023-11");
    const struct sto_statement b = total("4", "2023-11");
    struct sto_conn *conn = begin();
    assert_int_equal(take(conn, &a, &why), STO_TAKEN);
    assert_int_equal(take(conn, &b, &why), STO_TAKEN);
    assert_int_equal(take(conn, &a, &why), STO_TAKEN_BEFORE);
    assert_int_equal(take(conn, &b, &why), STO_TAKEN_BEFORE);
    commit(&conn);
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT string_agg(t.events || ' ' || j.state, ', ' ORDER BY t.id)"
                 " FROM nrc.control_total t JOIN nrc.control_judgement j ON j.control_id = t.id"),
        "3 contradicted, 4 open");
}

/* ---- refused ---- */

static void what_is_no_statement_is_refused_and_the_others_hold(void **state)
{
    struct kit *kit = *state;
    static const struct sto_statement_source stranger = {"moh", "rop"};
    const struct {
        struct sto_control_spec spec;
        const struct sto_statement_source *source;
        const char *counted_at;
        const char *said;
    } rows[] = {
        {{.dataset = "moh.SECRET", .from = "2023-11-14", .until = "2023-11-15", .events = "1"},
         &moh,
         NULL,
         "no dataset has this name"},
        {{.dataset = "moh.visits", .from = "2023-11-14", .until = "2023-11-15", .events = "1"},
         &stranger,
         NULL,
         "another agency's dataset"},
        {{.dataset = "moh.visits", .from = "2023-11-16", .until = "2023-11-14", .events = "1"},
         &moh,
         NULL,
         "ends after it begins"},
        {{.dataset = "moh.visits", .until = "2023-11-14", .events = "1"},
         &moh,
         NULL,
         "from a time until a time"},
        {{.dataset = "moh.visits", .from = "2023-11-14", .until = "2023-11-15", .events = "-1"},
         &moh,
         NULL,
         "a whole number"},
        {{.dataset = "moh.visits", .from = "2023-11-14", .until = "2023-11-15"},
         &moh,
         NULL,
         "says how many"},
        {{.dataset = "moh.visits", .from = "2023-11-14", .until = "2023-11-15", .checksum = "AB"},
         &moh,
         NULL,
         "64 digits"},
        {{.dataset = "moh.visits",
          .from = "2023-11-14",
          .until = "2023-11-15",
          .keys = "2",
          .key_list = "[\"1\"]"},
         &moh,
         NULL,
         "something else"},
        {{.dataset = "moh.visits",
          .from = "2023-11-14",
          .until = "2023-11-15",
          .keys = "1",
          .statement_id = " "},
         &moh,
         NULL,
         "statement's id"},
        {{.dataset = "moh.SECRET"}, &moh, "", "no dataset has this name"},
        {{.dataset = "moh.visits"}, &stranger, "", "another agency's dataset"},
        {{.events = "1"}, &moh, "2023-11-14", "names none"},
        {{.dataset = "moh.visits", .events = "1"}, &moh, "2099-01-01", "was taken before now"},
        {{.dataset = "moh.visits", .events = "1"}, &moh, "1999-01-01", "at most 62 days"},
        {{.dataset = "moh.visits", .events = "-1"}, &moh, "now", "a number from 0 on"},
        {{.dataset = "moh.visits", .from = "2098-01-01", .events = "1"},
         &moh,
         "now",
         "until it was taken"},
    };
    char now[32];
    struct err why;
    const struct sto_statement good = total("3", NULL);
    struct sto_conn *conn = begin();
    clock_format_utc(now, sizeof(now), clock_wall_us());
    assert_int_equal(take(conn, &good, &why), STO_TAKEN);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *at = rows[i].counted_at;
        const struct sto_statement bad = {.source = rows[i].source,
                                          .appended_us = clock_wall_us(),
                                          .is_heartbeat = at != NULL,
                                          .counted_at = at == NULL || *at == '\0' ? NULL
                                                        : strcmp(at, "now") == 0  ? now
                                                                                  : at,
                                          .spec = rows[i].spec};
        if (take(conn, &bad, &why) != STO_NOT_TAKEN || strstr(why.text, rows[i].said) == NULL ||
            strstr(why.text, "SECRET") != NULL) {
            fail_msg("%zu: %s: %s", i, rows[i].said, why.text);
        }
    }
    commit(&conn);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_total"), 1);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.heartbeat_dataset"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_message"), 0);
}

static void refuse(struct sto_conn *conn, int64_t offset, const char *detail)
{
    struct err err = ERR_INIT;
    const struct sto_refused refused = {.partition = 3,
                                        .from_offset = offset,
                                        .next_offset = offset + 1,
                                        .sent_us = offset % 2 == 0 ? 1000000 : STO_NO_TIME,
                                        .reason = "bad_frame",
                                        .detail = detail};
    assert_ok(sto_statement_refuse(conn, "moh", &refused, &err), err);
}

/* Its agency's coordinator is told by the incident, which ends when nothing was refused for an hour. */
static void refusals_are_kept_bounded_and_are_an_incident_of_the_agency(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    int found;
    char detail[1000];
    memset(detail, 'x', sizeof(detail) - 1);
    detail[sizeof(detail) - 1] = '\0';
    struct sto_conn *conn = begin();
    for (int64_t offset = 0; offset < 1005; offset++) {
        refuse(conn, offset, offset < 1000 ? "the wire format is unknown" : detail);
    }
    assert_ok(move(conn, -1, 1005, 1005, &err), err);
    commit(&conn);
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT count(*) || ' ' || min(from_offset) || ' ' || max(octet_length(detail))"
                 " || ' ' || count(sent_at) FROM nrc.control_refused"),
        "1000 5 400 500");
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT i.engine || ' ' || i.count || ' ' || i.closes FROM nrc.incident i"
                 " WHERE i.kind = 'control_refused' AND i.closed_at IS NULL"),
        "moh.control 1005 quality_holds");
    raw_run(kit->raw, "SELECT nrc.tell_incidents()");
    assert_string_equal(
        raw_text(kit->raw, "SELECT a.code || ' ' || (n.data->>'topic') FROM nrc.notification n"
                           " JOIN nrc.agency a ON a.id = n.agency_id"
                           " WHERE n.data->>'kind' = 'control_refused'"),
        "moh moh.control");
    raw_run(kit->raw, "UPDATE nrc.incident SET last_seen_at = now() - interval '61 minutes'");
    conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_problems_turn(conn, &found, &err), err);
    sto_conn_close(&conn);
    assert_string_equal(
        raw_text(kit->raw, "SELECT closed_why FROM nrc.incident WHERE kind = 'control_refused'"),
        "quality_holds");
}

/* ---- heartbeats ---- */

static void beat(const char *dataset, int64_t appended_us, const char *events, int64_t from_us)
{
    char at[32];
    char from[32];
    struct err why;
    struct sto_conn *conn = begin();
    clock_format_utc(at, sizeof(at), appended_us);
    clock_format_utc(from, sizeof(from), from_us);
    const struct sto_statement s = {
        .source = &moh,
        .appended_us = appended_us,
        .is_heartbeat = true,
        .counted_at = events != NULL ? at : NULL,
        .spec = {.dataset = dataset, .events = events, .from = from_us != 0 ? from : NULL}};
    if (take(conn, &s, &why) != STO_TAKEN) {
        fail_msg("%s", why.text);
    }
    commit(&conn);
}

static struct sto_life life(int32_t dataset_id, int64_t ends)
{
    struct err err = ERR_INIT;
    struct sto_life out;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_watch_life(conn, dataset_id, "moh", ends, &out, &err), err);
    sto_conn_close(&conn);
    return out;
}

static void a_source_lives_by_its_own_heartbeats_where_it_sends_any(void **state)
{
    struct kit *kit = *state;
    const int64_t now_us = clock_wall_us() / 1000000 * 1000000; /* seconds are compared */
    const int32_t births = kit->births.dataset_id;
    const int32_t visits = kit->visits.dataset_id;
    assert_true(life(births, 10).seen_s == STO_NO_INSTANT);
    assert_true(life(births, 11).seen_s >= now_us / 1000000 - 5); /* the log grew */
    beat("moh.births", now_us - 50 * MINUTE, NULL, 0);
    assert_int_equal(life(births, 12).seen_s, now_us / 1000000 - 3000);
    assert_true(life(visits, 12).seen_s >= now_us / 1000000 - 5);
    beat(NULL, now_us - 20 * MINUTE, NULL, 0);
    beat(NULL, now_us - 30 * MINUTE, NULL, 0); /* of another partition, read later */
    assert_int_equal(life(births, 12).seen_s, now_us / 1000000 - 1200);
    /* The source of births has not named itself for more than a month. */
    raw_run(kit->raw, "UPDATE nrc.heartbeat_dataset SET seen_at = now() - interval '31 days'");
    assert_true(life(births, 12).seen_s >= now_us / 1000000 - 5);
    assert_true(life(births, 12).said_s == STO_NO_INSTANT);
}

/* A minute of births in which so many events arrived. */
static void arrived(struct kit *kit, int64_t at_us, int events, const char *kind)
{
    char at[32];
    char sql[500];
    clock_format_utc(at, sizeof(at), at_us);
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.measure_minute SELECT date_trunc('minute', timestamptz '%s'), p.id, "
             "p.dataset_id, '%s', false, %d,"
             " %d, 0, 0, 0, 0, 0, '{}', '{}', '{}', '{}' FROM nrc.position p WHERE p.topic = "
             "'moh.births' AND p.partition = 0",
             at, kind, events, events);
    raw_run(kit->raw, sql);
}

static void assert_life(struct kit *kit, int64_t said, int64_t here, int64_t since_us)
{
    const struct sto_life l = life(kit->births.dataset_id, 12);
    if (l.said != said || l.arrived != here || l.said_s != since_us / 1000000) {
        fail_msg("said %lld, arrived %lld, since %lld, not %lld, %lld, %lld", (long long)l.said,
                 (long long)l.arrived, (long long)l.said_s, (long long)said, (long long)here,
                 (long long)(since_us / 1000000));
    }
}

/* Of two hours in which the source counts each ten minutes. */
static void the_first_count_that_is_not_reached_is_what_it_is_judged_by(void **state)
{
    struct kit *kit = *state;
    const int64_t t0 = clock_wall_us() / MINUTE * MINUTE - 120 * MINUTE;
    arrived(kit, t0 - 5 * MINUTE, 1000, "stream"); /* before it began to count */
    beat("moh.births", t0 + 10 * MINUTE, "10", t0);
    assert_life(kit, 10, 0, t0 + 10 * MINUTE);
    beat("moh.births", t0 + 20 * MINUTE, "20", t0);
    assert_life(kit, 10, 0, t0 + 10 * MINUTE); /* the wait does not begin anew */
    arrived(kit, t0 + 21 * MINUTE, 12, "stream");
    assert_life(kit, 20, 12, t0 + 20 * MINUTE);
    arrived(kit, t0 + 22 * MINUTE, 500, "replay"); /* these had arrived before */
    assert_life(kit, 20, 12, t0 + 20 * MINUTE);
    beat("moh.births", t0 + 30 * MINUTE, "15", t0); /* it takes back what it said */
    assert_life(kit, 15, 12, t0 + 20 * MINUTE);
    beat("moh.births", t0 + 25 * MINUTE, "99", t0); /* older, and comes later */
    assert_life(kit, 15, 12, t0 + 20 * MINUTE);
    arrived(kit, t0 + 31 * MINUTE, 4, "stream");
    assert_life(kit, 15, 16, t0 + 30 * MINUTE); /* all is here, and more than it counted */
    beat("moh.births", t0 + 40 * MINUTE, "16", t0);
    assert_life(kit, 16, 16, t0 + 40 * MINUTE);
    beat("moh.births", t0 + 60 * MINUTE, "0", t0 + 60 * MINUTE); /* it counts anew */
    assert_life(kit, 0, 0, t0 + 60 * MINUTE);
    beat("moh.births", t0 + 70 * MINUTE, "1", t0 + 60 * MINUTE);
    assert_life(kit, 1, 0, t0 + 70 * MINUTE);
}

/* Without a begin it is the day of the dataset's zone. */
static void a_count_is_of_the_day_unless_it_says_since_when(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    raw_run(kit->raw, "ALTER TABLE nrc.contract DISABLE TRIGGER USER;"
                      "UPDATE nrc.contract SET contract = '{\"service\": {\"time_zone\": "
                      "\"Pacific/Kiritimati\"}}'");
    beat("moh.births", clock_wall_us(), "5", 0);
    beat("moh.visits", clock_wall_us(), "5", 0);
    assert_string_equal(
        raw_text(kit->raw, "SELECT string_agg((h.counts_from = date_trunc('day', h.counted_at, "
                           "z.zone))::text, ' ')"
                           " FROM nrc.heartbeat_dataset h JOIN nrc.dataset d ON d.id = h.dataset_id"
                           " JOIN (VALUES ('births', 'Pacific/Kiritimati'), ('visits', "
                           "'Asia/Muscat')) z(name, zone) USING (name)"),
        "true true");
}

/* Whichever of its parts are rolled up, and whichever minutes were deleted since: what arrived is counted once. */
static void what_arrived_is_counted_once_over_minutes_and_hours(void **state)
{
    struct kit *kit = *state;
    const int64_t hour = clock_wall_us() / (60 * MINUTE) * 60 * MINUTE - 240 * MINUTE;
    char sql[200];
    char since[32];
    int64_t all[3];
    for (int i = 0; i < 240; i += 7) {
        arrived(kit, hour + i * MINUTE, 1 << (i % 5), "stream");
    }
    clock_format_utc(since, sizeof(since), hour + 30 * MINUTE);
    snprintf(sql, sizeof(sql),
             "SELECT nrc.received_since(1, '%s') || ' ' || (SELECT sum(received) FROM "
             "nrc.measure_minute WHERE minute >= '%s')",
             since, since);
    for (int i = 0; i < 3; i++) {
        long long told = 0;
        assert_int_equal(sscanf(raw_text(kit->raw, sql), "%lld %lld", &told, (long long *)&all[i]),
                         2);
        assert_int_equal(told, all[i]);
        if (i == 0) {
            raw_run(kit->raw, "SELECT nrc.roll_measures(2, 7)");
        } else {
            /* A batch that began in a rolled hour commits now. */
            raw_run(
                kit->raw,
                "UPDATE nrc.measure_minute SET received = received + 100, rolled = false WHERE "
                "ctid ="
                " (SELECT ctid FROM nrc.measure_minute WHERE rolled ORDER BY minute DESC LIMIT 1)");
        }
    }
    assert_true(all[0] == all[1] && all[2] == all[1] + 100);
}

/* ---- the structure ---- */

static void assert_hash(struct kit *kit, const char *column, const struct buf *text)
{
    char sql[96];
    char hex[STO_BYTEA_TEXT(SHA256_BYTES)];
    uint8_t sha256[SHA256_BYTES];
    assert_int_equal(sha256_bytes(text->data, text->len, sha256), 0);
    snprintf(sql, sizeof(sql), "SELECT %s::text FROM nrc.control_structure()", column);
    assert_string_equal(raw_text(kit->raw, sql), sto_text_bytea(hex, sha256, SHA256_BYTES));
}

static void
the_structure_is_the_file_and_its_numbers_are_what_the_registry_makes_of_it(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct buf stored = BUF_INIT;
    struct buf normalized = BUF_INIT;
    static char text[16384];
    FILE *file = fopen(NRC_DOC_DIR "/control-statement.avsc", "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text), file);
    fclose(file);
    struct sch_schema *schema = sch_parse(text, len, &err);
    assert_non_null(schema);
    assert_ok(sch_print(schema, SCH_FORM_STORED, &stored, &err), err);
    assert_ok(sch_print(schema, SCH_FORM_NORMALIZED, &normalized, &err), err);
    assert_string_equal(raw_text(kit->raw, "SELECT text FROM nrc.control_structure()"),
                        buf_cstr(&stored));
    assert_hash(kit, "sha256", &stored);
    assert_hash(kit, "normalized", &normalized);
    assert_int_equal(raw_int(kit->raw, "SELECT crc64 FROM nrc.control_structure()"),
                     (int64_t)sch_fingerprint_crc64(schema));
    sch_schema_unref(&schema);
    buf_fini(&stored);
    buf_fini(&normalized);
}

static void it_is_published_once_and_found_by_id_and_by_guid(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct arena arena = ARENA_INIT;
    int32_t id;
    int32_t again;
    uint8_t guid[16];
    const char *text;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_statement_open(conn, &id, &err), err);
    assert_ok(sto_statement_open(conn, &again, &err), err);
    assert_int_equal(id, again);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT v.version || ' ' || m.mode FROM nrc.subject_version v"
                                 " JOIN nrc.registry_mode m ON m.subject = v.subject"
                                 " WHERE v.subject = 'nrc.control.Statement'"),
                        "1 READONLY");
    assert_ok(sto_statement_structure(conn, id, NULL, &arena, &text, &err), err);
    assert_non_null(text);
    char *kept = strdup(text);
    assert_true(sto_text_bytes(
        raw_text(kit->raw, "SELECT '\\x' || replace(s.guid::text, '-', '') FROM nrc.schema s"
                           " JOIN nrc.subject_version v ON v.schema_id = s.id WHERE v.subject = "
                           "'nrc.control.Statement'"),
        guid, sizeof(guid)));
    assert_ok(sto_statement_structure(conn, 0, guid, &arena, &text, &err), err);
    assert_string_equal(text, kept);
    free(kept);
    /* A dataset's own is none, and neither is what nobody registered. */
    assert_ok(sto_statement_structure(conn, id == 1 ? 2 : 1, NULL, &arena, &text, &err), err);
    assert_null(text);
    assert_ok(sto_statement_structure(conn, 999999, NULL, &arena, &text, &err), err);
    assert_null(text);
    arena_fini(&arena);
    sto_conn_close(&conn);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(statements_and_position_are_there_together_or_not_at_all),
        TEST(who_read_from_an_old_position_takes_nothing),
        TEST(a_message_that_comes_again_with_its_id_changes_nothing),
        TEST(what_is_no_statement_is_refused_and_the_others_hold),
        TEST(refusals_are_kept_bounded_and_are_an_incident_of_the_agency),
        TEST(a_source_lives_by_its_own_heartbeats_where_it_sends_any),
        TEST(the_first_count_that_is_not_reached_is_what_it_is_judged_by),
        TEST(a_count_is_of_the_day_unless_it_says_since_when),
        TEST(what_arrived_is_counted_once_over_minutes_and_hours),
        TEST(the_structure_is_the_file_and_its_numbers_are_what_the_registry_makes_of_it),
        TEST(it_is_published_once_and_found_by_id_and_by_guid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
