/* SPDX-License-Identifier: Apache-2.0
 * ingest/news.c - see the header. */
#include "ingest/news.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/list.h"

enum { ITEMS_MAX = 8192 }; /* one for each of a nation's sources, and room */

struct item {
    bool ends;
    enum sto_incident_kind kind; /* opens */
    enum sto_closes closes;      /* ends */
    int32_t dataset_id;
    int32_t position_id;
    bool has_engine;
    char engine[256];
    char detail[ERR_TEXT_BYTES];
    int64_t at_ms; /* when it was seen */
};

struct ing_news {
    pthread_mutex_t mutex; /* guards the rest */
    struct item *items;
    size_t count;
    size_t cap;
};

struct ing_news *ing_news_new(void)
{
    struct ing_news *news = calloc(1, sizeof(*news));
    if (news != NULL) {
        pthread_mutex_init(&news->mutex, NULL);
    }
    return news;
}

void ing_news_free(struct ing_news **taken)
{
    struct ing_news *news = *taken;
    *taken = NULL;
    if (news != NULL) {
        pthread_mutex_destroy(&news->mutex);
        free(news->items);
        free(news);
    }
}

/* What happened between two of the same makes them two. */
static bool is_same(const struct item *a, const struct item *b)
{
    return a->ends == b->ends && a->kind == b->kind && a->closes == b->closes &&
           a->dataset_id == b->dataset_id && a->position_id == b->position_id &&
           strcmp(a->engine, b->engine) == 0;
}

static const char *token_of(const struct item *item)
{
    return item->ends ? sto_closes_token(item->closes) : sto_incident_row(item->kind)->token;
}

/* With the mutex. False: no more than these. */
static bool has_room(struct ing_news *news)
{
    return news->count < ITEMS_MAX &&
           ing_list_grow((void **)&news->items, &news->cap, news->count, sizeof(*news->items));
}

static void put(struct ing_news *news, const struct item *item)
{
    pthread_mutex_lock(&news->mutex);
    struct item *last = news->count > 0 ? &news->items[news->count - 1] : NULL;
    bool dropped = false;
    if (last != NULL && is_same(last, item)) {
        *last = *item;
    } else if (has_room(news)) {
        /* The analyser does not see that there is room now.
         * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        news->items[news->count++] = *item;
    } else {
        dropped = true;
    }
    pthread_mutex_unlock(&news->mutex);
    if (dropped) {
        log_warn("incident_not_told", LOG_STR("kind", token_of(item)));
    }
}

static struct item item_of(const char *engine)
{
    struct item item = {.has_engine = engine != NULL, .at_ms = clock_mono_ms()};
    snprintf(item.engine, sizeof(item.engine), "%s", engine != NULL ? engine : "");
    return item;
}

void ing_news_open(struct ing_news *news, const struct sto_incident *incident)
{
    struct item item = item_of(incident->engine);
    item.kind = incident->kind;
    item.dataset_id = incident->dataset_id;
    item.position_id = incident->position_id;
    snprintf(item.detail, sizeof(item.detail), "%s", incident->detail);
    put(news, &item);
}

void ing_news_end(struct ing_news *news, enum sto_closes closes, const char *engine,
                  int32_t position_id)
{
    struct item item = item_of(engine);
    item.ends = true;
    item.closes = closes;
    item.position_id = position_id;
    put(news, &item);
}

bool ing_news_waiting(struct ing_news *news)
{
    pthread_mutex_lock(&news->mutex);
    const bool waiting = news->count > 0;
    pthread_mutex_unlock(&news->mutex);
    return waiting;
}

static bool take_first(struct ing_news *news, struct item *item)
{
    pthread_mutex_lock(&news->mutex);
    const bool found = news->count > 0;
    if (found) {
        *item = news->items[0];
        news->count--;
        memmove(&news->items[0], &news->items[1], news->count * sizeof(news->items[0]));
    }
    pthread_mutex_unlock(&news->mutex);
    return found;
}

static void put_back(struct ing_news *news, const struct item *item)
{
    pthread_mutex_lock(&news->mutex);
    if (has_room(news)) {
        memmove(&news->items[1], &news->items[0], news->count * sizeof(news->items[0]));
        news->items[0] = *item;
        news->count++;
    }
    pthread_mutex_unlock(&news->mutex);
}

static int deliver(const struct item *item, struct sto_conn *conn, struct err *err)
{
    const char *engine = item->has_engine ? item->engine : NULL;
    if (item->ends) {
        return sto_incident_end(conn, item->closes, engine, item->position_id, err);
    }
    const struct sto_incident incident = {
        .kind = item->kind,
        .dataset_id = item->dataset_id,
        .position_id = item->position_id,
        .engine = engine,
        .detail = item->detail,
        .age_ms = clock_mono_ms() - item->at_ms,
    };
    return sto_incident_open(conn, &incident, err);
}

int ing_news_deliver(struct ing_news *news, struct sto_conn *conn, struct err *err)
{
    struct item item;
    while (take_first(news, &item)) {
        if (deliver(&item, conn, err) == 0) {
            continue;
        }
        if (err->kind == ERR_KIND_RETRY) {
            put_back(news, &item);
            return -1;
        }
        /* No second attempt would change this (42501, 22021): the others must not wait behind it. */
        log_warn("incident_not_told", LOG_STR("kind", token_of(&item)), LOG_ERR(err));
        err_reset(err);
    }
    return 0;
}
