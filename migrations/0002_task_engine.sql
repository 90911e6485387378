CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`type` text NOT NULL,
	`owner_id` text NOT NULL,
	`item_id` text,
	`photo_id` text,
	`task_id` text,
	`data` text NOT NULL,
	`created_at` integer NOT NULL,
	`delivery_task_id` text
);
--> statement-breakpoint
CREATE INDEX `events_undelivered` ON `events` (`id`) WHERE "events"."delivery_task_id" IS NULL;--> statement-breakpoint
CREATE INDEX `events_by_owner` ON `events` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `events_by_item` ON `events` (`item_id`,`id`) WHERE "events"."item_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `events_of_failures` ON `events` (`type`,`id`) WHERE "events"."type" <> 'item.processed';--> statement-breakpoint
CREATE TABLE `task_statistics` (
	`minute` integer NOT NULL,
	`name` text NOT NULL,
	`queue` text NOT NULL,
	`state` text NOT NULL,
	`count` integer NOT NULL,
	`waits` text NOT NULL,
	`runs` text NOT NULL,
	PRIMARY KEY(`minute`, `name`, `state`)
);
--> statement-breakpoint
ALTER TABLE `attempts` ADD `wait_ms` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `peak_memory_bytes` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `message_id` text;--> statement-breakpoint
ALTER TABLE `attempts` ADD `delivery` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `snooze_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `lost_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `progress` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `parent_id` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `retry_of` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `group_id` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `callback_of` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `idempotency_key` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `unique_key` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `unique_until` integer;--> statement-breakpoint
CREATE INDEX `tasks_ended` ON `tasks` (`state`,`id`) WHERE "tasks"."finished_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_name` ON `tasks` (`name`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_by_owner` ON `tasks` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_by_item` ON `tasks` (`item_id`,`id`) WHERE "tasks"."item_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_parent` ON `tasks` (`parent_id`,`id`) WHERE "tasks"."parent_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_group` ON `tasks` (`group_id`,`id`) WHERE "tasks"."group_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_unended_of_group` ON `tasks` (`group_id`) WHERE "tasks"."group_id" IS NOT NULL AND "tasks"."finished_at" IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_by_callback_of` ON `tasks` (`callback_of`) WHERE "tasks"."callback_of" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_by_retry_of` ON `tasks` (`retry_of`) WHERE "tasks"."retry_of" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_by_idempotency_key` ON `tasks` (`owner_id`,`idempotency_key`) WHERE "tasks"."idempotency_key" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_by_unique_key` ON `tasks` (`unique_key`) WHERE "tasks"."unique_key" IS NOT NULL;