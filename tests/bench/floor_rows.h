/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/floor_rows.h - typical events as ready-made rows of PostgreSQL's binary COPY.
 *
 * The columns are read from the table itself and found here by name, so the floor writes whatever
 * the register's DDL made; a column that is not known here ends the bench. */
#ifndef BENCH_FLOOR_ROWS_H
#define BENCH_FLOOR_ROWS_H

#include "typical.h"

#define FLOOR_PG_EPOCH_US INT64_C(946684800000000) /* 2000-01-01 */

struct floor_row {
    const struct typical *event;
    int64_t offset;
    int64_t recorded_us;
    int schema_id;
};

struct floor_column;
typedef void floor_put(struct buf *, const struct floor_column *, const struct floor_row *);

struct floor_column {
    char name[64];
    int width; /* pg_attribute.attlen: 1, 2, 4, 8 or -1 */
    floor_put *put;
};

static inline void floor_put_text(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    buf_put_be32(out, (uint32_t)len);
    buf_put(out, text, len);
}

static inline void floor_put_int(struct buf *out, int width, int64_t v)
{
    buf_put_be32(out, (uint32_t)width);
    for (int i = width - 1; i >= 0; i--) {
        buf_put_u8(out, (uint8_t)(v >> (8 * i)));
    }
}

/* numeric with two decimals: base-10000 digits, no zero at either end. */
static inline void floor_put_cents(struct buf *out, int64_t cents)
{
    uint16_t digits[5];
    int64_t whole = cents / 100;
    digits[4] = (uint16_t)(cents % 100 * 100);
    for (int i = 3; i >= 0; i--) {
        digits[i] = (uint16_t)(whole % 10000);
        whole /= 10000;
    }
    int first = 0, end = 5;
    while (first < end && digits[first] == 0) {
        first++;
    }
    while (end > first && digits[end - 1] == 0) {
        end--;
    }
    buf_put_be32(out, (uint32_t)(8 + 2 * (end - first)));
    buf_put_be16(out, (uint16_t)(end - first));
    buf_put_be16(out, (uint16_t)(end > first ? 3 - first : 0)); /* weight */
    buf_put_be16(out, 0);                                       /* positive */
    buf_put_be16(out, 2);                                       /* shown decimals */
    for (int i = first; i < end; i++) {
        buf_put_be16(out, digits[i]);
    }
}

#define FLOOR_FIELD(field, call)                                                                   \
    static inline void floor_field_##field(struct buf *out, const struct floor_column *column,     \
                                           const struct floor_row *row)                            \
    {                                                                                              \
        (void)column;                                                                              \
        (void)row;                                                                                 \
        call;                                                                                      \
    }

#define FLOOR_FIELDS(X)                                                                            \
    X(civil_no, floor_put_text(out, row->event->civil_no))                                         \
    X(name_ar, floor_put_text(out, row->event->name_ar))                                           \
    X(name_en, floor_put_text(out, row->event->name_en))                                           \
    X(birth_date, floor_put_int(out, 4, row->event->birth_days - 10957))                           \
    X(sex, floor_put_text(out, row->event->sex ? "female" : "male"))                               \
    X(governorate, floor_put_text(out, row->event->governorate))                                   \
    X(occupation, floor_put_text(out, row->event->occupation))                                     \
    X(address, if (row->event->address[0]) floor_put_text(out, row->event->address);               \
      else buf_put_be32(out, UINT32_MAX))                                                          \
    X(income, floor_put_cents(out, row->event->income_cents))                                      \
    X(occurred_at, floor_put_int(out, 8, row->event->occurred_us - FLOOR_PG_EPOCH_US))             \
    X(seq, floor_put_int(out, 8, row->event->seq))                                                 \
    X(active, floor_put_int(out, 1, row->event->active))                                           \
    X(_op, floor_put_text(out, "u"))                                                               \
    X(_order, floor_put_int(out, 8, row->event->seq))                                              \
    X(_event_time, floor_put_int(out, 8, row->event->occurred_us - FLOOR_PG_EPOCH_US))             \
    X(_recorded_at, floor_put_int(out, 8, row->recorded_us - FLOOR_PG_EPOCH_US))                   \
    X(_kafka_ts, floor_put_int(out, 8, row->recorded_us - FLOOR_PG_EPOCH_US))                      \
    X(_schema_id, floor_put_int(out, column->width, row->schema_id))                               \
    X(_topic_partition, floor_put_int(out, column->width, row->event->partition + 1))              \
    X(_offset, floor_put_int(out, column->width, row->offset))                                     \
    X(_content, floor_put_int(out, 8, row->event->seq + 2))                                        \
    X(_effect, if (column->width == 2) floor_put_int(out, 2, 1); else floor_put_text(out, "a"))

FLOOR_FIELDS(FLOOR_FIELD)

/* NULL: no such field. */
static inline floor_put *floor_find(const char *name)
{
#define FLOOR_MATCH(field, call)                                                                   \
    if (strcmp(name, #field) == 0) {                                                               \
        return floor_field_##field;                                                                \
    }
    FLOOR_FIELDS(FLOOR_MATCH)
#undef FLOOR_MATCH
    return NULL;
}

static inline void floor_put_row(struct buf *out, const struct floor_column *columns, int count,
                                 const struct floor_row *row)
{
    buf_put_be16(out, (uint16_t)count);
    for (int i = 0; i < count; i++) {
        columns[i].put(out, &columns[i], row);
    }
}

static inline void floor_put_header(struct buf *out)
{
    buf_put(out, "PGCOPY\n\377\r\n\0", 11);
    buf_put_be32(out, 0); /* flags */
    buf_put_be32(out, 0); /* extension */
}

static inline void floor_put_trailer(struct buf *out)
{
    buf_put_be16(out, UINT16_MAX);
}

#endif
