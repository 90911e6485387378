CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`item_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`url` text NOT NULL,
	`order` integer,
	`state` text NOT NULL,
	`error` text,
	`task_id` text NOT NULL,
	`photo_id` text,
	`etag` text,
	`last_modified` text,
	`created_at` integer NOT NULL,
	`requested_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`item_id`) REFERENCES `items`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `imports_by_url` ON `imports` (`item_id`,`url`);--> statement-breakpoint
CREATE INDEX `imports_in_work` ON `imports` (`item_id`) WHERE "imports"."state" = 'importing';--> statement-breakpoint
CREATE TABLE `owner_usage` (
	`owner_id` text PRIMARY KEY NOT NULL,
	`photo_count` integer NOT NULL,
	`original_bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sources` (
	`host` text PRIMARY KEY NOT NULL,
	`next_visit_at` integer NOT NULL,
	`closed_until` integer DEFAULT 0 NOT NULL,
	`failures_in_row` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`last_failure_at` integer,
	`last_success_at` integer,
	`last_visit_at` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`photo_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`item_id` text,
	`object_key` text NOT NULL,
	`declared_type` text,
	`declared_sha256` text,
	`bytes` integer NOT NULL,
	`order` integer,
	`caption` text DEFAULT '' NOT NULL,
	`rendition_wishes` text,
	`state` text NOT NULL,
	`error` text,
	`task_id` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`item_id`) REFERENCES `items`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `uploads_by_item` ON `uploads` (`item_id`,`state`) WHERE "uploads"."item_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `uploads_open` ON `uploads` (`owner_id`,`bytes`) WHERE "uploads"."state" IN ('expected', 'receiving');--> statement-breakpoint
CREATE INDEX `uploads_expected` ON `uploads` (`expires_at`) WHERE "uploads"."state" = 'expected';--> statement-breakpoint
CREATE INDEX `uploads_ended` ON `uploads` (`updated_at`) WHERE "uploads"."state" IN ('received', 'failed');--> statement-breakpoint
CREATE TABLE `visits` (
	`host` text NOT NULL,
	`task_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`leased_until` integer,
	PRIMARY KEY(`host`, `task_id`)
);
--> statement-breakpoint
CREATE INDEX `visits_in_progress` ON `visits` (`host`,`leased_until`) WHERE "visits"."leased_until" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `visits_by_start` ON `visits` (`starts_at`);--> statement-breakpoint
INSERT INTO `owner_usage` SELECT `owner_id`, count(*), sum(`original_bytes`) FROM `photos` GROUP BY `owner_id`;--> statement-breakpoint
CREATE TRIGGER `photos_count_more` AFTER INSERT ON `photos` BEGIN
	INSERT INTO `owner_usage` VALUES (new.`owner_id`, 1, new.`original_bytes`) ON CONFLICT (`owner_id`) DO UPDATE SET `photo_count` = `photo_count` + 1, `original_bytes` = `original_bytes` + new.`original_bytes`;
END;--> statement-breakpoint
CREATE TRIGGER `photos_count_fewer` AFTER DELETE ON `photos` BEGIN
	UPDATE `owner_usage` SET `photo_count` = `photo_count` - 1, `original_bytes` = `original_bytes` - old.`original_bytes` WHERE `owner_id` = old.`owner_id`;
END;--> statement-breakpoint
CREATE TRIGGER `photos_count_bytes` AFTER UPDATE OF `original_bytes` ON `photos` BEGIN
	UPDATE `owner_usage` SET `original_bytes` = `original_bytes` + new.`original_bytes` - old.`original_bytes` WHERE `owner_id` = new.`owner_id`;
END;
