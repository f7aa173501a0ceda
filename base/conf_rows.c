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
     "Bootstrap brokers: host:port, comma-separated. Any other key of this section is a librdkafka property."},
    {"kafka", "group", CONF_STRING, AT(kafka.group), 0, 0, "nrc-ingest", NULL, false,
     "The consumer group. Engines of one group share the partitions."},

    {"register", "dsn", CONF_STRING, AT(reg.dsn), 0, 0, "", NULL, true,
     "The register's PostgreSQL: a libpq connection string or URI."},
    {"register", "connect_timeout_ms", CONF_MS, AT(reg.connect_timeout_ms), 100, 600000, "10000", NULL, false,
     "Time limit for opening a connection."},
    {"register", "statement_timeout_ms", CONF_MS, AT(reg.statement_timeout_ms), 0, 3600000, "60000", NULL, false,
     "PostgreSQL's statement_timeout; 0: none."},
    {"register", "deadline_ms", CONF_MS, AT(reg.deadline_ms), 0, 7200000, "90000", NULL, false,
     "Time limit for one answer, kept by nrc itself, so that it holds for a frozen server too; 0: none."},

    {"ingest", "lanes", CONF_INT, AT(ingest.lanes), 1, 64, "2", NULL, false,
     "Threads, each with its own consumer and its own connection to the register."},
    {"ingest", "batch_rows", CONF_INT, AT(ingest.batch_rows), 1, 1000000, "50000", NULL, false,
     "Most events in one transaction."},
    {"ingest", "batch_bytes", CONF_BYTES, AT(ingest.batch_bytes), 65536, INT64_C(1) << 32, "33554432", NULL, false,
     "Most bytes of messages in one transaction."},
    {"ingest", "linger_ms", CONF_MS, AT(ingest.linger_ms), 0, 10000, "5", NULL, false,
     "How long a batch waits for more events when there is no backlog."},
    {"ingest", "prefetch_kb", CONF_INT, AT(ingest.prefetch_kb), 256, 4194304, "24576", NULL, false,
     "Most KiB that a lane's consumer fetches ahead."},
    {"ingest", "session_timeout_ms", CONF_MS, AT(ingest.session_timeout_ms), 1000, 1800000, "45000", NULL, false,
     "Consumer session timeout: after this silence Kafka assigns a lane's partitions to another."},
    {"ingest", "catalogue_poll_ms", CONF_MS, AT(ingest.catalogue_poll_ms), 100, 3600000, "10000", NULL, false,
     "How often the catalogue is read without a notification."},
    {"ingest", "retry_max_ms", CONF_MS, AT(ingest.retry_max_ms), 10, 3600000, "30000", NULL, false,
     "Longest pause between two attempts at a batch."},
    {"ingest", "drain_ms", CONF_MS, AT(ingest.drain_ms), 0, 600000, "20000", NULL, false,
     "Time limit for the last batches after SIGTERM."},
    {"ingest", "stuck_halt_ms", CONF_MS, AT(ingest.stuck_halt_ms), 1000, 86400000, "60000", NULL, false,
     "How long a partition may stay at an unreadable offset before it halts, and how long trouble may last before it opens an incident."},
    {"ingest", "measure_days", CONF_INT, AT(ingest.measure_days), 1, 3660, "7", NULL, false,
     "Days for which the counters of single minutes are kept; hours and days are kept for ever."},
    {"ingest", "instance", CONF_STRING, AT(ingest.instance), 0, 0, "", NULL, false,
     "This engine's name, unique in its group; empty: host name and a hash of the configuration's path."},
    {"ingest", "tables", CONF_ENUM, AT(ingest.tables), 0, 0, "both", "both|history|state", false,
     "Tables to write. Anything but both is for benchmarks: such a register cannot be used."},
    {"ingest", "listen", CONF_STRING, AT(ingest.listen), 0, 0, "", NULL, false,
     "Address for /healthz, /readyz and /metrics, which need no login: host:port, such as 127.0.0.1:8082; port 0: a free one; empty: none."},

    {"registry", "listen", CONF_STRING, AT(registry.listen), 0, 0, "127.0.0.1:8081", NULL, false,
     "Address of the registry: host:port; port 0: a free one."},
    {"registry", "public_url", CONF_STRING, AT(registry.public_url), 0, 0, "http://localhost:8081", NULL, false,
     "The registry's URL as others reach it: what notifications refer to, and the IRIs of the catalogue of sources, begin with it."},
    {"registry", "workers", CONF_INT, AT(registry.workers), 1, 64, "2", NULL, false,
     "Threads, each with its own listener and its own connection to the register."},
    {"registry", "connections", CONF_INT, AT(registry.connections), 1, 100000, "4096", NULL, false,
     "Most connections at once, over all workers; more wait."},
    {"registry", "header_bytes", CONF_INT, AT(registry.header_bytes), 1024, 1048576, "16384", NULL, false,
     "Largest request header."},
    {"registry", "body_bytes", CONF_BYTES, AT(registry.body_bytes), 1024, INT64_C(1) << 28, "4194304", NULL, false,
     "Largest request body."},
    {"registry", "body_total_bytes", CONF_BYTES, AT(registry.body_total_bytes), 2048, INT64_C(1) << 36, "134217728", NULL, false,
     "Memory for request bodies that are still arriving, over all clients; more than body_bytes. Beyond it: 503."},
    {"registry", "request_timeout_ms", CONF_MS, AT(registry.request_timeout_ms), 100, 600000, "10000", NULL, false,
     "Time limit for a request to arrive."},
    {"registry", "idle_timeout_ms", CONF_MS, AT(registry.idle_timeout_ms), 100, 3600000, "60000", NULL, false,
     "How long a connection may stay idle."},
    {"registry", "drain_ms", CONF_MS, AT(registry.drain_ms), 0, 600000, "10000", NULL, false,
     "Time limit for requests in progress after SIGTERM."},
    {"registry", "certificate", CONF_STRING, AT(registry.certificate), 0, 0, "", NULL, false,
     "PEM file of the server's certificate chain; empty: no TLS."},
    {"registry", "key", CONF_STRING, AT(registry.key), 0, 0, "", NULL, false,
     "PEM file of the certificate's private key."},
    {"registry", "client_ca", CONF_STRING, AT(registry.client_ca), 0, 0, "", NULL, false,
     "PEM file of the CAs that sign client certificates."},
    {"registry", "client_certificate", CONF_ENUM, AT(registry.client_certificate), 0, 0, "none",
     "none|optional|required", false, "Whether a client must present a certificate."},
    {"registry", "plain", CONF_ENUM, AT(registry.plain), 0, 0, "no", "no|yes", false,
     "Whether secrets may come from other machines without TLS: only behind a proxy that terminates TLS."},
    {"registry", "anonymous", CONF_ENUM, AT(registry.anonymous), 0, 0, "no", "no|loopback", false,
     "Whether a client on this machine may do everything without an account: for trials."},
    {"registry", "login_cache_ms", CONF_MS, AT(registry.login_cache_ms), 0, 600000, "60000", NULL, false,
     "How long a verified secret is cached. While the register is unreachable, a disabled account may act that long."},

    {"relay", "allow", CONF_STRING, AT(relay.allow), 0, 0, "", NULL, false,
     "What may be called, and where mail may go: host names, *.names, addresses and networks, each with or without a port; empty: nothing. A private address needs a network of its own here."},
    {"relay", "ca_file", CONF_STRING, AT(relay.ca_file), 0, 0, "", NULL, false,
     "PEM file of the CAs that sign receivers' and mail servers' certificates; empty: the system's."},
    {"relay", "timeout_ms", CONF_MS, AT(relay.timeout_ms), 100, 60000, "20000", NULL, false,
     "Time limit for one attempt at a webhook, a mail, or at the topic."},
    {"relay", "in_flight", CONF_INT, AT(relay.in_flight), 1, 4096, "512", NULL, false,
     "Most webhooks and mails at once, not counting up to three times as many that have waited for a second; receivers that fail have at most a quarter."},
    {"relay", "fan_out", CONF_INT, AT(relay.fan_out), 1, 1000, "50", NULL, false,
     "Most notifications that become deliveries in one transaction."},
    {"relay", "lease_ms", CONF_MS, AT(relay.lease_ms), 1000, 3600000, "60000", NULL, false,
     "How long a relay has a delivery that it claimed; more than timeout_ms. After a crash another relay waits that long."},
    {"relay", "poll_ms", CONF_MS, AT(relay.poll_ms), 10, 60000, "1000", NULL, false,
     "How often the register is asked for work that no message told of."},
    {"relay", "retry_ms", CONF_MS, AT(relay.retry_ms), 10, 3600000, "5000", NULL, false,
     "Pause after a first failed attempt; each further one is three times as long, at most a sixth of give_up_ms."},
    {"relay", "give_up_ms", CONF_MS, AT(relay.give_up_ms), 100, INT64_C(2592000000), "259200000", NULL, false,
     "A subscription that fails for so long is disabled, with an incident."},
    {"relay", "escalate_before_ms", CONF_MS, AT(relay.escalate_before_ms), 0, INT64_C(2592000000), "259200000", NULL, false,
     "How long before a change takes effect it is escalated if it was not acknowledged."},
    {"relay", "topic", CONF_STRING, AT(relay.topic), 0, 0, "", NULL, false,
     "The Kafka topic on which notifications are published, nrc.notifications as a rule, or another that begins with nrc.; empty: none."},
    {"relay", "topic_readers", CONF_ENUM, AT(relay.topic_readers), 0, 0, "everyone", "everyone|center", false,
     "Who may read the topic. With everyone, problems and violations of agencies are not published on it."},
    {"relay", "rejects", CONF_ENUM, AT(relay.rejects), 0, 0, "no", "no|yes", false,
     "Whether each agency is told on its Kafka topic <agency>.rejected which of its events were refused, and why; without a value of them."},
    {"relay", "keep_days", CONF_INT, AT(relay.keep_days), 1, 36500, "400", NULL, false,
     "How long deliveries are kept whole: attempts, answers, what may be replayed. That a message was delivered, and when, is kept for ever."},
    {"relay", "listen", CONF_STRING, AT(relay.listen), 0, 0, "", NULL, false,
     "Address for /healthz, /readyz and /metrics, which need no login: host:port, such as 127.0.0.1:8083; empty: none."},

    {"alarm", "smtp", CONF_STRING, AT(alarm.smtp), 0, 0, "", NULL, false,
     "The mail server: smtp://host:587, which must offer STARTTLS unless it is on this machine, or smtps://host; empty: no mail. [relay] allow must have it."},
    {"alarm", "from", CONF_STRING, AT(alarm.from), 0, 0, "", NULL, false,
     "The address that mail comes from, such as nrc@center.example."},
    {"alarm", "user", CONF_STRING, AT(alarm.user), 0, 0, "", NULL, false,
     "The login at the mail server; empty: none."},
    {"alarm", "password", CONF_STRING, AT(alarm.password), 0, 0, "", NULL, true,
     "Its password; better in a credential nrc_alarm.password than in a file that others read."},
    {"alarm", "email", CONF_STRING, AT(alarm.email), 0, 0, "", NULL, false,
     "Addresses, comma-separated, that nrc monitor mails itself when the register is full or away, so that no relay can; empty: none."},
    {"alarm", "alertmanager", CONF_STRING, AT(alarm.alertmanager), 0, 0, "", NULL, false,
     "URLs of Alertmanagers, comma-separated, that are told then; empty: none."},
    {"alarm", "timeout_ms", CONF_MS, AT(alarm.timeout_ms), 100, 60000, "10000", NULL, false,
     "Time limit for telling all of them."},

    {"rules", "civil_number", CONF_STRING, AT(rules.civil_number), 0, 0, "[1-9][0-9]{5,8}", NULL, false,
     "What isCivilNumber() takes: a regular expression (RE2) for the whole text. Engines and nrc check read it."},
    {"rules", "commercial_register", CONF_STRING, AT(rules.commercial_register), 0, 0, "[0-9]{6,10}", NULL, false,
     "What isCommercialRegister() takes."},
    {"rules", "phone", CONF_STRING, AT(rules.phone), 0, 0, "(\\+|00)[1-9][0-9]{6,14}|[279][0-9]{7}", NULL, false,
     "What isPhone() takes."},
    {"rules", "iban_country", CONF_STRING, AT(rules.iban_country), 0, 0, "OM", NULL, false,
     "The country of the accounts that isIban() takes, two capital letters; empty: any."},

    {"check", "block_bytes", CONF_BYTES, AT(check.block_bytes), 65536, INT64_C(1) << 30, "67108864", NULL, false,
     "What a compressed block of an Avro file may become; nrc check refuses a longer one."},
    {"check", "block_ratio", CONF_INT, AT(check.block_ratio), 1, 1000000, "200", NULL, false,
     "How many times its bytes in the file a compressed block may become, beyond the first MiB."},

    {"monitor", "every_ms", CONF_MS, AT(monitor.every_ms), 100, 3600000, "60000", NULL, false,
     "How often every source is judged."},
    {"monitor", "kafka_timeout_ms", CONF_MS, AT(monitor.kafka_timeout_ms), 100, 60000, "10000", NULL, false,
     "How long Kafka may take to say where logs end; a source whose log nobody knows is judged without it."},
    {"monitor", "commit_ms", CONF_MS, AT(monitor.commit_ms), 1000, 86400000, "300000", NULL, false,
     "How long after its arrival an event may wait to be recorded; longer, and the Center is slow, whatever the source does."},
    {"monitor", "listen", CONF_STRING, AT(monitor.listen), 0, 0, "", NULL, false,
     "Address for /healthz, /readyz and /metrics, which need no login: host:port, such as 127.0.0.1:8080; empty: none."},
    {"monitor", "metric_sources", CONF_INT, AT(monitor.metric_sources), 0, 100000, "2000", NULL, false,
     "Most datasets with series of their own in /metrics; how many are left out is a metric."},
    {"monitor", "metric_partitions", CONF_INT, AT(monitor.metric_partitions), 0, 1000000, "10000", NULL, false,
     "Most topic partitions with series of their own in /metrics; how many are left out is a metric."},

    {"log", "level", CONF_ENUM, AT(log.level), 0, 0, "info", "debug|info|warn|error", false,
     "Lowest level that is logged."},
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
