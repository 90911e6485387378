/** The API's description, for machines and for people. */
import { describe, expect, it } from "vitest";
import { app } from "../../../src/api/app.ts";
import { errorKinds } from "../../../src/errors.ts";
import { deployWorker } from "../../support/deployment.ts";

interface Operation {
	summary: string;
	tags: string[];
	security?: unknown[];
	parameters?: { name: string; in: string; required?: boolean }[];
	requestBody?: { content: Record<string, unknown> };
	responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>;
}
interface Document {
	openapi: string;
	info: { title: string; version: string };
	paths: Record<string, Record<string, Operation>>;
	components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
}

const readDocument = async () => (await deployWorker().fetch("/openapi.json")).json<Document>();
const readPage = async () => (await deployWorker().fetch("/docs")).text();

const operationsOf = ({ paths }: Document) =>
	Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
	);

describe("the OpenAPI document", () => {
	it("is of version 3.1 and describes every route there is, and no other", async () => {
		const document = await readDocument();
		expect(document.openapi).toBe("3.1.0");
		const undescribed = ["/docs", "/openapi.json"];
		const routed = app.routes
			.filter(({ method, path }) => method !== "ALL" && !undescribed.includes(path))
			.map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
		expect(
			operationsOf(document)
				.map(({ name }) => name)
				.sort(),
		).toEqual([...new Set(routed)].sort());
	});

	it("names each path parameter of each path, and nothing that is not in it", async () => {
		for (const { path, operation, name } of operationsOf(await readDocument())) {
			const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
			const described = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
			expect([name, described.map((parameter) => parameter.name)]).toEqual([name, inPath]);
			expect(described.every(({ required }) => required)).toBe(true);
		}
	});

	it("gives each operation a summary, a tag, answers, and its refusals", async () => {
		for (const { path, operation, name } of operationsOf(await readDocument())) {
			expect([name, operation.summary, operation.tags.length]).toEqual([name, expect.stringMatching(/\S/), 1]);
			const statuses = Object.keys(operation.responses);
			expect([name, statuses.some((status) => /^2\d\d$/.test(status))]).toEqual([name, true]);
			for (const { description } of Object.values(operation.responses)) expect(description).toMatch(/\S/);
			const isOpen = operation.security?.length === 0;
			expect([name, isOpen]).toEqual([name, !path.startsWith("/v1/") && path !== "/metrics"]);
			if (!isOpen) expect(statuses).toEqual(expect.arrayContaining(["401", "403"]));
		}
	});

	it("refers to nothing that it does not hold", async () => {
		const document = await readDocument();
		const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
		expect(references.length).toBeGreaterThan(10);
		for (const [, kind, name] of references) {
			expect(document.components).toHaveProperty([kind as string, name as string]);
		}
		expect(document.components.securitySchemes).toHaveProperty("bearer");
	});

	it("tells uploads as raw pictures and as forms", async () => {
		const { paths } = await readDocument();
		for (const path of ["/v1/photos", "/v1/items/{id}/photos"]) {
			expect(Object.keys(paths[path]?.post?.requestBody?.content ?? {}).sort()).toEqual([
				"image/avif",
				"image/gif",
				"image/jpeg",
				"image/png",
				"image/webp",
				"multipart/form-data",
			]);
		}
	});
});

describe("the page", () => {
	it("shows every route, every schema and every error code", async () => {
		const [document, page] = [await readDocument(), await readPage()];
		for (const { path, operation } of operationsOf(document)) {
			expect(page).toContain(`<code>${path}</code>`);
			expect(page).toContain(operation.summary.replaceAll("'", "&#39;"));
		}
		for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`id="schema-${name}"`);
		for (const code of Object.keys(errorKinds)) expect(page).toContain(`id="error-${code}"`);
	});

	it("links to nothing that is not on it, and loads nothing from elsewhere", async () => {
		const page = await readPage();
		for (const [, anchor] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${anchor}"`);
		const addresses = [...page.matchAll(/\b(?:src|href|action)="([^"#][^"]*)"/g)].map(([, address]) => address);
		expect(new Set(addresses)).toEqual(new Set(["/docs.css", "/openapi.json"]));
		expect(page).not.toMatch(/<script|<style|style="|\bon\w+="|@import/);
	});

	it("may run no script and load only our style", async () => {
		const { headers } = await deployWorker().fetch("/docs");
		expect(headers.get("content-type")).toMatch(/^text\/html/);
		const policy = headers.get("content-security-policy") ?? "";
		expect(policy).toContain("default-src 'none'");
		expect(policy).toContain("style-src 'self'");
		expect(policy).not.toMatch(/unsafe|https?:|\*/);
	});

	it("escapes what descriptions say", async () => {
		const page = await readPage();
		expect(page).toContain("Another owner&#39;s item");
		expect(page).toMatch(/^<!doctype html><html lang="en">/);
		const texts = page.replaceAll(/<\/?[a-z][^<>]*>/gi, "").replace(/^<!doctype html>/i, "");
		expect(texts).not.toMatch(/[<>"']/);
	});
});
