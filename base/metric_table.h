/* SPDX-License-Identifier: Apache-2.0
 * base/metric_table.h - every metric of every daemon: one row each, for the printer, ops/doc/metrics.md and the tests of
 * the dashboard and the alerts.
 *
 * Names and units are Prometheus' (https://prometheus.io/docs/practices/naming): seconds and bytes, a counter ends in
 * _total. Labels are `name="value"` where the row is one series of its name, or the names that the printer is given values
 * for. Rows of one name stand together and share their sentence. What is not known has no series, rather than a 0.
 *
 * Series are bounded: no label has a value that comes from an event. Names of datasets and topics are labels of the
 * monitor's alone, and [monitor] metric_sources and metric_partitions bound their number. */
#ifndef BASE_METRIC_TABLE_H
#define BASE_METRIC_TABLE_H

#include "base/metric_table_page.h"
#include "base/metric_table_source.h"

#define METRIC_HELP_ANSWERS "Answers, by the class of their status."
#define METRIC_HELP_EVENTS                                                                         \
    "Events that are committed, by what became of them: the newest version of their key, the "     \
    "register's own once more, older than it, refused with a reason, or counted and not kept."
#define METRIC_HELP_PARTITIONS "Partitions that this engine has, by their state."

/* X(id, name, kind, unit, daemons, labels, help) */
/* clang-format off */
#define METRIC_TABLE(X) \
    /* -- of the process */ \
    X(METRIC_BUILD, "nrc_build_info", GAUGE, "", "all", "daemon,version", "1, labelled with the program's version.") \
    X(METRIC_READY, "nrc_ready", GAUGE, "", "ingest, relay, monitor", "", "1 while /readyz says ready, else 0.") \
    X(METRIC_STARTED, "process_start_time_seconds", GAUGE, "seconds", "all", "", \
      "When the process started, since 1970-01-01 UTC.") \
    X(METRIC_CPU, "process_cpu_seconds_total", COUNTER, "seconds", "all", "", \
      "Processor time that the process used, of user and system.") \
    X(METRIC_MEMORY, "process_resident_memory_bytes", GAUGE, "bytes", "all", "", \
      "Memory of the process that is resident.") \
    X(METRIC_FILES, "process_open_fds", GAUGE, "files", "all", "", "File descriptors that are open.") \
    X(METRIC_FILES_MOST, "process_max_fds", GAUGE, "files", "all", "", "File descriptors that may be open.") \
    /* -- of its HTTP server */ \
    X(METRIC_HTTP_REQUESTS, "nrc_http_requests_total", COUNTER, "requests", "all", "", "Requests that were read.") \
    X(METRIC_HTTP_REFUSED, "nrc_http_refused_requests_total", COUNTER, "requests", "all", "", \
      "Requests refused before they were read whole.") \
    X(METRIC_HTTP_CONNECTIONS, "nrc_http_connections", GAUGE, "connections", "all", "", "Clients connected now.") \
    X(METRIC_HTTP_2XX, "nrc_http_answers_total", COUNTER, "answers", "all", "class=\"2xx\"", METRIC_HELP_ANSWERS) \
    X(METRIC_HTTP_3XX, "nrc_http_answers_total", COUNTER, "answers", "all", "class=\"3xx\"", METRIC_HELP_ANSWERS) \
    X(METRIC_HTTP_4XX, "nrc_http_answers_total", COUNTER, "answers", "all", "class=\"4xx\"", METRIC_HELP_ANSWERS) \
    X(METRIC_HTTP_5XX, "nrc_http_answers_total", COUNTER, "answers", "all", "class=\"5xx\"", METRIC_HELP_ANSWERS) \
    /* -- of ingest: what its lanes count, from METRIC_RECEIVED to METRIC_REREAD */ \
    X(METRIC_RECEIVED, "nrc_ingest_received_events_total", COUNTER, "events", "ingest", "", \
      "Events taken from Kafka into a committed batch.") \
    X(METRIC_APPLIED, "nrc_ingest_events_total", COUNTER, "events", "ingest", "verdict=\"applied\"", \
      METRIC_HELP_EVENTS) \
    X(METRIC_DUPLICATE, "nrc_ingest_events_total", COUNTER, "events", "ingest", "verdict=\"duplicate\"", \
      METRIC_HELP_EVENTS) \
    X(METRIC_STALE, "nrc_ingest_events_total", COUNTER, "events", "ingest", "verdict=\"stale\"", METRIC_HELP_EVENTS) \
    X(METRIC_QUARANTINED, "nrc_ingest_events_total", COUNTER, "events", "ingest", "verdict=\"quarantined\"", \
      METRIC_HELP_EVENTS) \
    X(METRIC_EXEMPT, "nrc_ingest_events_total", COUNTER, "events", "ingest", "verdict=\"exempt\"", METRIC_HELP_EVENTS) \
    X(METRIC_SKIPPED, "nrc_ingest_skipped_offsets_total", COUNTER, "offsets", "ingest", "", \
      "Offsets without an event: aborted, compacted, or a transaction's marker.") \
    X(METRIC_BATCHES, "nrc_ingest_commits_total", COUNTER, "batches", "ingest", "", "Transactions that are committed.") \
    X(METRIC_RETRIES, "nrc_ingest_retries_total", COUNTER, "batches", "ingest", "", \
      "Transactions that failed and are tried again.") \
    X(METRIC_IN_DOUBT, "nrc_ingest_commits_in_doubt_total", COUNTER, "batches", "ingest", "", \
      "Commits whose answer was lost; the position tells what became of them.") \
    X(METRIC_FENCED, "nrc_ingest_fenced_partitions_total", COUNTER, "partitions", "ingest", "", \
      "Partitions found claimed by another engine.") \
    X(METRIC_HALTED, "nrc_ingest_halted_partitions_total", COUNTER, "partitions", "ingest", "", \
      "Partitions halted until a steward decides.") \
    X(METRIC_REREAD, "nrc_ingest_reread_holes_total", COUNTER, "holes", "ingest", "", \
      "Holes in the offsets that were read again before they were believed.") \
    X(METRIC_COMMIT_DURATION, "nrc_ingest_commit_duration_seconds", HISTOGRAM, "seconds", "ingest", "", \
      "How long a transaction took, also one that failed.") \
    X(METRIC_EVENT_AGE, "nrc_ingest_event_age_seconds", HISTOGRAM, "seconds", "ingest", "", \
      "Age of an event when it was committed, by Kafka's timestamp: the broker's clock, or the producer's. One without a timestamp, or with one of the future, is left out.") \
    X(METRIC_LANES, "nrc_ingest_lanes", GAUGE, "lanes", "ingest", "", "Lanes of this engine.") \
    X(METRIC_PARTITIONS, "nrc_ingest_partitions", GAUGE, "partitions", "ingest", "state", METRIC_HELP_PARTITIONS) \
    X(METRIC_WAITING, "nrc_ingest_waiting_events", GAUGE, "events", "ingest", "", \
      "Offsets of this engine's partitions that are known to Kafka's client and not committed.") \
    X(METRIC_STANDSTILL, "nrc_ingest_standstill_seconds", GAUGE, "seconds", "ingest", "", \
      "For how long events have waited in a lane of which no position moved; of the worst lane.") \
    X(METRIC_FAILING, "nrc_ingest_commit_failing_seconds", GAUGE, "seconds", "ingest", "", \
      "For how long each attempt at the register has failed; of the worst lane.") \
    X(METRIC_KAFKA_TROUBLE, "nrc_ingest_kafka_trouble_seconds", GAUGE, "seconds", "ingest", "", \
      "For how long Kafka has given nothing but errors; of the worst lane.") \
    X(METRIC_SILENCE, "nrc_ingest_lane_silence_seconds", GAUGE, "seconds", "ingest", "", \
      "Since when the quietest lane has shown no life; after 300 the engine ends itself.") \
    /* -- of the registry */ \
    X(METRIC_LISTENING, "nrc_registry_listening", GAUGE, "", "registry", "", "1 while changes of the catalogue are heard.") \
    X(METRIC_CATALOGUE_CHANGES, "nrc_registry_catalogue_changes_total", COUNTER, "changes", "registry", "", "Changes of the catalogue heard.") \
    X(METRIC_LOGINS, "nrc_registry_logins_total", COUNTER, "logins", "registry", "", "Secrets found right by scrypt.") \
    X(METRIC_LOGINS_FAILED, "nrc_registry_failed_logins_total", COUNTER, "logins", "registry", "", "Logins refused.") \
    X(METRIC_LOGINS_SLOWED, "nrc_registry_slowed_logins_total", COUNTER, "logins", "registry", "", "Logins told to wait.") \
    X(METRIC_USES, "nrc_registry_structure_uses_total", COUNTER, "requests", "registry", "", \
      "Requests for structures that the register counted.") \
    X(METRIC_USES_LOST, "nrc_registry_uncounted_structure_uses_total", COUNTER, "requests", "registry", "", \
      "Requests for structures that were not counted.") \
    /* -- of the relay: from METRIC_DELIVERED to METRIC_REJECTS */ \
    X(METRIC_DELIVERED, "nrc_relay_delivered_messages_total", COUNTER, "messages", "relay", "", \
      "Messages that a receiver took.") \
    X(METRIC_ATTEMPTS_FAILED, "nrc_relay_failed_attempts_total", COUNTER, "attempts", "relay", "", \
      "Attempts at a receiver that failed; each is tried again.") \
    X(METRIC_PUBLISHED, "nrc_relay_published_messages_total", COUNTER, "messages", "relay", "", \
      "Notifications published on the Kafka topic.") \
    X(METRIC_REJECTS, "nrc_relay_published_rejects_total", COUNTER, "messages", "relay", "", \
      "Refused events that their agency was told of on its topic.") \
    X(METRIC_RELAY_CONNECTED, "nrc_relay_register_connected", GAUGE, "", "relay", "", \
      "1 while the relay is connected to the register.") \
    X(METRIC_RELAY_TURNED, "nrc_relay_last_turn_timestamp_seconds", GAUGE, "seconds", "relay", "", \
      "When the relay last looked for work, since 1970-01-01 UTC.") \
    /* -- of the monitor */ \
    X(METRIC_WATCHING, "nrc_monitor_watching", GAUGE, "", "monitor", "", \
      "1 for the monitor that judges; 0 for one that waits for another to end.") \
    X(METRIC_TURNED, "nrc_monitor_last_turn_timestamp_seconds", GAUGE, "seconds", "monitor", "", \
      "When the last turn that succeeded ended, since 1970-01-01 UTC.") \
    X(METRIC_TURN_TOOK, "nrc_monitor_last_turn_seconds", GAUGE, "seconds", "monitor", "", "How long that turn took.") \
    X(METRIC_TURNS, "nrc_monitor_turns_total", COUNTER, "turns", "monitor", "", "Turns that succeeded.") \
    X(METRIC_TURNS_FAILED, "nrc_monitor_failed_turns_total", COUNTER, "turns", "monitor", "", "Turns that failed.") \
    X(METRIC_TASKS_FAILED, "nrc_monitor_failed_tasks_total", COUNTER, "tasks", "monitor", "", \
      "Sources that could not be judged, and tasks of a turn that failed.") \
    METRIC_TABLE_PAGE(X) \
    METRIC_TABLE_SOURCE(X)
/* clang-format on */

#endif
