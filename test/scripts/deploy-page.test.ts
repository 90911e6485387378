/** docs/deploy.md shows the commands that `npm run setup:cloudflare` runs, all of them and in its order. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { keySecrets, planSetup } from "../../scripts/footy/setup/plan-setup.ts";
import { readWranglerConfig } from "../../scripts/footy/wrangler-config.ts";
import { callFooty } from "../support/node/call-footy.ts";

const page = readFileSync("docs/deploy.md", "utf8");
const [, setupSection = ""] = /## The commands\n([\s\S]*?)\n## /.exec(page) ?? [];

it("the page and the command say the same", async () => {
	const { status, stdout } = await callFooty(["setup-cloudflare", "--dry-run", "--json"]);
	expect(status).toBe(0);
	const { steps } = JSON.parse(stdout) as { steps: { command: string }[] };
	const shown = [...setupSection.matchAll(/^npx wrangler .*$/gm)].map(([line]) => line.replace(/ *[#<|].*$/, ""));
	expect(shown).toEqual(steps.map(({ command }) => command));
});

it("the page shows the CORS rule and the keys as they are set", () => {
	const config = readWranglerConfig();
	const steps = planSetup({ ...config, vars: { CORS_ORIGINS: "https://www.example.com" } }, { directUploads: true });
	const rule = steps.find(({ file }) => file)?.file?.content ?? "";
	const shown = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => JSON.parse(text) as unknown);
	expect(shown).toContainEqual(JSON.parse(rule));
	for (const name of keySecrets) expect(page).toContain(name);
});
