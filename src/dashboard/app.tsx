/** The operator's dashboard: what guards its pages, and which there are. */
import { secureHeaders } from "hono/secure-headers";
import { logRequest } from "../api/middleware/log-request.ts";
import { AppError, toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { auditPages } from "./audit/routes.tsx";
import { cleanupPages } from "./cleanups/routes.tsx";
import { createPages, type DashboardContext } from "./context.ts";
import { deadLetterPages } from "./dead-letters/routes.tsx";
import { itemPages } from "./items/routes.tsx";
import { answerDocument } from "./layout/answer-document.ts";
import { ErrorPage } from "./layout/error-page.tsx";
import { overviewPages } from "./overview/routes.tsx";
import { photoPages } from "./photos/routes.tsx";
import { queuePages } from "./queues/routes.tsx";
import { registeredPages } from "./registered/routes.tsx";
import { schedulePages } from "./schedules/routes.tsx";
import { searchPages } from "./search/routes.tsx";
import { requirePlainPath } from "./session/plain-path.ts";
import { requireOperator } from "./session/require-operator.ts";
import { sessionPages } from "./session/routes.tsx";
import { sourcePages } from "./sources/routes.tsx";
import { taskPages } from "./tasks/routes.tsx";
import { workerPages } from "./workers/routes.tsx";

export const dashboard = createPages();

dashboard.use(logRequest);
dashboard.use("/dashboard/photos/:id/:picture{image|original}", async (c, next) => {
	await next();
	// Outside of the pages' own policy: a stranger made these bytes, and opened by themselves they have no power.
	c.res.headers.set("content-security-policy", "default-src 'none'; sandbox");
});
dashboard.use(
	secureHeaders({
		contentSecurityPolicy: {
			defaultSrc: ["'none'"],
			scriptSrc: ["'self'"],
			styleSrc: ["'self'"],
			imgSrc: ["'self'", "blob:"],
			connectSrc: ["'self'"],
			formAction: ["'self'"],
			baseUri: ["'none'"],
			frameAncestors: ["'none'"],
		},
		xFrameOptions: "DENY",
		referrerPolicy: "same-origin",
		crossOriginOpenerPolicy: "same-origin",
		permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
	}),
);
dashboard.use(async (c, next) => {
	await next();
	// Pages show what only their reader may see; pictures say themselves how long they are good for.
	if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
});
dashboard.onError((thrown, c) => answerError(c, toAppError(thrown)));
dashboard.notFound((c) => {
	const { pathname, search } = new URL(c.req.url);
	// No page ends in a slash, but people type one.
	if (c.req.method === "GET" && pathname.endsWith("/")) return c.redirect(pathname.replace(/\/+$/, "") + search, 303);
	return answerError(c, new AppError("not_found", "There is no such page."));
});

dashboard.use(requirePlainPath);
dashboard.route("/", sessionPages);
dashboard.use("/dashboard/*", requireOperator);
dashboard.route("/", overviewPages);
dashboard.route("/", auditPages);
dashboard.route("/", taskPages);
dashboard.route("/", registeredPages);
dashboard.route("/", deadLetterPages);
dashboard.route("/", searchPages);
dashboard.route("/", photoPages);
dashboard.route("/", itemPages);
dashboard.route("/", cleanupPages);
dashboard.route("/", schedulePages);
dashboard.route("/", queuePages);
dashboard.route("/", sourcePages);
dashboard.route("/", workerPages);

function answerError(c: DashboardContext, error: AppError): Response | Promise<Response> {
	if (error.status >= 500) {
		logEvent("error", "page.failed", { request_id: c.var.requestId, path: c.req.path, ...errorFields(error) });
	}
	return answerDocument(c, <ErrorPage error={error} requestId={c.var.requestId} />, error.status);
}
