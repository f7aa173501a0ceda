/* SPDX-License-Identifier: Apache-2.0
 * tests/races/canary.c - shows that ThreadSanitizer sees the Kafka client's threads.
 *
 * The client writes its log in threads of its own. `canary race` counts the lines without a lock: a
 * run that does not report this would report no race of the engine either. `canary` counts them
 * under a lock: a report here would be a false one. */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 20, SECONDS = 30, MS_PER_S = 1000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool locked = true;
static int lines;

static int count(int more)
{
    if (locked) {
        pthread_mutex_lock(&mutex);
    }
    lines += more;
    const int now = lines;
    if (locked) {
        pthread_mutex_unlock(&mutex);
    }
    return now;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)level;
    (void)facility;
    (void)text;
    count(1);
}

int main(int argc, char **argv)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    locked = argc < 2 || strcmp(argv[1], "race") != 0;
    rd_kafka_conf_set_log_cb(conf, on_log);
    /* Nobody listens at port 9: the client tries, and says so. */
    if (rd_kafka_conf_set(conf, "debug", "all", text, sizeof(text)) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:9", text, sizeof(text)) !=
            RD_KAFKA_CONF_OK) {
        fprintf(stderr, "canary: %s\n", text);
        return 1;
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (rk == NULL) {
        fprintf(stderr, "canary: %s\n", text);
        return 1;
    }
    int now = 0;
    for (int i = 0; i < SECONDS * 10 && now < LINES; i++) {
        rd_kafka_poll(rk, MS_PER_S / 10);
        now = count(0);
    }
    rd_kafka_destroy(rk);
    return now < LINES;
}
