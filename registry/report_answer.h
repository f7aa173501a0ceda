/* SPDX-License-Identifier: Apache-2.0
 * registry/report_answer.h - answers under /nrc/v1/: the reports of the commands, as they print them with
 * --json. */
#ifndef REGISTRY_REPORT_ANSWER_H
#define REGISTRY_REPORT_ANSWER_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

struct http_request;

/* 200, an array of its rows. */
MUST_CHECK int reg_answer_report(struct http_request *req, enum sto_report report,
                                 const char *const *params, size_t count, struct err *err);
/* The one row of a report that takes a name. FATAL ERR_NOT_FOUND: there is none; what: "agency". */
MUST_CHECK int reg_answer_record(struct http_request *req, enum sto_report report, const char *what,
                                 const char *name, int status, struct err *err);

#endif
