/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sql_parts.h - columns and conditions that reports of several subjects have. */
#ifndef STORAGE_REPORT_SQL_PARTS_H
#define STORAGE_REPORT_SQL_PARTS_H

/* clang-format off */
#define DATASET_FROM " FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
#define DATASET_IS " a.code || '.' || d.name = $1::text"
/* clang-format on */

#endif
