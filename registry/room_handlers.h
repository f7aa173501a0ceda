/* SPDX-License-Identifier: Apache-2.0
 * registry/room_handlers.h - the handlers of the operators' room: how sources are, what is wrong, and the work on it; for the
 * rows of routes.c. */
#ifndef REGISTRY_ROOM_HANDLERS_H
#define REGISTRY_ROOM_HANDLERS_H

#include "base/http/http.h"

/* incidents.c */
http_handler reg_get_incidents;
http_handler reg_get_incident;
http_handler reg_post_incident_acknowledgement;
http_handler reg_post_incident_assignment;
http_handler reg_post_incident_comment;
http_handler reg_post_incident_closing;

/* sources_http.c */
http_handler reg_get_sources;
http_handler reg_get_source;
http_handler reg_get_source_series;
http_handler reg_get_overview;

/* quarantine.c */
http_handler reg_get_quarantine;
http_handler reg_get_quarantine_groups;
http_handler reg_get_quarantined;
http_handler reg_post_quarantine_assignment;
http_handler reg_post_quarantine_replay;
http_handler reg_post_quarantine_discarding;
http_handler reg_post_quarantine_reopening;

/* pausing.c */
http_handler reg_post_pausing;
http_handler reg_post_resumption;
http_handler reg_post_gap_acceptance;

#endif
