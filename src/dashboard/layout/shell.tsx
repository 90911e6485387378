/** What surrounds every page: its head, the navigation, who is signed in. */
import type { Child } from "hono/jsx";
import { ACCESS_SIGN_OUT_PATH } from "../session/access.ts";
import type { Notice } from "../session/notice.ts";
import { usePage } from "./page-context.ts";
import { type SectionName, sections } from "./sections.ts";

/**
 * htmx without eval and without a style of its own; answers that are no page are not put into one, and what somebody has
 * opened stays open as its page is brought up to date.
 */
const htmxConfig = JSON.stringify({
	includeIndicatorCSS: false,
	history: false,
	noSwap: [204, 304, "4xx", "5xx"],
	morphIgnore: ["data-htmx-powered", "open"],
});

export function Head({ title, scripts = [] }: { title: string; scripts?: readonly string[] | undefined }) {
	return (
		<head>
			<meta charset="utf-8" />
			<meta name="viewport" content="width=device-width, initial-scale=1" />
			<meta name="color-scheme" content="light dark" />
			<meta name="htmx-config" content={htmxConfig} />
			<title>{`${title} · FootyCollect Edge`}</title>
			<link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
			{scripts.includes("charts") && <link rel="stylesheet" href="/assets/uplot.css" />}
			<link rel="stylesheet" href="/assets/dashboard.css" />
			<script src="/assets/htmx.js" defer />
			<script src="/assets/dashboard.js" defer />
			{scripts.map((name) => (
				<script src={`/assets/${name}.js`} defer />
			))}
		</head>
	);
}

interface ShellProps {
	title: string;
	section: SectionName;
	scripts?: readonly string[];
	notice: Notice | undefined;
	children?: Child;
}

export function Shell({ title, section, scripts, notice, children }: ShellProps) {
	return (
		<html lang="en">
			<Head title={title} scripts={scripts} />
			<body>
				<a class="skip" href="#main">
					Skip to the page
				</a>
				<header class="top">
					<a class="brand" href="/dashboard">
						<img src="/assets/icon.svg" alt="" width="24" height="24" /> FootyCollect Edge
					</a>
					<Search />
					<Account />
				</header>
				<nav class="sections" aria-label="Pages">
					<ul>
						{sections.map(({ name, path, key }) => (
							<li>
								<a href={path} data-key={key} aria-current={name === section ? "page" : undefined}>
									{name}
								</a>
							</li>
						))}
					</ul>
				</nav>
				{notice && (
					<p class={`notice ${notice.kind}`} role={notice.kind === "failed" ? "alert" : "status"}>
						{notice.text}
					</p>
				)}
				<main id="main" tabindex={-1}>
					{children}
				</main>
				<Shortcuts />
			</body>
		</html>
	);
}

function Search() {
	return (
		<search class="search">
			<form action="/dashboard/search" method="get">
				<label class="hidden" for="search">
					An id, the name of a task, or words of an error
				</label>
				<input id="search" name="q" type="search" placeholder="Id, task or error ( / )" maxlength={200} />
			</form>
		</search>
	);
}

function Account() {
	const { operator, csrfToken } = usePage();
	return (
		<div class="account">
			<span class="who">
				{operator.name}
				{operator.canChange ? "" : ", read-only"}
			</span>
			{operator.via === "access" ? (
				<a href={ACCESS_SIGN_OUT_PATH}>Sign out</a>
			) : (
				<form method="post" action="/dashboard/sign-out">
					<input type="hidden" name="csrf" value={csrfToken} />
					<button class="quiet" type="submit">
						Sign out
					</button>
				</form>
			)}
		</div>
	);
}

/** Shown by `?`; the same without script through the link in its place. */
function Shortcuts() {
	const keys = [
		["/", "search"],
		["?", "this help"],
		...sections.map(({ key, name }) => [`g ${key}`, name.toLowerCase()]),
	];
	return (
		<dialog id="shortcuts" aria-labelledby="shortcuts-title">
			<h2 id="shortcuts-title">Keys</h2>
			<dl>
				{keys.map(([key, what]) => (
					<>
						<dt>
							<kbd>{key}</kbd>
						</dt>
						<dd>{what}</dd>
					</>
				))}
			</dl>
			<form method="dialog">
				<button type="submit">Close</button>
			</form>
		</dialog>
	);
}
