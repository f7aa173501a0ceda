/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_host.c - what nrc doctor can learn on this host alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/zone.h"
#include "ops/cli/command.h"
#include "ops/cmd/doctor.h"
#include "ops/monitor/page/page.h"
#include "ops/tell/address.h"
#include "registry/service.h"

enum { DAY_S = 24 * 60 * 60, OTHER_FILES = 128, FILES_OF_A_CALL = 4 };

static const char zone_name[] = ZONE_CENTER;

static void look_at_file(const struct conf *conf, struct doctor_facts *facts)
{
    struct stat st;
    facts->conf_path = conf->path;
    facts->conf_has_secret = conf->file_has_secret;
    facts->conf_is_open =
        conf->path != NULL && stat(conf->path, &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

/* The hard limit: daemons raise the soft one. A call has a socket, and a few that hang are not counted among those in
 * flight. */
static void look_at_limits(const struct conf *conf, struct doctor_facts *facts)
{
    struct rlimit files;
    int64_t calls = conf->relay.in_flight * FILES_OF_A_CALL;
    int64_t most = conf->registry.connections > calls ? conf->registry.connections : calls;
    facts->files_needed = most + OTHER_FILES;
    facts->files = getrlimit(RLIMIT_NOFILE, &files) != 0 ? 0
                   : files.rlim_max == RLIM_INFINITY     ? INT64_MAX
                   : files.rlim_max > (rlim_t)facts->files_needed * 1000
                       ? facts->files_needed * 1000
                       : (int64_t)files.rlim_max;
}

static void look_at_zone(struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct zone *zone = zone_open(zone_name, &err);
    facts->zone = zone_name;
    facts->zone_error = zone == NULL ? arena_strdup(&facts->arena, err.text) : NULL;
    zone_free(&zone);
}

static void look_at_receivers(const struct conf *conf, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct ops_address_rules *rules = ops_address_rules_parse(conf->relay.allow, &err);
    if (rules == NULL) {
        facts->receivers_error = arena_strdup(&facts->arena, err.text);
        return;
    }
    facts->receivers = (int64_t)ops_address_rules_count(rules);
    ops_address_rules_free(&rules);
}

static bool is_closed(const char *path)
{
    return *path != '\0' && access(path, R_OK) != 0 && errno == EACCES;
}

/* Rounded down: a certificate that ends today ends in 0 days. */
static int64_t days_from(int64_t now_s, int64_t at_s)
{
    int64_t span_s = at_s - now_s;
    return span_s >= 0 ? span_s / DAY_S : -((-span_s + DAY_S - 1) / DAY_S);
}

static void look_at_certificate(const struct conf *conf, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct reg_certificate certificate;
    int64_t now_s = time(NULL);
    if (reg_service_check(conf, &certificate, &err) != 0) {
        facts->certificate.is_closed = is_closed(conf->registry.certificate) ||
                                       is_closed(conf->registry.key) ||
                                       is_closed(conf->registry.client_ca);
        facts->certificate.error = arena_strdup(&facts->arena, err.text);
        return;
    }
    facts->certificate.is_there = certificate.is_there;
    facts->certificate.begins_days = days_from(now_s, certificate.from_s);
    facts->certificate.ends_days = days_from(now_s, certificate.until_s);
}

static void look_at_page(const struct conf *conf, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct ops_page_certificate certificate;
    int64_t now_s = time(NULL);
    facts->has_page = *conf->page.listen != '\0';
    if (!facts->has_page) {
        return;
    }
    if (ops_page_check(conf, &certificate, &err) != 0) {
        facts->page.is_closed = is_closed(conf->page.certificate) || is_closed(conf->page.key);
        facts->page.error = arena_strdup(&facts->arena, err.text);
        return;
    }
    facts->page.is_there = *conf->page.certificate != '\0';
    facts->page.begins_days = days_from(now_s, certificate.from_s);
    facts->page.ends_days = days_from(now_s, certificate.until_s);
}

void doctor_look_at_host(const struct ops_context *context, struct doctor_facts *facts)
{
    look_at_file(context->conf, facts);
    look_at_limits(context->conf, facts);
    look_at_zone(facts);
    look_at_receivers(context->conf, facts);
    look_at_certificate(context->conf, facts);
    look_at_page(context->conf, facts);
}
