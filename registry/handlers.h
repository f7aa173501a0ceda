/* SPDX-License-Identifier: Apache-2.0
 * registry/handlers.h - every handler of the registry but those of registry/room_handlers.h, for the rows of routes.c. */
#ifndef REGISTRY_HANDLERS_H
#define REGISTRY_HANDLERS_H

#include "base/http/http.h"

/* registration_http.c */
http_handler reg_post_lookup;
http_handler reg_post_version;

/* compatibility_http.c */
http_handler reg_post_compatibility;
http_handler reg_post_compatibility_version;

/* subjects.c */
http_handler reg_get_root;
http_handler reg_get_subjects;
http_handler reg_delete_subject;
http_handler reg_get_metadata;

/* versions.c */
http_handler reg_get_versions;
http_handler reg_get_version;
http_handler reg_delete_version;
http_handler reg_get_version_schema;
http_handler reg_get_version_referrers;

/* schemas.c */
http_handler reg_get_schemas;
http_handler reg_get_types;
http_handler reg_get_id;
http_handler reg_get_id_schema;
http_handler reg_get_id_subjects;
http_handler reg_get_id_versions;
http_handler reg_get_guid;
http_handler reg_get_guid_ids;
http_handler reg_get_contexts;
http_handler reg_get_cluster_id;
http_handler reg_get_server_version;

/* config.c */
http_handler reg_get_config;
http_handler reg_put_config;
http_handler reg_delete_config;

/* mode.c */
http_handler reg_get_mode;
http_handler reg_put_mode;
http_handler reg_delete_mode;

/* agencies.c */
http_handler reg_get_agencies;
http_handler reg_post_agency;
http_handler reg_get_agency;
http_handler reg_put_agency;
http_handler reg_put_agency_head;
http_handler reg_post_agency_succession;
http_handler reg_post_agency_retirement;
http_handler reg_get_datasets;
http_handler reg_post_dataset;
http_handler reg_get_dataset;
http_handler reg_put_dataset;
http_handler reg_post_dataset_retirement;
http_handler reg_post_dataset_reopening;

/* systems.c */
http_handler reg_get_systems;
http_handler reg_post_system;
http_handler reg_get_system;
http_handler reg_put_system;
http_handler reg_post_system_retirement;

/* catalogue.c */
http_handler reg_get_catalogue;
http_handler reg_get_catalogue_gaps;

/* difference.c */
http_handler reg_get_difference;

/* notices.c */
http_handler reg_get_notices;
http_handler reg_post_notice;
http_handler reg_get_notice;
http_handler reg_put_notice;
http_handler reg_post_notice_withdrawal;

/* contracts.c */
http_handler reg_get_contracts;
http_handler reg_post_contract;

/* completeness.c */
http_handler reg_get_events;
http_handler reg_get_gaps;
http_handler reg_get_controls;
http_handler reg_get_controls_refused;
http_handler reg_post_control;
http_handler reg_get_contract;
http_handler reg_get_references;

/* quality.c */
http_handler reg_get_quality;
http_handler reg_get_dataset_quality;

/* requests.c */
http_handler reg_get_requests;
http_handler reg_post_request;
http_handler reg_get_request;
http_handler reg_post_approval;
http_handler reg_post_rejection;
http_handler reg_post_retirement;
http_handler reg_put_policy;
http_handler reg_get_violations;
/* subscriptions.c */
http_handler reg_get_subscriptions;
http_handler reg_post_subscription;
http_handler reg_get_subscription;
http_handler reg_get_deliveries;
http_handler reg_post_subscription_disabling;
http_handler reg_post_subscription_enabling;
http_handler reg_post_subscription_replay;
http_handler reg_post_subscription_rotation;
http_handler reg_post_subscription_test;

/* notifications.c */
http_handler reg_get_notifications;
http_handler reg_get_notification;
http_handler reg_post_notification_ack;

/* audit.c */
http_handler reg_get_audit;
http_handler reg_get_audit_row;

/* health.c */
http_handler reg_get_healthz;
http_handler reg_get_readyz;
http_handler reg_get_metrics;

#endif
