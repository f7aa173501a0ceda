/* SPDX-License-Identifier: Apache-2.0
 * storage/report/handover.c - see the header. */
#include "storage/report/handover.h"

#include <stdio.h>

#include "base/jsonw.h"
#include "storage/conn/given_time.h"
#include "storage/report/json.h"

static const char *const names[STO_HANDOVER_PARTS] = {"opened", "closed", "open", "unacknowledged"};

const char *sto_handover_part_name(enum sto_handover_part part)
{
    return names[part];
}

static void say(struct sto_handover *h)
{
    const char *from = sto_grid_get(h->span, 0, "from_local");
    size_t opened = h->parts[STO_HANDOVER_OPENED]->rows;
    size_t closed = h->parts[STO_HANDOVER_CLOSED]->rows;
    size_t open = h->parts[STO_HANDOVER_OPEN]->rows;
    size_t alone = h->parts[STO_HANDOVER_UNACKNOWLEDGED]->rows;
    snprintf(h->sentence, sizeof(h->sentence),
             "Since %s: incidents opened %zu, closed %zu; open now %zu, of them acknowledged by "
             "nobody %zu; comments %zu.",
             from, opened, closed, open, alone, h->comments->rows);
    snprintf(h->sentence_ar, sizeof(h->sentence_ar),
             "منذ %s: البلاغات المفتوحة حديثًا: %zu، والمغلقة: %zu، والقائمة الآن: %zu، وما لم يُقرّ "
             "أحد بالعلم به "
             "منها: %zu، والتعليقات: %zu.",
             from, opened, closed, open, alone, h->comments->rows);
}

int sto_handover_load(struct sto_conn *conn, const char *since, const char *reader,
                      struct sto_handover *out, struct err *err)
{
    char room[STO_TIME_SIZE];
    *out = (struct sto_handover){0};
    if (since != NULL && sto_given_time(since, false, room, err) != 0) {
        return -1;
    }
    const char *given = since != NULL ? room : NULL;
    if ((out->span = sto_report(conn, STO_REPORT_HANDOVER_SPAN, &given, 1, err)) == NULL) {
        return -1;
    }
    const char *from = sto_grid_get(out->span, 0, "from");
    for (int part = 0; part < STO_HANDOVER_PARTS; part++) {
        const char *const params[] = {names[part], from, reader};
        out->parts[part] = sto_report(conn, STO_REPORT_HANDOVER, params, COUNT_OF(params), err);
        if (out->parts[part] == NULL) {
            return -1;
        }
    }
    const char *const params[] = {from, reader};
    out->comments = sto_report(conn, STO_REPORT_HANDOVER_COMMENTS, params, COUNT_OF(params), err);
    if (out->comments == NULL) {
        return -1;
    }
    say(out);
    return 0;
}

void sto_handover_fini(struct sto_handover *handover)
{
    sto_grid_free(&handover->span);
    for (int part = 0; part < STO_HANDOVER_PARTS; part++) {
        sto_grid_free(&handover->parts[part]);
    }
    sto_grid_free(&handover->comments);
}

void sto_handover_json(const struct sto_handover *handover, struct jsonw *w)
{
    jsonw_open(w, '{');
    jsonw_text(w, "from", sto_grid_get(handover->span, 0, "from"));
    jsonw_text(w, "to", sto_grid_get(handover->span, 0, "to"));
    for (int part = 0; part < STO_HANDOVER_PARTS; part++) {
        jsonw_key(w, names[part]);
        sto_grid_json(handover->parts[part], w);
    }
    jsonw_key(w, "comments");
    sto_grid_json(handover->comments, w);
    jsonw_text(w, "sentence", handover->sentence);
    jsonw_text(w, "sentence_ar", handover->sentence_ar);
    jsonw_close(w, '}');
}
