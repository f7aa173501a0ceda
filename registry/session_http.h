/* SPDX-License-Identifier: Apache-2.0
 * registry/session_http.h - signing in with a browser, for an application that lets nobody in by other means: GET, POST and
 * DELETE /session.
 *
 * What a browser sends by itself, the cookie, is enough to read. Whatever changes something needs the header X-NRC-CSRF as
 * well, whose value the page's own scripts alone can know, and must not come from a foreign page. */
#ifndef REGISTRY_SESSION_HTTP_H
#define REGISTRY_SESSION_HTTP_H

#include "base/attr.h"
#include "base/http/http.h"

struct reg_session;

/* http_app.authorize: by the session alone; of media types nothing is asked. reg_shared.sessions is there. A request with the
 * header X-NRC-Auto is a script's own, and no sign of a person. */
int reg_session_authorize(struct http_request *req, unsigned roles, struct err *err);

/* Of an authorized request. False: it has ended meanwhile. */
bool reg_session_of(const struct http_request *req, struct reg_session *out);

http_handler reg_get_session;    /* role: anyone */
http_handler reg_post_session;   /* role: none is asked for */
http_handler reg_delete_session; /* role: anyone */

#endif
