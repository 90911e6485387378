import { expect, it } from "vitest";
import { readKeys, readSecrets } from "../../../../scripts/footy/commands/setup-cloudflare.ts";
import { CommandFailure } from "../../../../scripts/footy/failures.ts";
import type { WranglerRun } from "../../../../scripts/footy/server/wrangler.ts";
import { planSetup } from "../../../../scripts/footy/setup/plan-setup.ts";
import { runSetup } from "../../../../scripts/footy/setup/run-setup.ts";
import { readWranglerConfig } from "../../../../scripts/footy/wrangler-config.ts";

const config = readWranglerConfig();
const steps = planSetup({ ...config, vars: { CORS_ORIGINS: "https://a.example" } }, { directUploads: true });
const keys = { R2_ACCOUNT_ID: "acc", R2_ACCESS_KEY_ID: "key", R2_SECRET_ACCESS_KEY: "hidden" };

const good = (stdout = ""): WranglerRun => ({ status: 0, stdout, stderr: "" });
const bad = (stderr: string): WranglerRun => ({ status: 1, stdout: "", stderr });

/** A notification rule in wrangler's words. */
const showRule = ({
	prefix = "",
	suffix = "(all suffixes)",
	actions = "PutObject,CompleteMultipartUpload,CopyObject",
}) =>
	`rule_id:     1\ncreated_at:  2026\nqueue_name:  uploads\nprefix:      ${prefix}\nsuffix:      ${suffix}\nevent_type:  ${actions}`;

/** An account that answers in wrangler's words. `failing` is a command that it refuses, `strangers` are rules that it has. */
function createAccount(failing = "", strangers: string[] = []) {
	const made: string[] = [];
	const calls: string[] = [];
	const has = (command: string) => made.includes(command);
	const rules = () => made.filter((command) => command.includes("notification create"));
	const look = (words: string): WranglerRun | undefined => {
		const queue = /^queues info (.+)$/.exec(words)?.[1];
		if (queue !== undefined) {
			return has(`queues create ${queue}`)
				? good(`Queue Name: ${queue}\n`)
				: bad(`✘ [ERROR] Queue "${queue}" does not exist. To create it, run: wrangler queues create ${queue}`);
		}
		if (words === "d1 list --json") {
			return good(has("d1 create footycollect") ? '[{"uuid":"1-2","name":"footycollect"}]' : "[]");
		}
		if (words === "r2 bucket list") {
			const names = has("r2 bucket create footycollect-media") ? ["other", "footycollect-media"] : ["other"];
			return good(
				`Listing buckets...\n${names.map((name) => `name:           ${name}\ncreation_date:  2026`).join("\n\n")}\n`,
			);
		}
		if (words.startsWith("r2 bucket notification list")) {
			const blocks = [...strangers, ...rules().map((rule) => showRule({ prefix: rule.split(" ").at(-1) ?? "" }))];
			if (blocks.length === 0) return bad("✘ [ERROR] A request to the Cloudflare API failed. [code: 11015]");
			return good(`Fetching notification rules for bucket footycollect-media...\n${blocks.join("\n\n")}\n`);
		}
		if (words.startsWith("r2 bucket lifecycle list")) {
			const added = made.some((command) => command.includes("lifecycle add"));
			return good(`name:     Default Multipart Abort Rule\n\n${added ? "name:     end-unfinished-uploads\n" : ""}`);
		}
		if (words === "secret list") {
			const names = inputs.flatMap((input) => Object.keys(JSON.parse(input ?? "{}")));
			return has("secret bulk")
				? good(JSON.stringify(names.map((name) => ({ name }))))
				: bad(
						'✘ [ERROR] Worker "footycollect-edge" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.',
					);
		}
		return undefined;
	};
	const inputs: (string | undefined)[] = [];
	const run = async (args: readonly string[], input?: string): Promise<WranglerRun> => {
		const words = args.join(" ");
		calls.push(words);
		if (failing !== "" && words.startsWith(failing)) return bad("✘ [ERROR] refused [code: 10000]");
		const seen = look(words);
		if (seen) return seen;
		made.push(words);
		if (input !== undefined) inputs.push(input);
		return good();
	};
	const setUp = async () => {
		const outcomes: string[] = [];
		await runSetup({
			steps,
			run,
			writeFile: async () => {},
			readSecrets: (names) => readSecrets(names, "footycollect-media", keys),
			onStep: async (step, outcome) => {
				outcomes.push(`${outcome}: ${step.command.slice(0, 3).join(" ")}`);
			},
		});
		return outcomes;
	};
	return { made, calls, inputs, setUp };
}

it("makes everything the first time, and the second time only what is safe to do again", async () => {
	const account = createAccount();
	expect(new Set((await account.setUp()).map((outcome) => outcome.split(":")[0]))).toEqual(new Set(["done"]));
	expect((await account.setUp()).filter((outcome) => outcome.startsWith("done"))).toEqual([
		"done: whoami --json",
		"done: r2 bucket cors",
		"done: d1 migrations apply",
		"done: deploy",
	]);
});

it.each([
	["deletions", { actions: "DeleteObject,LifecycleDeletion" }],
	["some names", { suffix: ".jpg" }],
])("a rule that tells only of %s is not taken for the one that is needed", async (_, rule) => {
	const account = createAccount("", [showRule({ prefix: "uploads/", ...rule })]);
	expect(await account.setUp()).toContain("done: r2 bucket notification");
	expect(account.made.filter((command) => command.includes("notification create"))).toHaveLength(2);
});

it("gives the keys to wrangler's standard input, never among its arguments", async () => {
	const account = createAccount();
	await account.setUp();
	expect(account.inputs.map((input) => JSON.parse(input ?? ""))).toEqual([
		{
			R2_BUCKET_URL: "https://acc.r2.cloudflarestorage.com/footycollect-media",
			R2_ACCESS_KEY_ID: "key",
			R2_SECRET_ACCESS_KEY: "hidden",
		},
		{ SESSION_SECRET: expect.stringMatching(/^[\w-]{43}$/) },
	]);
	expect(account.calls.join("\n")).not.toContain("hidden");
});

it("makes the dashboard's secret once, another for each deployment, and tells it nobody", async () => {
	const secrets = await Promise.all(
		[createAccount(), createAccount()].map(async ({ inputs, calls, setUp }) => {
			const outcomes = [...(await setUp()), ...(await setUp())].join("\n");
			const { SESSION_SECRET: secret } = JSON.parse(inputs[1] ?? "{}") as { SESSION_SECRET: string };
			expect(inputs).toHaveLength(2);
			expect(outcomes + calls.join("\n")).not.toContain(secret);
			return secret;
		}),
	);
	expect(secrets[0]).not.toBe(secrets[1]);
});

it.each(["whoami", "d1 list", "secret list", "queues create transfers", "r2 bucket notification create", "deploy"])(
	"stops when `%s` fails, saying so and what to do",
	async (failing) => {
		const account = createAccount(failing);
		await expect(account.setUp()).rejects.toThrow(
			new RegExp(`npx wrangler ${failing}.* failed:\n.*refused[^]*(?:run this again|wrangler login)`),
		);
		expect(account.calls.at(-1)).toContain(failing);
	},
);

it("says which keys are missing and how they are had", () => {
	const read = () => readKeys(["R2_BUCKET_URL"], "media", { R2_ACCOUNT_ID: "acc" });
	expect(read).toThrow(CommandFailure);
	expect(read).toThrow(/^R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY must .*Object Read & Write on the bucket media only/);
});
