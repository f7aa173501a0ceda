/* SPDX-License-Identifier: Apache-2.0
 * ingest/lookup.c - see the header. */
#include "ingest/lookup.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a;
    const int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ing_topic *)a)->name, ((const struct ing_topic *)b)->name);
}

static int by_guid(const void *a, const void *b)
{
    return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 16);
}

static void put_structures(struct ing_lookup *lookup, const struct sto_dataset *row)
{
    for (size_t i = 0; i < row->structure_count; i++) {
        lookup->guids[lookup->schema_count] = row->structures[i].guid;
        lookup->schemas[lookup->schema_count++] = row->structures[i].schema_id;
    }
}

int ing_lookup_init(struct ing_lookup *lookup, const struct ing_dataset *items, size_t count)
{
    size_t structures = 0;
    for (size_t i = 0; i < count; i++) {
        structures += items[i].row->structure_count;
    }
    *lookup = (struct ing_lookup){
        .ids = calloc(count + 1, sizeof(*lookup->ids)),
        .topics = calloc(count + 1, sizeof(*lookup->topics)),
        .schemas = calloc(structures + 1, sizeof(*lookup->schemas)),
        .guids = calloc(structures + 1, sizeof(*lookup->guids)),
        .count = count,
    };
    if (lookup->ids == NULL || lookup->topics == NULL || lookup->schemas == NULL ||
        lookup->guids == NULL) {
        ing_lookup_fini(lookup);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct sto_dataset *row = items[i].row;
        lookup->ids[i] = row->id;
        if (row->topic != NULL) {
            lookup->topics[lookup->topic_count++] =
                (struct ing_topic){.name = row->topic, .index = (uint32_t)i};
        }
        put_structures(lookup, row);
    }
    qsort(lookup->topics, lookup->topic_count, sizeof(*lookup->topics), by_name);
    qsort(lookup->schemas, lookup->schema_count, sizeof(*lookup->schemas), by_number);
    qsort(lookup->guids, lookup->schema_count, sizeof(*lookup->guids), by_guid);
    return 0;
}

void ing_lookup_fini(struct ing_lookup *lookup)
{
    free(lookup->ids);
    free(lookup->topics);
    free(lookup->schemas);
    free(lookup->guids);
    *lookup = (struct ing_lookup){0};
}

int64_t ing_lookup_id(const struct ing_lookup *lookup, int32_t id)
{
    const int32_t *found = bsearch(&id, lookup->ids, lookup->count, sizeof(id), by_number);
    return found != NULL ? found - lookup->ids : ING_NOT_FOUND;
}

int64_t ing_lookup_topic(const struct ing_lookup *lookup, const char *topic)
{
    const struct ing_topic asked = {.name = topic};
    const struct ing_topic *found =
        bsearch(&asked, lookup->topics, lookup->topic_count, sizeof(asked), by_name);
    return found != NULL ? (int64_t)found->index : ING_NOT_FOUND;
}

bool ing_lookup_has_schema(const struct ing_lookup *lookup, int32_t schema_id)
{
    return bsearch(&schema_id, lookup->schemas, lookup->schema_count, sizeof(schema_id),
                   by_number) != NULL;
}

bool ing_lookup_has_guid(const struct ing_lookup *lookup, const uint8_t guid[16])
{
    return bsearch(&guid, lookup->guids, lookup->schema_count, sizeof(*lookup->guids), by_guid) !=
           NULL;
}
