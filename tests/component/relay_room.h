/* SPDX-License-Identifier: Apache-2.0
 * component/relay_room.h - a register with the dataset moh.births, and two relays. */
#ifndef COMPONENT_RELAY_ROOM_H
#define COMPONENT_RELAY_ROOM_H

#include "births.h"

struct room {
    PGconn *raw;
    struct sto_conn *relay;
    struct sto_conn *other; /* a second relay */
    struct err err;
};

static inline struct room *room_open(void)
{
    struct room *room = calloc(1, sizeof(*room));
    assert_non_null(room);
    room->err = (struct err)ERR_INIT;
    register_reset();
    (void)births_build();
    room->raw = raw_open();
    room->relay = sto_open(STO_ROLE_RELAY);
    room->other = sto_open(STO_ROLE_RELAY);
    return room;
}

static inline int room_close(void **state)
{
    struct room *room = *state;
    sto_conn_close(&room->relay);
    sto_conn_close(&room->other);
    PQfinish(room->raw);
    free(room);
    return 0;
}

#endif
