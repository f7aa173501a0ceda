/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/mail.c - see the header. */
#include "ops/tell/mail.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/day.h"
#include "base/utf8.h"
#include "ops/tell/mailbox.h"

/* An encoded word has at most 75 characters, of which 12 are not of the text: 42 bytes become 56. A line of a body has 76. */
enum { WORD_BYTES = 42, LINE_BYTES = 57, SUBJECT_MAX = 600 };

/* '=' and '_' together are in no line of base64. */
static const char boundary[] = "=_nrc_either";

/* ---- text ---- */

/* What a program would obey, and what is no text, becomes a blank or a '?'; lines stay where they are wanted. */
static void put_clean(struct buf *out, const char *text, bool has_lines)
{
    while (*text != '\0') {
        const char *next = text;
        uint32_t code = utf8_next(&next);
        if (code == 0) {
            buf_put_u8(out, '?');
        } else if (code == '\n' && has_lines) {
            buf_put_u8(out, '\n');
        } else if (utf8_is_control(code)) {
            buf_put_u8(out, ' ');
        } else {
            buf_put(out, text, (size_t)(next - text));
        }
        text = next;
    }
}

/* ---- heads ---- */

/* Of the text at most so many bytes, cut between two characters. */
static void put_words(struct buf *out, const char *text, size_t most)
{
    const char *end = text + utf8_cut(text, most);
    while (text < end) {
        size_t len = utf8_cut(text, WORD_BYTES);
        len = len < (size_t)(end - text) ? len : (size_t)(end - text);
        buf_put_str(out, "=?UTF-8?B?");
        buf_put_base64(out, text, len);
        text += len;
        buf_put_str(out, text < end ? "?=\r\n " : "?=");
    }
}

static void put_subject(struct buf *out, const struct ops_told *told)
{
    struct buf subject = BUF_INIT;
    if (told->subject_ar != NULL) {
        put_clean(&subject, told->subject_ar, false);
        buf_put_str(&subject, " | ");
    }
    put_clean(&subject, told->subject, false);
    buf_put_str(out, "Subject: ");
    put_words(out, buf_cstr(&subject), SUBJECT_MAX);
    buf_put_str(out, "\r\n");
    out->failed = out->failed || subject.failed;
    buf_fini(&subject);
}

/* RFC 5322, "date-time". */
static void put_date(struct buf *out, int64_t at_s)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t rest;
    int64_t day = day_at(at_s, &rest);
    int64_t year;
    int month;
    int of_month;
    clock_civil(day, &year, &month, &of_month);
    buf_printf(out,
               "Date: %s, %d %s %04" PRId64 " %02" PRId64 ":%02" PRId64 ":%02" PRId64 " +0000\r\n",
               days[day_weekday(day)], of_month, months[month - 1], year, rest / 3600,
               rest / 60 % 60, rest % 60);
}

static void put_heads(struct buf *out, const struct ops_mail *mail)
{
    const char *domain = mail->from->domain;
    buf_printf(out, "From: <%s>\r\nTo: <%s>\r\n", mail->from->text, mail->to->text);
    put_subject(out, mail->told);
    put_date(out, mail->at_s);
    buf_printf(out, "Message-ID: <%s@%s>\r\n", mail->id, domain);
    if (mail->thread != NULL) {
        buf_printf(out, "References: <%s@%s>\r\n", mail->thread, domain);
    }
    buf_printf(out,
               "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
               "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n",
               boundary);
}

/* ---- parts ---- */

static void put_part(struct buf *out, const char *type, const struct buf *body)
{
    buf_printf(out,
               "--%s\r\nContent-Type: text/%s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n",
               boundary, type);
    for (size_t at = 0; at < body->len; at += LINE_BYTES) {
        size_t left = body->len - at;
        buf_put_base64(out, body->data + at, left < LINE_BYTES ? left : LINE_BYTES);
        buf_put_str(out, "\r\n");
    }
    out->failed = out->failed || body->failed;
}

static void put_lines(struct buf *out, const char *text, const char *line_end)
{
    struct buf clean = BUF_INIT;
    put_clean(&clean, text, true);
    for (const char *at = buf_cstr(&clean); *at != '\0'; at++) {
        if (*at == '\n') {
            buf_put_str(out, line_end);
        } else {
            buf_put_u8(out, (uint8_t)*at);
        }
    }
    out->failed = out->failed || clean.failed;
    buf_fini(&clean);
}

static void put_text(struct buf *out, const struct ops_mail *mail)
{
    struct buf body = BUF_INIT;
    if (mail->told->text_ar != NULL) {
        put_lines(&body, mail->told->text_ar, "\r\n");
        buf_put_str(&body, "\r\n\r\n--------\r\n\r\n");
    }
    put_lines(&body, mail->told->text, "\r\n");
    if (mail->link != NULL) {
        buf_printf(&body, "\r\n\r\n%s", mail->link);
    }
    buf_put_str(&body, "\r\n");
    put_part(out, "plain", &body);
    buf_fini(&body);
}

static void put_html_lines(struct buf *out, const char *text)
{
    struct buf clean = BUF_INIT;
    struct buf line = BUF_INIT;
    put_clean(&clean, text, true);
    for (const char *at = buf_cstr(&clean); *at != '\0';) {
        size_t len = strcspn(at, "\n");
        buf_reset(&line);
        buf_put(&line, at, len);
        buf_put_html(out, buf_cstr(&line));
        at += len;
        if (*at == '\n') {
            buf_put_str(out, "<br>\r\n");
            at++;
        }
    }
    out->failed = out->failed || clean.failed || line.failed;
    buf_fini(&line);
    buf_fini(&clean);
}

static void put_language(struct buf *out, const char *language, const char *subject,
                         const char *text)
{
    buf_printf(out, "<div lang=\"%s\" dir=\"%s\">\r\n<h2>", language,
               language[0] == 'a' ? "rtl" : "ltr");
    put_html_lines(out, subject);
    buf_put_str(out, "</h2>\r\n<p>");
    put_html_lines(out, text);
    buf_put_str(out, "</p>\r\n</div>\r\n");
}

static void put_page(struct buf *out, const struct ops_mail *mail)
{
    struct buf body = BUF_INIT;
    const struct ops_told *told = mail->told;
    buf_put_str(&body,
                "<!DOCTYPE html>\r\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    put_html_lines(&body, told->subject);
    buf_put_str(&body, "</title></head>\r\n<body>\r\n");
    if (told->subject_ar != NULL && told->text_ar != NULL) {
        put_language(&body, "ar", told->subject_ar, told->text_ar);
        buf_put_str(&body, "<hr>\r\n");
    }
    put_language(&body, "en", told->subject, told->text);
    if (mail->link != NULL) {
        buf_put_str(&body, "<p dir=\"ltr\"><a href=\"");
        buf_put_html(&body, mail->link);
        buf_put_str(&body, "\">");
        buf_put_html(&body, mail->link);
        buf_put_str(&body, "</a></p>\r\n");
    }
    buf_put_str(&body, "</body></html>\r\n");
    put_part(out, "html", &body);
    buf_fini(&body);
}

void ops_mail_put(const struct ops_mail *mail, struct buf *out)
{
    put_heads(out, mail);
    put_text(out, mail);
    put_page(out, mail);
    buf_printf(out, "--%s--\r\n", boundary);
}
