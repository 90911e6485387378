/** The HTTP API: what guards every request, and which routes there are. */
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { configurationOf } from "../env.ts";
import { createRouter } from "./context.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { drainRefusedBody } from "./middleware/drain-refused-body.ts";
import { logRequest } from "./middleware/log-request.ts";
import { answerError, answerNotFound } from "./problem.ts";
import { bulkTaskRoutes } from "./routes/bulk-tasks.ts";
import { changeTaskRoutes } from "./routes/change-tasks.ts";
import { cleanupRoutes } from "./routes/cleanups.ts";
import { docsRoutes } from "./routes/docs.tsx";
import { enqueueTaskRoutes } from "./routes/enqueue-tasks.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { importRoutes } from "./routes/imports.ts";
import { itemPhotoRoutes } from "./routes/item-photos.ts";
import { itemRoutes } from "./routes/items.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { operatorRoutes } from "./routes/operator.ts";
import { photoRoutes } from "./routes/photos.ts";
import { pictureRoutes } from "./routes/pictures.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { uploadRoutes } from "./routes/uploads.ts";

export const app = createRouter();

app.use(logRequest);
// Pictures are shown by other origins' pages when those send a token; nothing else is loosened.
app.use(secureHeaders({ crossOriginResourcePolicy: "cross-origin" }));
app.use("/v1/*", (c, next) =>
	cors({
		origin: configurationOf(c.env).corsOrigins,
		allowHeaders: ["authorization", "content-type", "idempotency-key", "if-none-match", "range"],
		exposeHeaders: ["etag", "location", "content-range", "x-request-id", "idempotent-replayed"],
		maxAge: 3600,
	})(c, next),
);
app.use("/v1/*", drainRefusedBody);
app.use("/v1/*", authenticate);
app.onError(answerError);
app.notFound(answerNotFound);

app.route("/", healthRoutes);
app.route("/", itemRoutes);
app.route("/", itemPhotoRoutes);
app.route("/", importRoutes);
app.route("/", photoRoutes);
app.route("/", uploadRoutes);
app.route("/", pictureRoutes);
app.route("/", taskRoutes);
app.route("/", operatorRoutes);
app.route("/", metricsRoutes);
app.route("/", scheduleRoutes);
app.route("/", cleanupRoutes);
app.route("/", bulkTaskRoutes); // before the tasks by name
app.route("/", enqueueTaskRoutes);
app.route("/", eventRoutes);
app.route("/", changeTaskRoutes);
app.route("/", docsRoutes(app));
