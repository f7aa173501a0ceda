/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/json.c - a contract as JSON, for those who read the register with SQL or over HTTP.
 *
 * Names are the register's, in snake_case; what a contract does not say is left out. */
#include <stdio.h>

#include "base/day.h"
#include "base/jsonw.h"
#include "schema/contract/contract.h"

static void put_text(struct jsonw *w, const char *key, const char *text)
{
    if (text != NULL && *text != '\0') {
        jsonw_key(w, key);
        jsonw_str(w, text);
    }
}

static void put_number(struct jsonw *w, const char *key, int64_t n)
{
    if (n != 0) {
        jsonw_number(w, key, n);
    }
}

static void put_flag(struct jsonw *w, const char *key, bool is_set)
{
    if (is_set) {
        jsonw_key(w, key);
        jsonw_bool(w, true);
    }
}

static void put_texts(struct jsonw *w, const char *key, const char *const *texts, size_t count)
{
    jsonw_key(w, key);
    jsonw_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_str(w, texts[i]);
    }
    jsonw_close(w, ']');
}

static void put_fields(struct jsonw *w, const char *key, const struct sch_contract *c,
                       const int32_t *fields, size_t count)
{
    jsonw_key(w, key);
    jsonw_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_str(w, c->properties[fields[i]].name);
    }
    jsonw_close(w, ']');
}

