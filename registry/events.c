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

/* The Center's people, and those of the agency that answers for the dataset: after a succession the successor. */
static int check_reader(struct http_request *req, struct sto_conn *conn, const char *dataset,
                        struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    struct sto_grid *grid = sto_report(conn, STO_REPORT_DATASET, &dataset, 1, err);
    int rc = grid != NULL ? 0 : -1;
    if (rc == 0 && grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.100s", dataset);
    } else if (rc == 0 && who != NULL) {
        bool is_beneficiary = (who->roles & ~(unsigned)REG_BENEFICIARY) == 0;
        const char *answers = sto_grid_get(grid, 0, "answered_by");
        bool is_others =
            who->agency != NULL && (answers == NULL || strcmp(who->agency, answers) != 0);
        rc = !is_beneficiary && !is_others
                 ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                           "the events of %.100s are for its own agency and the Center", dataset);
    }
    sto_grid_free(&grid);
    return rc;
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
    const char *dataset = http_param(req, "dataset");
    const char *key = reg_text_of(req, "key");
    const char *partition = reg_text_of(req, "partition");
    const char *offset = reg_text_of(req, "offset");
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL || check_reader(req, conn, dataset, err) != 0) {
        return -1;
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
