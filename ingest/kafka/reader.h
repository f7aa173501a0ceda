/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/reader.h - reads at one offset of a topic partition after the other, for ingest/kafka/probe.h.
 *
 * librdkafka 2.0.2 reports a batch that it cannot read in one of four ways: errors at the partition; one
 * error and then silence; silence alone (the records' lengths are garbage); and, for a response beyond
 * receive.message.max.bytes, a broken connection. Silence means something only while the broker answers: so
 * the reader counts the answers to its fetches, and judges by them, never by time alone. A machine or a broker
 * that is slow makes a reading long, and changes no verdict. Thread: the caller's. */
#ifndef INGEST_KAFKA_READER_H
#define INGEST_KAFKA_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ingest/kafka/probe.h"

struct ing_reader;

/* Borrows both until it is closed. FATAL ERR_CONFIG, ERR_NOT_FOUND, ERR_NO_MEMORY. */
MUST_CHECK struct ing_reader *ing_reader_open(const struct conf *conf,
                                              const struct ing_probe *probe, struct err *err);
void ing_reader_close(struct ing_reader **taken);

/* A batch of which nothing came is unreadable when silence lasted so long since its first answer.
 * ING_NOT_TOLD: the probe's time is over, or its caller ended it. */
enum ing_reading ing_reader_at(struct ing_reader *reader, int64_t offset, int silent_ms);

bool ing_reader_met_silence(const struct ing_reader *reader); /* the last reading ended so */
const char *ing_reader_text(const struct ing_reader *reader); /* what went wrong last */

/* What the brokers say of the topic, given that nobody tells where its log ends. */
enum ing_reading ing_reader_ask_why(struct ing_reader *reader);

#endif