static void put_people(struct jsonw *w, const struct sch_contract *c)
{
    static const char *const roles[] = {"other", "coordinator", "steward"};
    jsonw_key(w, "team");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->member_count; i++) {
        const struct sch_member *m = &c->members[i];
        jsonw_open(w, '{');
        put_text(w, "username", m->username);
        put_text(w, "name", m->name);
        put_text(w, "role", roles[m->role]);
        put_text(w, "role_name", m->role_name);
        put_flag(w, "has_left", m->has_left);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_key(w, "support");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->support_count; i++) {
        const struct sch_support *s = &c->support[i];
        jsonw_open(w, '{');
        put_text(w, "channel", s->channel);
        put_text(w, "url", s->url);
        put_text(w, "tool", s->tool);
        put_text(w, "scope", s->scope);
        put_text(w, "description", s->description);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_key(w, "collection_points");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->collection_count; i++) {
        jsonw_open(w, '{');
        put_text(w, "point", c->collections[i].point);
        put_text(w, "mode",
                 c->collections[i].mode == SCH_COLLECTION_MANUAL ? "manual" : "computer");
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_properties(struct jsonw *w, const struct sch_contract *c)
{
    jsonw_key(w, "properties");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->property_count; i++) {
        const struct sch_property *p = &c->properties[i];
        jsonw_open(w, '{');
        put_text(w, "name", p->name);
        put_text(w, "path", p->path);
        put_text(w, "logical_type", p->logical_type);
        put_text(w, "physical_type", p->physical_type);
        put_text(w, "business_name", p->business_name);
        put_text(w, "description", p->description);
        put_flag(w, "required", p->is_required);
        put_flag(w, "unique", p->is_unique);
        put_number(w, "key_position", p->key_position);
        put_text(w, "classification", p->classification);
        put_flag(w, "personal", p->is_personal);
        put_text(w, "necessity", p->necessity);
        put_text(w, "legal_basis", p->legal_basis);
        put_text(w, "consent", p->consent);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

/* Exactly, as it was written: 99.5. */
static void put_decimal(struct jsonw *w, const struct sch_decimal *d)
{
    char text[40];
    int64_t unit = 1;
    for (int i = 0; i < d->scale; i++) {
        unit *= 10;
    }
    if (d->scale == 0) {
        jsonw_int(w, d->units);
        return;
    }
    int64_t units = d->units < 0 ? -d->units : d->units;
    snprintf(text, sizeof(text), "%s%lld.%0*lld", d->units < 0 ? "-" : "",
             (long long)(units / unit), d->scale, (long long)(units % unit));
    jsonw_raw(w, text);
}

static void put_metric(struct jsonw *w, const struct sch_contract *c, const struct sch_quality *q)
{
    const struct sch_threshold *t = &q->threshold;
    bool is_range =
        t->comparison == SCH_MUST_BE_BETWEEN || t->comparison == SCH_MUST_NOT_BE_BETWEEN;
    put_text(w, "metric", sch_metric_name(q->metric));
    put_text(w, "comparison", sch_comparison_name(t->comparison));
    put_text(w, "unit", t->is_percent ? "percent" : "rows");
    jsonw_key(w, is_range ? "low" : "threshold");
    put_decimal(w, &t->low);
    if (is_range) {
        jsonw_key(w, "high");
        put_decimal(w, &t->high);
    }
    if (q->value_count > 0) {
        put_texts(w, q->metric == SCH_METRIC_MISSING ? "missing_values" : "valid_values", q->values,
                  q->value_count);
    }
    put_text(w, "pattern", q->pattern);
    if (q->field_count > 0) {
        put_fields(w, "fields", c, q->fields, q->field_count);
    }
}

static void put_rules(struct jsonw *w, const struct sch_contract *c)
{
    static const char *const kinds[] = {"metric", "cel", "not_run"};
    jsonw_key(w, "quality");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->quality_count; i++) {
        const struct sch_quality *q = &c->quality[i];
        jsonw_open(w, '{');
        put_text(w, "name", q->name);
        put_text(w, "kind", kinds[q->kind]);
        put_text(w, "path", q->path);
        put_text(w, "severity", sch_severity_name(q->severity));
        put_text(w, "dimension", sch_dimension_name(q->dimension));
        put_text(w, "description", q->description);
        put_flag(w, "per_event", q->is_per_event);
        if (q->kind == SCH_QUALITY_METRIC) {
            put_metric(w, c, q);
        }
        put_text(w, "expression", q->kind == SCH_QUALITY_CEL ? q->expression : "");
        put_text(w, "engine", q->kind == SCH_QUALITY_NOT_RUN ? q->engine : "");
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_relationships(struct jsonw *w, const struct sch_contract *c)
{
    jsonw_key(w, "relationships");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->relationship_count; i++) {
        const struct sch_relationship *r = &c->relationships[i];
        jsonw_open(w, '{');
        put_text(w, "name", r->name);
        put_fields(w, "fields", c, r->fields, r->field_count);
        put_text(w, "to_dataset", r->to_dataset);
        put_texts(w, "to_fields", r->to_fields, r->field_count);
        put_number(w, "grace_seconds", r->grace_s);
        put_text(w, "severity", sch_severity_name(r->severity));
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_day(struct jsonw *w, const char *key, int64_t day)
{
    char text[DAY_SIZE];
    day_print(day, text);
    put_text(w, key, text);
}

static void put_hours(struct jsonw *w, const struct sch_service *s)
{
    jsonw_key(w, "other_hours");
    jsonw_open(w, '[');
    for (size_t i = 0; i < s->hours_count; i++) {
        const struct sch_hours *h = &s->hours[i];
        jsonw_open(w, '{');
        put_day(w, "from", h->first);
        put_day(w, "until", h->last);
        jsonw_number(w, "opens_minute", h->opens_min);
        jsonw_number(w, "closes_minute", h->closes_min);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_retentions(struct jsonw *w, const struct sch_contract *c)
{
    jsonw_key(w, "retention");
    jsonw_open(w, '[');
    for (size_t i = 0; i < c->service.retention_count; i++) {
        const struct sch_retention *r = &c->service.retentions[i];
        jsonw_open(w, '{');
        put_text(w, "field", r->property >= 0 ? c->properties[r->property].name : "");
        put_number(w, "n", r->n);
        put_text(w, "unit", sch_period_name(r->period));
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_service(struct jsonw *w, const struct sch_contract *c)
{
    const struct sch_service *s = &c->service;
    bool has_minute = s->cadence == SCH_CADENCE_DAILY || s->cadence == SCH_CADENCE_MONTHLY;
    jsonw_key(w, "service");
    jsonw_open(w, '{');
    put_number(w, "latency_seconds", s->latency_s);
    put_number(w, "heartbeat_seconds", s->heartbeat_s);
    put_text(w, "cadence", sch_cadence_name(s->cadence));
    put_number(w, "n", s->n);
    put_number(w, "minute_of_day", has_minute ? s->minute_of_day : 0);
    put_text(w, "time_zone", s->zone);
    put_number(w, "week", s->week);
    put_number(w, "opens_minute", s->opens_min);
    put_number(w, "closes_minute", s->closes_min);
    if (s->hours_count > 0) {
        put_hours(w, s);
    }
    put_retentions(w, c);
    jsonw_close(w, '}');
}

static void put_head(struct jsonw *w, const struct sch_contract *c)
{
    put_text(w, "dataset", c->dataset);
    put_text(w, "version", c->version);
    put_text(w, "status", sch_status_name(c->status));
    put_text(w, "id", c->id);
    put_text(w, "name", c->name);
    put_text(w, "api_version", c->api_version);
    put_text(w, "template", c->template_name);
    put_text(w, "domain", c->domain);
    put_text(w, "data_product", c->data_product);
    put_text(w, "purpose", c->purpose);
    put_text(w, "limitations", c->limitations);
    put_text(w, "usage", c->usage);
    put_text(w, "legal_basis", c->legal_basis);
    put_text(w, "controller", c->controller);
    put_texts(w, "processors", c->processors, c->processor_count);
    put_text(w, "review_date", c->review_date);
    put_fields(w, "key", c, c->key, c->key_count);
    put_text(w, "order_field", c->order_field);
    put_text(w, "event_time_field", c->event_time_field);
    put_text(w, "sequence_field", c->sequence_field);
    if (c->has_sequence_from) {
        jsonw_number(w, "sequence_from", c->sequence_from);
    }
}

void sch_contract_json(const struct sch_contract *c, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    put_head(&w, c);
    put_people(&w, c);
    put_properties(&w, c);
    put_rules(&w, c);
    put_relationships(&w, c);
    put_service(&w, c);
    jsonw_close(&w, '}');
}

const char *sch_cadence_name(enum sch_cadence cadence)
{
    static const char *const names[] = {"none", "continuous", "minutes",
                                        "days", "daily",      "monthly"};
    return names[cadence];
}

const char *sch_period_name(enum sch_period period)
{
    static const char *const names[] = {"days", "months", "years"};
    return names[period];
}
