/* SPDX-License-Identifier: Apache-2.0
 * ingest/halt.c - see the header.
 *
 * Called by whatever finds that a partition cannot go on: a claim (ingest/assignment.c), a record that
 * is another than the one taken (ingest/lane.c), a batch (ingest/engine.c), silence (ingest/stall.c). */
#include "ingest/halt.h"

#include "base/log.h"
#include "ingest/lane.h"
#include "ingest/link.h"
#include "storage/catalogue/position.h"

void ing_halt(struct ing_lane *lane, struct ing_part *part, enum sto_incident_kind kind,
              const char *reason)
{
    struct err err = ERR_INIT;
    log_error("partition_halted", LOG_STR("topic", part->topic),
              LOG_INT("partition", part->partition), LOG_STR("kind", sto_incident_row(kind)->token),
              LOG_STR("reason", reason));
    lane->reassign = true;
    if (ing_link_connect(lane, &err) < 0 ||
        sto_position_halt(lane->conn, part->position.id, part->position.epoch, kind, reason, &err) <
            0) {
        log_warn("halt_not_recorded", LOG_STR("topic", part->topic),
                 LOG_INT("partition", part->partition), LOG_ERR(&err));
        part->recheck = true;
        return;
    }
    metric_add(&lane->metrics, METRIC_HALTED, 1);
    ing_part_move(part, ING_HALTED);
}
