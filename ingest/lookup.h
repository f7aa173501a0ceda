/* SPDX-License-Identifier: Apache-2.0
 * ingest/lookup.h - sorted lists over a snapshot's datasets: by id, topic, schema id and GUID.
 *
 * An event asks for its dataset by id, and there may be thousands: each search is by halves. The lists borrow the rows.
 * Thread: made by one, then read by any. */
#ifndef INGEST_LOOKUP_H
#define INGEST_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ingest/dataset.h"

struct ing_topic {
    const char *name;
    uint32_t index; /* of its dataset */
};

struct ing_lookup {
    int32_t *ids; /* by index */
    struct ing_topic *topics;
    int32_t *schemas; /* of values and keys; one may come twice */
    const uint8_t **guids;
    size_t count;
    size_t topic_count;
    size_t schema_count;
};

enum { ING_NOT_FOUND = -1 };

/* The items are by id. 0, or -1: memory is out. */
MUST_CHECK int ing_lookup_init(struct ing_lookup *lookup, const struct ing_dataset *items,
                               size_t count);
void ing_lookup_fini(struct ing_lookup *lookup);

/* Indexes of items, or ING_NOT_FOUND. */
int64_t ing_lookup_id(const struct ing_lookup *lookup, int32_t id);
int64_t ing_lookup_topic(const struct ing_lookup *lookup, const char *topic);

bool ing_lookup_has_schema(const struct ing_lookup *lookup, int32_t schema_id);
bool ing_lookup_has_guid(const struct ing_lookup *lookup, const uint8_t guid[16]);

#endif
