/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/typical.h - the typical record: event i of a stream, the same for whoever asks.
 *
 * The producer, the floor and the latency stream all make their events here, so the final register
 * is known beforehand. The fields are those of typical.avsc, in its order. `seq` is i + 1: it rises
 * over the whole stream, so for each key too; a key lives in one partition. */
#ifndef BENCH_TYPICAL_H
#define BENCH_TYPICAL_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"

enum { TYPICAL_PARTITIONS = 8 };

/* By which version of the structure it is written: typical.avsc, or one that tests/bench/change.py
 * makes of it. */
enum typical_shape {
    TYPICAL_FIRST,
    TYPICAL_WITH_PHONE, /* an optional text, at the end */
    TYPICAL_WITHOUT_OCCUPATION,
    TYPICAL_OCCUPATION_AS_BYTES, /* which Avro writes as it does text */
    TYPICAL_SHAPES
};

/* Which stream. Event i is of dataset i modulo `datasets`, each with keys of its own. */
struct typical_stream {
    uint64_t seed;
    uint64_t keys; /* of each dataset */
    uint64_t poison_per_million;
    uint64_t datasets; /* 0: one */
    int partitions;    /* of each topic; 0: TYPICAL_PARTITIONS */
    /* A dataset's first `keys` events have a key each, all others again in another order. */
    bool each_key;
};

struct typical {
    uint64_t dataset;
    uint64_t key_index; /* 0 .. keys - 1 */
    int partition;
    bool poison;
    char civil_no[24];
    char name_ar[160];
    char name_en[96];
    char address[96]; /* "" is null */
    const char *governorate;
    const char *occupation;
    int32_t birth_days; /* since 1970-01-01 */
    int sex;            /* index of the enum's symbol */
    int64_t income_cents;
    int64_t occurred_us; /* since 1970-01-01 UTC */
    int64_t seq;
    bool active;
    enum typical_shape shape;
};

static inline uint64_t typical_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t typical_datasets(const struct typical_stream *stream)
{
    return stream->datasets > 0 ? stream->datasets : 1;
}

static inline int typical_partitions(const struct typical_stream *stream)
{
    return stream->partitions > 0 ? stream->partitions : TYPICAL_PARTITIONS;
}

/* The first number from `from` on that has no divisor in common with `keys`: its multiples modulo `keys` are all
 * of them. */
static inline uint64_t typical_stride(uint64_t from, uint64_t keys)
{
    for (;; from++) {
        uint64_t a = from, b = keys;
        while (b != 0) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1) {
            return from;
        }
    }
}

/* The key of a dataset's event number j, where each has its turn; a lap is as good as random to the one before. */
static inline uint64_t typical_next_key(uint64_t j, uint64_t keys)
{
    const bool odd = j / keys % 2 != 0;
    const uint64_t stride = typical_stride(keys * (odd ? 414 : 618) / 1000 + 1, keys);
    return j % keys * stride % keys;
}

/* The cheap half: which key, where, good or bad. */
static inline void typical_identity(const struct typical_stream *stream, uint64_t i,
                                    struct typical *out)
{
    uint64_t r = typical_mix(stream->seed * UINT64_C(0x100000001b3) + i);
    out->dataset = i % typical_datasets(stream);
    out->key_index = stream->each_key ? typical_next_key(i / typical_datasets(stream), stream->keys)
                                      : (r >> 11) % stream->keys;
    out->partition = (int)(typical_mix(out->key_index) % (uint64_t)typical_partitions(stream));
    out->poison = typical_mix(r) % 1000000 < stream->poison_per_million;
    out->seq = (int64_t)i + 1;
}

static inline int64_t typical_civil_no(uint64_t key_index)
{
    return (int64_t)(10000000 + key_index * 379); /* 8 or 9 digits up to 2.6 M keys */
}

