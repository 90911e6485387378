/** The local bucket as an S3 client meets it: wrangler serves it to whoever signs with these keys, on this machine only. */

/** They open nothing but the bucket of a local server, so they are no secrets. */
export const localKeys = { accessKeyId: "footy-local", secretAccessKey: "footy-local-secret" };

/** Where S3 tools find the buckets of a local server; path style, any region. */
export const s3EndpointOf = (serverUrl: string): string => `${serverUrl}/cdn-cgi/local/r2/s3`;

/** The Worker's settings for uploads straight into the local bucket. */
export function localUploadSettings(serverUrl: string, bucket: string): Record<string, string> {
	return {
		R2_BUCKET_URL: `${s3EndpointOf(serverUrl)}/${bucket}`,
		R2_ACCESS_KEY_ID: localKeys.accessKeyId,
		R2_SECRET_ACCESS_KEY: localKeys.secretAccessKey,
	};
}
