/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/sources.h - what a turn found of all sources, for the register: one text, one round trip. */
#ifndef OPS_MONITOR_SOURCES_H
#define OPS_MONITOR_SOURCES_H

#include "base/jsonw.h"
#include "ops/monitor/status.h"

/* One source, as nrc.record_sources takes it (0035_sources.sql). */
void ops_source_put(struct jsonw *w, int32_t dataset_id, const struct ops_source_facts *facts,
                    const struct ops_status *status);

#endif
