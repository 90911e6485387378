/** `/openapi.json` and the page that makes it readable, `/docs`: no script, nothing from elsewhere. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";
import { type ApiBindings, createRouter } from "../context.ts";
import { DocsPage, type OpenApiDocument } from "../docs-page.tsx";

const security = [{ bearer: [] }];

const info = {
	title: "FootyCollect Edge",
	version: "1",
	description:
		"Photographs in, AVIF out. Errors are RFC 9457 problem documents with a stable code. Another owner's item, photo or task answers 404, like one that does not exist; a token without the scope answers 403.",
};

/** @param app the whole application: its registry holds every route's description */
export function docsRoutes(app: OpenAPIHono<ApiBindings>) {
	const routes = createRouter();
	app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
		type: "http",
		scheme: "bearer",
		description: "A token made with `npm run token`.",
	});
	const document = () => app.getOpenAPI31Document({ openapi: "3.1.0", info, security, servers: [{ url: "/" }] });
	routes.get("/openapi.json", (c) => c.json(document(), 200, { "cache-control": "public, max-age=300" }));
	routes.get("/docs", (c) => {
		c.header("cache-control", "public, max-age=300");
		c.header(
			"content-security-policy",
			"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		);
		const page = <DocsPage document={document() as unknown as OpenApiDocument} />;
		return c.html(html`<!doctype html>${page}`);
	});
	return routes;
}
