/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/words.c - see the header. */
#include "ops/relay/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/catalogue/incident.h"
#include "storage/notify/outbox.h"

static const char incident_object[] = "incident/";

static const struct sto_incident_row *incident_of(const struct sto_claim *claim)
{
    enum sto_incident_kind kind;
    bool is_incident =
        strncmp(claim->notification.object, incident_object, strlen(incident_object)) == 0;
    return is_incident && claim->about.kind != NULL && sto_incident_find(claim->about.kind, &kind)
               ? sto_incident_row(kind)
               : NULL;
}

/* "moh.births"; of several datasets all of them; else the agency. */
static const char *object_of(const struct sto_claim *claim)
{
    const struct sto_about *about = &claim->about;
    return about->dataset != NULL    ? about->dataset
           : about->datasets != NULL ? about->datasets
           : about->agency != NULL   ? about->agency
                                     : claim->notification.object;
}

static void put_subjects(struct ops_words *words, const struct sto_claim *claim)
{
    const struct sto_about *about = &claim->about;
    const char *kind = about->kind != NULL ? about->kind : "";
    const char *colon = *kind != '\0' ? ": " : "";
    buf_printf(&words->subject, "%s%s%s, %s", about->type_name, colon, kind, object_of(claim));
    buf_printf(&words->subject_ar, "%s%s%s، %s", about->type_name_ar, colon, kind,
               object_of(claim));
}

/* "Name: value (in words)", where there is a value. */
static void put_line(struct buf *out, const char *name, const char *value, const char *words)
{
    if (value != NULL) {
        buf_printf(out, "%s: %s%s%s%s\n", name, value, words != NULL ? " (" : "",
                   words != NULL ? words : "", words != NULL ? ")" : "");
    }
}

struct both {
    const char *english;
    const char *arabic;
};

static void put_both(struct ops_words *words, struct both name, const char *value, struct both said)
{
    put_line(&words->text, name.english, value, said.english);
    put_line(&words->text_ar, name.arabic, value, said.arabic);
}

/* A row of both texts: English name, Arabic name, value, and what stands behind it in each language. */
#define PUT(english, arabic, value, ...)                                                           \
    put_both(words, (struct both){english, arabic}, value, (struct both){__VA_ARGS__})

static void put_texts(struct ops_words *words, const struct sto_claim *claim)
{
    const struct sto_about *about = &claim->about;
    const struct sto_notification *n = &claim->notification;
    const struct sto_incident_row *incident = incident_of(claim);
    const struct sto_incident_row none = {0};
    const struct sto_incident_row *row = incident != NULL ? incident : &none;
    const bool is_open = about->closed_why == NULL;
    buf_printf(&words->text, "%s.\n\n", about->type_name);
    buf_printf(&words->text_ar, "%s.\n\n", about->type_name_ar);
    PUT("Dataset", "مجموعة البيانات", about->dataset != NULL ? about->dataset : about->datasets,
        about->title, about->title_ar);
    PUT("Agency", "الجهة", about->agency, about->agency_name, about->agency_name_ar);
    PUT("Problems told as one", "عدد البلاغات", about->incidents, NULL, NULL);
    PUT("Topic", "الموضوع", about->topic, NULL, NULL);
    PUT("Partition", "القسم", about->partition, NULL, NULL);
    PUT("Kind", "النوع", about->kind, row->opens, row->opens_ar);
    PUT("Class", "الصنف", n->class_name, NULL, NULL);
    PUT("Takes effect", "يسري في", n->effective_at, NULL, NULL);
    PUT("Began", "بدأ في", about->began_at, NULL, NULL);
    PUT("Told", "أُبلغ في", n->at, NULL, NULL);
    PUT("Ended because", "سبب الانتهاء", about->closed_why, NULL, NULL);
    if (is_open) {
        put_line(&words->text, "What to do", row->remedy, NULL);
        put_line(&words->text_ar, "ما العمل", row->remedy_ar, NULL);
    }
    PUT("Number", "الرقم", n->object, NULL, NULL);
}
#undef PUT

static void begin(struct ops_words *words)
{
    buf_reset(&words->subject);
    buf_reset(&words->subject_ar);
    buf_reset(&words->text);
    buf_reset(&words->text_ar);
}

static bool is_whole(const struct ops_words *words)
{
    return !buf_failed(&words->subject) && !buf_failed(&words->subject_ar) &&
           !buf_failed(&words->text) && !buf_failed(&words->text_ar);
}

bool ops_words_fill(struct ops_words *words, const struct sto_claim *claim)
{
    const struct sto_notification *n = &claim->notification;
    const struct sto_incident_row *incident = incident_of(claim);
    begin(words);
    put_subjects(words, claim);
    put_texts(words, claim);
    bool is_incident = strncmp(n->object, incident_object, strlen(incident_object)) == 0;
    snprintf(words->key, sizeof(words->key), "%s",
             is_incident ? n->object + strlen(incident_object) : "");
    words->told = (struct ops_told){
        .kind = claim->about.kind != NULL ? claim->about.kind : n->type,
        .subject = buf_cstr(&words->subject),
        .subject_ar = buf_cstr(&words->subject_ar),
        .text = buf_cstr(&words->text),
        .text_ar = buf_cstr(&words->text_ar),
        .severity = incident != NULL ? (int)incident->severity : 2,
        .is_over = strcmp(n->type, "incident.closed") == 0,
        .key = is_incident ? words->key : NULL,
    };
    return is_whole(words);
}

bool ops_words_fill_incident(struct ops_words *words, const struct sto_told_incident *incident)
{
    enum sto_incident_kind kind;
    const struct sto_incident_row *row =
        sto_incident_find(incident->kind, &kind) ? sto_incident_row(kind) : NULL;
    const char *of = incident->dataset != NULL  ? incident->dataset
                     : incident->agency != NULL ? incident->agency
                                                : "";
    begin(words);
    buf_printf(&words->subject, "%s%s%s", incident->kind, *of != '\0' ? ": " : "", of);
    if (row != NULL) {
        buf_printf(&words->subject_ar, "%s%s%s", row->opens_ar, *of != '\0' ? ": " : "", of);
        buf_printf(&words->text, "%s. What to do: %s", row->opens, row->remedy);
        buf_printf(&words->text_ar, "%s. ما العمل: %s", row->opens_ar, row->remedy_ar);
    }
    words->told = (struct ops_told){
        .kind = incident->kind,
        .subject = buf_cstr(&words->subject),
        .subject_ar = row != NULL ? buf_cstr(&words->subject_ar) : NULL,
        .text = row != NULL ? buf_cstr(&words->text) : NULL,
        .text_ar = row != NULL ? buf_cstr(&words->text_ar) : NULL,
        .severity = row != NULL ? (int)row->severity : 2,
        .is_over = incident->closed_at != NULL,
        .key = incident->id,
    };
    return is_whole(words);
}

void ops_words_fini(struct ops_words *words)
{
    buf_fini(&words->subject);
    buf_fini(&words->subject_ar);
    buf_fini(&words->text);
    buf_fini(&words->text_ar);
}
