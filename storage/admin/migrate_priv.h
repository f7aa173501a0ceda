/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/migrate_priv.h - the embedded migrations, in order; the array is made by storage/migrations/embed.cmake. */
#ifndef STORAGE_ADMIN_MIGRATE_PRIV_H
#define STORAGE_ADMIN_MIGRATE_PRIV_H

struct sto_migration {
    int number;
    const char *name; /* "0001_roles" */
    const char *sql;
};

extern const struct sto_migration sto_migrations[];
extern const int sto_migration_count;

#endif
