/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/alert.h - a message as alerts of Alertmanager's API v2 (POST /api/v2/alerts, "postableAlerts"). Pure.
 *
 * An Alertmanager knows an alert by its labels alone: those of an incident are the same when it begins and when it is over. One
 * without an end would be over by itself after the receiver's resolve_timeout, five minutes: so an open one says an end that
 * does not come. */
#ifndef OPS_TELL_ALERT_H
#define OPS_TELL_ALERT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "ops/tell/told.h"

struct ops_alert {
    const struct ops_told *told;
    const char *dataset; /* "moh.births"; NULL: of none; likewise below */
    const char *agency;
    const char *starts_at; /* 2026-03-01T09:30:00.123456Z */
    const char *ends_at;   /* NULL: it goes on */
    bool
        is_brief; /* nothing will say that it is over: it ends after the receiver's resolve_timeout */
    const char *runbook; /* a URL */
    const char *link;    /* where the whole is read */
};

/* One of the list that the API takes. Failure is the buffer's. */
void ops_alert_put(const struct ops_alert *alert, struct jsonw *w);

/* Where alerts are sent: base is the Alertmanager's URL, with a path if it is behind one. */
enum { OPS_ALERT_URL_SIZE = 2048 };
/* FATAL ERR_USAGE: it is too long, or has a query. */
MUST_CHECK int ops_alert_url(const char *base, char out[OPS_ALERT_URL_SIZE], struct err *err);

#endif
