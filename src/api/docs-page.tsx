/** The OpenAPI document as a page for people: every route, its input, its answers, and every error code. */
import { errorKinds } from "../errors.ts";

interface Schema {
	$ref?: string;
	type?: string | string[];
	enum?: unknown[];
	format?: string;
	description?: string;
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
	anyOf?: Schema[];
	minimum?: number;
	maximum?: number;
	minLength?: number;
	maxLength?: number;
}
interface Content {
	content?: Record<string, { schema: Schema }>;
}
interface Operation {
	tags?: string[];
	summary?: string;
	description?: string;
	security?: unknown[];
	parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
	requestBody?: Content;
	responses: Record<string, Content & { description: string }>;
}
/** As much of an OpenAPI 3.1 document as the page shows. */
export interface OpenApiDocument {
	info: { title: string; description: string };
	paths: Record<string, Record<string, Operation>>;
	components: { schemas: Record<string, Schema> };
}

export function DocsPage({ document }: { document: OpenApiDocument }) {
	const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
	);
	const groups = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? "Other");
	return (
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<title>{`${document.info.title}: API`}</title>
				<link rel="stylesheet" href="/docs.css" />
			</head>
			<body>
				<header>
					<h1>{document.info.title}</h1>
					<p>{document.info.description}</p>
					<p>
						Send <code>Authorization: Bearer TOKEN</code>; the operator makes tokens with <code>npm run token</code>.
						The same document for machines: <a href="/openapi.json">/openapi.json</a>.
					</p>
					<nav aria-label="Contents">
						{[...groups.keys(), "Schemas", "Errors"].map((name) => (
							<a href={`#${name.toLowerCase()}`}>{name}</a>
						))}
					</nav>
				</header>
				<main>
					{[...groups].map(([name, members]) => (
						<section id={name.toLowerCase()}>
							<h2>{name}</h2>
							{members.map((member) => (
								<Route {...member} />
							))}
						</section>
					))}
					<section id="schemas">
						<h2>Schemas</h2>
						{Object.entries(document.components.schemas).map(([name, schema]) => (
							<article id={`schema-${name}`}>
								<h3>{name}</h3>
								<Fields schema={schema} />
							</article>
						))}
					</section>
					<ErrorTable />
				</main>
			</body>
		</html>
	);
}

function Route({ path, method, operation }: { path: string; method: string; operation: Operation }) {
	const { parameters = [], requestBody, responses } = operation;
	return (
		<article>
			<h3>
				<span class={`method ${method}`}>{method.toUpperCase()}</span> <code>{path}</code>
			</h3>
			<p>
				{operation.summary}. {operation.security?.length === 0 ? "Open." : ""} {operation.description}
			</p>
			{parameters.length > 0 && (
				<table>
					<thead>
						<tr>
							<th>Parameter</th>
							<th>In</th>
							<th>Form</th>
						</tr>
					</thead>
					<tbody>
						{parameters.map((parameter) => (
							<tr>
								<td>
									<code>{parameter.name}</code>
									{parameter.required ? "" : " (optional)"}
								</td>
								<td>{parameter.in}</td>
								<td>
									<Form schema={parameter.schema} /> {parameter.schema.description ?? parameter.description}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
			{requestBody && <Bodies label="Body" content={requestBody.content} />}
			<dl>
				{Object.entries(responses).map(([status, response]) => (
					<>
						<dt>{status}</dt>
						<dd>
							{response.description} <Bodies content={response.content} />
						</dd>
					</>
				))}
			</dl>
		</article>
	);
}

function Bodies({ label, content }: { label?: string; content: Content["content"] }) {
	const kinds = Object.entries(content ?? {});
	if (kinds.length === 0) return null;
	return (
		<span class="bodies">
			{label && <strong>{label}: </strong>}
			{kinds.map(([mime, { schema }], index) => (
				<>
					{index > 0 && ", "}
					<code>{mime}</code> <Form schema={schema} />
				</>
			))}
		</span>
	);
}

function Fields({ schema }: { schema: Schema }) {
	if (!schema.properties) return <Form schema={schema} />;
	return (
		<table>
			<tbody>
				{Object.entries(schema.properties).map(([name, field]) => (
					<tr>
						<td>
							<code>{name}</code>
							{schema.required?.includes(name) ? "" : " (optional)"}
						</td>
						<td>
							<Form schema={field} /> {field.description}
						</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}

/** A schema in a few words. */
function Form({ schema }: { schema: Schema }) {
	const name = schema.$ref?.split("/").at(-1);
	if (name) return <a href={`#schema-${name}`}>{name}</a>;
	if (schema.anyOf) {
		return (
			<>
				{schema.anyOf.map((part, index) => (
					<>
						{index > 0 && " or "}
						<Form schema={part} />
					</>
				))}
			</>
		);
	}
	if (schema.items) {
		return (
			<>
				list of <Form schema={schema.items} />
			</>
		);
	}
	if (schema.properties) return <Fields schema={schema} />;
	return <span class="form">{formInWords(schema)}</span>;
}

function formInWords(schema: Schema): string {
	if (schema.enum) return schema.enum.map(String).join(" | ");
	const type = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "any JSON");
	const { minimum, maximum, minLength, maxLength } = schema;
	const range = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` ${minimum ?? ""}–${maximum}` : "";
	const length = maxLength === undefined ? "" : ` of ${minLength ?? 0}–${maxLength} characters`;
	return `${type}${schema.format ? ` (${schema.format})` : ""}${range}${length}`;
}

function ErrorTable() {
	return (
		<section id="errors">
			<h2>Errors</h2>
			<p>
				Every error is <code>application/problem+json</code> with type, title, status, detail, instance, code and
				request_id. Branch on <code>code</code>; show <code>detail</code> to people. A photo's or a task's{" "}
				<code>error</code> uses the same codes.
			</p>
			<table>
				<thead>
					<tr>
						<th>Code</th>
						<th>Status</th>
						<th>Meaning</th>
						<th>Again later?</th>
					</tr>
				</thead>
				<tbody>
					{Object.entries(errorKinds).map(([code, { status, title, retryable }]) => (
						<tr id={`error-${code}`}>
							<td>
								<code>{code}</code>
							</td>
							<td>{status}</td>
							<td>{title}</td>
							<td>{retryable ? "may help" : "no"}</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}
