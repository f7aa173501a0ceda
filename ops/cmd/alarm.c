/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/alarm.c - nrc alarm: whether those are reached who are told when the register cannot be asked whom to tell. */
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "ops/tell/direct.h"

static const struct ops_told test = {
    .kind = "alarm_test",
    .subject = "A test of nrc's alarm: nothing is wrong",
    .subject_ar = "اختبار إنذار nrc: لا يوجد خلل",
    .text = "Somebody ran `nrc alarm test`. When the register is full or away, you are told by the "
            "same way.",
    .text_ar =
        "شغّل أحدهم `nrc alarm test`. تُبلَّغ بالطريقة نفسها إذا امتلأت قاعدة السجلات أو انقطعت.",
    .severity = 1,
};

struct told {
    bool is_json;
    struct jsonw w;
    struct buf out;
    int count;
    int failed;
};

static void take(const struct ops_direct_report *report, void *arg)
{
    struct told *told = arg;
    const char *outcome = ops_sender_outcome_name(report->outcome);
    told->count++;
    told->failed += report->outcome != OPS_SENT_DELIVERED;
    if (told->is_json) {
        jsonw_open(&told->w, '{');
        jsonw_text(&told->w, "to", report->to);
        jsonw_text(&told->w, "way", report->is_mail ? "email" : "alertmanager");
        jsonw_text(&told->w, "outcome", outcome);
        jsonw_key(&told->w, "status");
        if (report->status != 0) {
            jsonw_int(&told->w, report->status);
        } else {
            jsonw_null(&told->w);
        }
        jsonw_text(&told->w, "error", *report->text != '\0' ? report->text : NULL);
        jsonw_close(&told->w, '}');
        return;
    }
    ops_put_safe(report->to, false, &told->out);
    buf_printf(&told->out, ": %s", report->outcome == OPS_SENT_DELIVERED ? outcome : "not told");
    if (*report->text != '\0') {
        buf_put_str(&told->out, ": ");
        ops_put_safe(report->text, false, &told->out);
    }
    buf_put_u8(&told->out, '\n');
}

int ops_alarm_test(const struct ops_context *context, struct err *err)
{
    struct told told = {.is_json = context->json, .out = BUF_INIT};
    if (!ops_direct_is_set(context->conf)) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "nobody is named: set email or alertmanager in [alarm]");
    }
    told.w = jsonw_to(&told.out);
    if (told.is_json) {
        jsonw_open(&told.w, '[');
    }
    int rc = ops_tell_direct_reported(context->conf, &test, take, &told, err);
    if (rc != 0 && told.count == 0) {
        buf_fini(&told.out);
        return -1;
    }
    if (told.is_json) {
        jsonw_close(&told.w, ']');
        buf_put_u8(&told.out, '\n');
    }
    err_reset(err);
    rc = ops_print(&told.out, err) == 0 ? (told.failed > 0 ? OPS_NO : OPS_YES) : -1;
    buf_fini(&told.out);
    return rc;
}
