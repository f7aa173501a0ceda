/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/incident_endings.h - every way in which an incident ends (storage/catalogue/incident_table.h). */
#ifndef STORAGE_CATALOGUE_INCIDENT_ENDINGS_H
#define STORAGE_CATALOGUE_INCIDENT_ENDINGS_H

/* clang-format off */

/* X(id, token, sentence). Down to REFUSALS_SUBSIDE the register decides (nrc.incident_ending has these tokens
 * too); the next three an engine reports. */
#define STO_CLOSES_TABLE(X)                                                                        \
    X(STO_CLOSES_GOOD_EVENT, "good_event", "the dataset has a good event after it")                \
    X(STO_CLOSES_TOPIC_READ, "topic_read", "an engine has the topic")                              \
    X(STO_CLOSES_PARTITION_FLOWS, "partition_flows",                                               \
      "the partition flows again; one that is halted is opened by `nrc position resume`")          \
    X(STO_CLOSES_PARTITION_SETTLED, "partition_settled",                                           \
      "one engine has had the partition for ten minutes")                                          \
    X(STO_CLOSES_REFUSALS_SUBSIDE, "refusals_subside", "the last hour has no more than 10")        \
    X(STO_CLOSES_LEAVES_MADE, "leaves_made", "an engine could make them")                          \
    X(STO_CLOSES_KAFKA_ANSWERS, "kafka_answers", "Kafka answers that engine again")                \
    X(STO_CLOSES_ENGINE_RUNS, "engine_runs",                                                       \
      "an engine of that name has run for [ingest] stuck_halt_ms")                                 \
    X(STO_CLOSES_ENGINE_TAKES, "engine_takes",                                                     \
      "for two minutes the monitor has not found it so")                                           \
    X(STO_CLOSES_REGISTER_WRITES, "register_writes", "the monitor writes to the register again")   \
    X(STO_CLOSES_REGISTER_HAS_ROOM, "register_has_room",                                           \
      "for an hour the monitor has not found it so")                                               \
    X(STO_CLOSES_SUBSCRIPTION_ENABLED, "subscription_enabled",                                     \
      "the subscription is enabled again: `nrc subscription enable`; or a steward says so")        \
    X(STO_CLOSES_TOPIC_TOLD, "topic_told", "a relay publishes on the topic again")                 \
    X(STO_CLOSES_DATA_FRESH, "data_fresh",                                                         \
      "the monitor has found the source in time for two minutes")                                  \
    X(STO_CLOSES_QUALITY_HOLDS, "quality_holds",                                                   \
      "the monitor has found nothing against it for an hour")                                      \
    X(STO_CLOSES_PERSON, "person", "a steward says so: `nrc incident close`")

/* clang-format on */

#endif
