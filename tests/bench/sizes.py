# SPDX-License-Identifier: Apache-2.0
"""What a drain leaves on the register's disk: the figures that ops/doc/sizing.md counts with."""

LEAVES = "FROM pg_partition_tree('{}') AS t WHERE t.isleaf"


def wal_position(ground, database):
    [(position,)] = ground.postgres.sql("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn", database=database)
    return position


def of_drain(ground, database, dataset, tables, expected, wal_bytes):
    """Bytes of a row, with its share of free space and indexes; WAL with the whole pages after a checkpoint."""
    def bytes_of(suffix):
        [(size,)] = ground.postgres.sql("SELECT sum(pg_total_relation_size(t.relid))::bigint "
                                        + LEAVES.format(f"{dataset}_{suffix}"), database=database)
        return size

    figures = {"wal_bytes_per_event": float(wal_bytes) / expected["events"]}
    if tables != "history": # all events may be bad
        figures["state_bytes_per_key"] = bytes_of("state") / max(expected["keys"], 1)
    if tables != "state":
        figures["history_bytes_per_event"] = bytes_of("history") / max(expected["good"], 1)
    return figures
