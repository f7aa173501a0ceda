/* SPDX-License-Identifier: Apache-2.0
 * registry/events.c - /nrc/v1/datasets/{dataset}/events: what became of one event, by its place in the log or for a key. What `nrc
 * event show` prints, by the same reports. It is for the Center, and for the agency whose event it is (NRL-1). */
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "storage/report/report.h"

/* "moh" has "moh.births". */
static bool is_of(const char *agency, const char *dataset)
{
    size_t len = strlen(agency);
    return strncmp(dataset, agency, len) == 0 && dataset[len] == '.';
}

static bool is_number(const char *text, int64_t most)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 18 && text[digits] == '\0' && strtoll(text, NULL, 10) <= most;
}

static int by_key(struct http_request *req, const char *dataset, const char *key, struct err *err)
{
    struct buf list = BUF_INIT;
    struct jsonw w = jsonw_to(&list);
    jsonw_open(&w, '[');
    jsonw_str(&w, key);
    jsonw_close(&w, ']');
    const char *const params[] = {dataset, buf_cstr(&list)};
    int rc = buf_failed(&list) ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key")
                               : reg_answer_report(req, STO_REPORT_EVENTS_OF_KEY, params, 2, err);
    buf_fini(&list);
    return rc;
}

int reg_get_events(struct http_request *req, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    const char *dataset = http_param(req, "dataset");
    const char *key = reg_text_of(req, "key");
    const char *partition = reg_text_of(req, "partition");
    const char *offset = reg_text_of(req, "offset");
    bool is_beneficiary = who != NULL && (who->roles & ~(unsigned)REG_BENEFICIARY) == 0;
    if (is_beneficiary || (who != NULL && who->agency != NULL && !is_of(who->agency, dataset))) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "the events of %.100s are for its own agency and the Center", dataset);
    }
    if (*key != '\0' && *partition == '\0' && *offset == '\0') {
        return by_key(req, dataset, key, err);
    }
    if (*key != '\0' || !is_number(partition, INT32_MAX) || !is_number(offset, INT64_MAX)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "say which event: partition and offset, or key");
    }
    const char *const params[] = {dataset, partition, offset};
    return reg_answer_report(req, STO_REPORT_EVENT, params, 3, err);
}
