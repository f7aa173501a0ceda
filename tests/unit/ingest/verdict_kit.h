/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/verdict_kit.h - a dataset, its structures, and messages for it.
 *
 * The dataset: record {id string, seq ["null", long], at ["null", timestamp-micros], note
 * ["null", string]}, key id as text. Structure 7 is active, 8 retired, 9 pending, 30 a key's; 20 is
 * another dataset's. */
#ifndef UNIT_INGEST_VERDICT_KIT_H
#define UNIT_INGEST_VERDICT_KIT_H

#include "ingest/verdict.h"

struct options {
    const char *key_format;   /* NULL: text */
    const char *exempt_field; /* NULL: none */
    bool has_order;           /* seq */
    bool is_newer;            /* version 2 of the catalogue, in which 9 is active; else version 1 */
    bool both_alike;          /* the second dataset has the first one's structures */
    const char *rule_set;     /* of each value structure; NULL: none */
};

/* Dataset 1 of the topic a.r, dataset 2 of a.other; `rows` has room for them, borrowed. */
struct sto_catalogue *kit_catalogue(const struct options *options, struct sto_dataset rows[2]);
struct ing_datasets *kit_datasets(const struct options *options, struct sto_dataset rows[2]);

struct fixture {
    struct sto_dataset rows[2];
    struct ing_datasets *datasets;
    struct ing_scratch scratch;
    struct ing_unknown unknown;
    struct arena arena;
    struct ing_outcome out;
};

struct fixture *fixture_new(const struct options *options);
void fixture_free(struct fixture *fixture);

enum ing_verdict verdict_of(struct fixture *fixture, struct ing_message message, bool final);

/* The verdict is quarantine, once the register was asked. */
void quarantined(struct fixture *fixture, struct ing_message message, enum err_code code,
                 const char *path);

/* At offset 41. */
struct ing_message message_of(const char *key, const char *value, size_t value_len);
struct ing_message keyed(const char *key, size_t key_len, bool tombstone);

#define VALUE(text) (text), sizeof(text) - 1

/* id "ab", seq 5, at null, note null */
#define GOOD "\0\0\0\0\007\004ab\002\012\000\000"

#endif
