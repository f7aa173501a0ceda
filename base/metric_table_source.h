/* SPDX-License-Identifier: Apache-2.0
 * base/metric_table_source.h - what the monitor knows of sources, partitions and the register's disk; the last rows of
 * base/metric_table.h. */
#ifndef BASE_METRIC_TABLE_SOURCE_H
#define BASE_METRIC_TABLE_SOURCE_H

/* clang-format off */

/* X as in metric_table.h */
#define METRIC_TABLE_SOURCE(X) \
    X(METRIC_SOURCES, "nrc_monitor_sources", GAUGE, "datasets", "monitor", "", \
      "Datasets with a topic, in the last turn.") \
    X(METRIC_WATCHED_PARTITIONS, "nrc_monitor_partitions", GAUGE, "partitions", "monitor", "", \
      "Partitions of their topics, claimed by an engine or not, in the last turn.") \
    X(METRIC_UNKNOWN_PARTITIONS, "nrc_monitor_unknown_lag_partitions", GAUGE, "partitions", "monitor", "", \
      "Partitions of those datasets whose lag is not known: they have no series of lag.") \
    X(METRIC_CUT_SOURCES, "nrc_monitor_left_out_sources", GAUGE, "datasets", "monitor", "", \
      "Datasets without series of their own, beyond [monitor] metric_sources.") \
    X(METRIC_REGISTER_SIZE, "nrc_register_size_bytes", GAUGE, "bytes", "monitor", "", \
      "What the register's database has on its disk.") \
    X(METRIC_REGISTER_FREE, "nrc_register_free_bytes", GAUGE, "bytes", "monitor", "", \
      "What is left for it, as [monitor] register_directory or register_bytes say; none where neither is set.") \
    X(METRIC_REGISTER_FULL, "nrc_register_full_seconds", GAUGE, "seconds", "monitor", "", \
      "Until nothing is left, at the pace of the last fortnight; none while it does not grow, or is not known.") \
    X(METRIC_CUT_PARTITIONS, "nrc_monitor_left_out_partitions", GAUGE, "partitions", "monitor", "", \
      "Partitions without series of their own, beyond [monitor] metric_partitions.") \
    X(METRIC_SOURCE_STATE, "nrc_source_state", GAUGE, "", "monitor", "dataset,topic,state,reason,estimate", \
      "1, labelled with the verdict on the source; estimate: whether it rests on a holiday that is not announced yet. A source whose contract promises nothing has none.") \
    X(METRIC_SOURCE_ARRIVAL, "nrc_source_last_arrival_timestamp_seconds", GAUGE, "seconds", "monitor", "dataset,topic", \
      "When a batch last took an event of it, since 1970-01-01 UTC.") \
    X(METRIC_SOURCE_EVENT, "nrc_source_newest_event_timestamp_seconds", GAUGE, "seconds", "monitor", "dataset,topic", \
      "The newest event's own time, at the earliest, since 1970-01-01 UTC.") \
    X(METRIC_SOURCE_WAITING, "nrc_source_waiting_since_timestamp_seconds", GAUGE, "seconds", "monitor", "dataset,topic", \
      "Since when the oldest event known to wait has waited, since 1970-01-01 UTC.") \
    X(METRIC_SOURCE_STATUS, "nrc_source_status", GAUGE, "", "monitor", "dataset,topic,status,verdict", \
      "1, labelled with what the source is, and with the verdict on what waits in its worst partition.") \
    X(METRIC_SOURCE_SEVERITY, "nrc_source_severity", GAUGE, "", "monitor", "dataset,topic", \
      "How bad that is: 0 fine, 1 look, 2 act, 3 act now.") \
    X(METRIC_SOURCE_AGE, "nrc_source_lag_seconds", GAUGE, "seconds", "monitor", "dataset,topic", \
      "How long its oldest event that is not stored has waited, at least; none while it is not known or lost.") \
    X(METRIC_SOURCE_HEADROOM, "nrc_source_headroom_seconds", GAUGE, "seconds", "monitor", "dataset,topic", \
      "Until Kafka deletes the first event that is not stored; none while nothing waits, or it is not known.") \
    X(METRIC_SOURCE_LAG, "nrc_source_lag_events", GAUGE, "events", "monitor", "dataset,topic", \
      "Offsets of all its partitions that are not stored; none while one of them is not known.") \
    X(METRIC_PARTITION_LAG, "nrc_partition_lag_events", GAUGE, "events", "monitor", "topic,partition", \
      "Offsets between the register's position, or the start of the log behind it, and its end.") \
    X(METRIC_PARTITION_LOST, "nrc_partition_lost_events", GAUGE, "events", "monitor", "topic,partition", \
      "Offsets that Kafka deleted before they were stored. Where none were, there is no series.") \
    X(METRIC_PARTITION_POSITION, "nrc_partition_position_offset", GAUGE, "offsets", "monitor", "topic,partition", \
      "The register's position: the next offset to be stored.")

/* clang-format on */

#endif
