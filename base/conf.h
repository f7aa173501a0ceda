/* SPDX-License-Identifier: Apache-2.0
 * base/conf.h - the configuration: one table for parsing, ranges, --help, `nrc config show` and
 * the man page.
 *
 * Values come from the defaults, then the INI file, then the environment (NRC_SECTION_KEY,
 * NRC_REGISTER_DSN), then the files of $CREDENTIALS_DIRECTORY (nrc_register.dsn), each over the one before. Any other key in [kafka] is a librdkafka property
 * and passed on unchanged; from the environment NRC_KAFKA_SASL_USERNAME is sasl.username. A key
 * that no table row knows, in any other section, is an error. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf_tell.h"
#include "base/err.h"

struct conf_property {
    char *name;
    char *value;
};

/* Filled from the table in conf_rows.c; strings belong to the configuration. */
struct conf {
    struct {
        char *bootstrap;
        char *group;
        struct conf_property *properties; /* other properties, passed to librdkafka */
        size_t property_count;
    } kafka;
    struct {
        char *dsn;
        int64_t connect_timeout_ms;
        int64_t statement_timeout_ms;
        int64_t deadline_ms;
    } reg;
    struct {
        int64_t lanes;
        int64_t batch_rows;
        int64_t batch_bytes;
        int64_t linger_ms;
        int64_t prefetch_kb;
        int64_t session_timeout_ms;
        int64_t catalogue_poll_ms;
        int64_t retry_max_ms;
        int64_t drain_ms;
        int64_t stuck_halt_ms;
        int64_t measure_days;
        char *instance;
        char *tables; /* both, history, state */
        char *listen; /* "": nobody may ask */
    } ingest;
    struct {
        char *listen;
        int64_t workers;
        int64_t connections;
        int64_t header_bytes;
        int64_t body_bytes;
        int64_t body_total_bytes;
        int64_t request_timeout_ms;
        int64_t idle_timeout_ms;
        int64_t drain_ms;
        char *certificate;
        char *key;
        char *client_ca;
        char *client_certificate; /* none, optional, required */
        char *plain;              /* no, yes */
        char *anonymous;          /* no, loopback */
        int64_t login_cache_ms;
        char *public_url; /* at which others reach it */
    } registry;
    struct conf_relay relay;
    struct conf_alarm alarm;
    struct { /* national formats: schema/rules/settings.h */
        char *civil_number;
        char *commercial_register;
        char *phone;
        char *iban_country; /* "": any */
    } rules;
    struct { /* nrc check */
        int64_t block_bytes;
        int64_t block_ratio;
    } check;
    struct {
        int64_t every_ms;
        int64_t kafka_timeout_ms;
        int64_t commit_ms; /* the Center's own promise */
        char *listen;
        int64_t metric_sources;
        int64_t metric_partitions;
        char *register_directory; /* "": not of this host */
        int64_t register_bytes;   /* 0: not said */
    } monitor;
    struct {
        char *listen; /* "": no page */
        char *url;    /* "": as Host says */
        char *certificate;
        char *key;
        char *plain; /* no, yes */
        int64_t workers;
        int64_t connections;
        int64_t session_ms;
        int64_t idle_ms;
        int64_t sessions;
        int64_t streams;
    } page;
    struct {
        char *level;
    } log;
    char *path; /* the file read, NULL: none */
    bool file_has_secret;
};

/* path NULL: no file. FATAL ERR_CONFIG, naming file, line and key. */
MUST_CHECK struct conf *conf_load(const char *path, struct err *err);
void conf_free(struct conf **taken);

#endif
