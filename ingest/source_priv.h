/* SPDX-License-Identifier: Apache-2.0
 * ingest/source_priv.h - what source.c and source_ask.c share. */
#ifndef INGEST_SOURCE_PRIV_H
#define INGEST_SOURCE_PRIV_H

#include <librdkafka/rdkafka.h>

#include "ingest/source.h"

/* The client, for a call. */
rd_kafka_t *source_client(const struct ing_source *source);

/* What an error of a partition or a topic means to the lane. */
enum ing_incoming_kind source_kind_of(rd_kafka_resp_err_t code);

#endif
