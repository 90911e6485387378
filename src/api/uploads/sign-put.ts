/** URLs by which a client may put one object into the bucket, and only the bytes that it announced. */
import { AwsV4Signer } from "aws4fetch";
import type { DirectUploadSettings } from "../../env.ts";

/** What will be put. */
export interface AnnouncedObject {
	key: string;
	type: string;
	bytes: number;
	/** Hexadecimal. */
	sha256: string;
}

export interface SignedPut {
	method: "PUT";
	/** Whoever has it may put the object: it is not stored and not logged. */
	url: string;
	/** All of them are signed: the request must carry each as it stands here. */
	headers: Record<string, string>;
}

/**
 * Signs length, type and sum, so that R2 refuses other bytes, and that nothing lies there yet, so that it refuses a
 * second object. Keys must be letters, digits, `.`, `_`, `-` and `/`: other characters are escaped in more than one way.
 *
 * @param expiresAt milliseconds since 1970, at least a second after `now`
 */
export async function signPut(
	{ bucketUrl, accessKeyId, secretAccessKey }: DirectUploadSettings,
	{ key, type, bytes, sha256 }: AnnouncedObject,
	expiresAt: number,
	now: number,
): Promise<SignedPut> {
	const headers = {
		"content-length": String(bytes),
		"content-type": type,
		"if-none-match": "*",
		"x-amz-checksum-sha256": Buffer.from(sha256, "hex").toString("base64"),
	};
	const url = new URL(`${bucketUrl}/${key}`);
	url.searchParams.set("X-Amz-Expires", String(Math.floor((expiresAt - now) / 1000)));
	const signer = new AwsV4Signer({
		method: "PUT",
		url: url.href,
		headers,
		accessKeyId,
		secretAccessKey,
		service: "s3",
		region: "auto",
		datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
		signQuery: true,
		// Else length and type would be left out.
		allHeaders: true,
	});
	const signed = await signer.sign();
	return { method: "PUT", url: signed.url.href, headers };
}
