// Adds to package-lock.json the platform packages that the registry in use does not serve.
// `npm install` (npm >= 11.13) leaves an optional dependency it could not fetch out of the lockfile, and
// `npm ci` then refuses that lockfile ("Missing: @biomejs/cli-darwin-arm64@ from lock file").
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const names = Object.keys(lock.packages);
let added = 0;
for (const from of names) {
	for (const [dep, version] of Object.entries(lock.packages[from].optionalDependencies ?? {})) {
		// node's resolution: nearest node_modules that has it, otherwise hoisted to the top
		const at = [];
		for (let p = from; ; p = p.slice(0, Math.max(0, p.lastIndexOf("/node_modules/")))) {
			at.push(p ? `${p}/node_modules/${dep}` : `node_modules/${dep}`);
			if (!p) break;
			if (!p.includes("/node_modules/")) p = "";
		}
		if (at.some((p) => lock.packages[p]) || lock.packages[`node_modules/${dep}`]) continue;
		if (!/^\d+\.\d+\.\d+\S*$/.test(version)) {
			process.stdout.write(`skipped ${dep}@${version} (a range)\n`);
			continue;
		}
		const os = /(darwin|linux|win32|windows|android|freebsd|openbsd|netbsd|sunos|aix|openharmony)/.exec(dep)?.[1];
		const cpu = /(arm64|x64|ia32|arm|ppc64|riscv64|s390x|loong64|mips64el|wasm32)/.exec(dep)?.[1] ?? "x64";
		lock.packages[`node_modules/${dep}`] = {
			version,
			cpu: [cpu],
			...(lock.packages[from].dev ? { dev: true } : {}),
			...(dep.includes("musl") ? { libc: ["musl"] } : {}),
			optional: true,
			...(os ? { os: [os === "windows" ? "win32" : os] } : {}),
		};
		added++;
		process.stdout.write(`added ${dep}@${version}\n`);
	}
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added) writeFileSync("package-lock.json", `${JSON.stringify(lock, null, "\t")}\n`);
