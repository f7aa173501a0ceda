/* SPDX-License-Identifier: Apache-2.0
 * component/births.h - the agency moh and its dataset births, for tests of the catalogue and what
 * stands on it. */
#ifndef COMPONENT_BIRTHS_H
#define COMPONENT_BIRTHS_H

#include "database.h"

static const struct column births_columns[] = {
    {.name = "civil_no", .type = COLUMN_TEXT},
    {.name = "name", .type = COLUMN_TEXT},
    {.name = "seq", .type = COLUMN_BIGINT},
    {.name = "weight", .type = COLUMN_NUMERIC, .precision = 5, .scale = 2},
};

static inline int32_t births_declare(struct sto_conn *conn)
{
    static const char *const keys[] = {"civil_no"};
    struct err err = ERR_INIT;
    const struct sto_agency_spec agency = {.code = "moh",
                                           .name = "Ministry of Health",
                                           .name_ar = "وزارة الصحة",
                                           .legal_class = 1,
                                           .division = "Records",
                                           .head = "Salim"};
    const struct sto_dataset_spec dataset = {.agency = "moh",
                                             .name = "births",
                                             .topic = "moh.births",
                                             .key_fields = keys,
                                             .key_field_count = 1,
                                             .key_format = "text",
                                             .order_field = "seq",
                                             .leaves = 2};
    int32_t id = 0;
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    assert_ok(sto_dataset_add(conn, &dataset, &id, &err), err);
    return id;
}

/* Registers a value structure with these columns; `mark` tells structures apart. */
static inline int births_register(struct sto_conn *conn, int32_t dataset_id, uint8_t mark,
                                  const struct column *columns, size_t count, int32_t *schema_id,
                                  int32_t *version, struct err *err)
{
    const uint8_t sha256[32] = {mark, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    return structure_add(conn, "moh.births-value", dataset_id, sha256, columns, count, schema_id,
                         version, err);
}

/* The whole of it, with tables; the dataset's id. */
static inline int32_t births_build(void)
{
    struct err err = ERR_INIT;
    int32_t schema_id;
    int32_t version;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    int32_t id = births_declare(conn);
    assert_ok(births_register(conn, id, 1, births_columns, COUNT_OF(births_columns), &schema_id,
                              &version, &err),
              err);
    sto_conn_close(&conn);
    return id;
}

/* ---- a room: the register, connections and results that the tests of a program share ---- */

struct births_room {
    PGconn *raw;
    struct sto_conn *conn;    /* of the role that the setup opened */
    struct sto_conn *steward; /* NULL: the tests need none */
    struct sto_conn *desk;    /* likewise */
    int32_t dataset_id;
    int32_t schema_id;
    int32_t version;
    struct err err;
};

/* An empty register; the setup opens connections. */
static inline struct births_room *births_room_new(void **state)
{
    struct births_room *room = calloc(1, sizeof(*room));
    assert_non_null(room);
    *state = room;
    register_reset();
    room->raw = raw_open();
    room->err = (struct err)ERR_INIT;
    return room;
}

static inline int births_room_end(void **state)
{
    struct births_room *room = *state;
    PQfinish(room->raw);
    sto_conn_close(&room->conn);
    sto_conn_close(&room->steward);
    sto_conn_close(&room->desk);
    free(room);
    return 0;
}

/* conn as the registry. */
static inline int births_room_empty(void **state)
{
    births_room_new(state)->conn = sto_open(STO_ROLE_REGISTRY);
    return 0;
}

/* One more structure of the room's dataset; mark: see births_register. */
static inline int births_room_add(struct births_room *room, uint8_t mark,
                                  const struct column *columns, size_t count)
{
    return births_register(room->conn, room->dataset_id, mark, columns, count, &room->schema_id,
                           &room->version, &room->err);
}

/* The same with the dataset and its structure. */
static inline int births_room_registered(void **state)
{
    births_room_empty(state);
    struct births_room *room = *state;
    room->dataset_id = births_declare(room->conn);
    return births_room_add(room, 1, births_columns, COUNT_OF(births_columns));
}

/* The columns of births and one more. */
static const struct column births_longer[] = {
    {.name = "civil_no", .type = COLUMN_TEXT},
    {.name = "name", .type = COLUMN_TEXT},
    {.name = "seq", .type = COLUMN_BIGINT},
    {.name = "weight", .type = COLUMN_NUMERIC, .precision = 5, .scale = 2},
    {.name = "Ward", .type = COLUMN_JSONB},
};

#endif
