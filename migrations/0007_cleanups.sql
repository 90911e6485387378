CREATE TABLE `cleanup_finds` (
	`run_id` text NOT NULL,
	`subject` text NOT NULL,
	`kind` text NOT NULL,
	`bytes` integer NOT NULL,
	`version` text,
	`state` text NOT NULL,
	`reason` text,
	PRIMARY KEY(`run_id`, `subject`)
);
--> statement-breakpoint
CREATE TABLE `cleanup_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`task_name` text NOT NULL,
	`options` text NOT NULL,
	`asked_by` text NOT NULL,
	`state` text NOT NULL,
	`error` text,
	`step` integer DEFAULT 0 NOT NULL,
	`cursor` text NOT NULL,
	`counts` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `cleanup_runs_open` ON `cleanup_runs` (`task_name`) WHERE "cleanup_runs"."ended_at" IS NULL;--> statement-breakpoint
CREATE TABLE `trash` (
	`trash_key` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`original_key` text,
	`row` text,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `trash_due` ON `trash` (`due_at`);