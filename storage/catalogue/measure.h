/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/measure.h - counters of minutes become those of hours and days (0021_measures.sql). */
#ifndef STORAGE_CATALOGUE_MEASURE_H
#define STORAGE_CATALOGUE_MEASURE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_ROLL_MOST_HOURS = 24 }; /* of datasets, in one call */

/* Rolls up hours that are over, and deletes minutes that are older than so many days. *hours: of datasets; as many as
 * STO_ROLL_MOST_HOURS: there may be more. 0 too when another session is at it. */
MUST_CHECK int sto_measures_roll(struct sto_conn *conn, int64_t minute_days, int *hours,
                                 struct err *err);

#endif
