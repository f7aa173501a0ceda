/* SPDX-License-Identifier: Apache-2.0
 * base/conf_rows.c - one row for each configuration key.
 *
 * Parsing, ranges, `nrc config show`, `nrc config keys` and ops/doc/configuration.md all come from
 * here; a key is added by adding its member to struct conf and its row. */
#include <string.h>

#include "base/conf_priv.h"

#define AT(member) offsetof(struct conf, member)

/* clang-format off */
static const struct conf_row rows[] = {
    {"kafka", "bootstrap", CONF_STRING, AT(kafka.bootstrap), 0, 0, "", NULL, false,
     "The brokers to begin with: host:port, comma-separated. Any other key of this section is a librdkafka property."},
    {"kafka", "group", CONF_STRING, AT(kafka.group), 0, 0, "nrc-ingest", NULL, false,
     "The consumer group. Engines that share the work share it."},

    {"register", "dsn", CONF_STRING, AT(reg.dsn), 0, 0, "", NULL, true,
     "The register's PostgreSQL: a libpq connection string or URI."},
    {"register", "connect_timeout_ms", CONF_MS, AT(reg.connect_timeout_ms), 100, 600000, "10000", NULL, false,
     "How long a connection may take to stand."},
    {"register", "statement_timeout_ms", CONF_MS, AT(reg.statement_timeout_ms), 0, 3600000, "60000", NULL, false,
     "PostgreSQL's own limit for a statement; 0: none."},
    {"register", "deadline_ms", CONF_MS, AT(reg.deadline_ms), 0, 7200000, "90000", NULL, false,
     "Our limit for one answer: it holds where a frozen server keeps none of its own; 0: none."},

    {"ingest", "lanes", CONF_INT, AT(ingest.lanes), 1, 64, "2", NULL, false,
     "Threads, each with its own consumer and its own connection."},
    {"ingest", "batch_rows", CONF_INT, AT(ingest.batch_rows), 1, 1000000, "50000", NULL, false,
     "Events in one transaction at most."},
    {"ingest", "batch_bytes", CONF_BYTES, AT(ingest.batch_bytes), 65536, INT64_C(1) << 32, "33554432", NULL, false,
     "Bytes of messages in one transaction at most."},
    {"ingest", "linger_ms", CONF_MS, AT(ingest.linger_ms), 0, 10000, "5", NULL, false,
     "How long a batch waits for company when the engine is not behind."},
    {"ingest", "prefetch_kb", CONF_INT, AT(ingest.prefetch_kb), 256, 4194304, "24576", NULL, false,
     "KiB that a lane's consumer holds ready at most."},
    {"ingest", "session_timeout_ms", CONF_MS, AT(ingest.session_timeout_ms), 1000, 1800000, "45000", NULL, false,
     "Silence after which Kafka gives a lane's partitions to another."},
    {"ingest", "catalogue_poll_ms", CONF_MS, AT(ingest.catalogue_poll_ms), 100, 3600000, "10000", NULL, false,
     "How often the catalogue is looked at besides its notifications."},
    {"ingest", "retry_max_ms", CONF_MS, AT(ingest.retry_max_ms), 10, 3600000, "30000", NULL, false,
     "The longest pause between two tries of a batch."},
    {"ingest", "drain_ms", CONF_MS, AT(ingest.drain_ms), 0, 600000, "20000", NULL, false,
     "How long the last batches may take after SIGTERM."},
    {"ingest", "stuck_halt_ms", CONF_MS, AT(ingest.stuck_halt_ms), 1000, 86400000, "60000", NULL, false,
     "How long a partition may stay at one offset that cannot be read before it is halted, and trouble last before an incident says so."},
    {"ingest", "instance", CONF_STRING, AT(ingest.instance), 0, 0, "", NULL, false,
     "This engine's name among those of its group; empty: host name and a hash of the configuration's path."},
    {"ingest", "tables", CONF_ENUM, AT(ingest.tables), 0, 0, "both", "both|history|state", false,
     "What is written. Anything but both is for benches: such a register cannot be used."},

    {"registry", "listen", CONF_STRING, AT(registry.listen), 0, 0, "127.0.0.1:8081", NULL, false,
     "Where the registry answers: host:port; port 0: a free one."},
    {"registry", "workers", CONF_INT, AT(registry.workers), 1, 64, "2", NULL, false,
     "Threads, each with its own listener and its own connection to the register."},
    {"registry", "connections", CONF_INT, AT(registry.connections), 1, 100000, "4096", NULL, false,
     "Clients connected at once, over all workers; more wait."},
    {"registry", "header_bytes", CONF_INT, AT(registry.header_bytes), 1024, 1048576, "16384", NULL, false,
     "The largest header of a request."},
    {"registry", "body_bytes", CONF_BYTES, AT(registry.body_bytes), 1024, INT64_C(1) << 28, "4194304", NULL, false,
     "The largest body of a request."},
    {"registry", "body_total_bytes", CONF_BYTES, AT(registry.body_total_bytes), 2048, INT64_C(1) << 36, "134217728", NULL, false,
     "The memory for bodies that are still arriving, over all clients; more than body_bytes. Beyond it: 503."},
    {"registry", "request_timeout_ms", CONF_MS, AT(registry.request_timeout_ms), 100, 600000, "10000", NULL, false,
     "How long a request may take to arrive."},
    {"registry", "idle_timeout_ms", CONF_MS, AT(registry.idle_timeout_ms), 100, 3600000, "60000", NULL, false,
     "How long a connection may wait for its next request."},
    {"registry", "drain_ms", CONF_MS, AT(registry.drain_ms), 0, 600000, "10000", NULL, false,
     "How long requests under way may take after SIGTERM."},
    {"registry", "certificate", CONF_STRING, AT(registry.certificate), 0, 0, "", NULL, false,
     "PEM file of the server's certificate and its chain; empty: no TLS."},
    {"registry", "key", CONF_STRING, AT(registry.key), 0, 0, "", NULL, false,
     "PEM file of the certificate's key."},
    {"registry", "client_ca", CONF_STRING, AT(registry.client_ca), 0, 0, "", NULL, false,
     "PEM file of those who sign clients' certificates."},
    {"registry", "client_certificate", CONF_ENUM, AT(registry.client_certificate), 0, 0, "none",
     "none|optional|required", false, "Whether a client must show a certificate."},
    {"registry", "plain", CONF_ENUM, AT(registry.plain), 0, 0, "no", "no|yes", false,
     "Whether secrets may come without TLS from other machines: only behind a proxy that speaks TLS for it."},
    {"registry", "anonymous", CONF_ENUM, AT(registry.anonymous), 0, 0, "no", "no|loopback", false,
     "Whether a client of this machine may do everything without an account: for trials."},
    {"registry", "login_cache_ms", CONF_MS, AT(registry.login_cache_ms), 0, 600000, "60000", NULL, false,
     "How long a verified secret is remembered; only while the register cannot be heard, a disabled account may act for as long."},

    {"log", "level", CONF_ENUM, AT(log.level), 0, 0, "info", "debug|info|warn|error", false,
     "The least that is logged."},
};
/* clang-format on */

_Static_assert(COUNT_OF(rows) <= CONF_ROWS_MAX,
               "conf_rows.c has more rows than CONF_ROWS_MAX (conf_priv.h)");

const struct conf_row *conf_table(size_t *count)
{
    *count = COUNT_OF(rows);
    return rows;
}

bool conf_begins_section(size_t row)
{
    return row == 0 || strcmp(rows[row - 1].section, rows[row].section) != 0;
}
