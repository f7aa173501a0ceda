/* SPDX-License-Identifier: Apache-2.0
 * component/reject_kit.h - the room of relays (relay_room.h) with the datasets moh.births and edu.marks, and events of theirs in
 * the quarantine. */
#ifndef COMPONENT_REJECT_KIT_H
#define COMPONENT_REJECT_KIT_H

#include "relay_room.h"

#include "storage/notify/reject.h"

enum { LONG_MS = 60000, MOST = 100 };

/* Positions 1 and 2 are moh's, 3 is edu's. Nothing is there that a test did not put. */
static inline int reject_build(void **state)
{
    struct room *room = room_open();
    raw_run(room->raw,
            "SELECT nrc.add_agency('edu', 'E', NULL, 1, 'D', 'H');"
            "SELECT nrc.add_dataset('edu', 'marks', 'edu.marks', '[\"id\"]', 'text', NULL,"
            " NULL, false, NULL, '[]', 2, NULL, NULL, NULL)");
    raw_run(room->raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset,"
            " first_offset, epoch, log_start) SELECT d, topic, p, 2, 0, 0, 1, 0 FROM (VALUES"
            " (1, 'moh.births', 0), (1, 'moh.births', 1), (2, 'edu.marks', 0)) AS v(d, topic, p)");
    raw_run(room->raw, "DELETE FROM nrc.notification_new");
    *state = room;
    return 0;
}

/* As a batch does: it moves the position first. `more`: columns and values of the row, ", rule" and ", 'r'". */
static inline void reject_put_as(PGconn *raw, int position, int64_t offset, const char *reason,
                                 const char *columns, const char *values)
{
    char sql[2000];
    snprintf(sql, sizeof(sql), "UPDATE nrc.position SET next_offset = %lld WHERE id = %d",
             (long long)offset + 1, position);
    raw_run(raw, sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.quarantine (recorded_at, dataset_id, position_id, topic_offset,"
             " reason, withheld%s) VALUES (now(), %d, %d, %lld, '%s', false%s)",
             columns, position == 3 ? 2 : 1, position, (long long)offset, reason, values);
    raw_run(raw, sql);
}

static inline void reject_put(PGconn *raw, int position, int64_t offset)
{
    reject_put_as(raw, position, offset, "truncated", "", "");
}

static inline int reject_queue(struct room *room, int most)
{
    int count = -1;
    assert_ok(sto_reject_queue(room->relay, most, &count, &room->err), room->err);
    return count;
}

static inline struct sto_reject_claim reject_claim_as(struct room *room, struct sto_conn *relay,
                                                      int64_t lease_ms, bool also_failing)
{
    struct sto_reject_claim claim;
    const struct sto_reject_options options = {
        .relay = "r", .lease_ms = lease_ms, .most = MOST, .also_failing = also_failing};
    assert_ok(sto_reject_claim_next(relay, &options, &claim, &room->err), room->err);
    return claim;
}

static inline struct sto_reject_claim reject_claim(struct room *room)
{
    return reject_claim_as(room, room->relay, LONG_MS, true);
}

/* The first `taken` were; why NULL: all of them. Ends the claim. */
static inline bool reject_record(struct room *room, struct sto_reject_claim *claim, size_t taken,
                                 const char *why)
{
    static const struct sto_topic_place places[MOST];
    const struct sto_topic_outcome outcome = {.taken = places, .taken_count = taken, .why = why};
    bool held = false;
    assert_ok(sto_reject_record(room->relay, claim, &outcome, &held, &room->err), room->err);
    sto_reject_claim_fini(claim);
    return held;
}

/* The ids that one claim of the agency has, "moh.births/0/4/1 …"; all of them are taken. "": no agency is due. */
static inline const char *reject_told(struct room *room)
{
    static char text[2000];
    struct sto_reject_claim claim = reject_claim(room);
    text[0] = '\0';
    for (size_t i = 0; i < claim.count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "", claim.list[i].guid);
    }
    if (claim.count > 0) {
        assert_true(reject_record(room, &claim, claim.count, NULL));
    } else {
        sto_reject_claim_fini(&claim);
    }
    return text;
}

#define REJECT_TEST(f) cmocka_unit_test_setup_teardown(f, reject_build, room_close)

#endif
