/* SPDX-License-Identifier: Apache-2.0
 * ingest/feed.c - see the header. */
#include "ingest/feed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct ing_feed {
    pthread_mutex_t mutex; /* guards current */
    struct ing_datasets *current;
    struct ing_news *news;
    _Atomic int64_t version;
    _Atomic int64_t generation;
    atomic_bool stopping;
};

struct ing_feed *ing_feed_new(void)
{
    struct ing_feed *feed = calloc(1, sizeof(*feed));
    if (feed == NULL) {
        return NULL;
    }
    feed->news = ing_news_new();
    if (feed->news == NULL) {
        free(feed);
        return NULL;
    }
    pthread_mutex_init(&feed->mutex, NULL);
    atomic_init(&feed->version, -1);
    atomic_init(&feed->generation, 0);
    return feed;
}

void ing_feed_free(struct ing_feed **taken)
{
    struct ing_feed *feed = *taken;
    *taken = NULL;
    if (feed != NULL) {
        ing_datasets_unref(&feed->current);
        ing_news_free(&feed->news);
        pthread_mutex_destroy(&feed->mutex);
        free(feed);
    }
}

struct ing_datasets *ing_feed_current(struct ing_feed *feed, int64_t *generation)
{
    pthread_mutex_lock(&feed->mutex);
    struct ing_datasets *current = feed->current != NULL ? ing_datasets_ref(feed->current) : NULL;
    *generation = atomic_load(&feed->generation);
    pthread_mutex_unlock(&feed->mutex);
    return current;
}

struct ing_news *ing_feed_news(struct ing_feed *feed)
{
    return feed->news;
}

int64_t ing_feed_version(const struct ing_feed *feed)
{
    return atomic_load(&feed->version);
}

int64_t ing_feed_generation(const struct ing_feed *feed)
{
    return atomic_load(&feed->generation);
}

static void publish(struct ing_feed *feed, struct ing_datasets **taken, bool whatever)
{
    struct ing_datasets *old = *taken;
    *taken = NULL;
    pthread_mutex_lock(&feed->mutex);
    if (whatever || ing_datasets_version(old) > atomic_load(&feed->version)) {
        struct ing_datasets *newest = old;
        old = feed->current;
        feed->current = newest;
        atomic_store(&feed->version, ing_datasets_version(newest));
        atomic_fetch_add(&feed->generation, 1);
    }
    pthread_mutex_unlock(&feed->mutex);
    ing_datasets_unref(&old);
}

void ing_feed_publish(struct ing_feed *feed, struct ing_datasets **taken)
{
    publish(feed, taken, false);
}

void ing_feed_replace(struct ing_feed *feed, struct ing_datasets **taken)
{
    publish(feed, taken, true);
}

void ing_feed_stop(struct ing_feed *feed)
{
    atomic_store(&feed->stopping, true);
}

bool ing_feed_stopping(const struct ing_feed *feed)
{
    return atomic_load(&feed->stopping);
}
