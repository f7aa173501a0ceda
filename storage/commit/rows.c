/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/rows.c - the rows of a small section as one parameter: an array of records, in binary.
 *
 * A COPY costs two round trips, and a stage is filled, read and emptied: for few rows that costs more than
 * the merge. A record in PostgreSQL's binary format is a COPY row with its type before each field, so an
 * event's image is copied field by field. */
#include "storage/commit/row.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

static const uint32_t provenance_oids[STO_STAGE_COLUMNS + 1] = {
    /* STO_STAGE_COLUMNS_SQL, and _effect */
    STO_OID_CHAR, STO_OID_INT8,        STO_OID_TIMESTAMPTZ, STO_OID_INT4, STO_OID_INT4,
    STO_OID_INT8, STO_OID_TIMESTAMPTZ, STO_OID_INT8,        STO_OID_CHAR,
};

void sto_rows_open(struct buf *out, const struct sto_target *target, size_t rows)
{
    sto_array_open(out, target->row_oid, rows);
}

/* Copies the fields at `from`, each with its type before it. */
static uint8_t *put_fields(uint8_t *to, const uint8_t *from, const uint32_t *be_oids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t be_len;
        memcpy(&be_len, from, sizeof(be_len));
        const uint32_t value = be32toh(be_len);
        const size_t len = sizeof(be_len) + (value == UINT32_MAX ? 0 : value);
        memcpy(to, &be_oids[i], sizeof(be_oids[i]));
        memcpy(to + sizeof(be_oids[i]), from, len);
        to += sizeof(be_oids[i]) + len;
        from += len;
    }
    return to;
}

void sto_rows_put(struct buf *out, const struct sto_target *target, const struct sto_event *event,
                  const int64_t *order, int32_t topic_partition, char effect)
{
    enum { HEAD_BYTES = 8, OID_BYTES = 4 };
    uint32_t be_oids[COUNT_OF(provenance_oids)];
    uint8_t tail[STO_PROVENANCE_MAX_BYTES];
    const size_t fields = target->business_columns + COUNT_OF(provenance_oids);
    uint8_t *row =
        buf_reserve(out, HEAD_BYTES + event->image_len + sizeof(tail) + fields * OID_BYTES);
    if (row == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(be_oids); i++) {
        be_oids[i] = htobe32(provenance_oids[i]);
    }
    uint8_t *last = sto_row_staged(tail, event, order, topic_partition);
    (void)(effect != STO_NO_EFFECT ? sto_row_1(last, (uint8_t)effect) : sto_row_null(last));
    uint8_t *to = row + HEAD_BYTES;
    to = put_fields(to, event->image, target->be_column_oids, target->business_columns);
    to = put_fields(to, tail, be_oids, COUNT_OF(be_oids));
    const uint32_t head[2] = {htobe32((uint32_t)(to - row) - OID_BYTES), htobe32((uint32_t)fields)};
    memcpy(row, head, sizeof(head));
    out->len += (size_t)(to - row);
}
