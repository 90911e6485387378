/** A team of Cloudflare Access: keys that its server gives out, and assertions signed with them. */
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";

export interface TeamKey {
	kid: string;
	privateKey: CryptoKey;
	publicKey: CryptoKey;
}

export const audience = "a".repeat(64);

let teams = 0;
let madeKeys = 0;

export async function makeKey(): Promise<TeamKey> {
	const pair = await generateKeyPair("RS256", { extractable: true });
	madeKeys += 1;
	return { kid: `key-${madeKeys}`, ...pair };
}

export class AccessTeam {
	readonly domain: string;

	constructor() {
		teams += 1;
		this.domain = `https://team-${teams}.cloudflareaccess.com`;
	}

	/** Settings of a deployment behind it. */
	get settings() {
		return { ACCESS_TEAM_DOMAIN: this.domain, ACCESS_AUDIENCE: audience };
	}

	/** The keys that its server gives out from now on. */
	async publish(...keys: TeamKey[]): Promise<void> {
		const list = keys.map(async ({ kid, publicKey }) => ({
			...(await exportJWK(publicKey)),
			kid,
			alg: "RS256",
			use: "sig",
		}));
		await this.publishText(JSON.stringify({ keys: await Promise.all(list) }));
	}

	async publishText(body: string): Promise<void> {
		await fetch(`${this.domain}/cdn-cgi/access/certs`, { method: "PUT", body });
	}

	/** What Access would add to a request of this person's. @param claims other than usual; undefined leaves one out */
	sign(
		key: Pick<TeamKey, "kid"> & { privateKey: CryptoKey | Uint8Array },
		claims: Record<string, unknown> = {},
		header: Partial<JWTHeaderParameters> = {},
	): Promise<string> {
		return new SignJWT(this.claims(claims))
			.setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "JWT", ...header })
			.sign(key.privateKey);
	}

	claims(claims: Record<string, unknown> = {}): JWTPayload {
		const now = Math.floor(Date.now() / 1000);
		return {
			aud: [audience],
			email: "ann@example.com",
			iss: this.domain,
			type: "app",
			sub: "7335d417-61da-459d-899c-0a01c76a2f94",
			identity_nonce: "6ei69kawdKzMIAPF",
			iat: now - 60,
			nbf: now - 60,
			exp: now + 3600,
			...claims,
		};
	}
}
