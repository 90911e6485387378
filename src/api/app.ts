/** The HTTP API: what guards every request, and which routes there are. */
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { configurationOf } from "../env.ts";
import { createRouter } from "./context.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { drainRefusedBody } from "./middleware/drain-refused-body.ts";
import { logRequest } from "./middleware/log-request.ts";
import { answerError, answerNotFound } from "./problem.ts";
import { docsRoutes } from "./routes/docs.tsx";
import { healthRoutes } from "./routes/health.ts";
import { itemPhotoRoutes } from "./routes/item-photos.ts";
import { itemRoutes } from "./routes/items.ts";
import { photoRoutes } from "./routes/photos.ts";
import { pictureRoutes } from "./routes/pictures.ts";
import { taskRoutes } from "./routes/tasks.ts";

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
app.route("/", photoRoutes);
app.route("/", pictureRoutes);
app.route("/", taskRoutes);
app.route("/", docsRoutes(app));
