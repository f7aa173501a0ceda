/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/batch.c - see the header. */
#include "ops/relay/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/secret.h"
#include "ingest/kafka/publisher.h"
#include "ops/relay/deliver.h"
#include "ops/relay/envelope.h"

/* Fewer than ING_PUBLISHER_MOST, so the client takes a whole batch. */
_Static_assert((int)OPS_BATCH_MOST <= (int)ING_PUBLISHER_MOST,
               "a batch is larger than a client takes");

enum {
    PAUSE_MOST_MS = 60 * 1000,
    HEADERS_MOST = OPS_ATTRIBUTE_COUNT + 3,
    NAME_SIZE = 32,
    WHY_SIZE = 300
};

enum state { STATE_IDLE, STATE_IN_FLIGHT, STATE_ENDED };

struct ops_batch {
    const struct conf *conf;
    struct ing_publisher *publisher; /* NULL: to be made for the next batch */
    enum state state;
    int64_t give_up_at_ms;
    size_t count;
    size_t reported;
    struct sto_topic_place places[OPS_BATCH_MOST];
    bool is_taken[OPS_BATCH_MOST];
    char why[WHY_SIZE]; /* the first failure; "": none */
};

struct ops_batch *ops_batch_new(const struct conf *conf, struct err *err)
{
    struct ops_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for publishing");
        return NULL;
    }
    batch->conf = conf;
    batch->publisher = ing_publisher_new(conf, err);
    if (batch->publisher == NULL) {
        ops_batch_free(&batch);
    }
    return batch;
}

void ops_batch_free(struct ops_batch **taken)
{
    struct ops_batch *batch = *taken;
    *taken = NULL;
    if (batch != NULL) {
        ing_publisher_free(&batch->publisher);
        free(batch);
    }
}

/* What is in flight after a failure is dropped with its client. */
static void end(struct ops_batch *batch)
{
    if (batch->why[0] != '\0') {
        ing_publisher_free(&batch->publisher);
    }
    batch->state = STATE_ENDED;
}

static void note(struct ops_batch *batch, const char *why)
{
    if (batch->why[0] == '\0') {
        snprintf(batch->why, sizeof(batch->why), "%.*s", WHY_SIZE - 1, why);
    }
}

void ops_batch_fail(struct ops_batch *batch, const char *why)
{
    note(batch, why);
    end(batch);
}

void ops_batch_begin(struct ops_batch *batch, size_t count)
{
    memset(batch->is_taken, 0, sizeof(batch->is_taken));
    batch->count = count;
    batch->reported = 0;
    batch->why[0] = '\0';
    batch->give_up_at_ms = clock_mono_ms() + batch->conf->relay.timeout_ms;
    batch->state = STATE_IN_FLIGHT;
}

void ops_batch_reset(struct ops_batch *batch)
{
    batch->state = STATE_IDLE;
}

/* ---- one message ---- */

/* "Kafka Protocol Binding", binary: the attributes, the data's type and structure, and the key as the partitioning extension
 * has it. */
struct headers {
    struct ing_header list[HEADERS_MOST];
    size_t count;
    char names[HEADERS_MOST][NAME_SIZE];
    char dataschema[OPS_ENVELOPE_URI_SIZE];
};

static void put_attribute(struct headers *h, const char *name, const char *value)
{
    char *full = h->names[h->count];
    snprintf(full, NAME_SIZE, "ce_%s", name);
    h->list[h->count++] = (struct ing_header){.name = full, .value = value};
}

static void fill_headers(const struct ops_batch *batch, const struct ops_outgoing *out,
                         struct headers *h)
{
    const char *url = batch->conf->registry.public_url;
    size_t len = strlen(url);
    h->count = 0;
    for (enum ops_attribute i = 0; i < OPS_ATTRIBUTE_COUNT; i++) {
        put_attribute(h, ops_attribute_name(i), out->envelope->attributes[i]);
    }
    snprintf(h->dataschema, sizeof(h->dataschema), "%.*s/schemas/ids/%" PRId32 "/schema",
             (int)(len > 0 && url[len - 1] == '/' ? len - 1 : len), url, out->schema_id);
    put_attribute(h, "dataschema", h->dataschema);
    put_attribute(h, "partitionkey", out->key);
    h->list[h->count++] = (struct ing_header){"content-type", "application/avro"};
}

int ops_batch_send(struct ops_batch *batch, size_t i, const struct ops_outgoing *out,
                   struct err *err)
{
    struct headers headers;
    if (batch->publisher == NULL &&
        (batch->publisher = ing_publisher_new(batch->conf, err)) == NULL) {
        return -1;
    }
    fill_headers(batch, out, &headers);
    const struct ing_message message = {
        .topic = out->topic,
        .key = out->key,
        .value = out->value->data,
        .value_len = out->value->len,
        .headers = headers.list,
        .header_count = headers.count,
        .tag = i,
    };
    return ing_publisher_send(batch->publisher, &message, err);
}

/* ---- what Kafka says ---- */

static void take_report(const struct ing_report *report, void *arg)
{
    struct ops_batch *batch = arg;
    batch->reported++;
    if (report->is_taken) {
        batch->is_taken[report->tag] = true;
        batch->places[report->tag] =
            (struct sto_topic_place){.partition = report->partition, .offset = report->offset};
    } else {
        note(batch, report->why);
    }
}

static void give_up(struct ops_batch *batch)
{
    char text[WHY_SIZE];
    const char *trouble = ing_publisher_trouble(batch->publisher);
    snprintf(text, sizeof(text), "Kafka took nothing within %" PRId64 " ms%s%s",
             batch->conf->relay.timeout_ms, *trouble != '\0' ? ": " : "", trouble);
    ops_batch_fail(batch, text);
}

void ops_batch_turn(struct ops_batch *batch)
{
    if (batch->publisher == NULL) {
        return;
    }
    ing_publisher_poll(batch->publisher, take_report, batch);
    if (batch->state != STATE_IN_FLIGHT) {
        return;
    }
    if (batch->why[0] != '\0' || batch->reported == batch->count) {
        end(batch);
    } else if (clock_mono_ms() >= batch->give_up_at_ms) {
        give_up(batch);
    }
}

int ops_batch_fd(const struct ops_batch *batch)
{
    return batch->publisher != NULL ? ing_publisher_fd(batch->publisher) : -1;
}

bool ops_batch_is_idle(const struct ops_batch *batch)
{
    return batch->state == STATE_IDLE;
}

bool ops_batch_is_ended(const struct ops_batch *batch)
{
    return batch->state == STATE_ENDED;
}

/* ---- what became of it ---- */

static int64_t pause_ms(const struct ops_batch *batch, int attempts_before)
{
    uint32_t chance = 0;
    struct err ignored = ERR_INIT;
    (void)!secret_random(&chance, sizeof(chance), &ignored);
    int64_t ms = ops_deliver_pause_ms(batch->conf, attempts_before, chance);
    return ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
}

struct sto_topic_outcome ops_batch_outcome(const struct ops_batch *batch, int attempts_before)
{
    size_t taken = 0;
    while (taken < batch->count && batch->is_taken[taken]) {
        taken++;
    }
    return (struct sto_topic_outcome){
        .taken = batch->places,
        .taken_count = taken,
        .why = batch->why[0] != '\0' ? batch->why : NULL,
        .wait_ms = pause_ms(batch, attempts_before),
    };
}
