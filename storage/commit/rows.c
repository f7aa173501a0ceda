/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/rows.c - rows as a statement's parameter: an array of records, in binary.
 *
 * A COPY costs two round trips and a table to be read from, filled and emptied; a parameter is read where
 * it is. A record in PostgreSQL's binary format has its type before each field, and the fields are those of
 * the state table, in its order: an event's image is taken apart, and copied field by field. */
#include "storage/commit/row.h"
#include "storage/commit/writer_priv.h"
#include "storage/conn/array.h"

void sto_rows_open(struct buf *out, const struct sto_target *target, size_t rows)
{
    sto_array_open(out, target->row_oid, rows);
}

/* Finds the fields that stand one after the other. */
static void slice(struct sto_slice *to, const uint8_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t be_len;
        memcpy(&be_len, from, sizeof(be_len));
        const uint32_t value = be32toh(be_len);
        to[i] = (struct sto_slice){.bytes = from,
                                   .len = sizeof(be_len) + (value == UINT32_MAX ? 0 : value)};
        from += to[i].len;
    }
}

/* A field is four bytes at least, and most are few: two moves of a fixed width, which may overlap, are
 * half the price of a call. */
static inline uint8_t *put_slice(uint8_t *to, const struct sto_slice *slice)
{
    const uint8_t *from = slice->bytes;
    const size_t len = slice->len;
    if (len <= 8) {
        memcpy(to, from, 4);
        memcpy(to + len - 4, from + len - 4, 4);
    } else if (len <= 16) {
        memcpy(to, from, 8);
        memcpy(to + len - 8, from + len - 8, 8);
    } else if (len <= 32) {
        memcpy(to, from, 16);
        memcpy(to + len - 16, from + len - 16, 16);
    } else {
        memcpy(to, from, len);
    }
    return to + len;
}

void sto_rows_put(struct buf *out, const struct sto_target *target, const struct sto_event *event,
                  const int64_t *order, int32_t topic_partition, int64_t content)
{
    enum { HEAD_BYTES = 8, OID_BYTES = 4, NULL_BYTES = 4 };
    uint8_t tail[STO_PROVENANCE_MAX_BYTES];
    uint8_t *row = buf_reserve(out, HEAD_BYTES + event->image_len + sizeof(tail) +
                                        (size_t)target->field_count * (OID_BYTES + NULL_BYTES));
    if (row == NULL) {
        return;
    }
    (void)sto_row_8(sto_row_provenance(tail, event, order, topic_partition), content);
    slice(target->slices, event->image, target->business_columns);
    slice(target->slices + target->business_columns, tail, STO_STATE_COLUMNS);
    uint8_t *to = row + HEAD_BYTES;
    for (unsigned f = 0; f < target->field_count; f++) {
        const struct sto_field *field = &target->fields[f];
        memcpy(to, &field->be_oid, OID_BYTES);
        to += OID_BYTES;
        to = field->source == STO_NO_SOURCE ? sto_row_null(to)
                                            : put_slice(to, &target->slices[field->source]);
    }
    const uint32_t head[2] = {htobe32((uint32_t)(to - row) - OID_BYTES),
                              htobe32((uint32_t)target->field_count)};
    memcpy(row, head, sizeof(head));
    out->len += (size_t)(to - row);
}
