/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/listen.c - notifications of changes of the catalogue.
 *
 * One connection of a process LISTENs, and does nothing else. A notification is only a hint: the listener
 * then reads the version. It also polls the version, because a lost connection loses notifications.
 * Thread: the connection's. */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "storage/catalogue/catalogue.h"
#include "storage/conn/statement.h"

int sto_catalogue_age(struct sto_conn *conn, struct sto_catalogue_age *age, struct err *err)
{
    static const char sql[] =
        "SELECT c.version + (SELECT count(*) FROM nrc.catalogue_moment m WHERE m.at <= now()),"
        " (extract(epoch FROM now()) * 1000000)::int8,"
        " (extract(epoch FROM (SELECT min(m.at) FROM nrc.catalogue_moment m WHERE m.at > now()))"
        " * 1000000)::int8 FROM nrc.catalogue_version c";
    PGresult *res = sto_exec(conn, sql, NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "reading the catalogue's version");
    }
    if (PQntuples(res) != 1) {
        PQclear(res);
        return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                       "the catalogue has no version: run `nrc db migrate`");
    }
    *age = (struct sto_catalogue_age){
        .version = strtoll(PQgetvalue(res, 0, 0), NULL, 10),
        .now_us = strtoll(PQgetvalue(res, 0, 1), NULL, 10),
        .until_us = PQgetisnull(res, 0, 2) ? INT64_MAX : strtoll(PQgetvalue(res, 0, 2), NULL, 10),
    };
    PQclear(res);
    return 0;
}

int sto_catalogue_listen(struct sto_conn *conn, struct err *err)
{
    return sto_run(conn, "LISTEN " STO_CATALOGUE_CHANNEL, err);
}

/* Takes all that came; one or more is the same to the caller. */
static bool take_notifications(struct sto_conn *conn)
{
    bool any = false;
    for (PGnotify *n = PQnotifies(conn->pg); n != NULL; n = PQnotifies(conn->pg)) {
        any = true;
        PQfreemem(n);
    }
    return any;
}

/* Unlike a wait for an answer, this one may time out, and the connection stays usable. */
int sto_catalogue_wait(struct sto_conn *conn, int timeout_ms, int wake_fd, struct err *err)
{
    if (conn->broken) {
        return sto_lost(conn, err);
    }
    int64_t end_ms = clock_mono_ms() + timeout_ms;
    for (;;) {
        if (PQconsumeInput(conn->pg) == 0) {
            return sto_lost(conn, err);
        }
        if (take_notifications(conn)) {
            return 1;
        }
        int64_t left_ms = end_ms - clock_mono_ms();
        if (left_ms <= 0) {
            return 0;
        }
        int slice_ms = conn->options.wait_slice_ms > 0 ? conn->options.wait_slice_ms : 1000;
        struct pollfd fds[] = {{.fd = PQsocket(conn->pg), .events = POLLIN},
                               {.fd = wake_fd, .events = POLLIN}};
        (void)poll(fds, COUNT_OF(fds), left_ms < slice_ms ? (int)left_ms : slice_ms);
        if (fds[1].revents != 0) {
            return 0;
        }
        if (conn->options.on_wait != NULL &&
            conn->options.on_wait(conn->options.on_wait_arg) != 0) {
            conn->broken = true;
            return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT, "the wait was abandoned");
        }
    }
}
