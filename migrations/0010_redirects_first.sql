ALTER TABLE `visits` ADD `goes_first` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `visits_that_go_first` ON `visits` (`host`,`starts_at`) WHERE "visits"."goes_first" = 1;