/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/holidays_ics.c - see the header.
 *
 * Long lines are folded: a line that begins with a space or a tab goes on with the one before it (RFC 5545 3.1). They are
 * joined in place. A component that is no VEVENT (VTIMEZONE, VALARM) says nothing of holidays and is passed over. */
#include "ops/monitor/holidays_ics.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/day.h"
#include "base/utf8.h"
#include "ops/monitor/holiday.h"

enum { DEPTH_MAX = 4, COMPONENT_SIZE = 32 };

struct reader {
    char *at;
    char *end;
    size_t line; /* of the next content line */
};

/* NAME;PARAM=…:VALUE */
struct property {
    size_t line;
    char *name;
    char *params; /* "" or "VALUE=DATE;X=y" */
    char *value;
};

struct event {
    size_t line;
    bool has_start, has_end, has_summary;
    bool is_cancelled, is_tentative;
    int64_t start;
    int64_t end;
    char *summary;
};

struct parsing {
    struct ops_holiday_list *list;
    struct event event;
    char open[DEPTH_MAX][COMPONENT_SIZE];
    size_t depth;
    bool is_done; /* the VCALENDAR is closed */
};

static int wrong(struct err *err, size_t line, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "line %zu: %s", line, text);
}

/* ---- lines ---- */

static size_t line_end(const char *p)
{
    return p[0] == '\r' ? (p[1] == '\n' ? 2 : 1) : p[0] == '\n' ? 1 : 0;
}

/* The next content line, unfolded and ended by a NUL; its number and bytes. NULL: the end. */
static char *next_line(struct reader *r, size_t *line, size_t *len)
{
    char *from = r->at;
    char *to = r->at;
    *line = r->line;
    if (r->at == r->end) {
        return NULL;
    }
    while (r->at < r->end) {
        const size_t end = line_end(r->at);
        if (end == 0) {
            *to++ = *r->at++;
            continue;
        }
        r->at += end;
        r->line++;
        if (*r->at != ' ' && *r->at != '\t') {
            break;
        }
        r->at++;
    }
    *to = '\0';
    *len = (size_t)(to - from);
    return from;
}

/* A colon in a parameter's quotes ends nothing. */
static int split(char *text, size_t line, struct property *out, struct err *err)
{
    bool quoted = false;
    char *at = text;
    while (*at != '\0' && (quoted || *at != ':')) {
        quoted = quoted != (*at == '"');
        at++;
    }
    if (*at == '\0') {
        return wrong(err, line, "a line is NAME:VALUE");
    }
    *at = '\0';
    *out = (struct property){.line = line, .name = text, .params = at, .value = at + 1};
    char *params = strchr(text, ';');
    if (params != NULL) {
        *params = '\0';
        out->params = params + 1;
    }
    return 0;
}

/* \n, \, \; and \\ in a text (RFC 5545 3.3.11), in place. */
static void unescape(char *text)
{
    char *to = text;
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
            *to++ = (char)(*at == 'n' || *at == 'N' ? ' ' : *at);
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
}

/* ---- events ---- */

static bool has_word(const char *params, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = params; *at != '\0'; at += strcspn(at, ";"), at += *at == ';') {
        if (strcspn(at, ";") == len && strncasecmp(at, word, len) == 0) {
            return true;
        }
    }
    return false;
}

static int take_day(const struct property *p, int64_t *day, struct err *err)
{
    const bool looks_like_day = strlen(p->value) == 8;
    if (!has_word(p->params, "VALUE=DATE") || (!looks_like_day && strchr(p->value, 'T') != NULL)) {
        return wrong(err, p->line,
                     "a holiday is a whole day: DTSTART and DTEND have VALUE=DATE and YYYYMMDD");
    }
    return day_parse(p->value, strlen(p->value), true, day)
               ? 0
               : wrong(err, p->line, "there is no such day, or it is not between 1970 and 2200");
}

static int once(bool *has, const struct property *p, struct err *err)
{
    const bool twice = *has;
    *has = true;
    return twice ? wrong(err, p->line, "an event has one DTSTART, DTEND and SUMMARY") : 0;
}

static int take_property(struct event *event, const struct property *p, struct err *err)
{
    static const char *const refused[] = {"RRULE",  "RDATE",         "EXDATE",
                                          "EXRULE", "RECURRENCE-ID", "DURATION"};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (strcasecmp(p->name, refused[i]) == 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                           "line %zu: %s: a holiday is a day that was announced; what repeats or "
                           "is reckoned is not taken",
                           p->line, refused[i]);
        }
    }
    if (strcasecmp(p->name, "DTSTART") == 0) {
        return once(&event->has_start, p, err) == 0 ? take_day(p, &event->start, err) : -1;
    }
    if (strcasecmp(p->name, "DTEND") == 0) {
        return once(&event->has_end, p, err) == 0 ? take_day(p, &event->end, err) : -1;
    }
    if (strcasecmp(p->name, "SUMMARY") == 0) {
        unescape(p->value);
        event->summary = p->value;
        return once(&event->has_summary, p, err);
    }
    if (strcasecmp(p->name, "STATUS") == 0) {
        event->is_cancelled = strcasecmp(p->value, "CANCELLED") == 0;
        event->is_tentative = strcasecmp(p->value, "TENTATIVE") == 0;
    }
    return 0;
}

