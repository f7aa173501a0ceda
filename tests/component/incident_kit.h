/* SPDX-License-Identifier: Apache-2.0
 * component/incident_kit.h - incidents of the datasets of commit_kit.h: seen, counted, made older; and batches
 * with good and bad events. */
#ifndef COMPONENT_INCIDENT_KIT_H
#define COMPONENT_INCIDENT_KIT_H

#include "commit_kit.h"

#include "storage/catalogue/incident.h"

static inline struct sto_incident incident_of(struct kit *kit, enum sto_incident_kind kind)
{
    return (struct sto_incident){
        .kind = kind, .dataset_id = kit->births.dataset_id, .detail = "as it was seen"};
}

static inline void incident_see(struct kit *kit, const struct sto_incident *incident)
{
    struct err err = ERR_INIT;
    assert_ok(sto_incident_open(kit->conn, incident, &err), err);
}

static inline void incident_see_kind(struct kit *kit, enum sto_incident_kind kind)
{
    const struct sto_incident incident = incident_of(kit, kind);
    incident_see(kit, &incident);
}

static inline void incident_tend(struct kit *kit)
{
    struct err err = ERR_INIT;
    assert_ok(sto_incident_tend(kit->conn, &err), err);
}

/* Moves every time in the register back by so much. */
static inline void incident_make_older(struct kit *kit, const char *time)
{
    char sql[512];
    snprintf(
        sql, sizeof(sql),
        "UPDATE nrc.incident SET opened_at = opened_at - interval '%1$s',"
        " last_seen_at = last_seen_at - interval '%1$s',"
        " closed_at = closed_at - interval '%1$s';"
        " UPDATE nrc.position SET good_at = good_at - interval '%1$s',"
        " claimed_at = claimed_at - interval '%1$s', updated_at = updated_at - interval '%1$s';"
        " UPDATE nrc.incident_sign SET at = at - interval '%1$s'",
        time);
    raw_run(kit->raw, sql);
}

static inline int64_t incident_count(struct kit *kit, const char *which)
{
    char sql[256];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM nrc.incident WHERE %s", which);
    return raw_int(kit->raw, sql);
}

static inline int64_t incident_open_count(struct kit *kit)
{
    return incident_count(kit, "closed_at IS NULL");
}

/* "good_event" of the one that was closed last. */
static inline const char *incident_closed_why(struct kit *kit)
{
    return raw_text(kit->raw,
                    "SELECT closed_why FROM nrc.incident ORDER BY closed_at DESC NULLS LAST"
                    " LIMIT 1");
}

static inline const char *incident_history(struct kit *kit)
{
    return raw_text(kit->raw, "SELECT string_agg(what, ' ' ORDER BY at, ctid) FROM"
                              " nrc.incident_event");
}

/* An event of births that is refused, at the partition's next offset. */
static inline void kit_add_bad(struct kit *kit, uint32_t partition, enum err_code reason)
{
    kit->quarantined[kit->batch.quarantined_count++] =
        (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                 .progress = partition,
                                 .offset = kit_take_offset(kit, partition),
                                 .reason = reason,
                                 .path = "",
                                 .detail = "it says why"};
}

static inline void kit_add_good(struct kit *kit, uint32_t partition)
{
    static int64_t seq;
    kit_birth(kit, partition, "A", 1, ++seq, "x");
}

static inline void kit_end_batch(struct kit *kit)
{
    kit_commit(kit);
    kit_begin(kit);
}

#define INCIDENT_TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

#endif
