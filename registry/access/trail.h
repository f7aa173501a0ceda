/* SPDX-License-Identifier: Apache-2.0
 * registry/access/trail.h - who changed what, as lines of the log.
 *
 *   event=changed account=huda peer=10.1.2.3 method=DELETE path=/subjects/moh.births-value status=200
 *
 * One for each request of a route that only writers may use, by what came of it (the table in
 * trail.c); `request` for every one, at debug level. Never a body, never a secret. */
#ifndef REGISTRY_ACCESS_TRAIL_H
#define REGISTRY_ACCESS_TRAIL_H

#include <stdbool.h>

struct http_request;

/* The answer is there. changed: the register has something now that it had not before. */
void reg_trail(const struct http_request *req, bool changed);

#endif