static bool is_arabic(const char *text)
{
    for (const char *at = text; *at != '\0';) {
        const uint32_t code = utf8_next(&at);
        if (code >= 0x600 && code <= 0x6FF) {
            return true;
        }
    }
    return false;
}

/* Cuts the space at its end off; the bytes left. */
static size_t trimmed(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        text[--len] = '\0';
    }
    return len;
}

/* "Eid al-Fitr (estimated)": the name alone, and true. */
static bool cut_estimated(char *summary)
{
    static const char mark[] = "(estimated)";
    size_t len = trimmed(summary);
    const bool is =
        len >= sizeof(mark) - 1 && strcasecmp(summary + len - (sizeof(mark) - 1), mark) == 0;
    if (is) {
        summary[len - (sizeof(mark) - 1)] = '\0';
        (void)trimmed(summary);
    }
    return is;
}

static int end_event(struct parsing *p, struct err *err)
{
    struct event *e = &p->event;
    if (e->is_cancelled) {
        return 0;
    }
    if (!e->has_start || !e->has_summary) {
        return wrong(err, e->line, "the event has no DTSTART or no SUMMARY");
    }
    if (e->has_end && e->end <= e->start) {
        return wrong(err, e->line, "the event ends before it begins: DTEND is the day behind it");
    }
    const bool is_estimated = cut_estimated(e->summary) || e->is_tentative;
    char *name = utf8_is_blank(e->summary) ? NULL : e->summary;
    const bool arabic = name != NULL && is_arabic(name);
    const struct ops_holiday holiday = {.first = e->start,
                                        .last = e->has_end ? e->end - 1 : e->start,
                                        .is_estimated = is_estimated,
                                        .name_ar = arabic ? name : NULL,
                                        .name_en = arabic ? NULL : name,
                                        .instrument_day = -1,
                                        .line = e->line};
    return ops_holiday_add(p->list, &holiday, err);
}

/* ---- components ---- */

static int begin_component(struct parsing *p, const struct property *property, struct err *err)
{
    if (p->is_done) {
        return wrong(err, property->line, "something follows END:VCALENDAR");
    }
    if (p->depth == DEPTH_MAX || strlen(property->value) >= COMPONENT_SIZE) {
        return wrong(err, property->line, "components are nested too deep, or have a long name");
    }
    if ((p->depth == 0) != (strcasecmp(property->value, "VCALENDAR") == 0)) {
        return wrong(err, property->line, "a file is one VCALENDAR");
    }
    memcpy(p->open[p->depth++], property->value, strlen(property->value) + 1);
    if (p->depth == 2) {
        p->event = (struct event){.line = property->line};
    }
    return 0;
}

static int end_component(struct parsing *p, const struct property *property, struct err *err)
{
    if (p->depth == 0 || strcasecmp(p->open[p->depth - 1], property->value) != 0) {
        return wrong(err, property->line, "this END has no BEGIN");
    }
    p->depth--;
    p->is_done = p->depth == 0;
    return p->depth == 1 && strcasecmp(property->value, "VEVENT") == 0 ? end_event(p, err) : 0;
}

static int take_line(struct parsing *p, const struct property *property, struct err *err)
{
    if (strcasecmp(property->name, "BEGIN") == 0) {
        return begin_component(p, property, err);
    }
    if (strcasecmp(property->name, "END") == 0) {
        return end_component(p, property, err);
    }
    if (p->depth == 0) {
        return wrong(err, property->line, "a file is one VCALENDAR");
    }
    const bool of_event = p->depth == 2 && strcasecmp(p->open[1], "VEVENT") == 0;
    return of_event ? take_property(&p->event, property, err) : 0;
}

int ops_holidays_ics(char *text, size_t len, struct ops_holiday_list *list, struct err *err)
{
    struct reader reader = {.at = text, .end = text + len, .line = 1};
    struct parsing parsing = {.list = list};
    size_t line;
    size_t bytes;
    char *content;
    while ((content = next_line(&reader, &line, &bytes)) != NULL) {
        struct property property = {.name = ""};
        if (!utf8_is_text((const uint8_t *)content, bytes)) { /* a fold may cut a letter */
            return wrong(err, line, "the line is not UTF-8");
        }
        if (utf8_is_blank(content)) {
            continue;
        }
        if (split(content, line, &property, err) != 0 || take_line(&parsing, &property, err) != 0) {
            return -1;
        }
    }
    return parsing.is_done ? 0 : wrong(err, reader.line, "the file ends before END:VCALENDAR");
}
