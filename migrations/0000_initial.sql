CREATE TABLE `attempts` (
	`task_id` text NOT NULL,
	`number` integer NOT NULL,
	`lease_token` text NOT NULL,
	`isolate_id` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`outcome` text,
	`error` text,
	PRIMARY KEY(`task_id`, `number`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`task_id` text,
	`body` text,
	`deliveries` integer NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`owner_id` text NOT NULL,
	`key` text NOT NULL,
	`request` text NOT NULL,
	`status` integer NOT NULL,
	`location` text,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `items` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`is_processing_photos` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `items_by_owner` ON `items` (`owner_id`,`id`);--> statement-breakpoint
CREATE TABLE `photos` (
	`id` text PRIMARY KEY NOT NULL,
	`item_id` text,
	`owner_id` text NOT NULL,
	`order` integer DEFAULT 0 NOT NULL,
	`caption` text DEFAULT '' NOT NULL,
	`state` text NOT NULL,
	`error` text,
	`original_key` text NOT NULL,
	`original_sha256` text NOT NULL,
	`original_type` text NOT NULL,
	`original_bytes` integer NOT NULL,
	`original_width` integer,
	`original_height` integer,
	`rendition_key` text,
	`rendition_sha256` text,
	`rendition_bytes` integer,
	`rendition_width` integer,
	`rendition_height` integer,
	`task_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`processed_at` integer,
	FOREIGN KEY (`item_id`) REFERENCES `items`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `photos_by_item` ON `photos` (`item_id`,`order`,`id`) WHERE "photos"."item_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `photos_unattached` ON `photos` (`created_at`) WHERE "photos"."item_id" IS NULL;--> statement-breakpoint
CREATE TABLE `removals` (
	`object_key` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `removals_due` ON `removals` (`due_at`);--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`queue` text NOT NULL,
	`arguments` text NOT NULL,
	`owner_id` text NOT NULL,
	`item_id` text,
	`photo_id` text,
	`state` text NOT NULL,
	`attempt_count` integer DEFAULT 0 NOT NULL,
	`max_attempts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`send_count` integer DEFAULT 0 NOT NULL,
	`lease_token` text,
	`wake_at` integer,
	`created_at` integer NOT NULL,
	`sent_at` integer,
	`started_at` integer,
	`finished_at` integer,
	`result` text,
	`error` text
);
--> statement-breakpoint
CREATE INDEX `tasks_to_wake` ON `tasks` (`wake_at`) WHERE "tasks"."wake_at" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`token_sha256` text NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_by_sha256` ON `tokens` (`token_sha256`);