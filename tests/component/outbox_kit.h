/* SPDX-License-Identifier: Apache-2.0
 * component/outbox_kit.h - the room of relays (relay_room.h) with an account that subscribes, and nothing to tell yet. */
#ifndef COMPONENT_OUTBOX_KIT_H
#define COMPONENT_OUTBOX_KIT_H

#include "relay_room.h"

#include "storage/notify/outbox.h"

static inline int outbox_build(void **state)
{
    struct room *room = room_open();
    raw_run(room->raw,
            "INSERT INTO nrc.account (name, person, kind, decision, created_by, expires_on)"
            " VALUES ('huda', 'Huda', 'person', 'No. 1', 'test', current_date + 9);"
            " DELETE FROM nrc.notification_new");
    *state = room;
    return 0;
}

static inline void outbox_subscribe(struct room *room, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT nrc.add_subscription('%s', 'huda', 'webhook', 'http://h/', NULL, NULL, NULL,"
             " NULL, NULL)",
             name);
    raw_run(room->raw, sql);
}

static inline int64_t outbox_notify(PGconn *raw)
{
    return raw_int(
        raw, "SELECT nrc.notify_of('notice.filed', 'notice/1', NULL, NULL, NULL, NULL, '{}')");
}

static inline int outbox_fan_out(struct room *room)
{
    int count = -1;
    assert_ok(sto_outbox_fan_out(room->relay, 100, &count, &room->err), room->err);
    return count;
}

#endif
