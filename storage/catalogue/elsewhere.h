/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/elsewhere.h - the subjects of schemas that events have and their dataset does not, so that
 * the error can say what the agency has to do. */
#ifndef STORAGE_CATALOGUE_ELSEWHERE_H
#define STORAGE_CATALOGUE_ELSEWHERE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_ELSEWHERE_SUBJECT_BYTES = 128 };

struct sto_elsewhere {
    int32_t schema_id; /* 0: named by its GUID */
    uint8_t guid[16];
    int32_t version;                           /* 0: no subject has it */
    char subject[STO_ELSEWHERE_SUBJECT_BYTES]; /* a longer one is cut */
};

/* Fills version and subject of each, in one round trip. Thread: the connection's. */
MUST_CHECK int sto_elsewhere_find(struct sto_conn *conn, struct sto_elsewhere *asked, size_t count,
                                  struct err *err);

#endif
