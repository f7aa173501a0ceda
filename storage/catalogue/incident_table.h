/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/incident_table.h - every kind of incident, one row each: who owns it, how it ends, when it opens
 * and what a person can do.
 *
 * `nrc incident`, its manual and ops/doc/incidents.md come from here. Tokens are what the register keeps
 * and what --json prints, so they never change. */
#ifndef STORAGE_CATALOGUE_INCIDENT_TABLE_H
#define STORAGE_CATALOGUE_INCIDENT_TABLE_H

#include "storage/catalogue/incident_endings.h"
#include "storage/catalogue/incident_watch.h"

/* clang-format off */

/* X(id, token, owner, closes, it opens when, what to do) */
#define STO_INCIDENT_TABLE(X)                                                                      \
    X(STO_INCIDENT_UNKNOWN_STRUCTURE, "unknown_structure", STO_OWNER_DATASET,                      \
      STO_CLOSES_GOOD_EVENT,                                                                       \
      "an event has a schema id that no structure has",                                            \
      "let the agency register the structure before it sends, with this registry")                 \
    X(STO_INCIDENT_OTHER_SUBJECT, "other_subject", STO_OWNER_DATASET, STO_CLOSES_GOOD_EVENT,       \
      "an event's structure is registered, but not under the topic's subject",                     \
      "register it under <topic>-value, or set the producer's subject name strategy to "           \
      "TopicNameStrategy")                                                                         \
    X(STO_INCIDENT_FOREIGN_STRUCTURE, "foreign_structure", STO_OWNER_DATASET,                      \
      STO_CLOSES_GOOD_EVENT,                                                                       \
      "an event has the structure of another dataset",                                             \
      "find who sends to the wrong topic")                                                         \
    X(STO_INCIDENT_NOT_YET_ACTIVE, "not_yet_active", STO_OWNER_DATASET, STO_CLOSES_GOOD_EVENT,     \
      "an event has a structure that is not yet in force: it is kept, and recorded when the "      \
      "structure takes effect",                                                                    \
      "decide on the request: `nrc structure requests`; or let the agency wait")                   \
    X(STO_INCIDENT_STRUCTURE_REJECTED, "structure_rejected", STO_OWNER_DATASET,                    \
      STO_CLOSES_GOOD_EVENT,                                                                       \
      "an event has a structure that was rejected",                                                \
      "let the agency send with the structure in force")                                           \
    X(STO_INCIDENT_STRUCTURE_RETIRED, "structure_retired", STO_OWNER_DATASET,                      \
      STO_CLOSES_GOOD_EVENT,                                                                       \
      "an event has a structure that is no longer in force",                                       \
      "find the producer that was not brought up to date")                                         \
    X(STO_INCIDENT_BAD_FRAME, "bad_frame", STO_OWNER_DATASET, STO_CLOSES_GOOD_EVENT,               \
      "an event's value does not begin with a wire frame",                                         \
      "let the producer use a serialiser that speaks to the registry")                             \
    X(STO_INCIDENT_REFUSALS, "refusals", STO_OWNER_DATASET, STO_CLOSES_REFUSALS_SUBSIDE,           \
      "PostgreSQL refused more than 10 events of a dataset in an hour, which the decoder accepted", \
      "look at them: `nrc quarantine list --reason register_refused`")                             \
    X(STO_INCIDENT_TOPIC_MISSING, "topic_missing", STO_OWNER_DATASET, STO_CLOSES_TOPIC_READ,       \
      "a dataset's topic does not exist",                                                          \
      "make the topic; it is found within seconds")                                                \
    X(STO_INCIDENT_TOPIC_FORBIDDEN, "topic_forbidden", STO_OWNER_DATASET, STO_CLOSES_TOPIC_READ,   \
      "Kafka does not let the engine read a dataset's topic",                                      \
      "grant the engine's login READ on the topic")                                                \
    X(STO_INCIDENT_PARTITIONS_ADDED, "partitions_added", STO_OWNER_DATASET, STO_CLOSES_PERSON,     \
      "the topic of a dataset without a declared order has more partitions than before",           \
      "keys that moved are ordered by Kafka's timestamps: see that this is right, then close it")  \
    X(STO_INCIDENT_GAP, "gap", STO_OWNER_PARTITION, STO_CLOSES_PARTITION_FLOWS,                    \
      "the log starts above the position: the partition is halted",                                \
      "ask the agency to send again what is missing; `nrc position resume --accept-gap`")          \
    X(STO_INCIDENT_TOPIC_REPLACED, "topic_replaced", STO_OWNER_PARTITION,                          \
      STO_CLOSES_PARTITION_FLOWS,                                                                  \
      "the topic was re-created or truncated: the partition is halted",                            \
      "`nrc position resume --accept-gap` reads the new log from its start")                       \
    X(STO_INCIDENT_UNREADABLE, "unreadable", STO_OWNER_PARTITION, STO_CLOSES_PARTITION_FLOWS,      \
      "an offset could not be read for [ingest] stuck_halt_ms: the partition is halted",           \
      "mend the cause and `nrc position resume`; or leave out what cannot be read with "           \
      "`--accept-gap`; `nrc position probe` says how much that is")                                \
    X(STO_INCIDENT_REGISTER_REFUSED, "register_refused", STO_OWNER_PARTITION,                      \
      STO_CLOSES_PARTITION_FLOWS,                                                                  \
      "PostgreSQL refuses most of a dataset's events: its partitions are halted",                  \
      "see what is wrong with its tables, then `nrc position resume`")                             \
    X(STO_INCIDENT_REGISTER_SQL, "register_sql", STO_OWNER_PARTITION, STO_CLOSES_PARTITION_FLOWS,  \
      "a dataset's tables are not what they should be: its partitions are halted",                 \
      "mend the tables, then `nrc position resume`")                                               \
    X(STO_INCIDENT_DATASET_FAILED, "dataset_failed", STO_OWNER_PARTITION,                          \
      STO_CLOSES_PARTITION_FLOWS,                                                                  \
      "a dataset's events cannot be judged or kept: its partitions are halted",                    \
      "mend what the detail names, then `nrc position resume`")                                    \
    X(STO_INCIDENT_PARTITION_WAITS, "partition_waits", STO_OWNER_PARTITION,                        \
      STO_CLOSES_PARTITION_FLOWS,                                                                  \
      "a partition has got nothing for [ingest] stuck_halt_ms though its log goes on",             \
      "see to the broker that leads the partition; nothing is lost, it goes on by itself")         \
    X(STO_INCIDENT_TRANSACTION_OPEN, "transaction_open", STO_OWNER_PARTITION,                      \
      STO_CLOSES_PARTITION_FLOWS,                                                                  \
      "a transaction that is not ended has held a partition back for [ingest] stuck_halt_ms",      \
      "find its producer, or end it with Kafka's kafka-transactions.sh")                           \
    X(STO_INCIDENT_FENCED_OFTEN, "fenced_often", STO_OWNER_PARTITION,                              \
      STO_CLOSES_PARTITION_SETTLED,                                                                \
      "engines took a partition from each other three times in ten minutes",                       \
      "see whether two engines have one [ingest] instance, or one is too slow for its group")      \
    X(STO_INCIDENT_KAFKA_TROUBLE, "kafka_trouble", STO_OWNER_ENGINE, STO_CLOSES_KAFKA_ANSWERS,     \
      "Kafka has given an engine nothing but errors for [ingest] stuck_halt_ms",                   \
      "see to the brokers, the network and the engine's login; nothing is lost, it goes on by "    \
      "itself")                                                                                    \
    X(STO_INCIDENT_INSTANCE_FENCED, "instance_fenced", STO_OWNER_ENGINE, STO_CLOSES_ENGINE_RUNS,   \
      "another engine came with the same instance name, and this one ended",                       \
      "give each engine its own [ingest] instance")                                                \
    X(STO_INCIDENT_ENGINE_FAILED, "engine_failed", STO_OWNER_ENGINE, STO_CLOSES_ENGINE_RUNS,       \
      "an engine met an error that it cannot mend, and ended",                                     \
      "mend what the detail names and start it again")                                             \
    X(STO_INCIDENT_LEAVES_NOT_MADE, "leaves_not_made", STO_OWNER_REGISTER, STO_CLOSES_LEAVES_MADE, \
      "the coming months' partitions of a table could not be made",                                \
      "mend the table before the month ends; it is tried each minute")                             \
    X(STO_INCIDENT_SUBSCRIPTION_DEAD, "subscription_dead", STO_OWNER_SUBSCRIPTION,                 \
      STO_CLOSES_SUBSCRIPTION_ENABLED,                                                             \
      "a receiver took nothing for [relay] give_up_ms, or said that it is gone: nothing more is "  \
      "sent to it",                                                                                \
      "find its owner with `nrc subscription show`, then `nrc subscription enable --replay`")      \
    X(STO_INCIDENT_LATE, "late", STO_OWNER_DATASET, STO_CLOSES_DATA_FRESH,                         \
      "a source is later than its contract allows, on its calendar",                               \
      "`nrc freshness` says where the fault is: the source, the way from it, or the Center")       \
    X(STO_INCIDENT_RULE_WARNED, "rule_warned", STO_OWNER_RULE, STO_CLOSES_QUALITY_HOLDS,           \
      "events fail a rule of the contract whose severity is warning; they are recorded",           \
      "`nrc measure DATASET --json` has the counts; let the agency mend its source, or its "       \
      "contract")                                                                                  \
    X(STO_INCIDENT_METRIC_MISSED, "metric_missed", STO_OWNER_RULE, STO_CLOSES_QUALITY_HOLDS,       \
      "a metric of the contract was beyond its threshold on the last whole day",                   \
      "`nrc quality DATASET --by day --explain` has the counts; let the agency mend its source, "  \
      "or its contract")                                                                           \
    X(STO_INCIDENT_SEQUENCE_BROKEN, "sequence_broken", STO_OWNER_RULE, STO_CLOSES_QUALITY_HOLDS,   \
      "numbers of the agency's own sequence have been missing for an hour",                        \
      "`nrc gaps DATASET` lists them; ask the agency to send again what is missing")               \
    X(STO_INCIDENT_CONTROL_DIFFERS, "control_differs", STO_OWNER_RULE, STO_CLOSES_QUALITY_HOLDS,   \
      "what an agency stated that it sent differs from what is here",                              \
      "`nrc control show` names the difference; ask the agency to send again, or to state anew")   \
    X(STO_INCIDENT_CONTROL_REFUSED, "control_refused", STO_OWNER_TOPIC, STO_CLOSES_QUALITY_HOLDS,  \
      "a message on <agency>.control is no statement that can be taken, or could not be read",     \
      "`nrc control list --refused` has the reasons; let the agency state it anew")                \
    X(STO_INCIDENT_REFERENCE_BROKEN, "reference_broken", STO_OWNER_RULE, STO_CLOSES_QUALITY_HOLDS, \
      "rows refer to rows of another dataset that are not there, beyond the grace period",         \
      "`nrc reference keys DATASET NAME` lists them; find whether one agency or the other is "     \
      "late")                                                                                      \
    X(STO_INCIDENT_TOPIC_NOT_TOLD, "topic_not_told", STO_OWNER_TOPIC, STO_CLOSES_TOPIC_TOLD,       \
      "a relay could not publish notifications on the topic of [relay] topic",                     \
      "make the topic, grant the relay's login WRITE on it, or see to the brokers, as the detail " \
      "says; nothing is lost, it goes on by itself")                                               \
    X(STO_INCIDENT_REJECTS_NOT_TOLD, "rejects_not_told", STO_OWNER_TOPIC, STO_CLOSES_TOPIC_TOLD,   \
      "a relay could not tell an agency which of its events were refused, on <agency>.rejected",   \
      "make the topic, grant the relay's login WRITE on it, or see to the brokers, as the detail " \
      "says; nothing is lost, it goes on by itself, and other agencies are told meanwhile")        \
    STO_INCIDENT_WATCH_TABLE(X)

/* clang-format on */

#endif
