/* SPDX-License-Identifier: Apache-2.0
 * registry/versions.h - handlers of /subjects/{subject}/versions and below, for the rows in
 * subjects.c. */
#ifndef REGISTRY_VERSIONS_H
#define REGISTRY_VERSIONS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/http/http.h"
#include "storage/subject/read.h"

struct sto_conn;

http_handler reg_get_versions;
http_handler reg_get_version;
http_handler reg_get_version_schema;
http_handler reg_get_version_referrers;
http_handler reg_delete_version;

/* ERR_SUBJECT_NOT_FOUND when nothing of the subject counts, else 0; other errors too. */
MUST_CHECK int reg_need_subject(struct sto_conn *conn, const char *subject, enum sto_which which,
                                struct err *err);

#endif
