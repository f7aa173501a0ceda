/* SPDX-License-Identifier: Apache-2.0
 * registry/versions.h - whether a subject is there at all. */
#ifndef REGISTRY_VERSIONS_H
#define REGISTRY_VERSIONS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/subject/read.h"

struct sto_conn;

/* ERR_SUBJECT_NOT_FOUND when nothing of the subject counts, else 0; other errors too. */
MUST_CHECK int reg_need_subject(struct sto_conn *conn, const char *subject, enum sto_which which,
                                struct err *err);

#endif
