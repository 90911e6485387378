CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`task` text NOT NULL,
	`arguments` text NOT NULL,
	`timing` text NOT NULL,
	`misfire` text NOT NULL,
	`misfire_limit` integer NOT NULL,
	`overlap` text NOT NULL,
	`jitter_seconds` integer NOT NULL,
	`is_enabled` integer NOT NULL,
	`owner_id` text NOT NULL,
	`since` integer NOT NULL,
	`dealt_with_until` integer,
	`held_moment` integer,
	`look_at` integer,
	`run_count` integer DEFAULT 0 NOT NULL,
	`claim` text NOT NULL,
	`default_name` text,
	`is_changed` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_by_name` ON `schedules` (`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_by_default` ON `schedules` (`default_name`) WHERE "schedules"."default_name" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `schedules_to_look_at` ON `schedules` (`look_at`) WHERE "schedules"."look_at" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `ticks` (
	`schedule_id` text NOT NULL,
	`moment` integer NOT NULL,
	`is_by_hand` integer NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`last_moment` integer,
	`count` integer DEFAULT 1 NOT NULL,
	`task_id` text,
	`dealt_with_at` integer NOT NULL,
	PRIMARY KEY(`schedule_id`, `moment`, `is_by_hand`),
	FOREIGN KEY (`schedule_id`) REFERENCES `schedules`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `ticks_by_age` ON `ticks` (`dealt_with_at`);