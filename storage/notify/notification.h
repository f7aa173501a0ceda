/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/notification.h - one notification, as the register hands it to a relay. */
#ifndef STORAGE_NOTIFY_NOTIFICATION_H
#define STORAGE_NOTIFY_NOTIFICATION_H

struct sto_notification {
    const char *guid; /* goes out as the event's id, the same at each attempt */
    const char *at;   /* 2026-03-01T09:30:00.123456Z */
    const char *type;
    const char *object;
    const char *class_name;   /* NULL: none */
    const char *effective_at; /* NULL: none */
    const char *data;         /* a JSON object */
};

#endif
