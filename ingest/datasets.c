/* SPDX-License-Identifier: Apache-2.0
 * ingest/datasets.c - see the header.
 *
 * Given a thousand datasets of which one gets a column, then the others are not loaded and compiled again: the new snapshot
 * has their marks (storage/catalogue/catalogue.h) as the former one has them, and shares what that one holds. */
#include "ingest/datasets.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/load.h"
#include "ingest/lookup.h"
#include "storage/conn/conn.h"

/* A load stays whole while one of its datasets is used. With so many times more held than used all are loaded again. */
enum { HELD_TIMES = 2, HELD_FREE = 64 };

struct ing_datasets {
    atomic_int refs;
    struct sto_catalogue_age age;
    int64_t loaded_ms;         /* monotonic: before it was asked for */
    struct ing_dataset *items; /* by id */
    struct ing_load **loads;   /* of each item; counted */
    struct sto_mark *marks;    /* of each item; NULL: not known */
    size_t count;
    size_t held; /* datasets of all its loads, in use or not */
    struct ing_lookup lookup;
};

/* For want of memory, unless err says another reason. */
static struct ing_datasets *give_up(struct ing_datasets *datasets, struct err *err)
{
    ing_datasets_unref(&datasets);
    if (err->kind == ERR_KIND_NONE) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for the catalogue");
    }
    return NULL;
}

static struct ing_datasets *new_empty(size_t count)
{
    struct ing_datasets *datasets = calloc(1, sizeof(*datasets));
    if (datasets == NULL) {
        return NULL;
    }
    atomic_init(&datasets->refs, 1);
    datasets->items = calloc(count + 1, sizeof(*datasets->items));
    datasets->loads = calloc(count + 1, sizeof(*datasets->loads));
    if (datasets->items == NULL || datasets->loads == NULL) {
        ing_datasets_unref(&datasets);
    }
    return datasets;
}

static void put(struct ing_datasets *datasets, const struct ing_dataset *item,
                struct ing_load *load)
{
    size_t index = datasets->count++;
    datasets->items[index] = *item;
    datasets->items[index].index = index;
    datasets->loads[index] = ing_load_ref(load);
}

/* Those of the load, and the others that there still are from `former`. -1: the register named one that neither has. */
static int put_all(struct ing_datasets *datasets, struct ing_load *load,
                   const struct ing_datasets *former)
{
    const struct sto_catalogue *catalogue = ing_load_catalogue(load);
    const struct ing_dataset *items = ing_load_items(load);
    const size_t former_count = former != NULL ? former->count : 0;
    size_t f = 0;
    size_t n = 0;
    for (size_t i = 0; i < catalogue->mark_count; i++) {
        const int32_t id = catalogue->marks[i].dataset_id;
        if (n < catalogue->dataset_count && items[n].row->id == id) {
            put(datasets, &items[n++], load);
            continue;
        }
        while (f < former_count && former->marks[f].dataset_id < id) {
            f++;
        }
        if (f == former_count || former->marks[f].dataset_id != id ||
            former->marks[f].mark != catalogue->marks[i].mark) {
            return -1;
        }
        put(datasets, &former->items[f], former->loads[f]);
    }
    datasets->held = catalogue->dataset_count + (n < catalogue->mark_count ? former->held : 0);
    return 0;
}

/* What a snapshot of the register has besides its datasets. */
static int put_marked(struct ing_datasets *datasets, struct ing_load *load,
                      const struct ing_datasets *former, struct err *err)
{
    const struct sto_catalogue *catalogue = ing_load_catalogue(load);
    if (put_all(datasets, load, former) < 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                       "the catalogue has a dataset that cannot be loaded");
    }
    datasets->marks = malloc((catalogue->mark_count + 1) * sizeof(*datasets->marks));
    if (datasets->marks == NULL) {
        return -1;
    }
    memcpy(datasets->marks, catalogue->marks, catalogue->mark_count * sizeof(*datasets->marks));
    return 0;
}

static struct ing_datasets *snapshot_of(struct ing_load *load, const struct ing_datasets *former,
                                        struct err *err)
{
    const struct sto_catalogue *catalogue = ing_load_catalogue(load);
    const bool is_marked = catalogue->marks != NULL;
    const size_t count = is_marked ? catalogue->mark_count : catalogue->dataset_count;
    struct ing_datasets *datasets = new_empty(count);
    if (datasets == NULL) {
        return give_up(datasets, err);
    }
    datasets->age = catalogue->age;
    for (size_t i = 0; !is_marked && i < count; i++) {
        put(datasets, &ing_load_items(load)[i], load);
    }
    if ((is_marked && put_marked(datasets, load, former, err) < 0) ||
        ing_lookup_init(&datasets->lookup, datasets->items, count) < 0) {
        return give_up(datasets, err);
    }
    return datasets;
}

bool ing_datasets_is_of(const struct ing_datasets *datasets, const struct sto_conn *conn)
{
    return datasets->loaded_ms > sto_conn_opened_ms(conn);
}

static struct ing_datasets *compile(struct sto_catalogue **taken, struct sto_conn *conn,
                                    const struct conf *conf, const struct ing_datasets *former,
                                    struct err *err)
{
    struct ing_load *load = ing_load_new(taken, conn, conf, err);
    struct ing_datasets *datasets = load != NULL ? snapshot_of(load, former, err) : NULL;
    ing_load_unref(&load);
    return datasets;
}

struct ing_datasets *ing_datasets_new(struct sto_catalogue **taken, const struct conf *conf,
                                      struct err *err)
{
    return compile(taken, NULL, conf, NULL, err);
}

struct ing_datasets *ing_datasets_load(struct sto_conn *conn, const struct conf *conf,
                                       const struct ing_datasets *former, struct err *err)
{
    const int64_t now_ms = clock_mono_ms();
    if (former != NULL && (former->marks == NULL || !ing_datasets_is_of(former, conn) ||
                           former->held > HELD_TIMES * former->count + HELD_FREE)) {
        former = NULL;
    }
    struct sto_catalogue *catalogue =
        former != NULL ? sto_catalogue_load_changed(conn, former->marks, former->count, err)
                       : sto_catalogue_load_changed(conn, NULL, 0, err);
    struct ing_datasets *datasets =
        catalogue != NULL ? compile(&catalogue, conn, conf, former, err) : NULL;
    if (datasets != NULL) {
        datasets->loaded_ms = now_ms;
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
        ing_load_unref(&datasets->loads[i]);
    }
    ing_lookup_fini(&datasets->lookup);
    free(datasets->items);
    free(datasets->loads);
    free(datasets->marks);
    free(datasets);
}

int64_t ing_datasets_version(const struct ing_datasets *datasets)
{
    return datasets->age.version;
}

int64_t ing_datasets_until_us(const struct ing_datasets *datasets)
{
    return datasets->age.until_us;
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
