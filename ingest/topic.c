/* SPDX-License-Identifier: Apache-2.0
 * ingest/topic.c - see the header. */
#include "ingest/topic.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "ingest/lane.h"
#include "ingest/link.h"
#include "storage/catalogue/incident.h"

void ing_topic_missing(struct ing_lane *lane, const char *topic)
{
    const struct ing_dataset *dataset = ing_datasets_by_topic(lane->datasets, topic);
    char detail[ERR_TEXT_BYTES];
    snprintf(detail, sizeof(detail), "the topic %.250s does not exist", topic);
    const struct sto_incident incident = {
        .kind = STO_INCIDENT_TOPIC_MISSING,
        .dataset_id = dataset != NULL ? dataset->row->id : 0,
        .detail = detail,
    };
    log_warn("topic_missing", LOG_STR("topic", topic));
    ing_link_open_incident(lane, &incident);
}

void ing_topic_forbidden(struct ing_lane *lane, const char *topic, const char *text)
{
    const struct ing_dataset *dataset = ing_datasets_by_topic(lane->datasets, topic);
    char detail[ERR_TEXT_BYTES];
    snprintf(detail, sizeof(detail), "the topic %.250s may not be read: %.150s", topic, text);
    const struct sto_incident incident = {
        .kind = STO_INCIDENT_TOPIC_FORBIDDEN,
        .dataset_id = dataset != NULL ? dataset->row->id : 0,
        .detail = detail,
    };
    for (size_t i = 0; i < lane->part_count; i++) {
        if (strcmp(lane->parts[i]->topic, topic) == 0) {
            (void)ing_part_failed(lane->parts[i], text, true);
        }
    }
    log_warn("topic_forbidden", LOG_STR("topic", topic), LOG_STR("error", text));
    ing_link_open_incident(lane, &incident);
}
