/** The page on which an operator signs in. */
import { Head } from "../layout/shell.tsx";

interface SignInProps {
	/** Where to go then. */
	next: string;
	/** Why it did not go well. */
	fault?: string;
	/** False where the deployment has no secret to sign sessions with. */
	isPossible: boolean;
}

export function SignInPage({ next, fault, isPossible }: SignInProps) {
	return (
		<html lang="en">
			<Head title="Sign in" />
			<body class="alone">
				<main id="main" class="sign-in">
					<h1>
						<img src="/assets/icon.svg" alt="" width="40" height="40" /> FootyCollect Edge
					</h1>
					{isPossible ? <SignInForm next={next} fault={fault} /> : <HowToSetUp />}
				</main>
			</body>
		</html>
	);
}

function SignInForm({ next, fault }: { next: string; fault?: string | undefined }) {
	return (
		<form method="post" action="/dashboard/sign-in">
			<input type="hidden" name="next" value={next} />
			<div class={fault ? "field faulty" : "field"}>
				<label for="token">Access token</label>
				<input
					id="token"
					name="token"
					type="password"
					autocomplete="current-password"
					required
					maxlength={200}
					aria-describedby={fault ? "token-hint token-fault" : "token-hint"}
					aria-invalid={fault ? "true" : undefined}
				/>
				<p class="hint" id="token-hint">
					One with the scope <code>admin</code>, or <code>dashboard:read</code> to look only. The operator makes one
					with <code>npm run token</code>.
				</p>
				{fault && (
					<p class="fault" id="token-fault" role="alert">
						{fault}
					</p>
				)}
			</div>
			<button class="main" type="submit">
				Sign in
			</button>
		</form>
	);
}

function HowToSetUp() {
	return (
		<>
			<p role="alert">
				Nobody can sign in yet: this deployment has no secret to sign sessions with. Set one, and load this page again:
			</p>
			<pre class="json">openssl rand -base64 32 | npx wrangler secret put SESSION_SECRET</pre>
		</>
	);
}
