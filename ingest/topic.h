/* SPDX-License-Identifier: Apache-2.0
 * ingest/topic.h - a topic that cannot be read: an incident, and no end for the others. Thread: the lane. */
#ifndef INGEST_TOPIC_H
#define INGEST_TOPIC_H

struct ing_lane;

/* A dataset names a topic that does not exist. */
void ing_topic_missing(struct ing_lane *lane, const char *topic);

/* The topic may not be read; also marks its partitions. */
void ing_topic_forbidden(struct ing_lane *lane, const char *topic, const char *text);

#endif
