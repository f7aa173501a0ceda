/* SPDX-License-Identifier: Apache-2.0
 * registry/incidents.h - the handlers of /nrc/v1/incidents and /nrc/v1/handover, for the rows of routes.c. */
#ifndef REGISTRY_INCIDENTS_H
#define REGISTRY_INCIDENTS_H

#include "base/http/http.h"

http_handler reg_get_incidents;
http_handler reg_get_incident;
http_handler reg_get_handover;
http_handler reg_post_incident_acknowledgement;
http_handler reg_post_incident_assignment;
http_handler reg_post_incident_comment;
http_handler reg_post_incident_closing;

#endif
