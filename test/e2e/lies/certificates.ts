/** Chains of certificates that must not be believed, each with what is said of it. */
import "reflect-metadata"; // x509 wants it before itself
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, Extension, KeyUsageFlags } from "@peculiar/x509";
import { inject } from "vitest";
import {
	type AuthorityTraits,
	type Credentials,
	issueAuthority,
	issueBy,
	issueOfRsaPss,
	makeAuthority,
	permitOnly,
} from "../../support/node/authority.ts";
import { HOST } from "../support/source-behind-proxy.ts";
import { issueTrusted } from "../support/tls-origin.ts";

const HOUR_MS = 3600_000;
const past = { from: new Date(0), to: new Date(Date.now() - HOUR_MS) };
const future = { from: new Date(Date.now() + HOUR_MS), to: new Date(Date.now() + 2 * HOUR_MS) };

/** A certificate for the host by an authority below the one that the tests trust. */
const issueBelow = async (traits: AuthorityTraits) =>
	issueBy(await issueAuthority(inject("authority"), traits), [HOST]);

const UNKNOWN_AUTHORITY = "comes from no authority that is trusted";
const MAY_NOT_SIGN = "was signed by one that may not sign it";

export const certificateLies: [what: string, saying: string, issue: () => Promise<Credentials>][] = [
	["a certificate of another name", "is not for that name", () => issueTrusted(["other.example"])],
	["wildcards of more than one level", "is not for that name", () => issueTrusted(["*.com", "*.*.com", "c*.com", "*"])],
	["a certificate that has expired", "has expired", () => issueTrusted([HOST], past)],
	["a certificate of the future", "is not valid yet", () => issueTrusted([HOST], future)],
	["an authority that has expired", "has expired", () => issueBelow({ validity: past })],
	["an authority that nobody trusts", UNKNOWN_AUTHORITY, async () => issueBy(await makeAuthority(), [HOST])],
	[
		"an authority below one that nobody trusts",
		UNKNOWN_AUTHORITY,
		async () => issueBy(await issueAuthority(await makeAuthority()), [HOST]),
	],
	[
		"a chain without its middle",
		UNKNOWN_AUTHORITY,
		async () => {
			const { cert, key } = await issueBelow({});
			return { cert: cert.slice(0, cert.indexOf("\n-----BEGIN")), key };
		},
	],
	[
		"a chain with another middle of the same name",
		"was not issued by the next of its chain",
		async () => {
			const { cert, key } = await issueBelow({});
			const other = await issueAuthority(inject("authority"));
			return { cert: `${cert.slice(0, cert.indexOf("\n-----BEGIN"))}\n${other.cert}`, key };
		},
	],
	["a server that acts as an authority", MAY_NOT_SIGN, async () => issueBy(await issueTrusted([HOST]), [HOST])],
	["an authority that is called none", MAY_NOT_SIGN, () => issueBelow({ isAuthority: false })],
	[
		"an authority that may sign other things than certificates",
		MAY_NOT_SIGN,
		() => issueBelow({ keyUsages: KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign }),
	],
	[
		"an authority for other purposes than servers",
		MAY_NOT_SIGN,
		() => issueBelow({ extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.emailProtection])] }),
	],
	[
		"more authorities than the first allows",
		"longer than its authority allows",
		async () => issueBy(await issueAuthority(await issueAuthority(inject("authority"), { pathLength: 0 })), [HOST]),
	],
	[
		"an authority for another domain",
		"has name constraints",
		() => issueBelow({ extensions: [permitOnly("other.example")] }),
	],
	[
		"an authority with a demand that nobody knows",
		"makes a demand not known here",
		() => issueBelow({ extensions: [new Extension("1.2.3.4", true, Buffer.from([5, 0]))] }),
	],
	[
		// subtls runs in a circle at it, and would take the whole isolate along.
		"a certificate with a key of unknown parameters",
		"has a key that is not read here",
		async () => {
			const { cert, key } = await issueTrusted([HOST]);
			return { cert: `${cert}\n${await issueOfRsaPss(inject("authority"))}`, key };
		},
	],
	[
		"nine certificates",
		"more than 8 certificates",
		async () => {
			const { cert, key } = await issueTrusted([HOST]);
			return { cert: `${cert}\n`.repeat(9), key };
		},
	],
];
