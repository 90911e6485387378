DROP INDEX `uploads_open`;--> statement-breakpoint
CREATE INDEX `uploads_open` ON `uploads` (`owner_id`,`id`,`bytes`) WHERE "uploads"."state" IN ('expected', 'receiving');