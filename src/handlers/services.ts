/** What task handlers work with. Made once per delivery by the consumer. */
import type { Database } from "../db/database.ts";
import type { RequestSource } from "../download/source-request.ts";
import type { Configuration } from "../env.ts";
import type { CodecModules } from "../media/pipeline.ts";
import type { TaskRegistry } from "../tasks/define.ts";
import type { TaskQueues } from "../tasks/enqueue.ts";

export interface Services {
	db: Database;
	media: R2Bucket;
	configuration: Configuration;
	codecs: CodecModules;
	/** The kinds of tasks there are: how long the results of each are kept. */
	registry: TaskRegistry<Services>;
	/** Where tasks are sent that a handler writes by itself. */
	queues: TaskQueues;
	/** The way to other servers. */
	fetch: (url: string, init: RequestInit) => Promise<Response>;
	/** The way to sites whose pictures are imported: through proxies, where they are configured. */
	requestSource: RequestSource;
}
