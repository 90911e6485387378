/** What went wrong, in place of a page. */
import type { AppError } from "../../errors.ts";
import { Head } from "./shell.tsx";

export function ErrorPage({ error, requestId }: { error: AppError; requestId: string }) {
	return (
		<html lang="en">
			<Head title={error.title} />
			<body class="alone">
				<main id="main" class="sign-in">
					<h1>{error.title}</h1>
					<p>{error.detail}</p>
					<p class="hint">
						{error.status} <code>{error.code}</code>, request <code>{requestId}</code>
					</p>
					<p>
						<a href="/dashboard">To the overview</a>
					</p>
				</main>
			</body>
		</html>
	);
}
