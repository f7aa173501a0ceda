/* SPDX-License-Identifier: Apache-2.0
 * ingest/datasets.c - a catalogue snapshot, compiled dataset by dataset (ingest/dataset.c), with the lists to find them. */
#include "ingest/datasets.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/conf.h"
#include "ingest/lookup.h"
#include "ingest/rule_ids.h"
#include "schema/rules/settings.h"

struct ing_datasets {
    atomic_int refs;
    struct sto_catalogue *catalogue;
    struct ing_dataset *items;
    size_t count;
    struct cel_settings *settings; /* of the functions in rules */
    struct ing_lookup lookup;
    struct arena arena;
};

static int compile_all(struct ing_datasets *datasets)
{
    const struct sto_catalogue *catalogue = datasets->catalogue;
    const struct ing_compiler compiler = {&datasets->arena, datasets->settings};
    datasets->items =
        arena_calloc(&datasets->arena, catalogue->dataset_count, sizeof(*datasets->items));
    if (datasets->items == NULL) {
        return -1;
    }
    for (; datasets->count < catalogue->dataset_count; datasets->count++) {
        struct ing_dataset *item = &datasets->items[datasets->count];
        if (ing_dataset_compile(&compiler, &catalogue->datasets[datasets->count], item) < 0) {
            return -1;
        }
        item->index = datasets->count;
    }
    return ing_lookup_init(&datasets->lookup, datasets->items, datasets->count);
}

struct ing_datasets *ing_datasets_new(struct sto_catalogue **taken, const struct conf *conf,
                                      struct err *err)
{
    struct ing_datasets *datasets = calloc(1, sizeof(*datasets));
    if (datasets == NULL) {
        sto_catalogue_free(taken);
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for the catalogue");
        return NULL;
    }
    atomic_init(&datasets->refs, 1);
    datasets->catalogue = *taken;
    *taken = NULL;
    datasets->settings = cel_settings_of(conf, err);
    if (datasets->settings == NULL) {
        ing_datasets_unref(&datasets);
    } else if (compile_all(datasets) < 0) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for the catalogue");
        ing_datasets_unref(&datasets);
    }
    return datasets;
}

struct ing_datasets *ing_datasets_load(struct sto_conn *conn, const struct conf *conf,
                                       struct err *err)
{
    struct sto_catalogue *catalogue = sto_catalogue_load(conn, err);
    struct ing_datasets *datasets =
        catalogue != NULL ? ing_datasets_new(&catalogue, conf, err) : NULL;
    for (size_t i = 0; datasets != NULL && i < datasets->count; i++) {
        if (ing_rule_ids(conn, &datasets->items[i], &datasets->arena, err) < 0) {
            ing_datasets_unref(&datasets);
        }
    }
    return datasets;
}

struct ing_datasets *ing_datasets_ref(struct ing_datasets *datasets)
{
    atomic_fetch_add(&datasets->refs, 1);
    return datasets;
}

void ing_datasets_unref(struct ing_datasets **taken)
{
    struct ing_datasets *datasets = *taken;
    *taken = NULL;
    if (datasets == NULL || atomic_fetch_sub(&datasets->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < datasets->count; i++) {
        ing_dataset_fini(&datasets->items[i]);
    }
    ing_lookup_fini(&datasets->lookup);
    cel_settings_free(&datasets->settings);
    sto_catalogue_free(&datasets->catalogue);
    arena_fini(&datasets->arena);
    free(datasets);
}

int64_t ing_datasets_version(const struct ing_datasets *datasets)
{
    return datasets->catalogue->age.version;
}

int64_t ing_datasets_until_us(const struct ing_datasets *datasets)
{
    return datasets->catalogue->age.until_us;
}

size_t ing_datasets_count(const struct ing_datasets *datasets)
{
    return datasets->count;
}

const struct ing_dataset *ing_datasets_at(const struct ing_datasets *datasets, size_t index)
{
    return &datasets->items[index];
}

static const struct ing_dataset *at(const struct ing_datasets *datasets, int64_t index)
{
    return index != ING_NOT_FOUND ? &datasets->items[index] : NULL;
}

const struct ing_dataset *ing_datasets_by_topic(const struct ing_datasets *datasets,
                                                const char *topic)
{
    return at(datasets, ing_lookup_topic(&datasets->lookup, topic));
}

const struct ing_dataset *ing_datasets_by_id(const struct ing_datasets *datasets, int32_t id)
{
    return at(datasets, ing_lookup_id(&datasets->lookup, id));
}

bool ing_datasets_has_schema(const struct ing_datasets *datasets, int32_t schema_id)
{
    return ing_lookup_has_schema(&datasets->lookup, schema_id);
}

bool ing_datasets_has_guid(const struct ing_datasets *datasets, const uint8_t guid[16])
{
    return ing_lookup_has_guid(&datasets->lookup, guid);
}
