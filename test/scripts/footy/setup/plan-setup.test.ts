import { expect, it } from "vitest";
import { mapBounded } from "../../../../scripts/footy/client/map-bounded.ts";
import { runWrangler } from "../../../../scripts/footy/server/wrangler.ts";
import { planSetup, type SetupStep } from "../../../../scripts/footy/setup/plan-setup.ts";
import { showCommand } from "../../../../scripts/footy/setup/run-setup.ts";
import { readWranglerConfig } from "../../../../scripts/footy/wrangler-config.ts";

const config = readWranglerConfig();
const withPages = { ...config, vars: { ...config.vars, CORS_ORIGINS: "https://a.example, https://b.example" } };
const steps = planSetup(withPages, { directUploads: true });
const commandOf = ({ command }: SetupStep) => command.join(" ");

/** The first step of each kind: what differs are names. */
const kinds = [
	...Map.groupBy(steps, ({ command }) =>
		command
			.slice(0, 3)
			.join(" ")
			.replace(/ create .+/, " create"),
	).values(),
]
	.map(([first]) => first as SetupStep)
	.map(({ command }) => command);

/** The usage of wrangler's help as words (`r2 bucket create <name>`), and the line of each option. */
async function readHelp(command: readonly string[]) {
	const { stdout, status } = await runWrangler([...command, "--help"]);
	expect(status, showCommand(command)).toBe(0);
	const usage = /^wrangler (.+)$/m.exec(stdout)?.[1]?.split(" ") ?? [];
	const optionLines = new Map(
		stdout
			.split("\n")
			.flatMap((line) => [...line.matchAll(/--([\w-]+)/g)].map(([, name = ""]) => [name, line] as const)),
	);
	return { usage, optionLines };
}

it("this wrangler knows each command, takes its words and has its options", async () => {
	expect(kinds.length).toBeGreaterThan(8);
	const helps = await mapBounded(kinds, 3, readHelp);
	for (const [index, command] of kinds.entries()) {
		const { usage, optionLines } = helps[index] ?? { usage: [], optionLines: new Map() };
		const firstOption = command.findIndex((word) => word.startsWith("--"));
		const words = firstOption < 0 ? command : command.slice(0, firstOption);
		const literal = usage.filter((word) => /^[\w-]+$/.test(word));
		expect(words.slice(0, literal.length), showCommand(command)).toEqual(literal);
		expect(words.length, showCommand(command)).toBeLessThanOrEqual(usage.length);
		expect(words.length, showCommand(command)).toBeGreaterThanOrEqual(
			usage.filter((word) => !word.startsWith("[")).length,
		);
		for (const [at, word] of command.entries()) {
			if (!word.startsWith("--")) continue;
			const line = optionLines.get(word.slice(2));
			expect(line, `${word} of ${showCommand(command)}`).toBeDefined();
			const choices = /choices: (.+?)\]/.exec(line ?? "")?.[1];
			if (choices) expect(choices).toContain(`"${command[at + 1]}"`);
		}
	}
});

it("makes the database, the bucket and every queue that wrangler.toml names, before what needs them", () => {
	const commands = steps.map(commandOf);
	const queues = config.queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) =>
		dead ? [queue, dead] : [queue],
	);
	for (const queue of new Set(queues)) {
		expect(commands.filter((command) => command === `queues create ${queue}`)).toHaveLength(1);
	}
	const at = (start: string) => commands.findIndex((command) => command.startsWith(start));
	expect(at("d1 create footycollect")).toBeLessThan(at("d1 migrations"));
	expect(at("r2 bucket create")).toBeLessThan(at("r2 bucket notification"));
	expect(at("queues create uploads")).toBeLessThan(at("r2 bucket notification"));
	expect(commands.at(-1)).toBe("deploy");
});

it("has R2 tell of nothing that the Worker puts itself", () => {
	const prefixes = steps.flatMap(({ command }) => {
		const at = command.indexOf("--prefix");
		return at < 0 ? [] : [command[at + 1]];
	});
	expect(prefixes).toEqual(["uploads/", "inbox/"]);
});

it("lets in the pages of CORS_ORIGINS and no others; without any the step is not needed", () => {
	const corsOf = (plan: SetupStep[]) => plan.find(({ command }) => command.includes("cors"));
	const rules = JSON.parse(corsOf(steps)?.file?.content ?? "{}") as { rules: { allowed: object }[] };
	expect(rules.rules.map(({ allowed }) => allowed)).toEqual([
		{
			origins: ["https://a.example", "https://b.example"],
			methods: ["PUT"],
			headers: ["content-type", "x-amz-checksum-sha256", "if-none-match"],
		},
	]);
	expect(corsOf(steps)?.needless).toBeUndefined();
	expect(corsOf(planSetup({ ...config, vars: {} }, { directUploads: true }))?.needless).toContain("CORS_ORIGINS");
});
