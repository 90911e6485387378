/**
 * Before the first e2e test: an authority that every process of the tests trusts from its start. Node and Miniflare, which
 * hands it on to workerd, read NODE_EXTRA_CA_CERTS but once, as they load.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type Credentials, makeAuthority } from "../../support/node/authority.ts";

declare module "vitest" {
	export interface ProvidedContext {
		authority: Credentials;
	}
}

/** Vitest calls it, and what it returns when all is over. */
export async function setup(project: TestProject): Promise<() => void> {
	const authority = await makeAuthority();
	const folder = mkdtempSync(join(tmpdir(), "footy-authority-"));
	const file = join(folder, "ca.pem");
	writeFileSync(file, authority.cert);
	project.provide("authority", authority);
	process.env.NODE_EXTRA_CA_CERTS = file;
	return () => {
		delete process.env.NODE_EXTRA_CA_CERTS;
		rmSync(folder, { recursive: true, force: true });
	};
}