static inline void typical_make(const struct typical_stream *stream, uint64_t i,
                                struct typical *out)
{
    static const char *const ar[] = {"سالم", "فاطمة", "أحمد", "مريم",
                                     "خالد", "عائشة", "حمد",  "زينب"};
    static const char *const en[] = {"Salim",  "Fatima", "Ahmed", "Maryam",
                                     "Khalid", "Aisha",  "Hamad", "Zainab"};
    static const char *const tribe_ar[] = {"الهنائي", "البوسعيدي", "الحارثي", "الكندي"};
    static const char *const tribe_en[] = {"Al Hinai", "Al Busaidi", "Al Harthi", "Al Kindi"};
    static const char *const governorates[] = {"Muscat",           "Dhofar",      "Musandam",
                                               "Al Buraimi",       "Al Wusta",    "Ad Dakhiliyah",
                                               "Al Batinah North", "Adh Dhahirah"};
    static const char *const occupations[] = {"teacher", "engineer", "fisherman",     "nurse",
                                              "farmer",  "student",  "civil servant", "retired"};
    typical_identity(stream, i, out);
    uint64_t who = typical_mix(out->key_index + 7);
    uint64_t r = typical_mix(stream->seed + i * 3 + 1);
    snprintf(out->civil_no, sizeof(out->civil_no), "%" PRId64, typical_civil_no(out->key_index));
    snprintf(out->name_ar, sizeof(out->name_ar), "%s %s %s", ar[who & 7], ar[(who >> 3) & 7],
             tribe_ar[(who >> 6) & 3]);
    snprintf(out->name_en, sizeof(out->name_en), "%s %s %s", en[who & 7], en[(who >> 3) & 7],
             tribe_en[(who >> 6) & 3]);
    out->address[0] = '\0';
    if (r % 4 != 0) {
        snprintf(out->address, sizeof(out->address), "Way %u, Building %u",
                 (unsigned)(r >> 8) % 9000, (unsigned)(r >> 24) % 4000);
    }
    out->governorate = governorates[(r >> 40) & 7];
    out->occupation = occupations[(r >> 43) & 7];
    out->birth_days = (int32_t)((who >> 10) % 29000) - 10000;
    out->sex = (int)(who & 1);
    out->income_cents = (int64_t)((r >> 12) % 400000000);
    out->occurred_us = INT64_C(1767225600000000) + (int64_t)i * 1000;
    out->active = ((r >> 50) & 7) != 0;
    out->shape = TYPICAL_FIRST;
}

static inline void typical_put_long(struct buf *out, int64_t v)
{
    uint64_t z = ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
    while (z >= 0x80) {
        buf_put_u8(out, (uint8_t)(z | 0x80));
        z >>= 7;
    }
    buf_put_u8(out, (uint8_t)z);
}

static inline void typical_put_string(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    typical_put_long(out, (int64_t)len);
    buf_put(out, text, len);
}

/* Big-endian two's complement in as few bytes as hold it. */
static inline void typical_put_decimal(struct buf *out, int64_t unscaled)
{
    int len = 1;
    while (len < 8 && unscaled >> (8 * len - 1) != unscaled >> 63) {
        len++;
    }
    typical_put_long(out, len);
    for (int i = len - 1; i >= 0; i--) {
        buf_put_u8(out, (uint8_t)(unscaled >> (8 * i)));
    }
}

/* Appends the bare Avro bytes. */
static inline void typical_put_avro(struct buf *out, const struct typical *event)
{
    typical_put_string(out, event->civil_no);
    typical_put_string(out, event->name_ar);
    typical_put_string(out, event->name_en);
    typical_put_long(out, event->birth_days);
    typical_put_long(out, event->sex);
    typical_put_string(out, event->governorate);
    if (event->shape != TYPICAL_WITHOUT_OCCUPATION) {
        typical_put_string(out, event->occupation);
    }
    typical_put_long(out, event->address[0] != '\0');
    if (event->address[0] != '\0') {
        typical_put_string(out, event->address);
    }
    typical_put_decimal(out, event->income_cents);
    typical_put_long(out, event->occurred_us);
    typical_put_long(out, event->seq);
    buf_put_u8(out, event->active);
    if (event->shape == TYPICAL_WITH_PHONE) {
        typical_put_long(out, 1);
        typical_put_string(out, event->civil_no);
    }
}

/* Appends Confluent's frame and the Avro bytes; a bad event is spoilt in one of five ways, by
 * turns. */
static inline void typical_put_message(struct buf *out, const struct typical *event,
                                       int32_t schema_id)
{
    size_t start = out->len;
    buf_put_u8(out, 0);
    buf_put_be32(out, (uint32_t)schema_id);
    typical_put_avro(out, event);
    if (!event->poison || buf_failed(out)) {
        return;
    }
    uint8_t *frame = out->data + start;
    switch (event->seq % 5) {
    case 0: out->len -= (out->len - start) / 2; break;                /* truncated */
    case 1: buf_put_u8(out, 0); break;                                /* a trailing byte */
    case 2: frame[5 + 1 + strlen(event->civil_no) + 2] = 0xff; break; /* not UTF-8 */
    case 3: out->data[out->len - 1] = 7; break;                       /* neither true nor false */
    default: frame[1] = 0x7f; break;                                  /* an unknown structure */
    }
}

#endif
