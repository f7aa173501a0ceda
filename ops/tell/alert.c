/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/alert.c - see the header. */
#include "ops/tell/alert.h"

#include <stdio.h>
#include <string.h>

static const char never[] = "9999-12-31T23:59:59Z";

static const char *severity_name(int severity)
{
    return severity >= 3 ? "critical" : severity == 2 ? "warning" : "info";
}

static void put_labels(struct jsonw *w, const struct ops_alert *alert)
{
    const struct ops_told *told = alert->told;
    jsonw_key(w, "labels");
    jsonw_open(w, '{');
    jsonw_text(w, "alertname", told->kind);
    jsonw_text(w, "job", "nrc");
    jsonw_text(w, "severity", severity_name(told->severity));
    jsonw_given(w, "incident", told->key);
    jsonw_given(w, "dataset", alert->dataset);
    jsonw_given(w, "agency", alert->agency);
    jsonw_close(w, '}');
}

static void put_annotations(struct jsonw *w, const struct ops_alert *alert)
{
    const struct ops_told *told = alert->told;
    jsonw_key(w, "annotations");
    jsonw_open(w, '{');
    jsonw_text(w, "summary", told->subject);
    jsonw_given(w, "summary_ar", told->subject_ar);
    jsonw_given(w, "description", told->text);
    jsonw_given(w, "description_ar", told->text_ar);
    jsonw_given(w, "runbook", alert->runbook);
    jsonw_close(w, '}');
}

void ops_alert_put(const struct ops_alert *alert, struct jsonw *w)
{
    jsonw_open(w, '{');
    put_labels(w, alert);
    put_annotations(w, alert);
    jsonw_given(w, "startsAt", alert->starts_at);
    if (!alert->is_brief) {
        jsonw_text(w, "endsAt", alert->ends_at != NULL ? alert->ends_at : never);
    }
    jsonw_given(w, "generatorURL", alert->link);
    jsonw_close(w, '}');
}

int ops_alert_url(const char *base, char out[OPS_ALERT_URL_SIZE], struct err *err)
{
    size_t len = strlen(base);
    len -= len > 0 && base[len - 1] == '/';
    int n = snprintf(out, OPS_ALERT_URL_SIZE, "%.*s/api/v2/alerts", (int)len, base);
    return n < OPS_ALERT_URL_SIZE && strpbrk(base, "?#") == NULL
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                         "an Alertmanager's URL has no query, and at most 2,000 bytes");
}
