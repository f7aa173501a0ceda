/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_checks.h - what nrc doctor looks at, one row each. Tokens are what --json prints, so they never change. */
#ifndef OPS_CMD_DOCTOR_CHECKS_H
#define OPS_CMD_DOCTOR_CHECKS_H

/* clang-format off */

/* X(id, token, what it looks at) */
#define DOCTOR_CHECKS(X)                                                                           \
    X(CHECK_CONFIGURATION, "configuration", "the configuration: file, environment, credentials")   \
    X(CHECK_SECRETS, "secrets", "who may read the secrets of the configuration's file")            \
    X(CHECK_OPEN_FILES, "open_files", "the limit of open files, against [registry] connections and [relay] in_flight") \
    X(CHECK_TIME_ZONE, "time_zone", "the tz database, by which contracts count working hours")     \
    X(CHECK_RECEIVERS, "receivers", "[relay] allow")                          \
    X(CHECK_CERTIFICATE, "certificate", "the registry's certificate and key, as the registry loads them") \
    X(CHECK_PAGE, "page", "[page]: its address, and its certificate and key as the monitor loads them") \
    X(CHECK_REGISTER, "register", "PostgreSQL answers, in a version and encoding that a register can have") \
    X(CHECK_MIGRATIONS, "migrations", "the database is this program's; as nrc db check")           \
    X(CHECK_WRITABLE, "writable", "the server takes writes")                                       \
    X(CHECK_DURABILITY, "durability", "what was committed survives a power cut")                   \
    X(CHECK_AUTOVACUUM, "autovacuum", "autovacuum runs")                                           \
    X(CHECK_CONNECTIONS, "connections", "free connections, against lanes and workers")             \
    X(CHECK_LOCKS, "locks", "room for locks, against the register's tables, which a backup locks all at once, and its datasets, which a batch does") \
    X(CHECK_BUFFERS, "buffers", "shared_buffers, against the states and their keys")               \
    X(CHECK_CHECKPOINTS, "checkpoints", "max_wal_size, against what checkpoint_timeout writes")     \
    X(CHECK_WAL, "wal", "wal_level, and what keeps WAL back")                                      \
    X(CHECK_CLOCK, "clock", "this host's clock against the register's")                            \
    X(CHECK_DISK, "disk", "free space of the register, where it is on this host")                  \
    X(CHECK_LOGIN, "login", "that the login may not do more than it needs")                        \
    X(CHECK_ROLE_INGEST, "role_ingest", "that the login may act as nrc_ingest")                    \
    X(CHECK_ROLE_REGISTRY, "role_registry", "that the login may act as nrc_registry")              \
    X(CHECK_ROLE_RELAY, "role_relay", "that the login may act as nrc_relay")                       \
    X(CHECK_ROLE_MONITOR, "role_monitor", "that the login may act as nrc_watch")                   \
    X(CHECK_ROLE_PAGE, "role_page", "that the login may serve the monitor's page: as nrc_registry and nrc_desk") \
    X(CHECK_KAFKA, "kafka", "a broker answers")                                                    \
    X(CHECK_KAFKA_VERSION, "kafka_version", "the brokers' version")                                \
    X(CHECK_TOPICS, "topics", "each dataset's topic exists, and Kafka describes it")               \
    X(CHECK_READING, "reading", "each topic may be read by this login: one fetch")                 \
    X(CHECK_LOST, "lost", "that Kafka still has the next event of each partition")                 \
    X(CHECK_RETENTION, "retention", "how long Kafka keeps what is not recorded yet")               \
    X(CHECK_REPLICAS, "replicas", "that the loss of one broker loses no event")

/* clang-format on */

#endif
