/** A Worker that tells which routes the dashboard has: what it is made of needs the runtime to be read at all. */
import { dashboard } from "../../../src/dashboard/app.tsx";

export default {
	fetch(): Response {
		return Response.json(dashboard.routes.map(({ method, path }) => ({ method, path })));
	},
} satisfies ExportedHandler;
