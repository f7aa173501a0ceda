/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/incident_watch.h - kinds of incident that `nrc monitor` sees from outside (0035_sources.sql); the last rows of
 * storage/catalogue/incident_table.h. */
#ifndef STORAGE_CATALOGUE_INCIDENT_WATCH_H
#define STORAGE_CATALOGUE_INCIDENT_WATCH_H

/* clang-format off */

/* X as in incident_table.h */
#define STO_INCIDENT_WATCH_TABLE(X)                                                                \
    X(STO_INCIDENT_ENGINE_GONE, "engine_gone", STO_OWNER_ENGINE, STO_CLOSES_ENGINE_TAKES,          \
      "no lane of an engine is connected to the register, and events wait in partitions that it has", \
      "start it, or another: its partitions go to whoever comes")                                  \
    X(STO_INCIDENT_ENGINE_RETRIES, "engine_retries", STO_OWNER_ENGINE, STO_CLOSES_ENGINE_TAKES,    \
      "an engine has partitions, takes nothing of what waits there, and has not said why",         \
      "its log and its /readyz: the register refuses its commits, or does not answer it")          \
    X(STO_INCIDENT_REGISTER_AWAY, "register_away", STO_OWNER_REGISTER, STO_CLOSES_REGISTER_WRITES, \
      "the monitor could not write to the register for a minute; it is told directly meanwhile",   \
      "see to PostgreSQL and the network; nothing is lost, it goes on by itself")                  \
    X(STO_INCIDENT_REGISTER_FULL, "register_full", STO_OWNER_REGISTER, STO_CLOSES_REGISTER_WRITES, \
      "the register's disk is full; it is told directly meanwhile",                                \
      "make room on the register's disk; nothing is lost, it goes on by itself")                   \
    X(STO_INCIDENT_REGISTER_FULL_SOON, "register_full_soon", STO_OWNER_REGISTER,                   \
      STO_CLOSES_REGISTER_HAS_ROOM,                                                                \
      "the register's disk has less than a week left, or less than a twentieth",                   \
      "give it a larger disk, or move what is old to another")

/* clang-format on */

#endif
